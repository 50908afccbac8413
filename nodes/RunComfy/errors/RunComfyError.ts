import { Stopped } from '../timing/stop';
import { fetchIt, sentences } from './sentences';
import { asPlainObject } from './shape';

/** What is known about a fault besides its words; each becomes a field of the error item. */
export interface ErrorFacts {
	requestId?: string;
	/** RunComfy's own word for the request's state. */
	status?: string;
	httpStatus?: number;
	errorCode?: number;
}

/**
 * The only error, besides `Stopped`, that the node throws at itself: worded for a person, with the request id wherever there is
 * one.
 */
export class RunComfyError extends Error {
	/** What to do next. Empty when the message says it all. */
	readonly description: string;

	readonly facts: ErrorFacts;

	constructor(message: string, description = '', facts: ErrorFacts = {}) {
		super(message);
		this.name = 'RunComfyError';
		this.description = description;
		this.facts = facts;
	}

	/** The same error with the request that it is about after all, and a sentence on that. */
	aboutRequest(requestId: string, advice: string): RunComfyError {
		return new RunComfyError(this.message, this.description, { ...this.facts, requestId }).withAdvice(advice);
	}

	/** The same error with a sentence before its description: what is safe. Once is enough. */
	withSafe(words: string): RunComfyError {
		if (this.description.startsWith(words)) return this;
		return new RunComfyError(this.message, sentences(words, this.description), this.facts);
	}

	/** The same error with a sentence added to its description. */
	withAdvice(advice: string): RunComfyError {
		return new RunComfyError(this.message, sentences(this.description, advice), this.facts);
	}
}

/** The message of anything thrown; by its shape, since errors of another realm are no instances of this one's Error. */
export const wordsOfThrown = (thrown: unknown): string => String(asPlainObject(thrown).message ?? thrown);

/**
 * n8n's words as they are, and the parameter where it knows of one; undefined for what is no error of n8n's. By its shape: more
 * than one copy of n8n-workflow may be at work. Source: its BaseError and ApplicationError.
 */
function inWordsOfN8n(thrown: unknown): RunComfyError | undefined {
	const { message, level, description, context } = asPlainObject(thrown);
	if (typeof message !== 'string' || typeof level !== 'string') return undefined;
	const { parameter } = asPlainObject(context);
	return new RunComfyError(
		message,
		sentences(
			typeof description === 'string' && description !== message ? description : '',
			typeof parameter === 'string' ? `It is in the parameter '${parameter}'.` : '',
		),
	);
}

/**
 * Turns whatever was thrown into a RunComfyError. n8n's own errors (no credential chosen, an expression that cannot be
 * resolved) keep their words. A fault nobody foresaw keeps its text, and is given the request id, since a paid request must
 * never be lost behind it. A Stop is no fault: it is thrown on.
 */
export function asRunComfyError(thrown: unknown, requestId?: string): RunComfyError {
	if (thrown instanceof Stopped) throw thrown;
	if (thrown instanceof RunComfyError) return thrown;
	const words = wordsOfThrown(thrown);
	return requestId === undefined
		? (inWordsOfN8n(thrown) ?? new RunComfyError('Unexpected error in the RunComfy node', words))
		: new RunComfyError(`Unexpected error while processing request ${requestId}`, `${fetchIt(requestId)} ${words}`, {
				requestId,
			});
}
