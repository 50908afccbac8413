import type { Expectation } from './jobTimes';
import type { Progress } from './wait';

/** When to look at a request. All times in milliseconds. */
export const waitSchedule = {
	/** No two looks at one request are closer than this: a person does not notice less, RunComfy's servers do. */
	shortestPauseMs: 400,
	/** Even an hour-long wait notices the end within this. */
	longestPauseMs: 9_500,
	/** Before anything is known: the first look comes after this share of the guessed time … */
	coldFirstLookShare: 0.5,
	/** … and the next ones at pauses of this share of the time already waited. */
	coldPauseShare: 0.13,
	/** With times learned: the first look comes this share of the earliest time before it, … */
	warmEarlyShare: 0.03,
	/** … and between earliest and latest time there are about this many looks, … */
	warmLooks: 5,
	/** … never further apart than this, so that long jobs are noticed as soon as short ones. */
	warmLongestPauseMs: 1_800,
	/** Past the latest time the pauses grow by this share of the time by which it is overdue. */
	overdueShare: 0.15,
	/** Pause after the first look without a usable answer; doubled with each further one. */
	silentPauseMs: 1_000,
	/** A pause for a server in trouble is never longer than this. */
	longestSilentPauseMs: 15_000,
	/** Each pause is varied by up to this share, so that the looks of a batch spread out by themselves. */
	jitterShare: 0.1,
};

type Schedule = typeof waitSchedule;

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

function silentPauseMs({ silentLooks }: Progress, s: Schedule): number {
	return Math.min(s.silentPauseMs * 2 ** (silentLooks - 1), s.longestSilentPauseMs);
}

function coldPauseMs({ waitedMs }: Progress, guessMs: number, s: Schedule): number {
	const firstLookMs = guessMs * s.coldFirstLookShare;
	if (waitedMs < firstLookMs) return firstLookMs - waitedMs;
	return clamp(waitedMs * s.coldPauseShare, s.shortestPauseMs, s.longestPauseMs);
}

function warmPauseMs({ waitedMs }: Progress, { earliestMs, latestMs }: Expectation, s: Schedule): number {
	const firstLookMs = earliestMs * (1 - s.warmEarlyShare);
	if (waitedMs < firstLookMs) return Math.max(firstLookMs - waitedMs, s.shortestPauseMs);
	const closePauseMs = clamp((latestMs - earliestMs) / s.warmLooks, s.shortestPauseMs, s.warmLongestPauseMs);
	const overdueMs = Math.max(0, waitedMs - latestMs);
	return clamp(overdueMs * s.overdueShare, closePauseMs, s.longestPauseMs);
}

/**
 * How long to pause before the next look at a request. Pure: `random` is a number from 0 to 1.
 * The first look comes shortly before a job can be ready, the next ones close together where most jobs end, and then
 * ever further apart.
 */
export function pauseBeforeLookMs(
	progress: Progress,
	expectation: Expectation,
	random: number,
	schedule: Schedule = waitSchedule,
): number {
	const plainMs =
		progress.silentLooks > 0
			? silentPauseMs(progress, schedule)
			: expectation.learned
				? warmPauseMs(progress, expectation, schedule)
				: coldPauseMs(progress, expectation.latestMs, schedule);
	return plainMs * (1 + schedule.jitterShare * (random - 0.5) * 2);
}
