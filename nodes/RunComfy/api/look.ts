import type { RequestPhase } from './requestState';

/** What one look at a request gave. */
export type Look<A> =
	| { kind: 'seen'; phase: RequestPhase; word: string; answer: A }
	/** No usable answer, for a reason that may pass. */
	| { kind: 'silent'; reason: string; httpStatus?: number }
	| { kind: 'stopped' };
