/** Cancelling after a Stop: at the pace of all calls, each request once before any twice, and each one named. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { type Policies, usualPolicies } from '../../../nodes/RunComfy/batch/processState.ts';
import type { Fault } from '../../emulator/emulator.mts';
import type { NodeRun } from '../../engine/index.mts';
import { until } from '../../lib/until.mts';
import { type Fixture, inputItems, openFixture, patientPolicies } from '../fixture.mts';

/** What the node promises, see "Hammer" in what it must never do. */
const CALLS_PER_SECOND = 30;

/** For a busy machine. */
const LONG_MS = 60_000;
jest.setTimeout(2 * LONG_MS);

// Each test has a service, and so a rate limit, of its own.
let fixture: Fixture;
afterEach(async () => await fixture?.close());

/** The node with the rate limit's real numbers, and a server whose jobs stay queued. */
async function open({ rateLimit = usualPolicies.rateLimit }: Partial<Policies> = {}) {
	const policies = { ...patientPolicies(), rateLimit };
	const { cancelWindowMs } = usualPolicies.call;
	// A server that takes few calls is asked again sooner, which is all that a test would wait for.
	Object.assign(policies.call, { cancelWindowMs, firstBackoffMs: 500 });
	// The batch's own reads are no part of this.
	Object.assign(policies.schedule, { firstPollMs: 15_000 });
	fixture = await openFixture({ policies, queueMs: 600_000, spreadMs: 0 });
}

const counts = () => fixture.emulator.counts();
const cancelled = () => fixture.emulator.requests().filter(({ state }) => state === 'cancelled').length;
const linesOf = (run: NodeRun): string[] =>
	run.logs.map(({ message }) => message).filter((line) => /^RunComfy .*request \S+ .*after the stop/.test(line));

/** The ids of the cancellations, in the order in which they arrived. */
const asked = () =>
	fixture.emulator
		.calls()
		.filter(({ phase }) => phase === 'cancel')
		.map(({ requestId }) => requestId);

/** From now on the server takes so many calls in any second, and answers the others with 429. */
function takeOnly(perSecond: number) {
	const takenMs: number[] = [];
	fixture.emulator.onCall = () => {
		const nowMs = performance.now();
		while (takenMs[0] <= nowMs - 1_000) takenMs.shift();
		if (takenMs.length >= perSecond) return { kind: 'rateLimited' };
		takenMs.push(nowMs);
		return undefined;
	};
}

/** Stops once all are bought, and waits until each is named in the log. */
async function stopAll(count: number, beforeStop = () => {}): Promise<NodeRun> {
	const running = fixture.start({ items: inputItems(count), parameters: { options: { maxInFlight: 100 } } });
	await until('all submits', () => counts().submitsAccepted === count, LONG_MS, 5);
	beforeStop();
	running.stop();
	const run = await running.result;
	await until('each to be named', () => linesOf(run).length >= count, LONG_MS, 20);
	return run;
}

/** Each is named once, and what the log calls cancelled is cancelled in the server's books. */
function expectTrueWords(run: NodeRun) {
	for (const { id, state } of fixture.emulator.requests()) {
		const about = linesOf(run).filter((line) => line.includes(id));
		expect({ id, lines: about.length }).toEqual({ id, lines: 1 });
		expect({ id, told: about[0].startsWith(`RunComfy request ${id} was cancelled`) }).toEqual({
			id,
			told: state === 'cancelled',
		});
	}
}

test('60 queued requests are all cancelled, at no more than 30 calls a second', async () => {
	const count = 60;
	await open();
	const run = await stopAll(count);
	expect(cancelled()).toBe(count);
	expect(asked()).toHaveLength(count);
	expect(counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
	expectTrueWords(run);
});

test('a batch that has used up its calls at full speed is not cancelled at the steady pace', async () => {
	// As if more than 300 calls of this minute were made: at the steady pace there would be two turns until the end.
	await open({ rateLimit: { ...usualPolicies.rateLimit, callsAtFullSpeed: 40, steadySpacingMs: 40_000 } });
	const run = await stopAll(40);
	expect(cancelled()).toBe(40);
	expectTrueWords(run);
});

test('a server that takes ten calls a second: all of 60 are cancelled, each asked once before any is asked twice', async () => {
	const count = 60;
	await open();
	const run = await stopAll(count, () => takeOnly(10));
	expect(cancelled()).toBe(count);
	expectTrueWords(run);
	expect(new Set(asked().slice(0, count)).size).toBe(count);
	expect(counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
	// Not by hammering: of each burst of 30 ten are taken.
	expect(asked().length).toBeLessThanOrEqual(3.5 * count);
});

const quick = patientPolicies();

test.each<[string, Fault]>([
	['nothing that tells of the cancellation', { kind: 'status', status: 200, body: { ok: true } }],
	['another request', { kind: 'status', status: 202, body: { request_id: 'other', done: true } }],
	['a page', { kind: 'between' }],
	['not found', { kind: 'status', status: 404, body: { error_code: 404001 } }],
	['a refusal in words', { kind: 'status', status: 400, body: { detail: 'no' } }],
	['a redirect', { kind: 'redirect', to: 'https://elsewhere.example' }],
])(
	'an answer that would only come again (%s): each is asked once, and named as not cancelled',
	async (_what, fault) => {
		await open(quick);
		const run = await stopAll(10, () => fixture.emulator.fault('cancel', fault));
		expect(asked()).toHaveLength(10);
		expect(new Set(asked()).size).toBe(10);
		expectTrueWords(run);
	},
);

describe('what may be otherwise the next time', () => {
	test.each<[string, Fault]>([
		['503', { kind: 'status', status: 503 }],
		['a connection that breaks', { kind: 'cutBefore' }],
	])('%s: asked again, after all others', async (_what, fault) => {
		await open(quick);
		const run = await stopAll(40, () => fixture.emulator.fault('cancel', fault, { next: 10 }));
		expect(cancelled()).toBe(40);
		expectTrueWords(run);
		expect(new Set(asked().slice(0, 40)).size).toBe(40);
		expect(asked()).toHaveLength(50);
	});

	test('in more time than there is: each is named as not cancelled at once', async () => {
		await open();
		const run = await stopAll(40, () => fixture.emulator.fault('cancel', { kind: 'rateLimited', retryAfter: 600 }));
		expect(cancelled()).toBe(0);
		expect(asked().length).toBeLessThanOrEqual(CALLS_PER_SECOND);
		expectTrueWords(run);
	});
});
