/** What the end of a request means: a success with files, a failure, or something that only looks like one of them. */

import type { IDataObject } from 'n8n-workflow';

import * as requestErrors from '../errors/requestErrors';
import type { RunComfyError } from '../errors/RunComfyError';
import { errorCodeOf } from './answers';
import { hasError, asText, errorWordsIn } from './answerWords';
import { sentAddresses, type FileContext, hasFiles } from './outputFiles';
import { phaseOfResult, type RequestPhase } from './requestState';

/**
 * RunComfy's answer about a request (result, status or cancellation), as far as the node reads it. Field names are RunComfy's own.
 */
export interface RequestAnswer extends IDataObject {
	output?: IDataObject | IDataObject[] | string | string[];
	/** Only while queued. */
	queue_position?: number;
	created_at?: string;
	finished_at?: string;
	/** US dollars; only where RunComfy says it, sometimes a little later. */
	cost?: number;
}

/** RunComfy's word for the state, in lower case; empty where there is none. */
export const statusWordOf = ({ status }: Record<string, unknown>): string =>
	typeof status === 'string' ? status.trim().toLowerCase() : '';

const lettersOf = (id: string): string => id.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

/** The id an answer names if it is not the one that was asked for. */
export function otherRequestIn({ request_id: named }: Record<string, unknown>, requestId: string): string | undefined {
	const id = typeof named === 'string' || typeof named === 'number' ? String(named).trim() : '';
	return id === '' || lettersOf(id) === lettersOf(requestId) ? undefined : id;
}

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));

/**
 * The phase of a result. `completed` alone is no success, and other words for the end are not documented; with files, or with
 * an error, they can mean nothing else. An unknown word must come with the time of the end.
 */
export function phaseOfAnswer(answer: Record<string, unknown>, hosts: FileContext): RequestPhase {
	const status = statusWordOf(answer);
	const phase = phaseOfResult(status);
	if (phase !== 'unclear' || (status !== 'completed' && !isTime(answer.finished_at))) return phase;
	if (hasError(answer)) return 'failed';
	return hasFiles(outputIn(answer), hosts) ? 'succeeded' : phase;
}

/** The output of a request, under either of the names that RunComfy's APIs use. */
export const outputIn = ({ output, outputs }: Record<string, unknown>): unknown => output ?? outputs;

/**
 * Whether files were promised. For a request to an unknown model this is known only from its answer. `nothingIsFine`: even an
 * empty output is a success, as of a workflow whose results were all cached.
 */
export type ExpectsFiles = boolean | 'nothingIsFine' | ((answer: RequestAnswer) => boolean);

/** Whether an output is empty. */
export const isNothing = (output: unknown): boolean => ['', '{}', '[]'].includes(asText(output));

/** What distinguishes results from what was sent: `sent` where that is known, and what the answer repeats of it. */
export const fileContextOf = (
	{ input, inputs }: Record<string, unknown>,
	{ customFileHosts }: FileContext,
	sent: readonly string[] = [],
): FileContext => ({ customFileHosts, sent: [...sent, ...sentAddresses(input), ...sentAddresses(inputs)] });

/** What a request should return. */
interface ExpectedResult {
	expectsFiles: ExpectsFiles;
	/** Whether RunComfy's own answer is wanted as it is: then a success is one whatever its output. */
	asItIs: boolean;
	/** Addresses that the request was given, where they are known. */
	sent?: readonly string[];
}

/** The error for a request that is over without what was promised, or without anything; undefined for a success. */
export function failureOf(
	requestId: string,
	{ phase, status, answer }: { phase: RequestPhase; status: string; answer: RequestAnswer },
	{ expectsFiles, asItIs, sent }: ExpectedResult,
	hosts: FileContext,
): RunComfyError | undefined {
	const facts = { requestId, status, errorCode: errorCodeOf(answer) };
	const words = errorWordsIn(answer);
	if (phase === 'failed') return requestErrors.requestFailed(words, facts);
	if (phase === 'cancelled') return requestErrors.requestCancelled(facts);
	if (asItIs || expectsFiles === 'nothingIsFine') return undefined;
	const isPromised = typeof expectsFiles === 'boolean' ? expectsFiles : expectsFiles(answer);
	const isWithout = isPromised || isNothing(answer.output);
	const isWithoutFile = isWithout && !hasFiles(answer.output, fileContextOf(answer, hosts, sent));
	return isWithoutFile ? requestErrors.successWithoutFile(asText(answer.output), words, facts) : undefined;
}
