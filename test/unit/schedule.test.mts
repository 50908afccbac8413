import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type Expectation, JobTimes } from '../../nodes/RunComfy/wait/jobTimes.ts';
import { pauseBeforeLookMs as pauseBy, type Schedule, waitSchedule } from '../../nodes/RunComfy/wait/schedule.ts';

const { shortestPauseMs, longestPauseMs, longestSilentPauseMs, silentPauseMs, jitterShare } = waitSchedule;

const pauseBeforeLookMs = (
	...[progress, expectation, chance]: Parameters<typeof pauseBy> extends [infer P, infer E, infer C, Schedule]
		? [P, E, C]
		: never
) => pauseBy(progress, expectation, chance, waitSchedule);

/** Neither early nor late. */
const NO_JITTER = 0.5;

const guess = (ms: number): Expectation => ({ earliestMs: ms, latestMs: ms, learned: false });

const expectations = fc
	.record({
		earliestMs: fc.integer({ min: 1, max: 120_000 }),
		spreadMs: fc.integer({ min: 0, max: 60_000 }),
		learned: fc.boolean(),
	})
	.map(({ earliestMs, spreadMs, learned }): Expectation => {
		return learned ? { earliestMs, latestMs: earliestMs + spreadMs, learned } : guess(earliestMs);
	});
const random = fc.double({ min: 0, max: 1, noNaN: true });

/** When a job that never ends is looked at, in milliseconds after its acceptance. */
function looksWithin(untilMs: number, expectation: Expectation, randoms: number[]): number[] {
	const looks: number[] = [];
	for (let waitedMs = 0; waitedMs < untilMs;) {
		waitedMs += pauseBeforeLookMs({ waitedMs, silentLooks: 0 }, expectation, randoms[looks.length % randoms.length]);
		looks.push(waitedMs);
	}
	return looks;
}

describe('when a request is looked at', () => {
	test('no two looks are closer than the shortest pause, none further apart than the longest', () => {
		fc.assert(
			fc.property(expectations, fc.array(random, { minLength: 1, maxLength: 20 }), (expectation, randoms) => {
				const looks = looksWithin(300_000, expectation, randoms);
				looks.slice(1).forEach((atMs, index) => {
					const pauseMs = atMs - looks[index];
					expect(pauseMs).toBeGreaterThanOrEqual(shortestPauseMs * (1 - jitterShare) - 1e-6);
					expect(pauseMs).toBeLessThanOrEqual(longestPauseMs * (1 + jitterShare) + 1e-6);
				});
			}),
		);
	});

	test('a cold start looks first after a share of the guess', () => {
		const firstLookMs = 60_000 * waitSchedule.coldFirstLookShare;
		expect(pauseBeforeLookMs({ waitedMs: 0, silentLooks: 0 }, guess(60_000), NO_JITTER)).toBeCloseTo(firstLookMs);
	});

	test('with times learned it looks at the earliest, closely until the latest, and later ever more rarely', () => {
		const expectation: Expectation = { earliestMs: 20_000, latestMs: 30_000, learned: true };
		const pauseAt = (waitedMs: number) => pauseBeforeLookMs({ waitedMs, silentLooks: 0 }, expectation, NO_JITTER);
		expect(pauseAt(0) / expectation.earliestMs).toBeCloseTo(1, 1);
		for (let waitedMs = 20_000; waitedMs <= 30_000; waitedMs += 500) {
			expect(pauseAt(waitedMs)).toBeLessThanOrEqual(waitSchedule.warmLongestPauseMs);
		}
		const overdue = [31_000, 40_000, 60_000, 120_000, 3_600_000].map(pauseAt);
		expect(overdue).toEqual([...overdue].sort((a, b) => a - b));
		expect(overdue.at(-1)).toBe(longestPauseMs);
	});

	test('a cold start looks ever more rarely', () => {
		const pauses = [10_000, 20_000, 60_000, 600_000, 3_600_000].map((waitedMs) =>
			pauseBeforeLookMs({ waitedMs, silentLooks: 0 }, guess(8_000), NO_JITTER),
		);
		expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
		expect(pauses.at(-1)).toBe(longestPauseMs);
	});

	test('an hour of waiting takes a bounded number of looks', () => {
		expect(looksWithin(3_600_000, guess(8_000), [0]).length).toBeLessThan(700);
		expect(looksWithin(3_600_000, { earliestMs: 8_000, latestMs: 9_000, learned: true }, [0]).length).toBeLessThan(700);
	});

	test('pauses for a server in trouble double, up to a bound', () => {
		const pauses = [1, 2, 3, 60].map((silentLooks) =>
			pauseBeforeLookMs({ waitedMs: 0, silentLooks }, guess(8_000), NO_JITTER),
		);
		expect(pauses).toEqual([silentPauseMs, silentPauseMs * 2, silentPauseMs * 4, longestSilentPauseMs]);
	});

	test('each pause is a usable number', () => {
		fc.assert(
			fc.property(fc.nat(), fc.nat(2_000), expectations, random, (waitedMs, silentLooks, expectation, chance) => {
				const pauseMs = pauseBeforeLookMs({ waitedMs, silentLooks }, expectation, chance);
				expect(Number.isFinite(pauseMs) && pauseMs > 0).toBe(true);
			}),
		);
	});
});

describe('how long jobs take', () => {
	const learnAll = (all: number[]) => {
		const times = new JobTimes();
		for (const ms of all) times.learn('a', ms);
		return times;
	};

	test('the guess stands until three jobs of that kind have been seen', () => {
		const times = learnAll([1_000, 1_000]);
		expect(times.expect('a', 8_000)).toEqual(guess(8_000));
		times.learn('a', 1_000);
		expect(times.expect('a', 8_000).learned).toBe(true);
		expect(times.expect('b', 8_000)).toEqual(guess(8_000));
	});

	test('what was seen lies between earliest and latest, closely where it was steady', () => {
		const { earliestMs, latestMs } = learnAll(Array.from({ length: 40 }, () => 10_000)).expect('a', 1);
		expect(earliestMs).toBeGreaterThan(9_000);
		expect(earliestMs).toBeLessThanOrEqual(10_000);
		expect(latestMs).toBeGreaterThanOrEqual(10_000);
		expect(latestMs).toBeLessThan(11_000);
	});

	test('old times are forgotten', () => {
		const times = learnAll([...Array.from({ length: 100 }, () => 60_000), ...Array.from({ length: 40 }, () => 2_000)]);
		expect(times.expect('a', 1).latestMs).toBeLessThan(2_500);
	});

	test('a service that has become faster is looked at earlier at once', () => {
		const times = learnAll([...Array.from({ length: 40 }, () => 60_000), 2_000, 2_000, 2_000]);
		expect(times.expect('a', 1).earliestMs).toBeLessThanOrEqual(2_000);
	});

	test('earliest comes before latest, whatever was seen', () => {
		fc.assert(
			fc.property(fc.array(fc.nat(600_000), { minLength: 3, maxLength: 60 }), (all) => {
				const { earliestMs, latestMs } = learnAll(all).expect('a', 1);
				expect(earliestMs).toBeLessThanOrEqual(latestMs);
				expect(earliestMs).toBeGreaterThanOrEqual(0);
			}),
		);
	});

	test('a job that is still queued has all of its run before it', () => {
		const times = new JobTimes();
		for (let job = 0; job < 10; job += 1) times.learn('a', 10_000, 4_000);
		const { earliestMs } = times.expect('a', 1, 60_000);
		expect(earliestMs).toBeGreaterThan(64_000);
		expect(earliestMs).toBeLessThanOrEqual(66_000);
	});

	test.each([NaN, Infinity, -1])('%d is no time', (ms) => {
		expect(learnAll([ms, ms, ms]).expect('a', 5)).toEqual(guess(5));
	});
});
