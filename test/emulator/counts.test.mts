import { type HandClock, holdClock, INPUT, MODEL_PATH, useEmulator } from './useEmulator.mts';

const service = useEmulator();
let clock: HandClock;
beforeEach(() => {
	clock = holdClock();
});

describe('counts', () => {
	it('tells what was received, overall and per token', async () => {
		const queueMs = 700;
		service.emulator.set({ queueMs, runMs: 0 });
		const ids = [await service.submit(), await service.submit(), await service.submit()];
		expect(service.emulator.counts()).toMatchObject({ inFlightNow: 3, peakInFlight: 3 });
		await service.cancel(ids[0]);
		expect(service.emulator.counts()).toMatchObject({ inFlightNow: 2, peakInFlight: 3 });
		clock.passMs(queueMs + 10);
		await service.statusOf(ids[1]);
		await service.resultOf(ids[1]);
		await service.download(`/files/${ids[1]}/0.png`);
		await service.client.get('/prod/v2/balance');
		await service.client.get(MODEL_PATH);
		await service.client.get('/v1/models?limit=1');
		await service.clientFor('wrong').post(MODEL_PATH, INPUT);
		await service.client.get('/nowhere');
		expect(service.emulator.counts()).toEqual({
			submitsReceived: 4,
			submitsAccepted: 3,
			submitsRefused: 1,
			statusReads: 1,
			resultReads: 1,
			cancels: 1,
			cancelsGranted: 1,
			downloads: 1,
			balanceReads: 1,
			modelReads: 2,
			listReads: 1,
			deploymentCalls: 0,
			objectInfoReads: 0,
			total: 12,
			inFlightNow: 0,
			peakInFlight: 3,
			peakCallsPerSecond: expect.any(Number),
			peakCallsPerMinute: 11,
			unauthorized: 1,
		});
		const own = { submitsReceived: 3, total: 10, unauthorized: 0, downloads: 0 };
		expect(service.emulator.counts(service.emulator.token)).toMatchObject(own);
		expect(service.emulator.counts('wrong')).toMatchObject({ submitsReceived: 1, submitsRefused: 1, unauthorized: 1 });
		expect(service.emulator.counts('')).toMatchObject({ downloads: 1, unauthorized: 0 });
		service.emulator.reset();
		expect(service.emulator.counts()).toMatchObject({ total: 0, peakInFlight: 0, peakCallsPerSecond: 0 });
		expect([service.emulator.requests(), service.emulator.calls()]).toEqual([[], []]);
	});

	it("takes the peak of any second, not of the clock's seconds", async () => {
		const burst = (size: number) => Promise.all(Array.from({ length: size }, () => service.statusOf('x')));
		await burst(12);
		clock.passMs(700);
		await burst(10);
		clock.passMs(700);
		await burst(9);
		expect(service.emulator.counts()).toMatchObject({ peakCallsPerSecond: 22, peakCallsPerMinute: 31 });
	});
});
