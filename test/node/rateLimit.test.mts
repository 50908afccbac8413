/** The rate limit with its real numbers, on a clock that runs faster: what is called in a second of it arrives in less. */
import { afterEach, beforeAll, expect, test } from '@jest/globals';

import { usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { testClock } from '../lib/testClock.mts';
import { pause, until } from '../lib/until.mts';
import { type Fixture, inputItems, openFixture, quickPolicies } from './fixture.mts';

const SPEED = 5;

/** What the node promises, see "Hammer" in what it must never do. */
const CALLS_PER_SECOND = 30;

const MAX_IN_FLIGHT = 4;

/** Twenty seconds of the node's clock. */
const OUTAGE = { forMs: 20_000 / SPEED };

let fixture: Fixture;
beforeAll(() => expect(usualPolicies.rateLimit).toMatchObject({ callsPerShortWindow: 30, callsPerLongWindow: 600 }));
// Each test has a service, and so a rate limit, of its own.
const close = async () => await fixture?.close();
afterEach(close);

const open = async () => {
	const { rateLimit, call } = usualPolicies;
	const policies = { ...quickPolicies(), rateLimit, call };
	fixture = await openFixture({ policies, clock: testClock(SPEED), spreadMs: 10 });
	return fixture;
};

/** When the calls arrived, less downloads, in milliseconds of the node's clock. */
const arrivals = () =>
	fixture.emulator
		.calls()
		.filter(({ phase }) => phase !== 'download')
		.map(({ atMs }) => atMs * SPEED);

/** The most calls in any second of the node's clock. */
const peak = () => {
	const all = arrivals();
	return Math.max(...all.map((startMs) => all.filter((atMs) => atMs >= startMs && atMs < startMs + 1_000).length));
};

test('submits, results, status looks and cancellations of two executions at a time: at most 30 in any second', async () => {
	const { run, emulator } = await open();
	emulator.set({ earlyResult: '400', jobOutcome: 'stuckInQueue' });
	const parameters = { options: { maxInFlight: 30, timeout: 15, onTimeout: 'cancel' } };
	const [one, other, submits] = await Promise.all([
		run({ items: inputItems(15), parameters, onError: 'continueRegularOutput' }),
		run({ items: inputItems(15), parameters, onError: 'continueRegularOutput' }),
		run({ items: inputItems(20), parameters: { operation: 'submit' } }),
	]);
	expect([one.items.length + other.items.length, submits.items.length]).toEqual([30, 20]);
	const { cancels, statusReads, submitsAccepted } = emulator.counts();
	// A busy machine may not come to submit all of them within their Timeout.
	expect(submitsAccepted).toBeGreaterThan(20);
	expect(cancels).toBe(submitsAccepted - 20);
	expect(statusReads).toBeGreaterThan(0);
	expect(peak()).toBeLessThanOrEqual(CALLS_PER_SECOND);
});

test('a 429 with Retry-After stops every kind of call for as long, and what follows is no burst', async () => {
	const { run, emulator } = await open();
	let toldAtMs = Infinity;
	emulator.onCall = ({ phase }) => {
		if (phase !== 'result' || toldAtMs < Infinity) return undefined;
		toldAtMs = (performance.timeOrigin + performance.now()) * SPEED;
		return { kind: 'rateLimited', retryAfter: 2 };
	};
	const { items } = await run({
		items: inputItems(40),
		parameters: { options: { maxInFlight: MAX_IN_FLIGHT, timeout: 300 } },
	});
	expect(items).toHaveLength(40);
	// Calls that were on their way when it was told may still arrive, however slow the machine: one for each request.
	const tooEarly = arrivals().filter((atMs) => atMs > toldAtMs && atMs < toldAtMs + 1_950);
	expect(tooEarly.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
	expect(peak()).toBeLessThanOrEqual(CALLS_PER_SECOND);
});

test('a 429 to one execution stops the other one, too', async () => {
	const { run, emulator } = await open();
	emulator.fault('submit', { kind: 'rateLimited', retryAfter: 10 }, { next: 1 });
	const parameters = { options: { timeout: 300 } };
	const first = run({ items: inputItems(1), parameters });
	await until('the 429', () => emulator.calls().at(-1)?.status === 429);
	// The node reads the answer; then the other one begins.
	await pause(100);
	await Promise.all([first, run({ items: inputItems(3), parameters })]);
	const [toldAtMs, ...rest] = arrivals();
	expect(Math.min(...rest)).toBeGreaterThanOrEqual(toldAtMs + 9_950);
	expect(emulator.counts().submitsAccepted).toBe(4);
});

test('an outage in the middle of a batch uses up a few photos, charged or not, and the others are bought after it', async () => {
	const { run, emulator } = await open();
	emulator.onCall = ({ phase, nth }) => {
		if (phase === 'submit' && nth === 10)
			emulator.fault('submit', { kind: 'status', status: 503, effect: 'after' }, OUTAGE);
		return undefined;
	};
	const { items } = await run({
		items: inputItems(60),
		parameters: { options: { maxInFlight: MAX_IN_FLIGHT, timeout: 300 } },
		onError: 'continueRegularOutput',
	});
	const failed = items.flatMap(({ json }) => (json.error as { message: string } | undefined) ?? []);
	expect(new Set(failed.map(({ message }) => message))).toEqual(
		new Set(['It is not known whether RunComfy accepted this image']),
	);
	// Those in flight when it began, as many that followed at once, and then one by one.
	expect(failed.length).toBeLessThanOrEqual(2 * MAX_IN_FLIGHT + 4);
	expect(emulator.counts()).toMatchObject({ submitsReceived: 60, submitsAccepted: 60 });
});

test('an outage without end: photos that get no turn in time are not submitted, and say why', async () => {
	const { run, emulator } = await open();
	emulator.fault('submit', { kind: 'cutAfter' });
	const { items } = await run({
		items: inputItems(40),
		parameters: { options: { maxInFlight: MAX_IN_FLIGHT, timeout: 10 } },
		onError: 'continueRegularOutput',
	});
	const errors = items.flatMap(
		({ json }) => (json.error as { message: string; description: string } | undefined) ?? [],
	);
	const notSubmitted = errors.filter(
		({ message }) => message === 'RunComfy did not accept this image within 10 seconds',
	);
	expect(errors).toHaveLength(40);
	expect(emulator.counts().submitsReceived).toBe(40 - notSubmitted.length);
	expect(notSubmitted.length).toBeGreaterThan(20);
	for (const { description } of notSubmitted) {
		expect(description).toContain('not charged');
		expect(description).toContain('RunComfy gave no usable answer to the submits before it');
	}
});
