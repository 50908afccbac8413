import type { Expectation } from './jobTimes';
import type { Progress } from './waitUntil';

/** When to look at a request. All times in milliseconds. */
export const waitSchedule = {
	/** The first look at a job of which nothing is known: a quick picture is ready by then. */
	firstLookMs: 3_200,
	/** No two looks at one request are closer than this: a person does not notice less, RunComfy's servers do. */
	shortestPauseMs: 600,
	/** Around the expected time pauses are this share of it: a job is noticed about half as much too late. */
	pauseShare: 0.025,
	/** Nobody sees a job leave the queue: of one that was long in it pauses are this share of what is open then. */
	unsurePauseShare: 0.75,
	/** Of a job of which nothing is known, or which is overdue, pauses are this share of the time that came as a surprise, … */
	surpriseShare: 0.2,
	/** … but no more than this: with nothing to go by no schedule beats a steady one. */
	longestPauseMs: 2_200,
	/** A job that has taken many minutes may take many more: then pauses are at least this share of the time waited. */
	lateShare: 0.01,
	/** Many jobs of which nothing is known share the looks that one would take: each takes so many times fewer per other one. */
	sharing: 1.5,
	/** However long jobs took so far, the first look comes by now; the one after it when twice the time has passed. */
	latestFirstLookMs: 150_000,
	/** One wait of a kind looks early on behalf of all: first as at an unknown job, then each time this much later. */
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

/** What is known besides the progress of the one wait. */
export interface Outlook {
	expectation?: Expectation;
	/** How many jobs of the kind are waited for, this one included. */
	together: number;
	/** Whether this wait looks early on behalf of the others. */
	isScout: boolean;
}

/** How long to pause after so many looks in a row that gave no usable answer, in milliseconds. */
export function silentPauseMs(silentLooks: number, s: Schedule): number {
	return Math.min(s.silentPauseMs * 2 ** (silentLooks - 1), s.longestSilentPauseMs);
}

/** How long to pause when a job has been a surprise for `surpriseMs`. */
function surprisePauseMs(surpriseMs: number, waitedMs: number, leastMs: number, s: Schedule): number {
	const growingMs = Math.min(surpriseMs * s.surpriseShare, Math.max(s.longestPauseMs, waitedMs * s.lateShare));
	return Math.max(growingMs, leastMs);
}

/** Of a job of which nothing is known: when to look, in milliseconds from its acceptance. */
function coldLookMs({ lookedMs, waitedMs }: Progress, { together }: Outlook, random: number, s: Schedule): number {
	const pauseMs = surprisePauseMs(waitedMs, waitedMs, s.shortestPauseMs, s);
	const ofManyMs = pauseMs * (1 + s.sharing * (together - 1));
	if (lookedMs === 0) return s.firstLookMs + (ofManyMs - pauseMs) * random;
	return lookedMs + pauseMs + 2 * (ofManyMs - pauseMs) * random;
}

/**
 * One that was still queued at a look has all of its run before it, however long it has waited. The usual time has the
 * usual queue in it, so this counts only where the queue has taken up half of that.
 */
function expected({ queuedMs }: Progress, { whole, run }: Expectation) {
	const isQueued = queuedMs !== undefined && run !== undefined && queuedMs > (whole.meanMs - 2 * whole.spreadMs) / 2;
	const at = (spreads: number) => {
		const wholeMs = whole.meanMs + spreads * whole.spreadMs;
		return isQueued ? Math.max(wholeMs, queuedMs + run.meanMs + Math.max(spreads, -1) * run.spreadMs) : wholeMs;
	};
	return { meanMs: at(0), earliestMs: at(-2), latestMs: at(2), unsureMs: isQueued ? run.spreadMs : 0 };
}

/** When to look at a job of a kind that is known, in milliseconds from its acceptance. */
function warmLookMs(progress: Progress, known: Expectation, isScout: boolean, random: number, s: Schedule): number {
	const { lookedMs, waitedMs } = progress;
	const { meanMs, earliestMs, latestMs, unsureMs } = expected(progress, known);
	const pauseMs = Math.max(s.shortestPauseMs, meanMs * s.pauseShare, unsureMs * s.unsurePauseShare);
	const soonAfterMs = (ms: number) => ms + Math.max(s.shortestPauseMs, ms * s.pauseShare) * (0.4 + 0.6 * random);
	if (lookedMs >= earliestMs || waitedMs >= earliestMs + pauseMs) {
		const overdueMs = Math.max(0, waitedMs - latestMs);
		const growingMs = surprisePauseMs(overdueMs, waitedMs, pauseMs, s);
		return lookedMs >= earliestMs ? lookedMs + growingMs * (0.9 + 0.2 * random) : waitedMs + pauseMs * random;
	}
	// When the last job was ready so soon, this one may be, too.
	const lastMs = lookedMs < known.lastMs ? known.lastMs : Infinity;
	const boundMs = Math.max(s.latestFirstLookMs, lookedMs * 2);
	const scoutMs = lookedMs === 0 ? s.firstLookMs : lookedMs * s.scoutFactor;
	return Math.min(soonAfterMs(earliestMs), soonAfterMs(lastMs), boundMs, isScout ? scoutMs : Infinity);
}

/**
 * How long to pause before the next look at a request. Pure: `random` is a number from 0 to 1.
 * The first look comes when the first jobs of its kind are ready, the next ones at pauses that are a small share of their
 * time. Of an unknown kind all that wait share the looks, until one of them knows.
 */
export function pauseBeforeLookMs(progress: Progress, outlook: Outlook, random: number, schedule: Schedule): number {
	if (progress.silentLooks > 0) return silentPauseMs(progress.silentLooks, schedule) * (0.9 + 0.2 * random);
	const { expectation, isScout } = outlook;
	const lookMs =
		expectation === undefined
			? coldLookMs(progress, outlook, random, schedule)
			: warmLookMs(progress, expectation, isScout, random, schedule);
	// News may come when the time for a look has passed.
	const soonestMs = progress.lookedMs === 0 ? 0 : progress.lookedMs + schedule.shortestPauseMs - progress.waitedMs;
	return Math.max(0, soonestMs, Math.min(lookMs - progress.waitedMs, schedule.longestRestMs));
}
