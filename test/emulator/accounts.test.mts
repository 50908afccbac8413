import { BROKE_TOKEN, startEmulator, SWITCH_DEFAULTS } from './emulator.mts';
import { clientFor, holdClock, INPUT, MODEL_PATH, QUEUE_MS, RUN_MS, useEmulator } from './useEmulator.mts';
import { untilTrue } from '../lib/until.mts';

const service = useEmulator();

describe('tokens', () => {
	it('are refused at every call, and counted', async () => {
		for (const token of ['wrong', undefined]) {
			const other = service.clientFor(token);
			for (const answer of [
				await other.post(MODEL_PATH, INPUT),
				await other.get('/v1/requests/x/status'),
				await other.get(MODEL_PATH),
			]) {
				expect([answer.status, answer.data.error_code]).toEqual([400, 400004]);
			}
		}
		const submits = { submitsReceived: 2, submitsAccepted: 0, submitsRefused: 2 };
		expect(service.emulator.counts()).toMatchObject({ unauthorized: 6, ...submits });
	});

	it('tell the balance', async () => {
		const { data } = await service.client.get(`${service.emulator.accountApiUrl}/balance`);
		expect(data).toEqual({ balance_usd: 25, balance_microdollars: 25_000_000, currency: 'USD' });
		const broke = await service.clientFor(BROKE_TOKEN).get('/prod/v2/balance');
		expect(broke.data.balance_usd).toBe(0);
	});

	it.each(['400', '402'] as const)('without money are refused with %s', async (noBalance) => {
		service.emulator.set({ noBalance });
		const { status, data } = await service.clientFor(BROKE_TOKEN).post(MODEL_PATH, INPUT);
		expect([status, data.error_code]).toEqual([Number(noBalance), 400002]);
		expect(service.emulator.counts(BROKE_TOKEN).submitsRefused).toBe(1);
	});

	it('can be another one', async () => {
		const other = await startEmulator({ token: 'another' });
		const [good, bad] = [clientFor('another', other), clientFor('demo-token', other)];
		expect((await good.post(MODEL_PATH, INPUT)).status).toBe(200);
		expect((await bad.post(MODEL_PATH, INPUT)).data.error_code).toBe(400004);
		await other.close();
	});

	it.each([
		['code', { error_code: 403001, error_message: expect.any(String) }],
		['bare', { detail: 'Forbidden' }],
	] as const)("do not open each other's requests: %s", async (foreignRequest, body) => {
		service.emulator.set({ foreignRequest });
		const id = await service.submit();
		for (const path of ['status', 'result']) {
			const { status, data } = await service.clientFor(BROKE_TOKEN).get(`/v1/requests/${id}/${path}`);
			expect([status, data]).toEqual([403, body]);
		}
	});
});

describe('the balance', () => {
	const balance = async () => (await service.client.get('/prod/v2/balance')).data;

	it('is as it was set, below zero too, and then nothing can be bought', async () => {
		service.emulator.set({ balanceUsd: -0.5 });
		expect(await balance()).toEqual({ balance_usd: -0.5, balance_microdollars: -500_000, currency: 'USD' });
		expect((await service.client.post(MODEL_PATH, INPUT)).data.error_code).toBe(400002);
		const other = await startEmulator({ balanceUsd: 3 });
		const { data } = await clientFor(other.token, other).get('/prod/v2/balance');
		await other.close();
		expect(data.balance_usd).toBe(3);
	});

	it('is lessened by what requests cost, not by those that fail or are cancelled', async () => {
		service.emulator.set({ balanceUsd: 0.13, spendBalance: true });
		await service.submitDone();
		expect((await balance()).balance_usd).toBe(0.07);
		await service.submitDone({ jobOutcome: 'failed' });
		expect((await balance()).balance_usd).toBe(0.07);
		const queued = await service.submitDone({ jobOutcome: 'stuckInQueue' });
		expect((await balance()).balance_usd).toBe(0.01);
		await service.cancel(queued);
		expect((await balance()).balance_usd).toBe(0.07);
		await service.submitDone({ jobOutcome: 'succeeded', costFactor: 2 });
		expect((await balance()).balance_usd).toBe(-0.05);
		expect((await service.client.post(MODEL_PATH, INPUT)).data.error_code).toBe(400002);
	});
});

describe('the control surface', () => {
	it('shows and sets, and is not counted', async () => {
		const people = service.clientFor();
		expect((await people.get('/emulator/switches')).data.current).toEqual({
			...SWITCH_DEFAULTS,
			queueMs: QUEUE_MS,
			runMs: RUN_MS,
			spreadMs: 0,
		});
		const patch = await people.patch('/emulator/switches', { switches: { jobOutcome: 'failed' }, next: 1 });
		expect(patch.data.next).toEqual({ jobOutcome: [{ value: 'failed', left: 1 }] });
		await people.patch('/emulator/switches', { switches: { queueMs: 0, runMs: 0 } });
		await people.post('/emulator/faults', { phase: 'status', fault: { kind: 'rateLimited' }, scope: { next: 1 } });
		const id = await service.submit();
		expect((await service.statusOf(id)).status).toBe(429);
		await service.clientFor('somebodys-real-token').get('/v1/models');
		const { data: counts } = await people.get('/emulator/counts');
		expect(counts).toMatchObject({ total: 3, tokens: { [service.emulator.token]: { submitsAccepted: 1 } } });
		expect(JSON.stringify(counts)).not.toContain('somebodys-real-token');
		expect((await people.get('/emulator/requests')).data).toMatchObject([{ id, state: 'failed' }]);
		expect((await people.get('/emulator/calls')).data.map(({ path }: { path: string }) => path)).toHaveLength(3);
		await people.post('/emulator/reset');
		expect((await people.get('/emulator/counts')).data.total).toBe(0);
	});

	it.each([
		['patch', '/emulator/switches', { switches: { jobOutcome: 'odd' } }],
		['patch', '/emulator/switches', { switches: { jobOutcome: 'failed' }, next: 'x' }],
		['post', '/emulator/faults', { phase: 'status', fault: {} }],
		['post', '/emulator/faults', 'no JSON'],
	] as const)('refuses %s %s %j', async (method, path, body) => {
		const { status, data } = await service.clientFor()[method](path, body);
		expect(status).toBe(400);
		expect(data.error_message).toEqual(expect.any(String));
	});
});

describe('reset', () => {
	it('starts afresh: no faults, no hook, no hanging calls, old ids unknown', async () => {
		const id = await service.submitDone();
		service.emulator.onCall = () => ({ kind: 'hang', effect: 'before' });
		const hanging = service.statusOf(id).catch((error: { code: string }) => error.code);
		await untilTrue(() => service.emulator.counts().statusReads > 0);
		service.emulator.fault('model', { kind: 'cutBefore' });
		service.emulator.reset();
		expect(await hanging).toBe('ECONNRESET');
		expect((await service.statusOf(id)).data.error_code).toBe(404001);
		expect((await service.client.get(MODEL_PATH)).status).toBe(200);
		holdClock();
		expect((await service.statusOf(await service.submit())).data.status).toBe('in_queue');
	});
});

describe('close', () => {
	it('ends hanging calls at once', async () => {
		const other = await startEmulator();
		other.fault('model', { kind: 'hang', effect: 'before' });
		other.fault('balance', { kind: 'slow', ms: 60_000 });
		other.fault('status', { kind: 'tooLarge', bytes: 1e12 });
		const calls = ['/v1/models', '/prod/v2/balance', '/v1/requests/x/status'].map((path) =>
			clientFor(other.token, other)
				.get(path)
				.then(
					() => 'answered',
					() => 'cut',
				),
		);
		await untilTrue(() => other.counts().total >= calls.length);
		await other.close();
		expect(await Promise.all(calls)).toEqual(['cut', 'cut', 'cut']);
		await expect(clientFor(other.token, other).get('/v1/models')).rejects.toThrow('ECONNREFUSED');
	});
});
