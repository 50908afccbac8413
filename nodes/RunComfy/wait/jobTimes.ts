/**
 * How long jobs take: a guess, replaced within the process by what was seen. Kept per kind of job (place, model and what
 * makes it slow), never written anywhere.
 */

/** When a job is likely to be ready, in milliseconds after its acceptance. */
export interface Expectation {
	earliestMs: number;
	latestMs: number;
	/** Whether this comes from jobs seen by this process. */
	learned: boolean;
}

/** Jobs remembered per kind: enough for steady quantiles, few enough to follow a change of load within a batch. */
const REMEMBERED_JOBS = 40;

/** Kinds remembered: any model with any option is one, and the process runs for months. */
const REMEMBERED_KINDS = 500;

/** Below this many jobs a quantile says nothing, and the guess is kept. */
const MIN_JOBS_TO_LEARN_FROM = 3;

/** One job in ten may be ready before the first look, and one in ten after the close looks end. */
const EARLY_QUANTILE = 0.1;
const LATE_QUANTILE = 0.9;

/** When the service has become faster, the last jobs tell, and must not be outvoted by the many before them. */
const LAST_JOBS = 3;

/**
 * What so few jobs leave open, as a share of their time, shrinking with the root of their number. It matters most in a
 * first batch, where the jobs seen are those that ended first.
 */
const UNSURE_SHARE = 0.12;

const quantile = (sorted: number[], q: number) => {
	const position = (sorted.length - 1) * q;
	const below = sorted[Math.floor(position)];
	return below + (sorted[Math.ceil(position)] - below) * (position % 1);
};

interface Seen {
	/** From acceptance to the end, in milliseconds. */
	wholeMs: number[];
	/** From the last look that saw it queued to the end: of the jobs that were seen queued at all. */
	afterQueueMs: number[];
}

export class JobTimes {
	private readonly seen = new Map<string, Seen>();

	/**
	 * Remembers that a job of this kind was ready `readyMs` milliseconds after its acceptance, and up to when a look had
	 * seen it queued.
	 */
	learn(kind: string, readyMs: number, queuedMs?: number): void {
		if (!Number.isFinite(readyMs) || readyMs < 0) return;
		const seen = this.seen.get(kind) ?? { wholeMs: [], afterQueueMs: [] };
		remember(seen.wholeMs, readyMs);
		if (queuedMs !== undefined && queuedMs < readyMs) remember(seen.afterQueueMs, readyMs - queuedMs);
		// Set anew, so that the kind used the longest ago is the first.
		this.seen.delete(kind);
		this.seen.set(kind, seen);
		if (this.seen.size > REMEMBERED_KINDS) this.seen.delete(this.seen.keys().next().value ?? kind);
	}

	/**
	 * What to expect of a job of this kind; `guessMs` is used until enough of them were seen, and where the kind is not known. One that was still queued
	 * after `queuedMs` has all of its run before it, however long it has waited.
	 */
	expect(kind: string | undefined, guessMs: number, queuedMs?: number): Expectation {
		const { wholeMs = [], afterQueueMs = [] } = (kind === undefined ? undefined : this.seen.get(kind)) ?? {};
		if (wholeMs.length < MIN_JOBS_TO_LEARN_FROM) return { earliestMs: guessMs, latestMs: guessMs, learned: false };
		const whole = usual(wholeMs);
		if (queuedMs === undefined || afterQueueMs.length < MIN_JOBS_TO_LEARN_FROM) return { ...whole, learned: true };
		const rest = usual(afterQueueMs);
		return {
			earliestMs: Math.max(whole.earliestMs, queuedMs + rest.earliestMs),
			latestMs: Math.max(whole.latestMs, queuedMs + rest.latestMs),
			learned: true,
		};
	}
}

function remember(times: number[], ms: number): void {
	times.push(ms);
	if (times.length > REMEMBERED_JOBS) times.shift();
}

function usual(times: number[]): { earliestMs: number; latestMs: number } {
	const sorted = [...times].sort((a, b) => a - b);
	const unsureShare = UNSURE_SHARE / Math.sqrt(times.length);
	const earliestMs = Math.min(quantile(sorted, EARLY_QUANTILE), ...times.slice(-LAST_JOBS));
	return {
		earliestMs: earliestMs * (1 - unsureShare),
		latestMs: quantile(sorted, LATE_QUANTILE) * (1 + unsureShare),
	};
}
