import { earliestOf, type Expectation } from './jobTimes';
import type { Progress } from './waitUntil';

/** When to poll a request. All times in milliseconds. */
export const waitSchedule = {
	/** The first poll of a job of which nothing is known: hardly any is quicker. */
	firstPollMs: 800,
	/** People would not notice shorter pauses, but RunComfy's servers would: this is the shortest, … */
	shortestPauseMs: 350,
	/** … but for jobs so quick that this share of their time is less. */
	quickShare: 0.1,
	/**
	 * Each pause is this share of the average deviation from the usual time of jobs of this kind. Almost all are ready within
	 * four times that, so about four polls do, whether jobs take seconds or minutes.
	 */
	spreadShare: 0.55,
	/** Jobs of a kind that are waited for together are polled so far apart: the rate limit lets 30 calls through in a second. */
	apartMs: 33,
	/** Of a job of which nothing is known, or which is overdue, pauses are this share of the time that came as a surprise, … */
	surpriseShare: 0.2,
	/** … but no more than this: with nothing to go by no schedule beats a steady one. */
	longestPauseMs: 2_200,
	/**
	 * Jobs of an unknown kind take turns, since each poll serves all of them. Up to this age pauses are the shortest, since few
	 * are needed; from then on this share of the time waited, so that jobs of minutes are polled no more often than those of
	 * seconds.
	 */
	youngMs: 9_000,
	turnShare: 0.11,
	/** A job that has taken many minutes may take many more: then pauses are at least this share of the time waited. */
	lateShare: 0.01,
	/** The first poll is never later than this, however long earlier jobs took; the next one comes by twice that age. */
	latestFirstPollMs: 150_000,
	/** Among jobs of a known kind, one polls early for all: first at this age, then each time at so many times that age. */
	scoutMs: 3_200,
	scoutFactor: 7,
	/** Whatever is known of others, there is a poll within this time. */
	longestRestMs: Infinity,
	/** Between two polls of a request whose time has run out: nobody waits for its result, only for its slot. */
	overduePauseMs: 2_000,
	/** Pause after the first poll without a usable answer; doubled with each further one. */
	silentPauseMs: 1_000,
	/** A pause for a server in trouble is never longer than this. */
	longestSilentPauseMs: 15_000,
};

export type Schedule = typeof waitSchedule;

/**
 * When to poll a run of a deployment: on a warm machine it takes seconds, behind a cold start minutes, and nobody can know which
 * it will be. The position in the queue says nothing about that.
 */
export const deploymentSchedule: Schedule = {
	...waitSchedule,
	/** A warm machine has a picture by then. */
	firstPollMs: 2_000,
	/** Four polls a minute are quiet, and a cold start of minutes or a video of half an hour is noticed early enough. */
	longestPauseMs: 15_000,
	lateShare: 0,
	/** However long the runs before took: this one may have found the machine warm. */
	latestFirstPollMs: 15_000,
	longestRestMs: 15_000,
};

/** What is known besides the progress of the one wait. Times in milliseconds from a job's acceptance. */
export interface Outlook {
	expectation?: Expectation;
	/** How many jobs of the kind are waited for, this one included. */
	together: number;
	/** Whether it is for this wait to poll early on behalf of the others. */
	isScout: boolean;
	/** The age at which the last job of an unknown kind was polled on behalf of all; 0 before the first. */
	scoutedMs: number;
	/** The age at which another one that was waited for has ended before it was expected; 0 where none has. */
	endedMs: number;
}

/** How long to pause after so many polls in a row that gave no usable answer, in milliseconds. */
export function silentPauseMs(silentPolls: number, s: Schedule): number {
	return Math.min(s.silentPauseMs * 2 ** (silentPolls - 1), s.longestSilentPauseMs);
}

/** Spreads polls that were planned for the same time. */
const around = (random: number) => 0.8 + 0.4 * random;

/** How long to pause when a job has been a surprise for `surpriseMs`. */
const surprisePauseMs = (surpriseMs: number, waitedMs: number, s: Schedule) =>
	Math.min(surpriseMs * s.surpriseShare, Math.max(s.longestPauseMs, waitedMs * s.lateShare));

/** The shortest pause that makes sense between polls of a job that takes `jobMs`. */
const shortestPauseMs = (jobMs: number, s: Schedule) => Math.min(s.shortestPauseMs, jobMs * s.quickShare);

const latestPollMs = (polledMs: number, s: Schedule) => Math.max(s.latestFirstPollMs, polledMs * 2);

/**
 * Of a job of which nothing is known: when to poll, in milliseconds from its acceptance. Those that wait together poll by
 * turns, and all of them when one has ended.
 */
function coldPollMs({ polledMs }: Progress, outlook: Outlook, s: Schedule): number {
	const { together, isScout, scoutedMs, endedMs } = outlook;
	if (polledMs < endedMs) return endedMs;
	if (!isScout) return latestPollMs(polledMs, s);
	const lastMs = Math.max(scoutedMs, polledMs);
	const turnMs = lastMs < s.youngMs ? shortestPauseMs(lastMs, s) : lastMs * s.turnShare;
	return Math.max(s.firstPollMs, lastMs + (together > 1 ? turnMs : surprisePauseMs(lastMs, lastMs, s)));
}

/**
 * One that was still queued at a poll has all of its run before it, however long it has waited. The usual time has the
 * usual queue in it, so this counts only where the queue has taken up half of that.
 */
function expected({ queuedMs }: Progress, { whole, run }: Expectation) {
	const isQueued = queuedMs !== undefined && run !== undefined && queuedMs > earliestOf(whole) / 2;
	const at = (spreads: number) => {
		const wholeMs = whole.meanMs + spreads * whole.spreadMs;
		return isQueued ? Math.max(wholeMs, queuedMs + run.meanMs + Math.max(spreads, -1) * run.spreadMs) : wholeMs;
	};
	return {
		meanMs: at(0),
		earliestMs: Math.max(earliestOf(whole), at(-2)),
		latestMs: at(2),
		spreadMs: isQueued ? run.spreadMs : whole.spreadMs,
	};
}

/** When to poll a job of a kind that is known, in milliseconds from its acceptance. */
function warmPollMs(progress: Progress, known: Expectation, outlook: Outlook, random: number, s: Schedule): number {
	const { polledMs, waitedMs } = progress;
	const { together, isScout, endedMs } = outlook;
	const { meanMs, earliestMs, latestMs, spreadMs } = expected(progress, known);
	const inTurnMs = together * s.apartMs;
	// Another one has ended, so this one may have, too: the more are known, the sooner after it this one is polled.
	if (polledMs < endedMs) return endedMs + (inTurnMs / known.whole.count) * random;
	const pauseMs = Math.max(shortestPauseMs(meanMs, s), spreadMs * s.spreadShare);
	if (polledMs >= earliestMs) {
		const overdueMs = Math.max(0, waitedMs - latestMs);
		const untilLatestMs = overdueMs > 0 ? inTurnMs : Math.min(inTurnMs, latestMs - polledMs);
		return polledMs + Math.max(pauseMs, untilLatestMs, surprisePauseMs(overdueMs, waitedMs, s)) * around(random);
	}
	// One poll will do where all end within a pause. Jobs that may already have ended are polled one after another.
	const fromMs = Math.max(earliestMs, waitedMs);
	const openMs = Math.min(Math.max(pauseMs, inTurnMs), Math.max(0, latestMs - fromMs));
	return Math.min(
		fromMs + openMs * (waitedMs > earliestMs ? random : around(random)),
		latestPollMs(polledMs, s),
		isScout ? Math.max(s.scoutMs, polledMs * s.scoutFactor) : Infinity,
	);
}

/**
 * How long to pause before the next poll of a request. Pure: `random` is a number from 0 to 1.
 * The first poll comes when the first jobs of its kind are ready, later polls depend on how much the times of such jobs vary. Of
 * an unknown kind all that wait share the polls, until one of them knows.
 */
export function pauseBeforePollMs(progress: Progress, outlook: Outlook, random: number, schedule: Schedule): number {
	const { silentPolls, polledMs, waitedMs } = progress;
	if (silentPolls > 0) return silentPauseMs(silentPolls, schedule) * around(random);
	const { expectation } = outlook;
	const pollMs =
		expectation === undefined
			? coldPollMs(progress, outlook, schedule)
			: warmPollMs(progress, expectation, outlook, random, schedule);
	// News may come when the time for a poll has passed.
	const soonestMs = polledMs + shortestPauseMs(polledMs, schedule);
	return Math.max(soonestMs, Math.min(pollMs, polledMs + schedule.longestRestMs), waitedMs) - waitedMs;
}
