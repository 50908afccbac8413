import axios from 'axios';

import { BROKE_TOKEN, startEmulator } from './emulator.mts';
import { clientFor, INPUT, MODEL_PATH, useEmulator } from './useEmulator.mts';

const service = useEmulator();

describe('tokens', () => {
	it.each([
		['400', 400, 400004],
		['401', 401, undefined],
		['403', 403, undefined],
		['200', 200, 400004],
		['403message', 403, undefined],
		['400code', 400, undefined],
	] as const)('are refused as tokenRefusal %s says', async (tokenRefusal, status, code) => {
		service.emulator.set({ tokenRefusal });
		for (const token of ['wrong', undefined]) {
			const other = service.clientFor(token);
			for (const answer of [
				await other.post(MODEL_PATH, INPUT),
				await other.get('/v1/requests/x/status'),
				await other.get(MODEL_PATH),
			]) {
				expect([answer.status, answer.data.error_code]).toEqual([status, code]);
			}
		}
		const submits = { submitsReceived: 2, submitsAccepted: 0, submitsRefused: 2 };
		expect(service.emulator.counts()).toMatchObject({ unauthorized: 6, ...submits });
	});

	it.each([
		['200', 200, 403003],
		['400', 400, 403003],
		['401', 401, undefined],
		['403', 403, undefined],
		['403message', 403, undefined],
	] as const)('are refused as balanceTokenRefusal %s says', async (balanceTokenRefusal, status, code) => {
		service.emulator.set({ balanceTokenRefusal });
		const answer = await axios.get(`${service.emulator.accountApiUrl}/balance`, { validateStatus: () => true });
		expect([answer.status, answer.data.error_code]).toEqual([status, code]);
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

	it("do not open each other's requests", async () => {
		const id = await service.submit();
		const { status, data } = await service.clientFor(BROKE_TOKEN).get(`/v1/requests/${id}/result`);
		expect([status, data.error_code]).toEqual([403, 403001]);
	});

	it('can be another one', async () => {
		const other = await startEmulator({ token: 'another' });
		const [good, bad] = [clientFor('another', other), clientFor('demo-token', other)];
		expect((await good.post(MODEL_PATH, INPUT)).status).toBe(200);
		expect((await bad.post(MODEL_PATH, INPUT)).data.error_code).toBe(400004);
		await other.close();
	});

	it('are refused in the forms of a gateway and of old clients', async () => {
		const refusal = async () => (await service.clientFor('wrong').get(MODEL_PATH)).data;
		service.emulator.set({ tokenRefusal: '403message' });
		expect(await refusal()).toEqual({ message: expect.any(String) });
		service.emulator.set({ tokenRefusal: '400code' });
		expect(await refusal()).toEqual({ code: 400004, error: 'UserAccountError' });
	});

	it('may be told without a code that a request is not theirs', async () => {
		service.emulator.set({ foreignRequest: 'bare' });
		const id = await service.submit();
		for (const path of ['status', 'result']) {
			const { status, data } = await service.clientFor(BROKE_TOKEN).get(`/v1/requests/${id}/${path}`);
			expect([status, data]).toEqual([403, { detail: 'Forbidden' }]);
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

	it.each([
		['text', { balance_usd: '25' }],
		['null', { balance_usd: null }],
		['missing', {}],
	] as const)('may be told as %s', async (balanceTold, told) => {
		service.emulator.set({ balanceTold });
		expect(await balance()).toMatchObject(told);
		expect(typeof (await balance()).balance_usd).not.toBe('number');
	});
});
