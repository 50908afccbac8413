/**
 * What RunComfy's words for the state of a request mean. `/status` and `/result` use different words, and `/status`
 * tells only that a request has finished, never that it has succeeded.
 */
export type RequestPhase =
	| 'queued'
	| 'running'
	/** Over, but only the result tells how it ended. */
	| 'finished'
	| 'succeeded'
	| 'failed'
	| 'cancelled'
	/** A word nobody has told us about: taken as unfinished. */
	| 'unclear';

const QUEUED = ['in_queue', 'pending', 'queued', 'waiting'];
const RUNNING = ['in_progress', 'starting', 'processing'];
const CANCELLED = ['cancelled', 'canceled'];

const common = (word: string): RequestPhase => {
	if (QUEUED.includes(word)) return 'queued';
	if (RUNNING.includes(word)) return 'running';
	if (CANCELLED.includes(word)) return 'cancelled';
	return 'unclear';
};

/** The phase told by a word of `GET /status`. */
export function phaseOfStatus(statusWord: string): RequestPhase {
	const word = statusWord.trim().toLowerCase();
	return ['completed', 'succeeded', 'failed', 'error'].includes(word) ? 'finished' : common(word);
}

/** The phase told by a word of `GET /result`. */
export function phaseOfResult(statusWord: string): RequestPhase {
	const word = statusWord.trim().toLowerCase();
	if (word === 'succeeded') return 'succeeded';
	if (word === 'failed' || word === 'error') return 'failed';
	return common(word);
}

/** Whether nothing more will happen to a request in this phase. */
export const isFinal = (phase: RequestPhase): boolean =>
	phase === 'succeeded' || phase === 'failed' || phase === 'cancelled';

/** Whether a request in this phase is over, for users who look at the status alone. */
export const isFinished = (phase: RequestPhase): boolean => isFinal(phase) || phase === 'finished';
