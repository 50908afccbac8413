/**
 * What RunComfy's words for the state of a request mean. `/status` and `/result` use different words, and `/status` only
 * says that a request has finished, never that it has succeeded.
 */

export type RequestPhase =
	| 'queued'
	| 'running'
	/** Over; only the result says how it ended. */
	| 'finished'
	| 'succeeded'
	| 'failed'
	| 'cancelled'
	/** An undocumented word: taken as unfinished. */
	| 'unclear';

/** A usable answer. `status` is RunComfy's own word, in lower case. */
export interface Seen<A> {
	kind: 'seen';
	phase: RequestPhase;
	status: string;
	answer: A;
}

/** What one poll of a request gave. */
export type ReadOutcome<A> =
	| Seen<A>
	/** No usable answer, for a reason that may pass. */
	| { kind: 'silent'; reason: string; httpStatus?: number };

const QUEUED = ['in_queue', 'pending', 'queued', 'waiting'];
const RUNNING = ['in_progress', 'starting', 'processing'];
const CANCELLED = ['cancelled', 'canceled'];

const common = (status: string): RequestPhase => {
	if (QUEUED.includes(status)) return 'queued';
	if (RUNNING.includes(status)) return 'running';
	if (CANCELLED.includes(status)) return 'cancelled';
	return 'unclear';
};

/** What a word of `GET /status` means. */
export function phaseOfStatus(word: string): RequestPhase {
	const status = word.trim().toLowerCase();
	return ['completed', 'succeeded', 'failed', 'error'].includes(status) ? 'finished' : common(status);
}

/** What a word of `GET /result` means. */
export function phaseOfResult(word: string): RequestPhase {
	const status = word.trim().toLowerCase();
	if (status === 'succeeded') return 'succeeded';
	if (status === 'failed' || status === 'error') return 'failed';
	return common(status);
}

/** Words that RunComfy's documents and clients use for a cancelled request. */
const CANCELLATIONS = [...CANCELLED, 'cancellation_requested'];

/** Words for a request that goes on. */
const NOT_CANCELLABLE = ['not_cancellable', 'not_cancelable'];

const wordIn = (value: unknown): string => (typeof value === 'string' ? value.trim().toLowerCase() : '');

/**
 * The outcome of a cancellation: `cancelled`, `not_cancellable`, another word of RunComfy's, or undefined where there is none.
 * It stands in `outcome`, in `status` or in both; of `status` no other word counts, since RunComfy's documents show `completed`
 * there. `cancellation_requested` is an end: only a queued request can be cancelled, and it then never begins.
 */
export function outcomeOf({ outcome, status }: Record<string, unknown>): string | undefined {
	const words = [wordIn(outcome), wordIn(status)];
	const [reported, state] = words;
	if (NOT_CANCELLABLE.includes(reported)) return 'not_cancellable';
	if (words.some((word) => CANCELLATIONS.includes(word))) return 'cancelled';
	if (reported !== '') return reported;
	return NOT_CANCELLABLE.includes(state) ? 'not_cancellable' : undefined;
}

/** Whether nothing more will happen to a request in this phase. */
export const isFinal = (phase: RequestPhase): boolean =>
	phase === 'succeeded' || phase === 'failed' || phase === 'cancelled';

/** Whether a request in this phase is over, for users who look at the status alone. */
export const isFinished = (phase: RequestPhase): boolean => isFinal(phase) || phase === 'finished';
