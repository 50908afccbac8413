import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { CallBudget, type Priority, type Turn } from '../../nodes/RunComfy/api/callBudget.ts';
import { callBudgetPolicy, callPolicy } from '../../nodes/RunComfy/api/policy.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';

/** What the node promises over all items and kinds of calls. */
const MAX_PER_SECOND = 30;
const MAX_PER_MINUTE = 600;

const NO_RANDOM = () => 0;

function open() {
	const clock = new VirtualClock(5_000_000);
	const controller = new AbortController();
	const stop = new Stop(controller.signal);
	const budget = new CallBudget(clock, callBudgetPolicy, callPolicy, NO_RANDOM);
	const startMs = clock.now();
	const granted: Array<{ atMs: number; priority: Priority; name: number }> = [];
	let asked = 0;
	const take = async (priority: Priority, latestMs = Infinity): Promise<Turn> => {
		const name = asked++;
		const turn = await budget.take(priority, latestMs, stop);
		if (turn === 'granted') {
			granted.push({ atMs: clock.now() - startMs, priority, name });
			budget.end();
		}
		return turn;
	};
	const takeMany = async (count: number, priority: Priority) =>
		await Promise.all(Array.from({ length: count }, async () => await take(priority)));
	return { clock, budget, take, takeMany, granted, startMs, stopIt: () => controller.abort() };
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

describe('the call budget', () => {
	test('lets the first calls through at once', async () => {
		const { clock, takeMany, granted } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		expect(granted.map(({ atMs }) => atMs)).toEqual(Array.from({ length: MAX_PER_SECOND }, () => 0));
	});

	test.each<[string, number, Priority]>([
		['submits', 640, 'first'],
		['looks', 640, 'look'],
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
			priority: fc.constantFrom<Priority>('first', 'look'),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(burst, { minLength: 5, maxLength: 15 }), async (bursts) => {
				const { clock, takeMany, granted } = open();
				const all: Array<Promise<Turn[]>> = [];
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
	}, 20_000);

	test('serves submits before looks that came earlier, and each kind in its order', async () => {
		const { clock, takeMany, granted } = open();
		const all = Promise.all([takeMany(40, 'look'), takeMany(20, 'first')]);
		await clock.finish(all);
		const later = granted.filter(({ atMs }) => atMs > 0);
		expect(later.slice(0, 20).map(({ priority }) => priority)).toEqual(Array.from({ length: 20 }, () => 'first'));
		for (const kind of ['first', 'look'] as const) {
			const names = granted.filter(({ priority }) => priority === kind).map(({ name }) => name);
			expect(names).toEqual([...names].sort((a, b) => a - b));
		}
	});

	test('keeps room in the minute for submits, however many looks there are', async () => {
		const { clock, take, takeMany, startMs } = open();
		const looks = takeMany(640, 'look');
		await clock.goTo(startMs + 45_000);
		const askedMs = clock.now();
		await expect(clock.finish(take('first'))).resolves.toBe('granted');
		expect(clock.now() - askedMs).toBeLessThan(1_500);
		await clock.finish(looks);
	}, 20_000);

	test('says late, at once, when the turn would come after the latest time', async () => {
		const { clock, take, takeMany, startMs } = open();
		await clock.finish(takeMany(MAX_PER_SECOND, 'first'));
		await expect(take('first', startMs + 500)).resolves.toBe('late');
		const inTime = take('first', startMs + 2_000);
		await expect(clock.finish(inTime)).resolves.toBe('granted');
	});

	test('a turn that was late or stopped is not counted', async () => {
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
		const waiting = [take('first'), take('look')];
		stopIt();
		await expect(Promise.all(waiting)).resolves.toEqual(['stopped', 'stopped']);
		await expect(take('first')).resolves.toBe('stopped');
	});
});

describe('after a 429', () => {
	test('nobody calls for as long as Retry-After says, whatever the priority', async () => {
		const { clock, budget, takeMany, granted } = open();
		budget.slowDown(7_000);
		await clock.finish(Promise.all([takeMany(5, 'look'), takeMany(5, 'first')]));
		expect(granted.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 10 }, () => 7_000));
	});

	test('a shorter Retry-After does not cut a longer one', async () => {
		const { clock, budget, take, granted } = open();
		budget.slowDown(7_000);
		budget.slowDown(1_000);
		await clock.finish(take('first'));
		expect(granted[0].atMs).toBe(7_000);
	});

	test('those who already wait for their turn wait as well', async () => {
		const { clock, budget, takeMany, granted } = open();
		const all = takeMany(MAX_PER_SECOND + 5, 'first');
		await clock.goTo(clock.now() + 100);
		budget.slowDown(20_000);
		await clock.finish(all);
		expect(granted.slice(-5).map(({ atMs }) => atMs)).toEqual(Array.from({ length: 5 }, () => 20_100));
	});

	test('without one the pause doubles with each 429 in a row, and starts anew once a call was taken', async () => {
		const { clock, budget, take, granted } = open();
		const pauses: number[] = [];
		for (const isTaken of [false, false, false, true, false]) {
			if (isTaken) budget.speedUp();
			const beforeMs = clock.now();
			budget.slowDown(undefined);
			await clock.finish(take('first'));
			pauses.push(clock.now() - beforeMs);
		}
		const { firstSlowDownMs: first } = callPolicy;
		expect(pauses).toEqual([first, first * 2, first * 4, first, first * 2]);
		expect(granted).toHaveLength(5);
	});

	test('the pause never grows beyond its bound', async () => {
		const { clock, budget, take } = open();
		let beforeMs = 0;
		for (let time = 0; time < 12; time += 1) {
			beforeMs = clock.now();
			budget.slowDown(undefined);
			await clock.finish(take('first'));
		}
		expect(clock.now() - beforeMs).toBe(callPolicy.longestSlowDownMs);
	});

	test('whoever cannot wait that long is told so at once', async () => {
		const { budget, take, startMs } = open();
		budget.slowDown(60_000);
		await expect(take('look', startMs + 10_000)).resolves.toBe('late');
	});
});
