/** Runs from the editor share what they buy: nobody cancels another run's request, and a dead one is not handed out. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { BROKE_TOKEN } from '../emulator/emulator.mts';
import { until } from '../lib/until.mts';
import { inputItems, useFixture } from './fixture.mts';

const fixture = useFixture({ queueMs: 5, runMs: 10 });

const manual = { mode: 'manual' as const };
const options = (given: INodeParameters): INodeParameters => ({ options: given });
const bought = () => fixture.emulator.counts().submitsReceived;
const cancels = () => fixture.emulator.counts().cancels;

// What one test has bought must not be there for the next.
let nth = 0;
const prompt = () => `shared ${(nth += 1)}`;

/** RunComfy answers every look at these requests so, until it is taken back. */
const answerLooks = (body: object, status = 200) => {
	fixture.emulator.onCall = ({ phase }) =>
		phase === 'result' || phase === 'status' ? { kind: 'status', status, body } : undefined;
};
const PENDING = { status: 'in_queue' };
const UNKNOWN = [{ error_code: 404001, message: 'no such request' }, 404] as const;

describe('a request that another run bought', () => {
	test.each([{}, { onTimeout: 'returnItem' }])(
		'is not cancelled when its time runs out here, and nothing is bought in its place: %j',
		async (more) => {
			const parameters = { prompt: prompt() };
			answerLooks(PENDING);
			await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
			const { error } = await fixture.run({
				parameters: { ...parameters, ...options({ timeout: 1, onTimeout: 'cancel', ...more }) },
				...manual,
			});
			if (!('onTimeout' in more)) expect(error?.description).toContain('an earlier test run started it');
			expect([bought(), cancels()]).toEqual([1, 0]);
		},
	);

	test('is not cancelled by a Stop here; one of this run is', async () => {
		const parameters = { prompt: prompt() };
		const cancelled: unknown[] = [];
		fixture.emulator.onCall = ({ phase, requestId }) => {
			if (phase === 'cancel') cancelled.push(requestId);
			return phase === 'result' || phase === 'status' ? { kind: 'status', status: 200, body: PENDING } : undefined;
		};
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
		const run = await fixture.start({ items: [{ json: {} }, { json: {} }], parameters, ...manual });
		await until('the second of two equal items', () => bought() === 2);
		run.stop();
		await run.result;
		await until('the cancellation', () => cancels() === 1);
		expect(cancelled).toEqual([fixture.emulator.requests()[1].id]);
	});

	test('young, and not known to RunComfy yet: it is waited for', async () => {
		fixture.policies.call.newRequestGraceMs = 15_000;
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
		let looks = 0;
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'result' && (looks += 1) <= 3 ? { kind: 'status', status: UNKNOWN[1], body: UNKNOWN[0] } : undefined;
		const { items } = await fixture.run({ parameters, ...manual });
		expect(items[0].json.image_url).toEqual(expect.any(String));
		expect(bought()).toBe(1);
	});

	test('young, and unknown until the Timeout: an error, and nothing is bought in its place', async () => {
		fixture.policies.call.newRequestGraceMs = 15_000;
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
		answerLooks(...UNKNOWN);
		await fixture.run({ parameters: { ...parameters, ...options({ timeout: 1 }) }, ...manual });
		expect(bought()).toBe(1);
	});
});

describe('a second attempt', () => {
	test('waits for a request that RunComfy does not know yet, as the first one would', async () => {
		fixture.policies.call.newRequestGraceMs = 15_000;
		let failed = 0;
		fixture.emulator.onCall = ({ phase }) => {
			if (phase !== 'result') return undefined;
			failed += 1;
			if (failed === 1) return { kind: 'status', status: 400, body: { message: 'no' } };
			return failed <= 4 ? { kind: 'status', status: UNKNOWN[1], body: UNKNOWN[0] } : undefined;
		};
		const tries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const { items } = await fixture.run({ parameters: { prompt: prompt() }, ...tries });
		expect(items[0].json.image_url).toEqual(expect.any(String));
		expect(bought()).toBe(1);
	});
});

describe('Submit hands out no dead request', () => {
	const submit = async (text: string) =>
		await fixture.run({ parameters: { prompt: text, operation: 'submit' }, ...manual });

	test.each([
		['failed', { status: 'failed', error: 'no' }, 200],
		['was cancelled', { status: 'cancelled' }, 200],
		['is unknown by now', ...UNKNOWN],
	])('that %s', async (_what, body, status) => {
		fixture.policies.call.newRequestGraceMs = 0;
		const text = prompt();
		await submit(text);
		answerLooks(body, status);
		await submit(text);
		expect(bought()).toBe(2);
	});

	test('one that is alive, or that cannot be looked at: handed out, and the output pane says so', async () => {
		const text = prompt();
		const first = await submit(text);
		const second = await submit(text);
		answerLooks({}, 503);
		fixture.policies.call.lastLookTimeoutMs = 100;
		const third = await submit(text);
		const ids = [first, second, third].map(({ items }) => items[0].json.request_id);
		expect(new Set(ids).size).toBe(1);
		expect(JSON.stringify(second.finished.hints)).toContain('1 result: reused from your');
		expect(bought()).toBe(1);
	});

	test.each(['getStatus', 'getResult', 'cancel'])('whose end %s has seen', async (operation) => {
		const text = prompt();
		const { items } = await submit(text);
		const looks = fixture.emulator.counts();
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'cancel'
				? { kind: 'status', status: 200, body: { outcome: 'cancelled', status: 'cancelled' } }
				: { kind: 'status', status: 200, body: { status: 'cancelled' } };
		const parameters = { resource: 'request', operation, requestId: items[0].json.request_id as string };
		await fixture.run({ parameters, ...manual });
		fixture.emulator.onCall = undefined;
		const before = fixture.emulator.counts();
		expect(before.submitsReceived).toBe(looks.submitsReceived);
		await submit(text);
		expect(bought()).toBe(2);
	});
});

test('a batch larger than what is kept is reused whole, and counted in items', async () => {
	const parameters = { prompt: `={{ $json.sku }} ${prompt()}` };
	await fixture.run({ items: inputItems(520), parameters: { ...parameters, operation: 'submit' }, ...manual });
	expect(bought()).toBe(520);
	const { finished } = await fixture.run({
		items: inputItems(520),
		parameters: { ...parameters, operation: 'submit' },
		...manual,
	});
	expect(bought()).toBe(520);
	expect(JSON.stringify(finished.hints)).toContain('520 results: all reused');
}, 120_000);

test('another account has its own', async () => {
	const parameters = { prompt: prompt() };
	const submit = async (token?: string) =>
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...(token && { token }), ...manual });
	await submit();
	// This one has no balance: a submit of its own is refused, a shared request would be handed out.
	const { error } = await submit(BROKE_TOKEN);
	expect(error?.message).toContain('no balance left');
});
