import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import sharp from 'sharp';

import {
	BROKE_TOKEN,
	PHASES,
	REPLACE_BACKGROUND_ID,
	startEmulator,
	SWITCH_DEFAULTS,
	type Emulator,
	type Fault,
	type FaultScope,
	type Phase,
	type Switches,
} from './emulator.mts';
import { productPhoto } from '../lib/productPhoto.mts';

/** Times of a request in these tests: short, and clear of the clock's grain. */
const QUEUE_MS = 40;
const RUN_MS = 40;

const INPUT = { image: 'https://shop.example/shoe.png', prompt: 'on a marble table' };

const MODEL_PATH = `/v1/models/${REPLACE_BACKGROUND_ID}`;

let emulator: Emulator;
let client: AxiosInstance;

beforeAll(async () => {
	emulator = await startEmulator({ queueMs: QUEUE_MS, runMs: RUN_MS, spreadMs: 0, seed: 7 });
	client = clientFor(emulator.token);
});

afterEach(() => emulator.reset());

afterAll(() => emulator.close());

function clientFor(token?: string, of: Emulator = emulator): AxiosInstance {
	return axios.create({
		baseURL: of.modelApiUrl,
		headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
		validateStatus: () => true,
		maxRedirects: 0,
		timeout: 5_000,
	});
}

function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Submits and gives the new id. */
async function submit(input: Record<string, unknown> = INPUT): Promise<string> {
	const { status, data } = await client.post(MODEL_PATH, input);
	expect(status).toBe(200);
	return data.request_id;
}

/** Submits a job that is finished at once, with these switches, and gives its id. */
async function submitDone(switches: Partial<Switches> = {}, input?: Record<string, unknown>): Promise<string> {
	emulator.set({ queueMs: 0, runMs: 0, ...switches });
	return submit(input);
}

function statusOf(id: string): Promise<AxiosResponse> {
	return client.get(`/v1/requests/${id}/status`);
}

function resultOf(id: string): Promise<AxiosResponse> {
	return client.get(`/v1/requests/${id}/result?include_cost=true`);
}

function cancel(id: string): Promise<AxiosResponse> {
	return client.post(`/v1/requests/${id}/cancel`);
}

describe('a request', () => {
	it('goes from the queue through the run to its result', async () => {
		const [queueMs, runMs] = [250, 150];
		emulator.set({ queueMs, runMs });
		const { data: accepted } = await client.post(MODEL_PATH, INPUT);
		const start = `${emulator.modelApiUrl}/v1/requests/${accepted.request_id}`;
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
			const { data } = await statusOf(id);
			if (data.status !== told.at(-1)) told.push(data.status);
			if (data.status === 'in_queue') places.push(data.queue_position);
			else expect(data).not.toHaveProperty('queue_position');
		}
		expect(told).toEqual(['in_queue', 'in_progress', 'completed']);
		expect(places[0]).toBeGreaterThan(0);
		expect(places).toEqual(places.toSorted((a, b) => b - a));
		const { data } = await resultOf(id);
		const image = `${emulator.modelApiUrl}/files/${id}/0.png`;
		expect(data).toMatchObject({ request_id: id, status: 'succeeded', output: { image }, cost: 0.06, input: INPUT });
		const tookMs = Date.parse(data.finished_at) - Date.parse(data.created_at);
		expect(Math.abs(tookMs - queueMs - runMs)).toBeLessThanOrEqual(1);
		const { status, headers, data: bytes } = await clientFor().get(image, { responseType: 'arraybuffer' });
		expect([status, headers['content-type']]).toEqual([200, 'image/png']);
		expect((await sharp(bytes).metadata()).width).toBe(1);
	});

	it('tells its state in an early result, without an output', async () => {
		const { status, data } = await resultOf(await submit());
		expect([status, data.status, data.finished_at]).toEqual([200, 'in_queue', null]);
		expect(data).not.toHaveProperty('output');
		expect(data).not.toHaveProperty('cost');
	});

	it('is listed with its times, and with data URIs shortened', async () => {
		const image = `data:image/png;base64,${'A'.repeat(5_000)}`;
		const id = await submit({ ...INPUT, image });
		const [listed] = emulator.requests();
		expect(listed).toMatchObject({ id, token: emulator.token, state: 'in_queue', outputs: [], cancelled: false });
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

describe('tokens', () => {
	it.each([
		['400', 400, 400004],
		['401', 401, undefined],
		['403', 403, undefined],
		['200', 200, 400004],
	] as const)('are refused as tokenRefusal %s says', async (tokenRefusal, status, code) => {
		emulator.set({ tokenRefusal });
		for (const token of ['wrong', undefined]) {
			const other = clientFor(token);
			for (const answer of [
				await other.post(MODEL_PATH, INPUT),
				await other.get('/v1/requests/x/status'),
				await other.get(MODEL_PATH),
			]) {
				expect([answer.status, answer.data.error_code]).toEqual([status, code]);
			}
		}
		const submits = { submitsReceived: 2, submitsAccepted: 0, submitsRefused: 2 };
		expect(emulator.counts()).toMatchObject({ unauthorized: 6, ...submits });
	});

	it.each([
		['200', 200, 403003],
		['400', 400, 403003],
		['401', 401, undefined],
		['403', 403, undefined],
	] as const)('are refused as balanceTokenRefusal %s says', async (balanceTokenRefusal, status, code) => {
		emulator.set({ balanceTokenRefusal });
		const answer = await axios.get(`${emulator.accountApiUrl}/balance`, { validateStatus: () => true });
		expect([answer.status, answer.data.error_code]).toEqual([status, code]);
	});

	it('tell the balance', async () => {
		const { data } = await client.get(`${emulator.accountApiUrl}/balance`);
		expect(data).toEqual({ balance_usd: 25, balance_microdollars: 25_000_000, currency: 'USD' });
		const broke = await clientFor(BROKE_TOKEN).get('/prod/v2/balance');
		expect(broke.data.balance_usd).toBe(0);
	});

	it.each(['400', '402'] as const)('without money are refused with %s', async (noBalance) => {
		emulator.set({ noBalance });
		const { status, data } = await clientFor(BROKE_TOKEN).post(MODEL_PATH, INPUT);
		expect([status, data.error_code]).toEqual([Number(noBalance), 400002]);
		expect(emulator.counts(BROKE_TOKEN).submitsRefused).toBe(1);
	});

	it("do not open each other's requests", async () => {
		const id = await submit();
		const { status, data } = await clientFor(BROKE_TOKEN).get(`/v1/requests/${id}/result`);
		expect([status, data.error_code]).toEqual([403, 403001]);
	});

	it('can be another one', async () => {
		const other = await startEmulator({ token: 'another' });
		const [good, bad] = [clientFor('another', other), clientFor('demo-token', other)];
		expect((await good.post(MODEL_PATH, INPUT)).status).toBe(200);
		expect((await bad.post(MODEL_PATH, INPUT)).data.error_code).toBe(400004);
		await other.close();
	});
});

describe('the input', () => {
	it.each([
		['seed', { seed: -1 }],
		['seed', { seed: 1.5 }],
		['seed', { seed: '1' }],
		['magic_prompt', { magic_prompt: 'on' }],
		['rendering_speed', { rendering_speed: 'FAST' }],
		['color_palette', { color_palette: 'Ember' }],
		['style', { style: [] }],
		['image', { image: 'ftp://shop.example/a.png' }],
		['prompt', { prompt: 5 }],
	])('is refused for its %s, or let through when lenient: %j', async (field, extra) => {
		const strict = await client.post(MODEL_PATH, { ...INPUT, ...extra });
		expect(strict.status).toBe(422);
		expect(strict.data.detail).toEqual([{ loc: ['body', field], msg: expect.any(String), type: expect.any(String) }]);
		emulator.set({ validation: 'lenient' });
		expect((await client.post(MODEL_PATH, { ...INPUT, ...extra })).status).toBe(200);
	});

	it('must have an image and a prompt, lenient or not', async () => {
		for (const validation of ['strict', 'lenient'] as const) {
			emulator.set({ validation });
			const { status, data } = await client.post(MODEL_PATH, { prompt: ' ' });
			expect(status).toBe(422);
			expect(data.detail.map(({ loc }: { loc: string[] }) => loc[1])).toEqual(['image', 'prompt']);
		}
	});

	it('may have unknown fields and must be a JSON object', async () => {
		expect((await client.post(MODEL_PATH, { ...INPUT, hello: 1 })).status).toBe(200);
		for (const body of ['[]', '{"image":', '']) {
			expect((await client.post(MODEL_PATH, body, { headers: { 'Content-Type': 'application/json' } })).status).toBe(
				422,
			);
		}
	});

	it('may be large, up to 64 MiB', async () => {
		const image = `data:image/png;base64,${'A'.repeat(12 * 1024 * 1024)}`;
		await submit({ ...INPUT, image });
		const tooLarge = await client
			.post(MODEL_PATH, { ...INPUT, image: 'A'.repeat(64 * 1024 * 1024) }, { maxBodyLength: Infinity })
			.catch((error: { response?: AxiosResponse; code?: string }) => error);
		expect(tooLarge).toEqual(expect.objectContaining({ status: 413 }));
	});
});

describe('switches', () => {
	it.each([
		['image', { image: 0 }, 1],
		['images', { images: [0, 1, 2] }, 3],
		['both', { image: 0, images: [0, 1, 2] }, 3],
		['string', 0, 1],
		['array', [0, 1, 2], 3],
		['objects', { images: [{ url: 0 }, { url: 1 }, { url: 2 }] }, 3],
		['video', { video: 0 }, 1],
		['videos', { videos: [0, 1, 2] }, 3],
		['none', {}, 0],
	] as const)('output %s', async (output, shape, count) => {
		const id = await submitDone({ output, outputCount: 3 });
		const extension = output.startsWith('video') ? 'mp4' : 'png';
		const text = JSON.stringify(shape).replace(/\d/g, (n) => `"${emulator.modelApiUrl}/files/${id}/${n}.${extension}"`);
		const { data } = await resultOf(id);
		expect(data.output).toEqual(JSON.parse(text));
		const [{ outputs }] = emulator.requests();
		expect(outputs).toHaveLength(count);
		for (const url of outputs) {
			const { status, headers } = await clientFor().get(url);
			expect([status, headers['content-type']]).toEqual([200, extension === 'mp4' ? 'video/mp4' : 'image/png']);
		}
	});

	it.each([
		['succeeded', 'result', 'completed', 'succeeded'],
		['failed', 'result', 'completed', 'failed'],
		['failed', 'status', 'failed', 'failed'],
		['cancelledByRunComfy', 'result', 'cancelled', 'cancelled'],
		['stuck', 'result', 'in_progress', 'in_progress'],
		['stuckInQueue', 'result', 'in_queue', 'in_queue'],
	] as const)('jobOutcome %s, failureTold %s', async (jobOutcome, failureTold, status, result) => {
		const id = await submitDone({ jobOutcome, failureTold, failureMessage: 'Too blurred' });
		expect((await statusOf(id)).data.status).toBe(status);
		const { data } = await resultOf(id);
		expect(data.status).toBe(result);
		expect(data.error).toBe(result === 'failed' ? 'Too blurred' : undefined);
		expect('output' in data).toBe(result === 'succeeded');
		expect(emulator.requests()[0].state).toBe(result);
	});

	it('earlyResult', async () => {
		emulator.set({ earlyResult: '400' });
		const early = await resultOf(await submit());
		expect([early.status, early.data.error_code]).toEqual([400, 400005]);
		expect((await resultOf(await submitDone())).data.status).toBe('succeeded');
	});

	it.each(['400', '404'] as const)('unknownModel %s', async (unknownModel) => {
		emulator.set({ unknownModel });
		for (const path of ['/v1/models/no/such', `/v1/models/${encodeURIComponent(REPLACE_BACKGROUND_ID)}`]) {
			const { status, data } = await client.post(path, INPUT);
			expect([status, data.error_code]).toEqual([Number(unknownModel), 400001]);
		}
	});

	it('cost and costUsd', async () => {
		const costs = async (id: string) => [(await resultOf(id)).data.cost, (await resultOf(id)).data.cost];
		expect(await costs(await submitDone({ cost: 'atOnce', costUsd: 0.1 }))).toEqual([0.1, 0.1]);
		expect(await costs(await submitDone({ cost: 'later' }))).toEqual([undefined, 0.1]);
		expect(await costs(await submitDone({ cost: 'never' }))).toEqual([undefined, undefined]);
		const { data } = await client.get(`/v1/requests/${await submitDone({ cost: 'atOnce' })}/result`);
		expect(data).not.toHaveProperty('cost');
	});

	it('queuePositions, unknownState, echoInputs', async () => {
		emulator.set({ queuePositions: false, jobOutcome: 'stuckInQueue', echoInputs: false });
		const id = await submit();
		expect((await statusOf(id)).data).not.toHaveProperty('queue_position');
		expect((await resultOf(id)).data).not.toHaveProperty('input');
		const stuck = await submitDone({ jobOutcome: 'stuck', unknownState: 'polishing' });
		expect((await statusOf(stuck)).data.status).toBe('polishing');
		expect((await resultOf(stuck)).data.status).toBe('polishing');
	});

	it('echoes a data URI as a hosted file', async () => {
		const image = `data:image/png;base64,${'A'.repeat(500)}`;
		const { data } = await resultOf(await submitDone({}, { ...INPUT, image }));
		expect(data.input.image).toMatch(/^http:.*\/input$/);
		expect((await clientFor().get(data.input.image)).status).toBe(200);
	});

	it('requestLifeMs and readLagMs', async () => {
		const late = await submitDone({ readLagMs: 100 });
		const [early, file] = [await statusOf(late), await clientFor().get(`/files/${late}/0.png`)];
		expect([early.status, early.data.error_code, file.status]).toEqual([404, 404001, 404]);
		await sleep(110);
		expect((await statusOf(late)).data.status).toBe('completed');
		const brief = await submitDone({ readLagMs: 0, requestLifeMs: 100 });
		expect((await statusOf(brief)).status).toBe(200);
		await sleep(110);
		expect((await resultOf(brief)).data.error_code).toBe(404001);
		expect((await cancel(brief)).data.error_code).toBe(404001);
	});

	it('urlBase and fileBase', async () => {
		emulator.set({ urlBase: 'http://127.0.0.1:9', fileBase: 'http://127.0.0.1:8' });
		const { data: accepted } = await client.post(MODEL_PATH, INPUT);
		expect(accepted.status_url).toBe(`http://127.0.0.1:9/v1/requests/${accepted.request_id}/status`);
		const { data } = await resultOf(await submitDone());
		expect(data.output.image).toMatch(/^http:\/\/127\.0\.0\.1:8\/files\//);
	});

	it('hold for the next N, are fixed at acceptance, and can be reset', async () => {
		emulator.set({ queueMs: 0, runMs: 0 });
		emulator.set({ jobOutcome: 'failed' }, { next: 2 });
		const ids = [await submit(), await submit(), await submit()];
		emulator.resetSwitches();
		const states = await Promise.all(ids.map(async (id) => (await resultOf(id)).data.status));
		expect(states).toEqual(['failed', 'failed', 'succeeded']);
		expect((await statusOf(await submit())).data.status).toBe('in_queue');
		emulator.set({ earlyResult: '400' }, { next: 1 });
		const id = await submit();
		expect([(await resultOf(id)).status, (await resultOf(id)).status]).toEqual([400, 200]);
	});

	it.each([
		[{ jobOutcome: 'exploded' }, "'jobOutcome' must be one of succeeded"],
		[{ speed: 1 }, "no switch 'speed'"],
		[{ runMs: -1 }, "'runMs' must be a number from 0"],
		[{ echoInputs: 'yes' }, "'echoInputs' must be a boolean"],
		[{ outputCount: 2.5 }, "'outputCount' must be a whole number"],
	])('are checked: %j', async (given, message) => {
		expect(() => emulator.set(given as Partial<Switches>)).toThrow(message);
		await expect(startEmulator({ switches: given as Partial<Switches> })).rejects.toThrow(message);
	});
});

describe('cancel', () => {
	it('ends what is queued, once, and nothing else', async () => {
		const id = await submit();
		for (let round = 0; round < 2; round++) {
			const { status, data } = await cancel(id);
			expect(status).toBe(202);
			expect(data).toEqual({ request_id: id, status: 'completed', outcome: 'cancelled' });
		}
		expect((await statusOf(id)).data.status).toBe('cancelled');
		const { data } = await resultOf(id);
		expect(data.status).toBe('cancelled');
		expect(Date.parse(data.finished_at) - Date.parse(data.created_at)).toBeLessThan(QUEUE_MS);
		const running = await submitDone({ jobOutcome: 'stuck' });
		expect((await cancel(running)).data.outcome).toBe('not_cancellable');
		expect((await statusOf(running)).data.status).toBe('in_progress');
		expect(emulator.counts()).toMatchObject({ cancels: 3, cancelsGranted: 1, inFlightNow: 1 });
		expect(emulator.requests().map(({ cancelled }) => cancelled)).toEqual([true, false]);
	});

	it('answers as cancelAnswer says', async () => {
		emulator.set({ cancelAnswer: 'not_cancellable' });
		const queued = await submit();
		expect((await cancel(queued)).data.outcome).toBe('not_cancellable');
		emulator.set({ cancelAnswer: 'cancelled' });
		const running = await submitDone({ jobOutcome: 'stuck' });
		expect((await cancel(running)).data.outcome).toBe('cancelled');
		expect((await statusOf(running)).data.status).toBe('cancelled');
	});

	it.each(['status', 'result'])('and %s refuse an unknown id', async (call) => {
		const answers = [await cancel('nobody'), await client.get(`/v1/requests/nobody/${call}`)];
		for (const { status, data } of answers) expect([status, data.error_code]).toEqual([404, 404001]);
		expect((await client.get(`/v1/requests/${'a'.repeat(3_000)}/${call}`)).data.error_code).toBe(404001);
	});
});

describe('models', () => {
	it('tells the model with the schema of its document', async () => {
		const { data } = await client.get(MODEL_PATH);
		expect(data).toMatchObject({ model_id: REPLACE_BACKGROUND_ID, kind: 'image', price_unit: 'output' });
		expect(data.input_schema.required).toEqual(['image', 'prompt']);
		expect(Object.keys(data.input_schema.properties)).toEqual([
			'image',
			'prompt',
			'magic_prompt',
			'seed',
			'rendering_speed',
			'color_palette',
			'style',
		]);
		expect(data.input_schema.properties.seed).toMatchObject({ minimum: 0, maximum: 2147483647, default: 70159819 });
	});

	it.each([
		['', 3],
		['?search=replace', 1],
		['?kind=video', 1],
		['?category=text-to-image', 1],
		['?search=emulator&kind=image', 1],
		['?search=nothing', 0],
	])('lists them %s', async (query, total) => {
		const { data } = await client.get(`/v1/models${query}`);
		expect(data).toMatchObject({ total, limit: 100, offset: 0 });
		expect(data.models).toHaveLength(total);
	});

	it('pages, shows schemas when asked, tells categories', async () => {
		const { data } = await client.get('/v1/models?limit=1&offset=1&include_schema=true');
		expect(data).toMatchObject({ total: 3, limit: 1, offset: 1 });
		expect(data.models[0]).toHaveProperty('input_schema.properties');
		expect((await client.get('/v1/models')).data.models[0]).not.toHaveProperty('input_schema');
		for (const query of ['limit=0', 'limit=501', 'limit=x', 'offset=-1']) {
			expect((await client.get(`/v1/models?${query}`)).status).toBe(422);
		}
		expect((await client.get('/v1/models/categories')).data.categories).toContain('background');
	});
});

/** A call of each phase. `id` is a finished request, only submit makes a new one. */
const CALLS: Record<Phase, (id: string, timeoutMs?: number) => Promise<AxiosResponse>> = {
	submit: (_, timeout) => client.post(MODEL_PATH, INPUT, { timeout }),
	status: (id, timeout) => client.get(`/v1/requests/${id}/status`, { timeout }),
	result: (id, timeout) => client.get(`/v1/requests/${id}/result`, { timeout }),
	cancel: (id, timeout) => client.post(`/v1/requests/${id}/cancel`, undefined, { timeout }),
	download: (id, timeout) => clientFor().get(`/files/${id}/0.png`, { timeout, responseType: 'arraybuffer' }),
	balance: (_, timeout) => client.get('/prod/v2/balance', { timeout }),
	model: (_, timeout) => client.get(MODEL_PATH, { timeout }),
};

interface FaultCase {
	fault: Fault;
	/** Whether a submit is accepted under it. */
	effect: boolean;
	/** What the client sees: an answer, or the code of the transport error. */
	seen: Partial<AxiosResponse> | string;
}

const FAULTS: FaultCase[] = [
	{ fault: { kind: 'status', status: 503 }, effect: false, seen: { status: 503 } },
	{ fault: { kind: 'status', status: 502, effect: 'after' }, effect: true, seen: { status: 502 } },
	{ fault: { kind: 'rateLimited' }, effect: false, seen: { status: 429 } },
	{
		fault: { kind: 'rateLimited', retryAfter: 7 },
		effect: false,
		seen: { status: 429, headers: expect.objectContaining({ 'retry-after': '7' }) },
	},
	{ fault: { kind: 'cutBefore' }, effect: false, seen: 'ECONNRESET' },
	{ fault: { kind: 'cutAfter' }, effect: true, seen: 'ECONNRESET' },
	{ fault: { kind: 'hang', effect: 'before' }, effect: false, seen: 'ECONNABORTED' },
	{ fault: { kind: 'hang', effect: 'after' }, effect: true, seen: 'ECONNABORTED' },
	{ fault: { kind: 'badJson' }, effect: true, seen: { status: 200 } },
	{ fault: { kind: 'emptyBody' }, effect: true, seen: { status: 200 } },
	{ fault: { kind: 'noRequestId' }, effect: true, seen: {} },
	{
		fault: { kind: 'redirect', to: 'http://127.0.0.1:9/elsewhere' },
		effect: false,
		seen: { status: 307, headers: expect.objectContaining({ location: 'http://127.0.0.1:9/elsewhere' }) },
	},
	{ fault: { kind: 'redirect', to: 'http://127.0.0.1:9/', status: 302 }, effect: false, seen: { status: 302 } },
	{ fault: { kind: 'errorUnder200', errorCode: 400004 }, effect: false, seen: { status: 200 } },
	{ fault: { kind: 'slow', ms: 60 }, effect: true, seen: {} },
	{
		fault: { kind: 'wrongType', contentType: 'text/html' },
		effect: true,
		seen: { status: 200, headers: expect.objectContaining({ 'content-type': 'text/html' }) },
	},
	{
		fault: { kind: 'tooLarge', bytes: 300_000, declared: true },
		effect: true,
		seen: { status: 200, headers: expect.objectContaining({ 'content-length': '300000' }) },
	},
	{ fault: { kind: 'tooLarge', bytes: 300_000 }, effect: true, seen: { status: 200 } },
	{ fault: { kind: 'truncated' }, effect: true, seen: 'ERR_BAD_RESPONSE|ECONNRESET' },
];

const CLIENT_TIMEOUT_MS = 120;

describe.each(FAULTS)('fault $fault', ({ fault, effect, seen }) => {
	it.each(PHASES)('on %s, once', async (phase) => {
		const id = await submitDone();
		const before = emulator.counts();
		emulator.fault(phase, fault, { next: 1 });
		const started = performance.now();
		const outcome = await CALLS[phase](id, CLIENT_TIMEOUT_MS).catch((error: { code: string }) => error.code);
		const tookMs = performance.now() - started;
		if (typeof seen === 'string') expect(outcome).toMatch(new RegExp(`^(${seen})$`));
		else expect(outcome).toMatchObject(seen);
		const record = emulator.calls().at(-1);
		expect(record).toMatchObject({ phase, fault: fault.kind, authorizationPresent: phase !== 'download' });
		if (phase === 'submit') {
			const accepted = emulator.counts().submitsAccepted - before.submitsAccepted;
			expect(accepted).toBe(effect ? 1 : 0);
			expect(record?.requestId).toBe(effect ? emulator.requests().at(-1)?.id : undefined);
		}
		if (fault.kind === 'slow') expect(tookMs).toBeGreaterThanOrEqual(fault.ms - 2);
		expect(emulator.counts().total).toBe(before.total + 1);
		const again = await CALLS[phase](id);
		expect([200, 202]).toContain(again.status);
	});
});

describe('faults', () => {
	it('badJson breaks the JSON, noRequestId leaves no way to the id, tooLarge sends so many bytes', async () => {
		const id = await submitDone();
		emulator.fault('status', { kind: 'badJson' }, { next: 1 });
		const broken = (await client.get(`/v1/requests/${id}/status`, { transformResponse: (text) => text })).data;
		expect(() => JSON.parse(broken)).toThrow('JSON');
		emulator.fault('submit', { kind: 'noRequestId' }, { next: 1 });
		expect((await client.post(MODEL_PATH, INPUT)).data).toEqual({});
		for (const declared of [true, false]) {
			emulator.fault('download', { kind: 'tooLarge', bytes: 1_000_000, declared }, { next: 1 });
			expect((await CALLS.download(id)).data).toHaveLength(1_000_000);
		}
		emulator.fault('result', { kind: 'emptyBody' });
		expect((await resultOf(id)).data).toBe('');
		emulator.fault('result', { kind: 'status', status: 418, body: { error: 'tea' }, headers: { 'x-pot': '1' } });
		expect(await resultOf(id)).toMatchObject({ status: 418, data: { error: 'tea' }, headers: { 'x-pot': '1' } });
		emulator.fault('result', { kind: 'errorUnder200', errorCode: 5, message: 'five' });
		expect((await resultOf(id)).data).toEqual({ error_code: 5, error_message: 'five' });
	});

	it('cuts a download off in the middle, or lets it hang there', async () => {
		const id = await submitDone();
		const whole = (await CALLS.download(id)).data.length;
		for (const fault of [{ kind: 'truncated' }, { kind: 'hang', effect: 'after' }] as const) {
			emulator.fault('download', fault, { next: 1 });
			const { data, headers } = await clientFor().get(`/files/${id}/0.png`, { responseType: 'stream', timeout: 100 });
			expect(headers['content-length']).toBe(String(whole));
			let received = 0;
			const reading = async () => {
				for await (const chunk of data) received += chunk.length;
			};
			const hanging = sleep(100).then(() => data.destroy(new Error('gave up')));
			await expect(reading()).rejects.toThrow(fault.kind === 'hang' ? 'gave up' : 'aborted');
			await hanging;
			expect(received).toBe(Math.floor(whole / 2));
		}
	});

	it('last as long as their scope, the scoped before the lasting, in order', async () => {
		const [one, two] = [await submitDone(), await submitDone()];
		const statuses = async (id: string, times: number) => {
			const seen: number[] = [];
			for (let round = 0; round < times; round++) seen.push((await statusOf(id)).status);
			return seen;
		};
		emulator.fault('status', { kind: 'status', status: 500 });
		emulator.fault('status', { kind: 'status', status: 502 }, { next: 2 });
		emulator.fault('status', { kind: 'status', status: 503 }, { next: 1, requestId: two });
		expect(await statuses(one, 3)).toEqual([502, 502, 500]);
		expect(await statuses(two, 2)).toEqual([503, 500]);
		emulator.resetSwitches();
		emulator.fault('status', { kind: 'status', status: 504 }, { forMs: 80 });
		expect(await statuses(one, 2)).toEqual([504, 504]);
		await sleep(90);
		expect(await statuses(one, 1)).toEqual([200]);
	});

	it('can be decided per call', async () => {
		const seen: unknown[] = [];
		emulator.onCall = ({ phase, requestId, input, nth }) => {
			seen.push([phase, requestId, input?.prompt, nth]);
			if (phase === 'submit') emulator.set({ queueMs: 0, runMs: 0 }, { next: 1 });
			return phase === 'status' && nth === 2 ? { kind: 'status', status: 503 } : undefined;
		};
		const id = await submit();
		const other = await submit();
		const statuses = [await statusOf(id), await statusOf(id), await statusOf(id), await statusOf(other)];
		expect(statuses.map(({ status }) => status)).toEqual([200, 503, 200, 200]);
		expect(statuses[0].data.status).toBe('completed');
		expect(seen).toEqual([
			['submit', undefined, INPUT.prompt, 1],
			['submit', undefined, INPUT.prompt, 2],
			['status', id, undefined, 1],
			['status', id, undefined, 2],
			['status', id, undefined, 3],
			['status', other, undefined, 1],
		]);
	});

	it.each([
		['submit', { kind: 'explode' }, {}, 'kind must be one of'],
		['submit', { kind: 'status' }, {}, "needs 'status'"],
		['submit', { kind: 'slow', ms: -1 }, {}, "'ms' must be"],
		['submit', { kind: 'cutAfter', ms: 1 }, {}, "has no 'ms'"],
		['submit', { kind: 'redirect', to: 'x', status: 99 }, {}, 'from 200 to 599'],
		['submit', { kind: 'cutAfter' }, { next: 0 }, "'next' must be"],
		['submit', { kind: 'cutAfter' }, { times: 1 }, "no 'times'"],
		['lunch', { kind: 'cutAfter' }, {}, "'phase' must be"],
	])('are checked: %s %j %j', (phase, fault, scope, message) => {
		expect(() => emulator.fault(phase as Phase, fault as Fault, scope as FaultScope)).toThrow(message);
	});
});

describe('counts', () => {
	it('tells what was received, overall and per token', async () => {
		const ids = [await submit(), await submit(), await submit()];
		expect(emulator.counts()).toMatchObject({ inFlightNow: 3, peakInFlight: 3 });
		await cancel(ids[0]);
		expect(emulator.counts()).toMatchObject({ inFlightNow: 2, peakInFlight: 3 });
		await sleep(QUEUE_MS + RUN_MS + 10);
		await statusOf(ids[1]);
		await resultOf(ids[1]);
		await CALLS.download(ids[1]);
		await CALLS.balance('');
		await CALLS.model('');
		await clientFor('wrong').post(MODEL_PATH, INPUT);
		await client.get('/nowhere');
		expect(emulator.counts()).toEqual({
			submitsReceived: 4,
			submitsAccepted: 3,
			submitsRefused: 1,
			statusReads: 1,
			resultReads: 1,
			cancels: 1,
			cancelsGranted: 1,
			downloads: 1,
			balanceReads: 1,
			modelReads: 1,
			total: 11,
			inFlightNow: 0,
			peakInFlight: 3,
			peakCallsPerSecond: 10,
			peakCallsPerMinute: 10,
			unauthorized: 1,
		});
		const own = { submitsReceived: 3, total: 9, unauthorized: 0, downloads: 0 };
		expect(emulator.counts(emulator.token)).toMatchObject(own);
		expect(emulator.counts('wrong')).toMatchObject({ submitsReceived: 1, submitsRefused: 1, unauthorized: 1 });
		expect(emulator.counts('')).toMatchObject({ downloads: 1, unauthorized: 0 });
		emulator.reset();
		expect(emulator.counts()).toMatchObject({ total: 0, peakInFlight: 0, peakCallsPerSecond: 0 });
		expect([emulator.requests(), emulator.calls()]).toEqual([[], []]);
	});

	it("takes the peak of any second, not of the clock's seconds", async () => {
		const burst = (size: number) => Promise.all(Array.from({ length: size }, () => statusOf('x')));
		await burst(12);
		await sleep(700);
		await burst(10);
		await sleep(700);
		await burst(9);
		expect(emulator.counts()).toMatchObject({ peakCallsPerSecond: 22, peakCallsPerMinute: 31 });
	});
});

describe('the control surface', () => {
	it('shows and sets, and is not counted', async () => {
		const people = clientFor();
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
		const id = await submit();
		expect((await statusOf(id)).status).toBe(429);
		await clientFor('somebodys-real-token').get('/v1/models');
		const { data: counts } = await people.get('/emulator/counts');
		expect(counts).toMatchObject({ total: 3, tokens: { [emulator.token]: { submitsAccepted: 1 } } });
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
		const { status, data } = await clientFor()[method](path, body);
		expect(status).toBe(400);
		expect(data.error_message).toEqual(expect.any(String));
	});
});

describe('reset', () => {
	it('starts afresh: no faults, no hook, no hanging calls, old ids unknown', async () => {
		const id = await submitDone();
		emulator.onCall = () => ({ kind: 'hang', effect: 'before' });
		const hanging = statusOf(id).catch((error: { code: string }) => error.code);
		while (emulator.counts().statusReads === 0) await sleep(5);
		emulator.fault('model', { kind: 'cutBefore' });
		emulator.reset();
		expect(await hanging).toBe('ECONNRESET');
		expect((await statusOf(id)).data.error_code).toBe(404001);
		expect((await client.get(MODEL_PATH)).status).toBe(200);
		expect((await statusOf(await submit())).data.status).toBe('in_queue');
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
		const started = performance.now();
		await other.close();
		expect(await Promise.all(calls)).toEqual(['cut', 'cut', 'cut']);
		expect(performance.now() - started).toBeLessThan(1_000);
		await expect(clientFor(other.token, other).get('/v1/models')).rejects.toThrow('ECONNREFUSED');
	});
});

describe('the picture', () => {
	const SIZE = { width: 900, height: 900 };
	let painter: Emulator;
	let photos: Server;
	let photo: Buffer;
	let photosUrl: string;

	beforeAll(async () => {
		photo = await productPhoto();
		painter = await startEmulator({ queueMs: 0, runMs: 0, spreadMs: 0, pictures: 'made' });
		photos = createServer((request, response) => {
			if (request.url === '/photo.jpg') response.end(photo);
			else if (request.url === '/moved.jpg') response.writeHead(302, { location: '/photo.jpg' }).end();
			else if (request.url === '/page.html') response.end('<html>');
			else response.writeHead(404).end();
		});
		await new Promise<void>((resolve) => photos.listen(0, '127.0.0.1', resolve));
		photosUrl = `http://127.0.0.1:${(photos.address() as AddressInfo).port}`;
	});

	afterAll(async () => {
		await painter.close();
		photos.closeAllConnections();
		photos.close();
	});

	/** The finished result of an input. */
	async function paint(input: Record<string, unknown>, of: Emulator = painter) {
		const { data: accepted } = await clientFor(of.token, of).post(MODEL_PATH, input);
		for (;;) {
			const { data } = await clientFor(of.token, of).get(`/v1/requests/${accepted.request_id}/result`);
			if (data.finished_at !== null) return data;
			await sleep(20);
		}
	}

	async function pixels(image: Buffer, left: number, top: number, side = 24): Promise<number[]> {
		const area = sharp(image).extract({ left, top, width: side, height: side }).removeAlpha();
		const { channels } = await sharp(await area.png().toBuffer()).stats();
		return channels.map(({ mean }) => mean);
	}

	function distance(a: number[], b: number[]): number {
		return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
	}

	it('keeps the subject and changes the ground', async () => {
		const palette = { name: 'Ultramarine' };
		const { output, status, ...times } = await paint({
			...INPUT,
			image: `${photosUrl}/moved.jpg`,
			color_palette: palette,
		});
		expect(status).toBe('succeeded');
		// Planned to be finished at once: the picture takes its time.
		expect(Date.parse(times.finished_at) - Date.parse(times.created_at)).toBeGreaterThan(20);
		const { data: picture } = await clientFor().get(output.image, { responseType: 'arraybuffer' });
		expect(await sharp(picture).metadata()).toMatchObject({ ...SIZE, format: 'png' });
		for (const [left, top] of [
			[400, 450],
			[300, 400],
			[400, 660],
			[654, 430],
		]) {
			expect(distance(await pixels(photo, left, top), await pixels(picture, left, top))).toBeLessThan(4);
		}
		for (const [left, top] of [
			[2, 2],
			[870, 4],
			[100, 860],
			[610, 480],
		]) {
			const [red, , blue] = await pixels(picture, left, top);
			expect(distance(await pixels(photo, left, top), await pixels(picture, left, top))).toBeGreaterThan(50);
			expect(blue).toBeGreaterThan(red + 20);
		}
	});

	it('takes data URIs, follows the members of a palette, keeps light parts but no gaps, makes several', async () => {
		const ring =
			'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="200" ' +
			'fill="#fff"/><circle cx="100" cy="100" r="60" fill="#c00"/><circle cx="100" cy="100" r="35" fill="#fff"/>' +
			'<circle cx="100" cy="148" r="6" fill="#fff"/></svg>';
		const png = await sharp(Buffer.from(ring)).png().toBuffer();
		painter.set({ output: 'images', outputCount: 2 }, { next: 1 });
		const { output, input } = await paint({
			image: `data:image/png;base64,${png.toString('base64')}`,
			prompt: 'x',
			color_palette: { members: [{ color_hex: '#00AA00', color_weight: 1 }] },
		});
		const load = async (url: string) => Buffer.from((await clientFor().get(url, { responseType: 'arraybuffer' })).data);
		const [first, second] = await Promise.all(output.images.map(load));
		expect(first.equals(second)).toBe(false);
		expect(await pixels(first, 95, 95, 10)).toEqual([255, 255, 255]);
		expect(await pixels(first, 48, 98, 4)).toEqual([204, 0, 0]);
		for (const [left, top, side] of [
			[2, 2, 24],
			[98, 146, 4],
		]) {
			const [red, green, blue] = await pixels(first, left, top, side);
			expect(green).toBeGreaterThan(Math.max(red, blue) + 40);
		}
		expect((await load(input.image)).equals(png)).toBe(true);
	});

	it.each([
		['missing.png', 'its host answered 404'],
		['page.html', 'is not a JPEG, PNG or WebP image'],
	])('fails when there is no image: %s', async (name, words) => {
		const { status, error } = await paint({ ...INPUT, image: `${photosUrl}/${name}` });
		expect([status, error]).toEqual(['failed', expect.stringContaining(words)]);
	});

	it('fails when the host is silent, or private where that is not allowed', async () => {
		const dead = await paint({ ...INPUT, image: 'http://127.0.0.1:9/a.png' });
		expect(dead.error).toContain('did not answer');
		const careful = await startEmulator({ queueMs: 0, runMs: 0, pictures: 'made', allowPrivateImages: false });
		const hosts = [photosUrl, photosUrl.replace('127.0.0.1', 'localhost'), 'http://[::ffff:127.0.0.1]:9'];
		for (const host of hosts) {
			const { error } = await paint({ ...INPUT, image: `${host}/photo.jpg` }, careful);
			expect(error).toContain('not public');
		}
		await careful.close();
	});
});
