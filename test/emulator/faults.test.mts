import type { AxiosResponse } from 'axios';

import type { Fault, FaultScope, Phase } from './emulator.mts';
import { holdClock, INPUT, MODEL_PATH, useEmulator } from './useEmulator.mts';
import { pause } from '../lib/until.mts';

const service = useEmulator();

const submit = async (timeout?: number) => await service.client.post(MODEL_PATH, INPUT, { timeout });

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
	{ fault: { kind: 'between' }, effect: false, seen: { status: 403 } },
	{ fault: { kind: 'between', status: 200, page: 'empty' }, effect: false, seen: { status: 200 } },
	{
		fault: { kind: 'between', status: 407, page: 'text' },
		effect: false,
		seen: { status: 407, headers: expect.objectContaining({ 'proxy-authenticate': expect.any(String) }) },
	},
	{ fault: { kind: 'refusedInput', problems: 3 }, effect: false, seen: { status: 422 } },
	{ fault: { kind: 'trickle', ms: 60, pieces: 3 }, effect: true, seen: {} },
	{ fault: { kind: 'wrongType', contentType: '' }, effect: true, seen: { status: 200 } },
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

/** For what hangs; all else comes, on a busy machine late. */
const HUNG_TIMEOUT_MS = 120;
const CLIENT_TIMEOUT_MS = 20_000;

describe.each(FAULTS)('fault $fault', ({ fault, effect, seen }) => {
	it('on a submit, once', async () => {
		const before = service.emulator.counts();
		service.emulator.fault('submit', fault, { next: 1 });
		const started = performance.now();
		const timeoutMs = fault.kind === 'hang' ? HUNG_TIMEOUT_MS : CLIENT_TIMEOUT_MS;
		const outcome = await submit(timeoutMs).catch((error: { code: string }) => error.code);
		const tookMs = performance.now() - started;
		if (typeof seen === 'string') expect(outcome).toMatch(new RegExp(`^(${seen})$`));
		else expect(outcome).toMatchObject(seen);
		const record = service.emulator.calls().at(-1);
		expect(record).toMatchObject({ phase: 'submit', fault: fault.kind, authorizationPresent: true });
		const accepted = service.emulator.counts().submitsAccepted - before.submitsAccepted;
		expect(accepted).toBe(effect ? 1 : 0);
		expect(record?.requestId).toBe(effect ? service.emulator.requests().at(-1)?.id : undefined);
		if (fault.kind === 'slow') expect(tookMs).toBeGreaterThanOrEqual(fault.ms - 2);
		expect(service.emulator.counts().total).toBe(before.total + 1);
		expect((await submit()).status).toBe(200);
	});
});

describe('faults', () => {
	it('badJson breaks the JSON, noRequestId leaves no way to the id, tooLarge sends so many bytes', async () => {
		const id = await service.submitDone();
		service.emulator.fault('status', { kind: 'badJson' }, { next: 1 });
		const broken = (await service.client.get(`/v1/requests/${id}/status`, { transformResponse: (text) => text })).data;
		expect(() => JSON.parse(broken)).toThrow('JSON');
		service.emulator.fault('submit', { kind: 'noRequestId' }, { next: 1 });
		expect((await service.client.post(MODEL_PATH, INPUT)).data).toEqual({});
		for (const declared of [true, false]) {
			service.emulator.fault('download', { kind: 'tooLarge', bytes: 1_000_000, declared }, { next: 1 });
			expect((await service.download(`/files/${id}/0.png`)).data).toHaveLength(1_000_000);
		}
		service.emulator.fault('result', { kind: 'emptyBody' });
		expect((await service.resultOf(id)).data).toBe('');
		service.emulator.fault('result', {
			kind: 'status',
			status: 418,
			body: { error: 'tea' },
			headers: { 'x-pot': '1' },
		});
		expect(await service.resultOf(id)).toMatchObject({
			status: 418,
			data: { error: 'tea' },
			headers: { 'x-pot': '1' },
		});
		service.emulator.fault('result', { kind: 'errorUnder200', errorCode: 5, message: 'five' });
		expect((await service.resultOf(id)).data).toEqual({ error_code: 5, error_message: 'five' });
	});

	it('cuts a download off in the middle, or lets it hang there', async () => {
		const id = await service.submitDone();
		const whole = (await service.download(`/files/${id}/0.png`)).data.length;
		for (const fault of [{ kind: 'truncated' }, { kind: 'hang', effect: 'after' }] as const) {
			service.emulator.fault('download', fault, { next: 1 });
			const { data, headers } = await service
				.clientFor()
				.get(`/files/${id}/0.png`, { responseType: 'stream', timeout: CLIENT_TIMEOUT_MS });
			expect(headers['content-length']).toBe(String(whole));
			let received = 0;
			const reading = async () => {
				for await (const chunk of data) received += chunk.length;
			};
			const hanging = pause(100).then(() => data.destroy(new Error('gave up')));
			await expect(reading()).rejects.toThrow(fault.kind === 'hang' ? 'gave up' : 'aborted');
			await hanging;
			expect(received).toBe(Math.floor(whole / 2));
		}
	});

	it('last as long as their scope, the scoped before the lasting, in order', async () => {
		const [one, two] = [await service.submitDone(), await service.submitDone()];
		const statuses = async (id: string, times: number) => {
			const seen: number[] = [];
			for (let round = 0; round < times; round++) seen.push((await service.statusOf(id)).status);
			return seen;
		};
		service.emulator.fault('status', { kind: 'status', status: 500 });
		service.emulator.fault('status', { kind: 'status', status: 502 }, { next: 2 });
		service.emulator.fault('status', { kind: 'status', status: 503 }, { next: 1, requestId: two });
		expect(await statuses(one, 3)).toEqual([502, 502, 500]);
		expect(await statuses(two, 2)).toEqual([503, 500]);
		service.emulator.resetSwitches();
		const clock = holdClock();
		service.emulator.fault('status', { kind: 'status', status: 504 }, { forMs: 80 });
		expect(await statuses(one, 2)).toEqual([504, 504]);
		clock.passMs(90);
		expect(await statuses(one, 1)).toEqual([200]);
	});

	it('between shows a page, plain text or nothing, refusedInput a list of problems', async () => {
		const id = await service.submitDone();
		for (const [page, type, text] of [
			['html', 'text/html; charset=utf-8', expect.stringContaining('<html>')],
			['text', 'text/plain; charset=utf-8', 'Blocked by policy.\n'],
			['empty', 'text/html; charset=utf-8', ''],
		] as const) {
			service.emulator.fault('result', { kind: 'between', page }, { next: 1 });
			const { headers, data } = await service.resultOf(id);
			expect([headers['content-type'], data]).toEqual([type, text]);
		}
		service.emulator.fault('submit', { kind: 'refusedInput', problems: 3 });
		const { data } = await service.client.post(MODEL_PATH, INPUT);
		expect(data.detail.map(({ loc }: { loc: string[] }) => loc[1])).toEqual(['field_0', 'field_1', 'field_2']);
	});

	it('can be decided per call', async () => {
		const seen: unknown[] = [];
		service.emulator.onCall = ({ phase, requestId, input, nth }) => {
			seen.push([phase, requestId, input?.prompt, nth]);
			if (phase === 'submit') service.emulator.set({ queueMs: 0, runMs: 0 }, { next: 1 });
			return phase === 'status' && nth === 2 ? { kind: 'status', status: 503 } : undefined;
		};
		const id = await service.submit();
		const other = await service.submit();
		const statuses = [
			await service.statusOf(id),
			await service.statusOf(id),
			await service.statusOf(id),
			await service.statusOf(other),
		];
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
		['submit', { kind: 'cutAfter' }, { next: 0 }, "'next' must be"],
		['submit', { kind: 'cutAfter' }, { times: 1 }, "no 'times'"],
		['lunch', { kind: 'cutAfter' }, {}, "'phase' must be"],
	])('are checked: %s %j %j', (phase, fault, scope, message) => {
		expect(() => service.emulator.fault(phase as Phase, fault as Fault, scope as FaultScope)).toThrow(message);
	});
});
