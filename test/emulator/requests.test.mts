import sharp from 'sharp';

import { startEmulator } from './emulator.mts';
import {
	clientFor,
	type HandClock,
	holdClock,
	INPUT,
	MODEL_PATH,
	QUEUE_MS,
	RUN_MS,
	useEmulator,
} from './useEmulator.mts';

const service = useEmulator();
let clock: HandClock;
beforeEach(() => {
	clock = holdClock();
});

describe('a request', () => {
	it('goes from the queue through the run to its result', async () => {
		const [queueMs, runMs, stepMs] = [250, 150, 25];
		service.emulator.set({ queueMs, runMs });
		const { data: accepted } = await service.client.post(MODEL_PATH, INPUT);
		const start = `${service.emulator.modelApiUrl}/v1/requests/${accepted.request_id}`;
		expect(accepted).toEqual({
			request_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
			status_url: `${start}/status`,
			result_url: `${start}/result`,
			cancel_url: `${start}/cancel`,
		});
		const id = accepted.request_id;
		const told: string[] = [];
		const places: number[] = [];
		while (told.at(-1) !== 'completed') {
			const { data } = await service.statusOf(id);
			if (data.status !== told.at(-1)) told.push(data.status);
			if (data.status === 'in_queue') places.push(data.queue_position);
			else expect(data).not.toHaveProperty('queue_position');
			clock.passMs(stepMs);
		}
		expect(told).toEqual(['in_queue', 'in_progress', 'completed']);
		expect(places[0]).toBeGreaterThan(0);
		expect(places).toEqual(places.toSorted((a, b) => b - a));
		const { data } = await service.resultOf(id);
		const image = `${service.emulator.modelApiUrl}/files/${id}/0.png`;
		expect(data).toMatchObject({ request_id: id, status: 'succeeded', output: { image }, cost: 0.06, input: INPUT });
		const tookMs = Date.parse(data.finished_at) - Date.parse(data.created_at);
		expect(Math.abs(tookMs - queueMs - runMs)).toBeLessThanOrEqual(1);
		const { status, headers, data: bytes } = await service.clientFor().get(image, { responseType: 'arraybuffer' });
		expect([status, headers['content-type']]).toEqual([200, 'image/png']);
		expect((await sharp(bytes).metadata()).width).toBe(1);
	});

	it('tells its state in an early result, without an output', async () => {
		const { status, data } = await service.resultOf(await service.submit());
		expect([status, data.status, data.finished_at]).toEqual([200, 'in_queue', null]);
		expect(data).not.toHaveProperty('output');
		expect(data).not.toHaveProperty('cost');
	});

	it('is listed with its times, and with data URIs shortened', async () => {
		const image = `data:image/png;base64,${'A'.repeat(5_000)}`;
		const id = await service.submit({ ...INPUT, image });
		const [listed] = service.emulator.requests();
		expect(listed).toMatchObject({
			id,
			token: service.emulator.token,
			state: 'in_queue',
			outputs: [],
			cancelled: false,
		});
		expect(listed.startedAtMs - listed.acceptedAtMs).toBeCloseTo(QUEUE_MS);
		expect(listed.readyAtMs - listed.startedAtMs).toBeCloseTo(RUN_MS);
		expect(JSON.stringify(listed).length).toBeLessThan(800);
	});

	it('has ids and run times that a seed repeats', async () => {
		const runs = await Promise.all(
			[11, 11, 12].map(async (seed) => {
				const other = await startEmulator({ seed, queueMs: 0, runMs: 1_000, spreadMs: 900 });
				const submits = [1, 2, 3].map(() => clientFor(other.token, other).post(MODEL_PATH, INPUT));
				await Promise.all(submits);
				const seen = other.requests().map((entry) => [entry.id, Math.round(entry.readyAtMs - entry.startedAtMs)]);
				await other.close();
				return seen;
			}),
		);
		expect(runs[0]).toEqual(runs[1]);
		expect(runs[0]).not.toEqual(runs[2]);
		const times = runs[0].map(([, ms]) => ms);
		expect(new Set(times).size).toBe(3);
	});
});

describe('cancel', () => {
	it('ends what is queued, once, and nothing else', async () => {
		const id = await service.submit();
		for (let round = 0; round < 2; round++) {
			const { status, data } = await service.cancel(id);
			expect(status).toBe(202);
			expect(data).toEqual({ request_id: id, status: 'completed', outcome: 'cancelled' });
		}
		expect((await service.statusOf(id)).data.status).toBe('cancelled');
		const { data } = await service.resultOf(id);
		expect(data.status).toBe('cancelled');
		expect(Date.parse(data.finished_at) - Date.parse(data.created_at)).toBeLessThan(QUEUE_MS);
		const running = await service.submitDone({ jobOutcome: 'stuck' });
		expect((await service.cancel(running)).data.outcome).toBe('not_cancellable');
		expect((await service.statusOf(running)).data.status).toBe('in_progress');
		expect(service.emulator.counts()).toMatchObject({ cancels: 3, cancelsGranted: 1, inFlightNow: 1 });
		expect(service.emulator.requests().map(({ cancelled }) => cancelled)).toEqual([true, false]);
	});

	it('answers as cancelAnswer says', async () => {
		service.emulator.set({ cancelAnswer: 'not_cancellable' });
		const queued = await service.submit();
		expect((await service.cancel(queued)).data.outcome).toBe('not_cancellable');
		service.emulator.set({ cancelAnswer: 'cancelled' });
		const running = await service.submitDone({ jobOutcome: 'stuck' });
		expect((await service.cancel(running)).data.outcome).toBe('cancelled');
		expect((await service.statusOf(running)).data.status).toBe('cancelled');
	});

	it.each(['status', 'result'])('and %s refuse an unknown id', async (call) => {
		const answers = [await service.cancel('nobody'), await service.client.get(`/v1/requests/nobody/${call}`)];
		for (const { status, data } of answers) expect([status, data.error_code]).toEqual([404, 404001]);
		expect((await service.client.get(`/v1/requests/${'a'.repeat(3_000)}/${call}`)).data.error_code).toBe(404001);
	});
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
