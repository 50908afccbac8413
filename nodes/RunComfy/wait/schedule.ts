import type { Expectation } from './jobTimes';
import type { Progress } from './waitUntil';

/** When to look at a request. All times in milliseconds. */
export const waitSchedule = {
	/**
	 * A first guess of how long a job takes from acceptance to result, until the process has seen jobs of its own. Nothing is
	 * published; this is a usual figure for pictures.
	 */
	usualJobMs: 8_000,
	/** No two looks at one request are closer than this: a person does not notice less, RunComfy's servers do. */
	shortestPauseMs: 350,
	/** Even an hour-long wait notices the end within this. */
	longestPauseMs: 9_500,
	/** Before anything is known: the first look comes after this share of the guessed time, … */
	coldFirstLookShare: 0.4,
	/** … the next ones at pauses of this share of the time already waited, … */
	coldPauseShare: 0.2,
	/** … but of no more than this: a job of one to three minutes is noticed sooner than by a look every 2 s, with fewer looks. */
	coldLongestPauseMs: 2_200,
	/** A job that has taken minutes may take many more: its pauses are at least this share of the time already waited. */
	coldLateShare: 0.01,
	/** With times learned: pauses are this share of what is left until the latest time, … */
	warmClosingShare: 0.35,
	/** … but no less than this share of the time between earliest and latest, … */
	warmClosestShare: 0.04,
	/** … never further apart than this, so that long jobs are noticed as soon as short ones. */
	warmLongestPauseMs: 1_400,
	/** The first look comes this share of a pause after the earliest time: right at that time hardly any job is ready. */
	warmFirstPauseShare: 0.7,
	/** Past the latest time the pauses grow by this share of the time by which it is overdue. */
	overdueShare: 0.15,
	/** Between two looks at a request whose time has run out: nobody waits for its result, only for its place. */
	overduePauseMs: 2_000,
	/** Pause after the first look without a usable answer; doubled with each further one. */
	silentPauseMs: 1_000,
	/** A pause for a server in trouble is never longer than this. */
	longestSilentPauseMs: 15_000,
	/** Each pause is varied by up to this share, so that the looks of a batch spread out by themselves, … */
	jitterShare: 0.1,
	/** … but by no more than this: a first look that comes a tenth too late would waste what was learned. */
	longestJitterMs: 300,
};

export type Schedule = typeof waitSchedule;

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** How long to pause after so many looks in a row that gave no usable answer, in milliseconds. */
export function silentPauseMs(silentLooks: number, s: Schedule): number {
	return Math.min(s.silentPauseMs * 2 ** (silentLooks - 1), s.longestSilentPauseMs);
}

function coldPauseMs({ waitedMs }: Progress, guessMs: number, s: Schedule): number {
	const untilFirstLookMs = guessMs * s.coldFirstLookShare - waitedMs;
	if (untilFirstLookMs > s.shortestPauseMs) return untilFirstLookMs;
	const pauseMs = Math.min(waitedMs * s.coldPauseShare, s.coldLongestPauseMs);
	return clamp(Math.max(pauseMs, waitedMs * s.coldLateShare), s.shortestPauseMs, s.longestPauseMs);
}

function warmPauseMs({ waitedMs }: Progress, { earliestMs, latestMs }: Expectation, s: Schedule): number {
	const closestMs = clamp((latestMs - earliestMs) * s.warmClosestShare, s.shortestPauseMs, s.warmLongestPauseMs);
	const closingMs = (atMs: number) => clamp((latestMs - atMs) * s.warmClosingShare, closestMs, s.warmLongestPauseMs);
	const untilFirstLookMs = earliestMs + closingMs(earliestMs) * s.warmFirstPauseShare - waitedMs;
	if (untilFirstLookMs > s.shortestPauseMs) return untilFirstLookMs;
	if (waitedMs < latestMs) return closingMs(waitedMs);
	return clamp((waitedMs - latestMs) * s.overdueShare, closestMs, s.longestPauseMs);
}

/**
 * How long to pause before the next look at a request. Pure: `random` is a number from 0 to 1.
 * The first look comes when the first jobs of its kind are ready, the next ones closer and closer together until most
 * jobs have ended, and then ever further apart.
 */
export function pauseBeforeLookMs(
	progress: Progress,
	expectation: Expectation,
	random: number,
	schedule: Schedule,
): number {
	const plainMs =
		progress.silentLooks > 0
			? silentPauseMs(progress.silentLooks, schedule)
			: expectation.learned
				? warmPauseMs(progress, expectation, schedule)
				: coldPauseMs(progress, expectation.latestMs, schedule);
	const jitterMs = Math.min(plainMs * schedule.jitterShare, schedule.longestJitterMs);
	return plainMs + jitterMs * (random - 0.5) * 2;
}
