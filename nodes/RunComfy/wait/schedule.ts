import { earliestOf, type Expectation } from './jobTimes';
import type { Progress } from './waitUntil';

/** When to look at a request. All times in milliseconds. */
export const waitSchedule = {
	/** The first look at a job of which nothing is known: hardly any is quicker. */
	firstLookMs: 800,
	/** A person does not notice less, RunComfy's servers do: pauses need be no shorter than this, … */
	shortestPauseMs: 580,
	/** … but for jobs so quick that this share of their time is less. */
	quickShare: 0.1,
	/** Around the expected time pauses are this share of it: a job is noticed about half as much too late. */
	pauseShare: 0.026,
	/** Jobs of a kind that are waited for together leave each other so much of the rate limit: 40 looks in a second at most. */
	apartMs: 24,
	/** The moment a job leaves the queue is not visible: after a long queue, pause this share of the remaining uncertainty. */
	unsurePauseShare: 0.6,
	/** Of a job of which nothing is known, or which is overdue, pauses are this share of the time that came as a surprise, … */
	surpriseShare: 0.2,
	/** … but no more than this: with nothing to go by no schedule beats a steady one. */
	longestPauseMs: 2_200,
	/** Jobs of an unknown kind take turns at looking, so the pause grows more slowly: each look serves all of them. */
	turnShare: 0.07,
	longestTurnMs: 5_000,
	/** A job that has taken many minutes may take many more: then pauses are at least this share of the time waited. */
	lateShare: 0.01,
	/** However long jobs took so far, the first look comes by now; the one after it when twice the time has passed. */
	latestFirstLookMs: 150_000,
	/** Of a known kind one looks early on behalf of all: first by now, then each time so many times later. */
	scoutMs: 3_200,
	scoutFactor: 7,
	/** Whatever is known of others, there is a look within this time. */
	longestRestMs: Infinity,
	/** Between two looks at a request whose time has run out: nobody waits for its result, only for its place. */
	overduePauseMs: 2_000,
	/** Pause after the first look without a usable answer; doubled with each further one. */
	silentPauseMs: 1_000,
	/** A pause for a server in trouble is never longer than this. */
	longestSilentPauseMs: 15_000,
};

export type Schedule = typeof waitSchedule;

/** What is known besides the progress of the one wait. Times in milliseconds from a job's acceptance. */
export interface Outlook {
	expectation?: Expectation;
	/** How many jobs of the kind are waited for, this one included. */
	together: number;
	/** Whether it is for this wait to look early on behalf of the others. */
	isScout: boolean;
	/** The age at which the last job of an unknown kind was looked at on behalf of all; 0 before the first. */
	scoutedMs: number;
	/** The age at which another one that was waited for has ended; 0 where none has. */
	endedMs: number;
}

/** How long to pause after so many looks in a row that gave no usable answer, in milliseconds. */
export function silentPauseMs(silentLooks: number, s: Schedule): number {
	return Math.min(s.silentPauseMs * 2 ** (silentLooks - 1), s.longestSilentPauseMs);
}

/** Spreads looks that were planned for the same time. */
const around = (random: number) => 0.8 + 0.4 * random;

/** How long to pause when a job has been a surprise for `surpriseMs`. */
const surprisePauseMs = (surpriseMs: number, waitedMs: number, s: Schedule) =>
	Math.min(surpriseMs * s.surpriseShare, Math.max(s.longestPauseMs, waitedMs * s.lateShare));

/** The shortest pause that makes sense between looks at a job that takes `jobMs`. */
const shortestPauseMs = (jobMs: number, s: Schedule) => Math.min(s.shortestPauseMs, jobMs * s.quickShare);

const latestLookMs = (lookedMs: number, s: Schedule) => Math.max(s.latestFirstLookMs, lookedMs * 2);

/**
 * Of a job of which nothing is known: when to look, in milliseconds from its acceptance. Those that wait together look by
 * turns, and all of them when one has ended.
 */
function coldLookMs({ lookedMs }: Progress, outlook: Outlook, s: Schedule): number {
	const { together, isScout, scoutedMs, endedMs } = outlook;
	if (lookedMs < endedMs) return endedMs;
	if (!isScout) return latestLookMs(lookedMs, s);
	const lastMs = Math.max(scoutedMs, lookedMs);
	const turnMs = Math.min(Math.max(shortestPauseMs(lastMs, s), lastMs * s.turnShare), s.longestTurnMs);
	return Math.max(s.firstLookMs, lastMs + (together > 1 ? turnMs : surprisePauseMs(lastMs, lastMs, s)));
}

/**
 * One that was still queued at a look has all of its run before it, however long it has waited. The usual time has the
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
		unsureMs: isQueued ? run.spreadMs : 0,
	};
}

/** When to look at a job of a kind that is known, in milliseconds from its acceptance. */
function warmLookMs(progress: Progress, known: Expectation, outlook: Outlook, random: number, s: Schedule): number {
	const { lookedMs, waitedMs } = progress;
	const { together, isScout, endedMs } = outlook;
	const { meanMs, earliestMs, latestMs, unsureMs } = expected(progress, known);
	const usualPauseMs = (jobMs: number) =>
		Math.max(shortestPauseMs(jobMs, s), jobMs * s.pauseShare, together * s.apartMs);
	const pauseMs = Math.max(usualPauseMs(meanMs), unsureMs * s.unsurePauseShare);
	if (lookedMs >= earliestMs) {
		const overdueMs = Math.max(0, waitedMs - latestMs);
		const growingMs = surprisePauseMs(overdueMs, waitedMs, s);
		return lookedMs + Math.max(growingMs, pauseMs) * around(random);
	}
	// One look will do where all end within a pause. What may have ended by now is looked at by and by.
	const firstAfterMs = (ms: number, mostMs: number) => {
		const fromMs = Math.max(ms, waitedMs);
		const openMs = Math.min(mostMs, Math.max(0, latestMs - fromMs));
		return fromMs + openMs * (waitedMs > ms ? random : around(random));
	};
	return Math.min(
		firstAfterMs(earliestMs, pauseMs),
		lookedMs < endedMs ? firstAfterMs(endedMs, usualPauseMs(endedMs)) : Infinity,
		latestLookMs(lookedMs, s),
		isScout ? Math.max(s.scoutMs, lookedMs * s.scoutFactor) : Infinity,
	);
}

/**
 * How long to pause before the next look at a request. Pure: `random` is a number from 0 to 1.
 * The first look comes when the first jobs of its kind are ready, the next ones at pauses that are a small share of their
 * time. Of an unknown kind all that wait share the looks, until one of them knows.
 */
export function pauseBeforeLookMs(progress: Progress, outlook: Outlook, random: number, schedule: Schedule): number {
	const { silentLooks, lookedMs, waitedMs } = progress;
	if (silentLooks > 0) return silentPauseMs(silentLooks, schedule) * around(random);
	const { expectation } = outlook;
	const lookMs =
		expectation === undefined
			? coldLookMs(progress, outlook, schedule)
			: warmLookMs(progress, expectation, outlook, random, schedule);
	// News may come when the time for a look has passed.
	const soonestMs = lookedMs + shortestPauseMs(lookedMs, schedule);
	return Math.max(soonestMs, Math.min(lookMs, lookedMs + schedule.longestRestMs), waitedMs) - waitedMs;
}
