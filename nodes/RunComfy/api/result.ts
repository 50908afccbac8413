/** What the end of a request means: a success with files, a failure, or something that only looks like one of them. */
import * as requestErrors from '../errors/requestErrors';
import type { RunComfyError } from '../errors/RunComfyError';
import { errorCodeOf, wordsOf } from './answers';
import type { ResultAnswer } from './contract';
import { outputFilesOf } from './outputFiles';
import type { Look, RequestPhase } from './requestState';

/** `completed` alone is no success; together with files in the output, or with an error, it can be nothing else. */
export function believeFiles(look: Look<ResultAnswer>): Look<ResultAnswer> {
	if (look.kind !== 'seen' || look.status !== 'completed') return look;
	if (look.answer.error) return { ...look, phase: 'failed' };
	return outputFilesOf(look.answer.output).length > 0 ? { ...look, phase: 'succeeded' } : look;
}

/** The error for a request that is over without what was promised; undefined for a success. */
export function failureOf(
	requestId: string,
	{ phase, status, answer }: { phase: RequestPhase; status: string; answer: ResultAnswer },
	expectsFiles: boolean,
): RunComfyError | undefined {
	const facts = { requestId, status, errorCode: errorCodeOf(answer) };
	const words = wordsOf(answer);
	if (phase === 'failed') return requestErrors.requestFailed(words, facts);
	if (phase === 'cancelled') return requestErrors.requestCancelled(facts);
	const isWithoutFile = expectsFiles && outputFilesOf(answer.output).length === 0;
	return isWithoutFile ? requestErrors.successWithoutFile(words, facts) : undefined;
}
