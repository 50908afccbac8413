import { describe, expect, jest, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { RateLimit, type Permit } from '../../nodes/RunComfy/api/rateLimit.ts';
import { rateLimitPolicy, callPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import type { Priority } from '../../nodes/RunComfy/api/rateLimit.ts';
import { Stop, Stopped } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';

/** What the node promises over all items and kinds of calls. */
const MAX_PER_SECOND = 30;
const MAX_PER_MINUTE = 600;

const NO_RANDOM = () => 0;

function ifStopped(thrown: unknown): 'stopped' {
	if (thrown instanceof Stopped) return 'stopped';
	throw thrown;
}

function open(random = NO_RANDOM, policy = rateLimitPolicy) {
	const clock = new VirtualClock(5_000_000);
	const controller = new AbortController();
	const stop = new Stop(controller.signal);
	const limit = new RateLimit(clock, policy, callPolicy, random);
	const startMs = clock.now();
	const granted: Array<{ atMs: number; priority: Priority; name: number }> = [];
	let asked = 0;
	const take = async (
		priority: Priority,
		latestMs = Infinity,
		ofRun = stop,
	): Promise<'granted' | 'late' | 'stopped'> => {
		const name = asked++;
		const permit = await limit.take({ priority, latestMs }, ofRun).catch(ifStopped);
		if (typeof permit === 'string') return permit;
		granted.push({ atMs: clock.now() - startMs, priority, name });
		permit.end(true);
		return 'granted';
	};
	/** Takes a permit and keeps it, as a call that hangs. */
	const keep = async (priority: Priority, isHeavy = false): Promise<Permit> => {
		const permit = await clock.finish(limit.take({ priority, latestMs: Infinity, isHeavy }, stop));
		if (typeof permit === 'string') throw new Error(permit);
		return permit;
	};
	const takeMany = async (count: number, priority: Priority) =>
		await Promise.all(Array.from({ length: count }, async () => await take(priority)));
	return { clock, limit, take, keep, takeMany, granted, startMs, stopIt: () => controller.abort() };
}

/** The most entries of a sorted list of times that lie in any window shorter than `windowMs`. */
function peak(times: number[], windowMs: number): number {
	let most = 0;
	let oldest = 0;
	times.forEach((atMs, index) => {
		while (times[oldest] <= atMs - windowMs) oldest += 1;
		most = Math.max(most, index - oldest + 1);
	});
	return most;
}

describe('the rate limit', () => {
	test('lets the first calls through at once', async () => {
		const { clock, takeMany, granted } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		expect(granted.map(({ atMs }) => atMs)).toEqual(Array.from({ length: MAX_PER_SECOND }, () => 0));
	});

	test.each<[string, number, Priority]>([
		['submits', 640, 'submit'],
		['reads', 640, 'read'],
	])(
		'a flood of %s stays at 30 a second and 600 a minute',
		async (_what, count, priority) => {
			const { clock, takeMany, granted } = open();
			await clock.finish(takeMany(count, priority));
			const times = granted.map(({ atMs }) => atMs);
			expect(times).toHaveLength(count);
			expect(peak(times, 1_000)).toBeLessThanOrEqual(MAX_PER_SECOND);
			expect(peak(times, 60_000)).toBeLessThanOrEqual(MAX_PER_MINUTE);
			// Bounded, and still not slow: a full minute has passed, not many more.
			expect(times.at(-1)).toBeLessThan(130_000);
		},
		20_000,
	);

	test('so does whatever mixture comes, whenever it comes', async () => {
		const burst = fc.record({
			afterMs: fc.integer({ min: 0, max: 5_000 }),
			count: fc.integer({ min: 1, max: 120 }),
			priority: fc.constantFrom<Priority>('first', 'submit', 'read'),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(burst, { minLength: 5, maxLength: 15 }), async (bursts) => {
				const { clock, takeMany, granted } = open();
				const all: Array<Promise<unknown>> = [];
				for (const { afterMs, count, priority } of bursts) {
					await clock.goTo(clock.now() + afterMs);
					all.push(takeMany(count, priority));
				}
				await clock.finish(Promise.all(all));
				const times = granted.map(({ atMs }) => atMs);
				expect(times).toHaveLength(bursts.reduce((sum, { count }) => sum + count, 0));
				expect(peak(times, 1_000)).toBeLessThanOrEqual(MAX_PER_SECOND);
				expect(peak(times, 60_000)).toBeLessThanOrEqual(MAX_PER_MINUTE);
			}),
			{ numRuns: 5 },
		);
	});

	test('submits and reads take turns, and each kind is served in its order', async () => {
		const { clock, takeMany, granted } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		await clock.finish(Promise.all([takeMany(40, 'read'), takeMany(40, 'submit')]));
		const later = granted.filter(({ atMs }) => atMs > 0);
		later.slice(1).forEach(({ priority }, index) => expect(priority).not.toBe(later[index].priority));
		for (const kind of ['submit', 'read'] as const) {
			const names = granted.filter(({ priority }) => priority === kind).map(({ name }) => name);
			expect(names).toEqual([...names].sort((a, b) => a - b));
		}
	});

	test('what must not wait comes before both', async () => {
		const { clock, takeMany, granted } = open();
		const all = Promise.all([takeMany(60, 'read'), takeMany(60, 'submit'), takeMany(10, 'first')]);
		await clock.finish(all);
		expect(granted.slice(MAX_PER_SECOND, MAX_PER_SECOND + 10).map(({ priority }) => priority)).toEqual(
			Array.from({ length: 10 }, () => 'first'),
		);
	});

	test('a kind that has had no turn yet comes before one that has, and after what must not wait', async () => {
		const { clock, take, takeMany, granted } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'read'));
		const ofOther = new Stop(undefined);
		await clock.finish(Promise.all([take('read', Infinity, ofOther), take('submit'), take('first')]));
		expect(granted.slice(-3).map(({ priority }) => priority)).toEqual(['first', 'submit', 'read']);
	});

	test('there is always a next permit soon, however many calls came before', async () => {
		const { clock, takeMany, granted } = open();
		await clock.finish(takeMany(700, 'submit'));
		const gaps = granted.slice(1).map(({ atMs }, index) => atMs - granted[index].atMs);
		expect(Math.max(...gaps.slice(rateLimitPolicy.callsAtFullSpeed))).toBeLessThanOrEqual(250);
		// Bounded, and still not slow: the minute is used up.
		expect(granted.at(-1)?.atMs).toBeLessThan(90_000);
	});

	test('one look beside 700 submits never waits for long', async () => {
		const { clock, take, takeMany } = open();
		void takeMany(700, 'submit');
		const ofOther = new Stop(undefined);
		for (let look = 0; look < 20; look += 1) {
			const askedMs = clock.now();
			await expect(clock.finish(take('read', Infinity, ofOther))).resolves.toBe('granted');
			expect(clock.now() - askedMs).toBeLessThan(1_100);
			await clock.goTo(clock.now() + 1_500);
		}
	});

	test('one run is not behind the batch of another', async () => {
		const { clock, take, takeMany, startMs } = open();
		void takeMany(900, 'read');
		await clock.goTo(startMs + 30_000);
		const askedMs = clock.now();
		await clock.finish(take('read', Infinity, new Stop(undefined)));
		expect(clock.now() - askedMs).toBeLessThan(250);
	});

	test('a hundred last polls at once all get a permit in time, even where only the steady pace is left', async () => {
		const { clock, take, takeMany, startMs } = open();
		void takeMany(900, 'submit');
		await clock.goTo(startMs + 20_000);
		const latestMs = clock.now() + callPolicy.lastPollGraceMs;
		const turns = await clock.finish(
			Promise.all(Array.from({ length: 100 }, async () => await take('first', latestMs))),
		);
		expect(new Set(turns)).toEqual(new Set(['granted']));
	});

	test('a permit that was given back is not counted', async () => {
		const { clock, keep, takeMany, granted } = open();
		for (let call = 0; call < 100; call += 1) (await keep('first')).giveBack();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		expect(granted.every(({ atMs }) => atMs < 1)).toBe(true);
	});

	test('a permit that is given back goes to who waits, once', async () => {
		const { clock, keep, take, takeMany, granted } = open();
		const kept: Permit[] = [];
		for (let call = 0; call < MAX_PER_SECOND; call += 1) kept.push(await keep('first'));
		const waiting = take('first');
		kept[0].giveBack();
		await expect(waiting).resolves.toBe('granted');
		expect(granted.map(({ atMs }) => atMs)).toEqual([0]);
		kept[0].giveBack();
		for (const permit of kept.slice(1)) permit.end(true);
		kept[1].giveBack();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		expect(granted.filter(({ atMs }) => atMs < rateLimitPolicy.shortWindowMs)).toHaveLength(1);
	});

	test('who calls now and then does not use up the permits of full speed', async () => {
		const { clock, take, granted, startMs } = open();
		const calls = 400;
		for (let call = 0; call < calls; call += 1) {
			await clock.goTo(startMs + call * 100);
			await clock.finish(take('first'));
		}
		expect(granted.map(({ atMs }) => atMs)).toEqual(Array.from({ length: calls }, (_none, call) => call * 100));
	});

	test('says late, at once, when the permit would come after the latest time', async () => {
		const { clock, take, takeMany, startMs } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		await expect(take('first', startMs + 500)).resolves.toBe('late');
		const inTime = take('first', startMs + 2_000);
		await expect(clock.finish(inTime)).resolves.toBe('granted');
	});

	test('at its latest time a permit still comes in time', async () => {
		const { clock, take, takeMany, startMs } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		const freeAtMs = startMs + rateLimitPolicy.shortWindowMs;
		await expect(take('first', freeAtMs - 1)).resolves.toBe('late');
		await expect(clock.finish(take('first', freeAtMs))).resolves.toBe('granted');
		expect(clock.now()).toBe(freeAtMs);
	});

	test('who can wait goes on waiting while others are told that they are late', async () => {
		const { clock, take, takeMany, startMs } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		const patient = takeMany(3, 'read');
		await expect(take('read', startMs + 500)).resolves.toBe('late');
		await expect(clock.finish(patient)).resolves.toEqual(['granted', 'granted', 'granted']);
	});

	test('the next permit is there as soon as the oldest call has left the window', async () => {
		const { clock, take, takeMany, granted, startMs } = open();
		for (let call = 0; call < MAX_PER_SECOND; call += 1) {
			await clock.goTo(startMs + call * 10);
			await clock.finish(take('first'));
		}
		await clock.finish(takeMany(3, 'first'));
		const { shortWindowMs } = rateLimitPolicy;
		expect(granted.slice(-3).map(({ atMs }) => atMs)).toEqual([shortWindowMs, shortWindowMs + 10, shortWindowMs + 20]);
	});

	test('one timer is enough for all who wait', async () => {
		const { clock, takeMany } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		const sleep = jest.spyOn(clock, 'sleep');
		void takeMany(100, 'read');
		expect(sleep).toHaveBeenCalledTimes(1);
	});

	test('a permit that was late or stopped is not counted', async () => {
		const { clock, take, takeMany, granted, startMs } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		await Promise.all(Array.from({ length: 100 }, async () => await take('first', startMs + 1)));
		await clock.goTo(startMs + 2_000);
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		expect(granted).toHaveLength(2 * MAX_PER_SECOND);
		expect(granted.at(-1)?.atMs).toBe(2_000);
	});

	test('a Stop ends the waiting at once', async () => {
		const { clock, take, takeMany, stopIt } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		const waiting = [take('first'), take('read')];
		stopIt();
		await expect(Promise.all(waiting)).resolves.toEqual(['stopped', 'stopped']);
		await expect(take('first')).resolves.toBe('stopped');
	});

	test('who was stopped takes no permit from others, and is not listened for any more', async () => {
		const { clock, limit, take, takeMany, granted, stopIt } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		const waiting = takeMany(100, 'first');
		stopIt();
		await waiting;
		await takeMany(100, 'first');
		const other = new Stop(undefined);
		await clock.goTo(clock.now() + rateLimitPolicy.shortWindowMs);
		await clock.finish(
			Promise.all(Array.from({ length: MAX_PER_SECOND }, async () => await take('first', Infinity, other))),
		);
		expect(granted.filter(({ atMs }) => atMs > 0).map(({ atMs }) => atMs)).toEqual(
			Array.from({ length: MAX_PER_SECOND }, () => rateLimitPolicy.shortWindowMs),
		);
		let listeners = 0;
		const listened = {
			stopped: false,
			onStop: () => {
				listeners += 1;
				return () => (listeners -= 1);
			},
		} as unknown as Stop;
		await clock.finish(limit.take({ priority: 'first', latestMs: Infinity }, listened));
		expect(listeners).toBe(0);
	});
});

describe('cancels after a Stop', () => {
	test('are bound by the second and by the minute, not by the steady pace', async () => {
		const { clock, takeMany, granted } = open();
		await clock.finish(takeMany(rateLimitPolicy.callsAtFullSpeed, 'first'));
		const fromMs = granted.at(-1)?.atMs ?? 0;
		await clock.finish(takeMany(400, 'cancel'));
		const times = granted.map(({ atMs }) => atMs);
		expect(peak(times, 1_000)).toBeLessThanOrEqual(MAX_PER_SECOND);
		expect(peak(times, 60_000)).toBeLessThanOrEqual(MAX_PER_MINUTE);
		// The 300 that the minute still has leave thirty a second.
		expect(times[599] - fromMs).toBeLessThan(11_000);
		expect(times[600]).toBeGreaterThanOrEqual(60_000);
	});

	test('that hang use up none of the calls at full speed', async () => {
		const policy = { ...rateLimitPolicy, callsAtFullSpeed: 5, steadySpacingMs: 10_000 };
		const { keep, clock, takeMany, granted } = open(NO_RANDOM, policy);
		for (let nth = 1; nth <= 5; nth += 1) await keep('cancel');
		// One by the steady pace, the others at full speed.
		await clock.finish(takeMany(6, 'first'));
		expect(granted.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 0, 0, 0]);
	});

	test('use up neither the calls at full speed nor the permits of the steady pace', async () => {
		const { clock, takeMany, granted } = open();
		await clock.finish(takeMany(200, 'cancel'));
		const fromMs = clock.now();
		await clock.finish(takeMany(rateLimitPolicy.callsAtFullSpeed, 'first'));
		expect(clock.now() - fromMs).toBeLessThan(12_000);
		const steadyFromMs = granted.at(-1)?.atMs ?? 0;
		await clock.finish(Promise.all([takeMany(50, 'cancel'), takeMany(3, 'read')]));
		const looks = granted.filter(({ priority }) => priority === 'read').map(({ atMs }) => atMs);
		expect(looks[2] - steadyFromMs).toBeLessThan(3 * rateLimitPolicy.steadySpacingMs + 2_100);
	});

	test('leave the next permit of the steady pace to the others', async () => {
		const { clock, take, takeMany, granted } = open();
		await clock.finish(takeMany(rateLimitPolicy.callsAtFullSpeed + 100, 'first'));
		await clock.goTo(clock.now() + rateLimitPolicy.shortWindowMs);
		await clock.finish(take('cancel'));
		await clock.finish(take('read'));
		await clock.finish(take('read'));
		const [cancelMs, readMs, nextMs] = granted.slice(-3).map(({ atMs }) => atMs);
		expect(readMs).toBe(cancelMs);
		expect(nextMs).toBe(readMs + rateLimitPolicy.steadySpacingMs);
	});

	test('take turns with submits and reads, the oldest of their own kind first', async () => {
		const { clock, takeMany, granted } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		await clock.finish(Promise.all([takeMany(9, 'cancel'), takeMany(9, 'read'), takeMany(9, 'submit')]));
		const order = granted.slice(MAX_PER_SECOND).map(({ priority }) => priority);
		for (let at = 0; at < 27; at += 3) expect(new Set(order.slice(at, at + 3)).size).toBe(3);
		const names = granted.filter(({ priority }) => priority === 'cancel').map(({ name }) => name);
		expect(names).toEqual([...names].sort((a, b) => a - b));
	});
});

describe('calls that hang', () => {
	const { longestPermitMs, inFlightPerKind, overtakenWithinMs } = rateLimitPolicy;

	test('keep their permit as long as they are in flight: they may arrive at any moment', async () => {
		const { clock, take, keep, granted, startMs } = open();
		const hanging: Permit[] = [];
		for (let call = 0; call < MAX_PER_SECOND; call += 1) hanging.push(await keep('first'));
		const waiting = take('first');
		await clock.goTo(startMs + 60_000);
		expect(granted).toEqual([]);
		for (const permit of hanging) permit.end(false);
		await clock.finish(waiting);
		expect(granted[0].atMs).toBeGreaterThanOrEqual(61_000);
	});

	test('who cannot wait for their end is told so at its latest time', async () => {
		const { clock, take, keep, startMs } = open();
		for (let call = 0; call < MAX_PER_SECOND; call += 1) await keep('first');
		await expect(clock.finish(take('first', startMs + 5_000))).resolves.toBe('late');
		expect(clock.now() - startMs).toBe(5_001);
	});

	test('leave the one permit that has been answered to who waits', async () => {
		const { clock, take, keep, startMs } = open();
		for (let call = 1; call < MAX_PER_SECOND; call += 1) await keep('first');
		await clock.finish(take('first'));
		await expect(clock.finish(take('first'))).resolves.toBe('granted');
		expect(clock.now() - startMs).toBe(rateLimitPolicy.shortWindowMs);
	});

	test('no timer runs while only the end of a call can help', async () => {
		const { clock, take, keep } = open();
		for (let call = 0; call < MAX_PER_SECOND; call += 1) await keep('first');
		await expect(clock.finish(take('first'))).rejects.toThrow('Nobody sleeps');
	});

	test.each<Priority>(['submit', 'read', 'cancel'])('of the kind %s leave permits to the others', async (kind) => {
		const { clock, take, keep, startMs } = open();
		for (let call = 0; call < inFlightPerKind; call += 1) await keep(kind, true);
		const other = kind === 'submit' ? 'read' : 'submit';
		await expect(clock.finish(take(other))).resolves.toBe('granted');
		await expect(clock.finish(take('first'))).resolves.toBe('granted');
		await expect(clock.finish(take(kind, startMs + 60_000))).resolves.toBe('late');
	});

	test.each([0, 1_000, overtakenWithinMs])(
		'give it back once another call, %d ms later, has shown that the way was open',
		async (laterMs) => {
			const { clock, take, keep, startMs } = open();
			for (let call = 0; call < inFlightPerKind; call += 1) await keep('submit');
			await clock.goTo(startMs + laterMs);
			await clock.finish(take('read'));
			await expect(clock.finish(take('submit'))).resolves.toBe('granted');
			expect(clock.now() - startMs).toBeGreaterThanOrEqual(longestPermitMs);
			expect(clock.now() - startMs).toBeLessThan(longestPermitMs + 100);
		},
	);

	test('but not because one has ended without an answer, or one that left before it was answered', async () => {
		const { clock, take, keep, startMs } = open();
		const before = await keep('read');
		await clock.goTo(startMs + 500);
		for (let call = 0; call < inFlightPerKind; call += 1) await keep('submit');
		await clock.goTo(startMs + 1_000);
		(await keep('read')).end(false);
		before.end(true);
		await expect(clock.finish(take('submit', startMs + 60_000))).resolves.toBe('late');
		expect(clock.now() - startMs).toBeGreaterThanOrEqual(60_000);
	});

	test.each([
		['carries a file', true, 1_000],
		['was overtaken too late', false, 4_000],
	])('but not one that %s', async (_what, isHeavy, overtakenAfterMs) => {
		const { clock, take, keep, startMs } = open();
		for (let call = 0; call < inFlightPerKind; call += 1) await keep('submit', isHeavy);
		await clock.goTo(startMs + overtakenAfterMs);
		await clock.finish(take('read'));
		await expect(clock.finish(take('submit', startMs + 60_000))).resolves.toBe('late');
		expect(clock.now() - startMs).toBeGreaterThanOrEqual(60_000);
	});
});

describe('after a 429', () => {
	test('nobody calls for as long as Retry-After says, whatever the priority', async () => {
		const { clock, limit, takeMany, granted } = open();
		limit.slowDown(clock.now(), 7_000);
		await clock.finish(Promise.all([takeMany(5, 'read'), takeMany(5, 'first')]));
		expect(granted.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 10 }, () => 7_000));
	});

	test('a Retry-After that would make a loop without a pause is not obeyed', async () => {
		const { shortestRetryAfterMs, firstBackoffMs } = callPolicy;
		for (const [retryAfterMs, pauseMs] of [
			[shortestRetryAfterMs, shortestRetryAfterMs],
			[shortestRetryAfterMs - 1, firstBackoffMs],
			[0, firstBackoffMs],
		]) {
			const { clock, limit, take, granted } = open();
			limit.slowDown(clock.now(), retryAfterMs);
			await clock.finish(take('first'));
			expect(granted[0].atMs).toBe(pauseMs);
		}
	});

	test('without one the pause is longer by chance, by a quarter at most', async () => {
		for (const [random, pauseMs] of [
			[0.5, callPolicy.firstBackoffMs * 1.125],
			[1, callPolicy.firstBackoffMs * 1.25],
		]) {
			const { clock, limit, take, granted } = open(() => random);
			limit.slowDown(clock.now());
			await clock.finish(take('first'));
			expect(granted[0].atMs).toBe(pauseMs);
		}
	});

	test('a shorter Retry-After does not cut a longer one', async () => {
		const { clock, limit, take, granted } = open();
		limit.slowDown(clock.now(), 7_000);
		limit.slowDown(clock.now(), 1_000);
		await clock.finish(take('first'));
		expect(granted[0].atMs).toBe(7_000);
	});

	test('those who already wait for a permit wait as well', async () => {
		const { clock, limit, takeMany, granted } = open();
		const all = takeMany(MAX_PER_SECOND + 5, 'first');
		await clock.goTo(clock.now() + 100);
		limit.slowDown(clock.now(), 20_000);
		await clock.finish(all);
		expect(granted.slice(-5).map(({ atMs }) => atMs)).toEqual(Array.from({ length: 5 }, () => 20_100));
	});

	test('without one the pause doubles with each 429 in a row, and starts anew once a call was taken', async () => {
		const { clock, limit, take, granted } = open();
		const pauses: number[] = [];
		for (const isTaken of [false, false, false, true, false]) {
			if (isTaken) limit.endBackoff();
			const beforeMs = clock.now();
			limit.slowDown(clock.now());
			await clock.finish(take('first'));
			pauses.push(clock.now() - beforeMs);
		}
		const { firstBackoffMs: first } = callPolicy;
		expect(pauses).toEqual([first, first * 2, first * 4, first, first * 2]);
		expect(granted).toHaveLength(5);
	});

	test('told to calls that were under way together counts once, however late the others are told', async () => {
		const { clock, limit, startMs } = open();
		for (let call = 0; call < 15; call += 1) {
			limit.slowDown(startMs - 1);
			await clock.goTo(clock.now() + 3_000);
		}
		const beforeMs = clock.now();
		limit.slowDown(beforeMs);
		const permit = await clock.finish(limit.take({ priority: 'first', latestMs: Infinity }, new Stop(undefined)));
		expect(typeof permit).toBe('object');
		expect(clock.now() - beforeMs).toBe(2 * callPolicy.firstBackoffMs);
	});

	test('told in one millisecond to two calls that left in it counts once', async () => {
		const { clock, limit, take, startMs } = open();
		limit.slowDown(startMs);
		limit.slowDown(startMs);
		await clock.finish(take('first'));
		const beforeMs = clock.now();
		limit.slowDown(beforeMs);
		await clock.finish(take('first'));
		expect(clock.now() - beforeMs).toBe(2 * callPolicy.firstBackoffMs);
	});

	test('the pause never grows beyond its bound', async () => {
		const { clock, limit, take } = open();
		let beforeMs = 0;
		for (let time = 0; time < 12; time += 1) {
			beforeMs = clock.now();
			limit.slowDown(clock.now());
			await clock.finish(take('first'));
		}
		expect(clock.now() - beforeMs).toBe(callPolicy.longestBackoffMs);
	});

	test('whoever cannot wait that long is told so at once', async () => {
		const { clock, limit, take, startMs } = open();
		limit.slowDown(clock.now(), 60_000);
		await expect(take('read', startMs + 10_000)).resolves.toBe('late');
	});
});

describe('submits of unknown outcome', () => {
	const { firstBackoffMs: first, longestBackoffMs: longest } = callPolicy;

	/** How long after each of so many unknown outcomes in a row the next submit leaves; 1 is at once. */
	async function pauses(count: number, { clock, limit, take }: ReturnType<typeof open>): Promise<number[]> {
		const all: number[] = [];
		for (let submit = 0; submit < count; submit += 1) {
			const unknownAtMs = clock.now();
			limit.submits.unknown(unknownAtMs);
			await clock.goTo(unknownAtMs + 1);
			await clock.finish(take('submit'));
			all.push(clock.now() - unknownAtMs);
		}
		return all;
	}

	test('after the second in a row, submits leave ever further apart', async () => {
		const all = await pauses(9, open());
		expect(all).toEqual([1, first, 2 * first, 4 * first, 8 * first, 16 * first, longest, longest, longest]);
	});

	test('an answer to a submit lets all of them leave again', async () => {
		const its = open();
		await pauses(5, its);
		expect(its.limit.submits.isOn).toBe(true);
		its.limit.submits.answered();
		expect(its.limit.submits.isOn).toBe(false);
		const answeredAtMs = its.clock.now();
		await its.clock.finish(its.takeMany(3, 'submit'));
		expect(its.clock.now()).toBe(answeredAtMs);
		expect(await pauses(2, its)).toEqual([1, first]);
	});

	test('one by one: whoever waits leaves no sooner, and other calls do not wait', async () => {
		const its = open();
		await pauses(3, its);
		const before = its.granted.length;
		const startMs = its.clock.now() - its.startMs;
		await its.clock.finish(Promise.all([its.takeMany(3, 'submit'), its.takeMany(3, 'read')]));
		const after = its.granted.slice(before).map(({ atMs, priority }) => [priority, atMs - startMs]);
		expect(after.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => ['read', 0]));
		expect(after.slice(3)).toEqual([2, 4, 6].map((times) => ['submit', times * first]));
	});

	test('other calls meanwhile do not put it off', async () => {
		const its = open();
		await pauses(3, its);
		const leftMs = its.clock.now();
		await its.clock.goTo(leftMs + first);
		await its.clock.finish(its.take('read'));
		await its.clock.finish(its.take('submit'));
		expect(its.clock.now() - leftMs).toBe(2 * first);
	});

	test('a submit that does not leave after all takes no turn from the next', async () => {
		const its = open();
		await pauses(3, its);
		const unwanted = await its.keep('submit');
		const dueMs = its.clock.now();
		const next = its.take('submit');
		unwanted.giveBack();
		await its.clock.finish(next);
		expect(its.clock.now()).toBe(dueMs);
	});

	test('whoever waits already leaves as soon as a submit is answered', async () => {
		const its = open();
		await pauses(6, its);
		const probe = await its.keep('submit');
		const waiting = its.takeMany(3, 'submit');
		await its.clock.goTo(its.clock.now() + 1);
		const answeredAtMs = its.clock.now();
		its.limit.submits.answered();
		probe.end(true);
		await its.clock.finish(waiting);
		expect(its.clock.now()).toBe(answeredAtMs);
	});

	test('those in flight together count once', async () => {
		const { clock, limit, take, startMs } = open();
		await clock.goTo(startMs + 1);
		for (let call = 0; call < 20; call += 1) limit.submits.unknown(startMs);
		await clock.finish(take('submit'));
		expect(clock.now()).toBe(startMs + 1);
	});
});
