/** What the end of a request means: a success with files, a failure, or something that only looks like one of them. */
import * as requestErrors from '../errors/requestErrors';
import type { RunComfyError } from '../errors/RunComfyError';
import { errorCodeOf } from './answers';
import { hasError, textOf, wordsOf } from './answerWords';
import type { ResultAnswer } from './contract';
import { type FileHosts, outputFilesOf } from './outputFiles';
import { phaseOfResult, type RequestPhase } from './requestState';

/** RunComfy's word for the state, in small letters; empty where there is none. */
export const statusWordOf = ({ status }: Record<string, unknown>): string =>
	typeof status === 'string' ? status.trim().toLowerCase() : '';

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));

/**
 * The phase that a result tells. `completed` alone is no success, and other words for the end are nobody's promise; together
 * with files, or with an error, they can be nothing else. A word that is not known at all must come with the time of its end.
 */
export function phaseOfAnswer(answer: Record<string, unknown>, hosts: FileHosts): RequestPhase {
	const status = statusWordOf(answer);
	const phase = phaseOfResult(status);
	if (phase !== 'unclear' || (status !== 'completed' && !isTime(answer.finished_at))) return phase;
	if (hasError(answer)) return 'failed';
	return outputFilesOf(answer.output, hosts).length > 0 ? 'succeeded' : phase;
}

/** The error for a request that is over without what was promised; undefined for a success. */
export function failureOf(
	requestId: string,
	{ phase, status, answer }: { phase: RequestPhase; status: string; answer: ResultAnswer },
	expectsFiles: boolean,
	hosts: FileHosts,
): RunComfyError | undefined {
	const facts = { requestId, status, errorCode: errorCodeOf(answer) };
	const words = wordsOf(answer);
	if (phase === 'failed') return requestErrors.requestFailed(words, facts);
	if (phase === 'cancelled') return requestErrors.requestCancelled(facts);
	const isWithoutFile = expectsFiles && outputFilesOf(answer.output, hosts).length === 0;
	return isWithoutFile ? requestErrors.successWithoutFile(textOf(answer.output), words, facts) : undefined;
}
