/** Answers of every shape: what they become, and that nothing is bought or delivered for a wrong reason. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { startLocalServer } from '../engine/localServer.mts';
import type { Fault } from '../emulator/emulator.mts';
import { workedMs } from '../lib/workedMs.mts';
import { inputItems, jsonOf, onRequest, submitOne, useFixture } from './fixture.mts';

const fixture = useFixture({ clockSpeed: 5 });

const A = 'https://files.runcomfy.net/a.png';
const X = 'https://files.runcomfy.net/x';

const ENDED = { created_at: '2026-03-01T12:00:00Z', finished_at: '2026-03-01T12:00:09Z' };

const json = (body: unknown, status = 200): Fault => ({ kind: 'status', status, body });

/** Results as this body says; `{id}` in it is the request's own. */
function answerResults(body: object): void {
	fixture.emulator.onCall = ({ phase, requestId }) =>
		phase === 'result' ? json({ request_id: requestId, ...body }) : undefined;
}

const submits = () => fixture.emulator.counts().submitsReceived;

const withOptions = (options: INodeParameters) => ({ parameters: { options } });

describe('an output of any shape becomes an item per file', () => {
	test('one without a file is an error that shows what came', async () => {
		answerResults({ status: 'succeeded', output: { text: 'I cannot draw that.' } });
		const { error } = await fixture.run();
		expect(error?.message).toMatch(/^Request \S+ succeeded, but RunComfy returned no file$/);
		expect(error?.description).toContain('I cannot draw that.');
	});

	test('twenty thousand: a thousand items, the rest is in the log, and n8n goes on', async () => {
		answerResults({
			status: 'succeeded',
			output: { images: Array.from({ length: 20_000 }, (_, n) => `${X}/${n}.png`) },
		});
		const { items, logs } = await fixture.run();
		expect(items).toHaveLength(1_000);
		expect(JSON.stringify(logs)).toContain('19000 URLs were left out');
	});
});

describe('other words for the end', () => {
	test.each([
		['a file and its time', { status: 'done', output: { image: A }, ...ENDED }, 'image'],
		['no word, a file and its time', { output: { image: A }, ...ENDED }, 'image'],
		['completed and a file', { status: 'completed', output: { image: A } }, 'image'],
		['an error and its time', { status: 'rejected', error: 'Not that.', ...ENDED }, 'failed: Not that.'],
		[
			'completed, an error and a file',
			{ status: 'completed', error: 'Not that.', output: { image: A } },
			'failed: Not that.',
		],
		[
			'completed, an error and a code',
			{ status: 'completed', error: 'Not that.', error_code: 500001 },
			'failed: Not that.',
		],
	])('%s', async (_what, body, end) => {
		answerResults(body);
		const { items, error } = await fixture.run(withOptions({ timeout: 20 }));
		if (end === 'image') expect(jsonOf(items)).toMatchObject([{ image_url: A, status: 'succeeded' }]);
		else expect(error?.message).toContain(end);
		expect(submits()).toBe(1);
	});

	test.each([{ toString: null }, [], 7, 'yesterday'])('odd dates make no fault of a success: %j', async (date) => {
		answerResults({ status: 'succeeded', output: { image: A }, created_at: date, finished_at: date });
		const { items, error } = await fixture.run();
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([{ image_url: A }]);
	});
});

describe('an answer about another request', () => {
	const other = { request_id: 'other-1', status: 'succeeded', output: { image: A } };

	test('is never delivered, and is named when the time is up', async () => {
		fixture.emulator.onCall = ({ phase }) => (phase === 'result' ? json(other) : undefined);
		const { items, error } = await fixture.run(withOptions({ timeout: 2 }));
		expect(items).toEqual([]);
		expect(error?.message).toMatch(/result of request \S+ is not known/);
		expect(error?.description).toContain('about another request (other-1)');
		expect(submits()).toBe(1);
	});

	test('may pass', async () => {
		fixture.emulator.fault('result', json(other), { next: 2 });
		const { items, error } = await fixture.run();
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(items[0].json).not.toMatchObject({ image_url: A });
	});

	test('cancels nothing', async () => {
		const requestId = await submitOne(fixture);
		fixture.emulator.fault('cancel', json({ request_id: 'other-1', outcome: 'cancelled' }, 202), { next: 1 });
		fixture.emulator.set({ cancelAnswer: 'not_cancellable' });
		const { items } = await fixture.run({ parameters: onRequest('cancel', requestId) });
		expect(jsonOf(items)).toMatchObject([{ request_id: requestId, cancelled: false }]);
	});
});

describe('the answer to a submit', () => {
	test('with a number for an id is unknown and names it', async () => {
		fixture.emulator.fault('submit', json({ request_id: 4711, status: 'in_queue' }));
		const { error } = await fixture.run();
		expect(error?.message).toBe('It is not known whether RunComfy accepted this image as request 4711');
		expect(submits()).toBe(1);
	});

	test.each<[what: string, answer: Fault]>([
		['is JSON that breaks off', { kind: 'badJson' }],
		['is cut off', { kind: 'truncated' }],
	])('that %s but names the request: it is found, and delivered', async (_what, answer) => {
		fixture.emulator.fault('submit', answer);
		const { items } = await fixture.run();
		expect(items[0].json.request_id).toBe(fixture.emulator.requests()[0].id);
		expect(submits()).toBe(1);
	});

	test("that refuses, with a trace's id, bought nothing", async () => {
		fixture.emulator.fault(
			'submit',
			json({ error_code: 400002, error_message: 'No money.', request_id: 'trace-1' }, 400),
		);
		const { error } = await fixture.run();
		expect(error?.message).toBe('The RunComfy account has no balance left');
	});

	test('that lists what is wrong is told field by field', async () => {
		const detail = [
			{ loc: ['body', 'seed'], msg: 'must not be negative' },
			{ loc: ['body', 'image'], msg: 'is not reachable' },
		];
		for (const body of [{ detail }, detail]) {
			fixture.emulator.fault('submit', json(body, 422), { next: 1 });
			const { error } = await fixture.run();
			expect(error?.message).toBe('RunComfy refused the input: seed: must not be negative; image: is not reachable');
		}
	});

	test('of a firewall says that it was not RunComfy, and the next try buys once', async () => {
		fixture.emulator.fault(
			'submit',
			{ kind: 'status', status: 403, body: '<html><h1>Blocked by policy</h1></html>' },
			{ next: 1 },
		);
		const { items } = await fixture.run({ retryOnFail: true, maxTries: 2 } as never);
		const again = items.length > 0 ? items : (await fixture.run()).items;
		expect(again).toHaveLength(1);
		expect(fixture.emulator.counts().submitsAccepted).toBe(1);
	});

	test.each([
		['nothing listens', 'http://127.0.0.1:9'],
		['nobody knows the host', 'http://no-such-host.invalid'],
	])('%s: it is tried again, then it is said that nothing was charged', async (_what, modelApiUrl) => {
		fixture.policies.call.submitWindowMs = 1_000;
		const { error } = await fixture.run({
			parameters: { operation: 'submit' },
			credentials: { runComfyApi: { ...fixture.credential, modelApiUrl } },
		});
		expect(error?.message).toMatch(/^RunComfy did not accept this image within/);
		expect(error?.description).toContain('You were not charged for this attempt');
	});
});

describe('the answer to a cancellation', () => {
	test.each([
		[{ outcome: 'cancelled', status: 'completed' }, true],
		[{ outcome: 'canceled' }, true],
		[{ status: 'cancelled' }, true],
		[{ status: 'cancelled', outcome: 'cancellation_requested' }, true],
		[{ outcome: 'cancellation_requested' }, true],
		[{ outcome: 'not_cancellable', status: 'completed' }, false],
		[{ status: 'not_cancellable' }, false],
		[{ outcome: 'already_running' }, false],
	])('%j', async (body, cancelled) => {
		const requestId = await submitOne(fixture);
		fixture.emulator.fault('cancel', json({ request_id: requestId, ...body }, 202));
		const { items } = await fixture.run({ parameters: onRequest('cancel', requestId) });
		expect(jsonOf(items)).toMatchObject([{ request_id: requestId, cancelled }]);
	});
});

describe('a 403 in JSON without a code', () => {
	test.each(['getStatus', 'getResult', 'cancel'])('%s names the token and the other account', async (operation) => {
		for (const phase of ['status', 'result', 'cancel'] as const) {
			fixture.emulator.fault(phase, json({ message: 'Forbidden' }, 403));
		}
		const { error } = await fixture.run({ parameters: onRequest(operation, 'id-1') });
		expect(error?.message).toBe('RunComfy did not allow this API token to use request id-1');
		expect(error?.description).toMatch(/API token in the credential .* or the request belongs to another account/);
	});
});

describe('bodies without bounds', () => {
	/**
	 * The longest work in one piece, in milliseconds of the processor: nothing else of n8n could run meanwhile. And the memory
	 * held above the start.
	 */
	async function watched<T>(work: () => Promise<T>): Promise<{ value: T; stuckMs: number; grownBytes: number }> {
		let lastMs = workedMs();
		let stuckMs = 0;
		const before = process.memoryUsage().rss;
		let peak = before;
		const timer = setInterval(() => {
			stuckMs = Math.max(stuckMs, workedMs() - lastMs);
			lastMs = workedMs();
			peak = Math.max(peak, process.memoryUsage().rss);
		}, 5);
		try {
			return { value: await work(), stuckMs, grownBytes: peak - before };
		} finally {
			clearInterval(timer);
		}
	}

	const MB = 1_000_000;

	test('a result of 300 MB ends in an error that names the request', async () => {
		// The server's own work must not count: it gives the same chunk again and again.
		const chunk = Buffer.alloc(MB, ' ');
		let submitted = 0;
		const server = await startLocalServer((request, response) => {
			response.setHeader('content-type', 'application/json');
			if (request.method === 'POST') {
				submitted += 1;
				response.end('{"request_id":"large-1"}');
				return;
			}
			let left = 300;
			const more = () => {
				while (left > 0 && !response.destroyed) {
					left -= 1;
					if (!response.write(chunk)) return void response.once('drain', more);
				}
				response.end('{}');
			};
			response.write('{"status":"succeeded",');
			more();
		});
		try {
			const { value, stuckMs, grownBytes } = await watched(
				async () =>
					await fixture.run({
						credentials: { runComfyApi: { ...fixture.credential, modelApiUrl: server.url } },
					}),
			);
			expect(value.error?.message).toBe("RunComfy's answer was too large when the node tried to read request large-1");
			expect(stuckMs).toBeLessThan(2_000);
			expect(grownBytes).toBeLessThan(250 * MB);
			expect(submitted).toBe(1);
		} finally {
			await server.close();
		}
	});

	test('an error text of 10 MB is cut, at once', async () => {
		const body = { error_message: 'no such thing '.repeat((10 * MB) / 14), detail: [] };
		fixture.emulator.fault('submit', json(body, 400), { next: 1 });
		const { value, stuckMs } = await watched(async () => await fixture.run({ items: inputItems(1) }));
		expect(value.error?.message).toMatch(/^RunComfy refused the input: no such thing/);
		expect(value.error?.message.length).toBeLessThan(300);
		expect(stuckMs).toBeLessThan(3_000);
	});

	test('a page of 10 MB among the looks is silence', async () => {
		const page = `<html>${'<p>Blocked by policy</p>'.repeat((10 * MB) / 24)}</html>`;
		fixture.emulator.fault('result', { kind: 'status', status: 403, body: page }, { next: 1 });
		const { items, error } = await fixture.run();
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
	});
});
