import { describe, expect, test } from '@jest/globals';

import { JobTimes } from '../../nodes/RunComfy/wait/jobTimes.ts';
import { deploymentSchedule, pauseBeforePollMs } from '../../nodes/RunComfy/wait/schedule.ts';

const KIND = 'https://api.example.com/deployments/flux/requests';

/** Polls of one run that never ends, in milliseconds after its acceptance. `before`: how long runs before it took. */
function pollsWithin(untilMs: number, before: number[] = [], { isQueued = false, others = 0 } = {}): number[] {
	const jobTimes = new JobTimes();
	for (const tookMs of before) jobTimes.learn(KIND, tookMs);
	for (let index = 0; index < others; index++) jobTimes.wait(KIND);
	const wait = jobTimes.wait(KIND);
	const polls: number[] = [];
	for (let waitedMs = 0; waitedMs < untilMs;) {
		const polledMs = polls.at(-1) ?? 0;
		const progress = { waitedMs, polledMs, silentPolls: 0, ...(isQueued && { queuedMs: polledMs }) };
		waitedMs += pauseBeforePollMs(progress, wait, 0.5, deploymentSchedule);
		polls.push(waitedMs);
	}
	return polls;
}

const longestRest = (polls: number[]) => Math.max(...polls.map((atMs, index) => atMs - (polls[index - 1] ?? 0)));

describe('a run of a deployment', () => {
	test('is polled after two seconds, and then at most every 15', () => {
		const polls = pollsWithin(1_800_000);
		expect(polls[0]).toBeLessThanOrEqual(2_000);
		expect(longestRest(polls)).toBeCloseTo(15_000, -1);
	});

	test('is left alone in a long cold start', () => {
		expect(pollsWithin(300_000).length).toBeLessThan(40);
		expect(pollsWithin(1_800_000).length).toBeLessThan(140);
	});

	test.each([
		['cold starts', [200_000, 190_000, 205_000, 198_000]],
		['videos', [1_800_000, 1_780_000]],
		['warm runs', [12_000, 11_000, 12_500]],
	])('is noticed within 15 s on a warm machine and on a cold one, whatever came before: %s', (_what, before) => {
		for (const others of [0, 3]) {
			for (const isQueued of [false, true]) {
				const polls = pollsWithin(600_000, before, { isQueued, others });
				expect(longestRest(polls)).toBeLessThanOrEqual(15_001);
				expect(polls.length).toBeLessThan(150);
			}
		}
	});
});
