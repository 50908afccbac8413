import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type Expectation, JobTimes } from '../../nodes/RunComfy/batch/jobTimes.ts';
import { pauseBeforeLookMs, waitSchedule } from '../../nodes/RunComfy/batch/schedule.ts';

const { shortestPauseMs, longestPauseMs, longestSilentPauseMs, jitterShare } = waitSchedule;

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
	for (let waitedMs = 0; waitedMs < untilMs; ) {
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

	test.each([
		['a cold start looks first at half of the guess', guess(8_000), 4_000],
		['with times learned, just before the earliest', { earliestMs: 10_000, latestMs: 12_000, learned: true }, 9_700],
	])('%s', (_what, expectation, firstLookMs) => {
		expect(pauseBeforeLookMs({ waitedMs: 0, silentLooks: 0 }, expectation, 0.5)).toBeCloseTo(firstLookMs);
	});

	test('between earliest and latest time it looks closely, and later ever more rarely', () => {
		const expectation: Expectation = { earliestMs: 10_000, latestMs: 14_000, learned: true };
		const pauseAt = (waitedMs: number) => pauseBeforeLookMs({ waitedMs, silentLooks: 0 }, expectation, 0.5);
		expect(pauseAt(11_000)).toBe(800);
		expect(pauseAt(14_000)).toBe(800);
		expect(pauseAt(30_000)).toBeCloseTo(2_400);
		expect(pauseAt(3_600_000)).toBe(longestPauseMs);
	});

	test('an hour of waiting takes a bounded number of looks', () => {
		expect(looksWithin(3_600_000, guess(8_000), [0]).length).toBeLessThan(500);
	});

	test('pauses for a server in trouble double, up to a bound', () => {
		const pauses = [1, 2, 3, 4, 5, 6, 60].map((silentLooks) =>
			pauseBeforeLookMs({ waitedMs: 0, silentLooks }, guess(8_000), 0.5),
		);
		expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, longestSilentPauseMs]);
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
	test('the guess stands until three jobs have been seen', () => {
		const times = new JobTimes();
		times.learn('a', 1_000);
		times.learn('a', 1_000);
		expect(times.expect('a', 8_000)).toEqual(guess(8_000));
		times.learn('a', 1_000);
		expect(times.expect('a', 8_000)).toEqual({ earliestMs: 1_000, latestMs: 1_000, learned: true });
		expect(times.expect('b', 8_000)).toEqual(guess(8_000));
	});

	test('one job in ten lies before the earliest time, one after the latest', () => {
		const times = new JobTimes();
		for (let ms = 0; ms <= 1_000; ms += 100) times.learn('a', ms);
		const { earliestMs, latestMs } = times.expect('a', 1);
		expect(earliestMs).toBeCloseTo(100);
		expect(latestMs).toBeCloseTo(900);
	});

	test('the last forty count', () => {
		const times = new JobTimes();
		for (let job = 0; job < 100; job += 1) times.learn('a', 60_000);
		for (let job = 0; job < 40; job += 1) times.learn('a', 2_000);
		expect(times.expect('a', 1)).toMatchObject({ earliestMs: 2_000, latestMs: 2_000 });
	});

	test.each([NaN, Infinity, -1])('%d is no time', (ms) => {
		const times = new JobTimes();
		for (let job = 0; job < 3; job += 1) times.learn('a', ms);
		expect(times.expect('a', 5)).toEqual(guess(5));
	});
});
