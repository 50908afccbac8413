/** The rate limit with its real numbers: at most 30 calls in any second, counted where they arrive. */
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { type Policies, usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { type Fixture, inputItems, openFixture, quickPolicies } from './fixture.mts';

/** What the node promises, see "Hammer" in what it must never do. */
const CALLS_PER_SECOND = 30;

/** For a busy machine. */
const LONG_MS = 120_000;

const MAX_IN_FLIGHT = 4;

let fixture: Fixture;
beforeAll(() => expect(usualPolicies.rateLimit).toMatchObject({ callsPerShortWindow: 30, callsPerLongWindow: 600 }));
// Each test has a service, and so a rate limit, of its own.
const close = async () => await fixture?.close();
afterEach(close);

const open = async (call: Partial<Policies['call']> = {}) => {
	const { rateLimit } = usualPolicies;
	const policies = { ...quickPolicies(), rateLimit, call: { ...usualPolicies.call, ...call } };
	fixture = await openFixture({ policies, spreadMs: 10 });
	return fixture;
};

/** When the calls arrived, less downloads: all of them, or those of one phase. */
const arrivals = (wanted?: string) =>
	fixture.emulator
		.calls()
		.filter(({ phase }) => (wanted === undefined ? phase !== 'download' : phase === wanted))
		.map(({ atMs }) => atMs);

describe('at most 30 calls in any second', () => {
	test(
		'over submits and looks of a batch',
		async () => {
			const { run, emulator } = await open();
			const { items, error } = await run({
				items: inputItems(45),
				parameters: { options: { maxInFlight: 45, timeout: 60 } },
			});
			expect(error).toBeUndefined();
			expect(items).toHaveLength(45);
			expect(emulator.counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
		},
		LONG_MS,
	);

	test(
		'over submits, results, status looks and cancellations of two executions at the same time',
		async () => {
			const { run, emulator } = await open();
			emulator.set({ earlyResult: '400', jobOutcome: 'stuckInQueue' });
			const parameters = { options: { maxInFlight: 30, timeout: 3, onTimeout: 'cancel' } };
			const [one, other, submits] = await Promise.all([
				run({ items: inputItems(15), parameters, onError: 'continueRegularOutput' }),
				run({ items: inputItems(15), parameters, onError: 'continueRegularOutput' }),
				run({ items: inputItems(10), parameters: { operation: 'submit' } }),
			]);
			expect(one.items.length + other.items.length).toBe(30);
			const { peakCallsPerSecond, cancels, statusReads, submitsAccepted } = emulator.counts();
			expect(submits.items).toHaveLength(10);
			// A busy machine may not come to submit all of them within their Timeout.
			expect(submitsAccepted).toBeGreaterThan(10);
			expect(cancels).toBe(submitsAccepted - 10);
			expect(statusReads).toBeGreaterThan(0);
			expect(peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
		},
		LONG_MS,
	);
});

describe('a 429', () => {
	test(
		'with Retry-After stops every kind of call for as long',
		async () => {
			const { run, emulator } = await open();
			emulator.set({ runMs: 300 });
			let told = 0;
			let toldAtMs = 0;
			emulator.onCall = ({ phase }) => {
				if (phase !== 'result' || told > 0) return undefined;
				told += 1;
				toldAtMs = Date.now();
				return { kind: 'rateLimited', retryAfter: 2 };
			};
			const { items } = await run({
				items: inputItems(12),
				parameters: { options: { maxInFlight: MAX_IN_FLIGHT, timeout: 30 } },
			});
			expect(items).toHaveLength(12);
			// Calls that were on their way when it was told may still arrive, however slow the machine: one for each request.
			const tooEarly = arrivals().filter((atMs) => atMs > toldAtMs && atMs < toldAtMs + 1_950);
			expect(tooEarly.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
			expect(emulator.counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
		},
		LONG_MS,
	);

	test(
		'to one execution stops the other one, too',
		async () => {
			const { run, emulator } = await open();
			emulator.fault('submit', { kind: 'rateLimited', retryAfter: 1.5 }, { next: 1 });
			const startedAtMs = Date.now();
			const first = run({ items: inputItems(1), parameters: { options: { timeout: 30 } } });
			while (emulator.counts().submitsReceived === 0) await new Promise((resolve) => setTimeout(resolve, 5));
			await new Promise((resolve) => setTimeout(resolve, 100));
			const second = run({ items: inputItems(3), parameters: { options: { timeout: 30 } } });
			await Promise.all([first, second]);
			expect(
				arrivals().filter((atMs) => atMs > startedAtMs + 100 && atMs < arrivals()[0] + 1_450).length,
			).toBeLessThanOrEqual(1);
			expect(emulator.counts().submitsAccepted).toBe(4);
		},
		LONG_MS,
	);

	test(
		'without Retry-After stops them for a time that grows with each 429 in a row',
		async () => {
			const { run, emulator } = await open({ firstBackoffMs: 150, longestBackoffMs: 2_000 });
			emulator.fault('submit', { kind: 'rateLimited' }, { next: 4 });
			const { items } = await run({ items: inputItems(1), parameters: { options: { timeout: 30 } } });
			expect(items).toHaveLength(1);
			const submits = arrivals('submit');
			const pauses = submits.slice(1).map((atMs, index) => atMs - submits[index]);
			expect(pauses).toHaveLength(4);
			[150, 300, 600, 1_200].forEach((leastMs, index) => {
				expect(pauses[index]).toBeGreaterThan(leastMs - 10);
			});
		},
		LONG_MS,
	);

	test(
		'told to many calls at once counts as one: the pause does not explode',
		async () => {
			const { run, emulator } = await open({ firstBackoffMs: 200, longestBackoffMs: 20_000 });
			emulator.fault('submit', { kind: 'rateLimited' }, { next: 15 });
			const { items } = await run({ items: inputItems(15), parameters: { options: { timeout: 60 } } });
			expect(items).toHaveLength(15);
			const times = arrivals('submit');
			// Doubled with each of the fifteen it would be the longest one, 20 s.
			expect(Math.max(...times.slice(1).map((atMs, index) => atMs - times[index]))).toBeLessThan(10_000);
		},
		LONG_MS,
	);

	test(
		'the recovery is no burst: 30 a second, not all that waited',
		async () => {
			const { run, emulator } = await open();
			emulator.fault('submit', { kind: 'rateLimited', retryAfter: 1 }, { next: 1 });
			const { items } = await run({
				items: inputItems(60),
				parameters: { options: { maxInFlight: 60, timeout: 60 } },
			});
			expect(items).toHaveLength(60);
			expect(emulator.counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
		},
		LONG_MS,
	);

	test(
		'Retry-After as a date is understood',
		async () => {
			const { run, emulator } = await open();
			const untilMs = Math.ceil(Date.now() / 1_000) * 1_000 + 2_000;
			emulator.fault('submit', { kind: 'rateLimited', retryAfter: new Date(untilMs).toUTCString() }, { next: 1 });
			await run({ items: inputItems(1), parameters: { options: { timeout: 30 } } });
			expect(arrivals()[1]).toBeGreaterThanOrEqual(untilMs - 5);
			expect(arrivals()[1]).toBeLessThan(untilMs + 20_000);
		},
		LONG_MS,
	);

	test.each([0, '-5', 'soon', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
		'Retry-After %p makes no hot loop',
		async (retryAfter) => {
			const { run, emulator } = await open({ firstBackoffMs: 100, longestBackoffMs: 2_000 });
			emulator.fault('submit', { kind: 'rateLimited', retryAfter });
			await run({ items: inputItems(1), parameters: { options: { timeout: 2 } } });
			expect(emulator.counts().submitsReceived).toBeLessThanOrEqual(8);
		},
		LONG_MS,
	);
});
