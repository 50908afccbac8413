import { Stopped } from '../timing/stop';
import { fetchIt } from './sentences';

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
		return new RunComfyError(this.message, [words, this.description].filter(Boolean).join(' '), this.facts);
	}

	/** The same error with a sentence added to its description. */
	withAdvice(advice: string): RunComfyError {
		return new RunComfyError(this.message, [this.description, advice].filter(Boolean).join(' '), this.facts);
	}
}

/** The message of anything thrown; by its shape, since errors of another realm are no instances of this one's Error. */
export function wordsOfThrown(thrown: unknown): string {
	const isErrorLike = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
	return String(isErrorLike ? thrown.message : thrown);
}

/** What all of n8n's own errors have, whichever copy of n8n-workflow made them. Source: its BaseError and ApplicationError. */
interface N8nError {
	message: string;
	description?: unknown;
	level: string;
	/** Of errors in expressions: where the expression stands. */
	context?: { parameter?: unknown };
}

const isN8nError = (thrown: unknown): thrown is N8nError =>
	typeof thrown === 'object' &&
	thrown !== null &&
	'message' in thrown &&
	typeof thrown.message === 'string' &&
	'level' in thrown &&
	typeof thrown.level === 'string';

/** n8n's words as they are, and the parameter where it knows of one. */
function inWordsOfN8n({ message, description, context }: N8nError): RunComfyError {
	const parameter = typeof context?.parameter === 'string' ? `It is in the parameter '${context.parameter}'.` : '';
	const words = typeof description === 'string' && description !== message ? description : '';
	return new RunComfyError(message, [words, parameter].filter(Boolean).join(' '));
}

/**
 * Turns whatever was thrown into a RunComfyError. n8n's own errors (no credential chosen, an expression that cannot be
 * resolved) keep their words. A fault nobody foresaw keeps its text, and is given the request id, since a paid request must
 * never be lost behind it. A Stop is no fault: it is thrown on.
 */
export function asRunComfyError(thrown: unknown, requestId?: string): RunComfyError {
	if (thrown instanceof Stopped) throw thrown;
	if (thrown instanceof RunComfyError) return thrown;
	if (isN8nError(thrown) && requestId === undefined) return inWordsOfN8n(thrown);
	const words = wordsOfThrown(thrown);
	return requestId === undefined
		? new RunComfyError('Unexpected error in the RunComfy node', words)
		: new RunComfyError(`Unexpected error while processing request ${requestId}`, `${fetchIt(requestId)} ${words}`, {
				requestId,
			});
}
