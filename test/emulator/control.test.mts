import { startEmulator, SWITCH_DEFAULTS } from './emulator.mts';
import { clientFor, holdClock, MODEL_PATH, QUEUE_MS, RUN_MS, sleep, useEmulator } from './useEmulator.mts';

const service = useEmulator();

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
		while (service.emulator.counts().statusReads === 0) await sleep(5);
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
		while (other.counts().total < calls.length) await sleep(5);
		await other.close();
		expect(await Promise.all(calls)).toEqual(['cut', 'cut', 'cut']);
		await expect(clientFor(other.token, other).get('/v1/models')).rejects.toThrow('ECONNREFUSED');
	});
});
