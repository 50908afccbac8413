/** Waits for one request, and turns its end into items or into an error that names it. */
import type { IDataObject } from 'n8n-workflow';

import { ERROR_CODE, errorCodeOf, wordsOf } from '../api/answers';
import type { ResultAnswer } from '../api/contract';
import type { Look } from '../api/look';
import { callPolicy } from '../api/policy';
import { isFinal, type RequestPhase } from '../api/requestState';
import type { Collect } from './runBatch';
import { jobTimes } from '../wait/jobTimes';
import { pauseBeforeLookMs } from '../wait/schedule';
import { waitUntil, type WaitEnd } from '../wait/waitUntil';
import { asRunComfyError, RunComfyError } from '../errors/RunComfyError';
import * as wording from '../errors/wording';
import { download } from '../output/download';
import { type Delivery, type Download, inputFieldsOf, rawItem, simplifiedItems, unfinishedItem } from '../output/items';
import { outputFilesOf } from '../api/outputFiles';
import { STOPPED } from '../timing/stop';
import type { Run } from './run';
import type { WaitingOptions } from './options';

/** A request to be waited for. */
export interface Awaited {
	itemIndex: number;
	requestId: string;
	/** Epoch milliseconds from which the Timeout runs. */
	sinceMs: number;
	/** Whether it was bought just now, so that its age is known. */
	isNew: boolean;
	/** Absent for a request this execution did not buy. */
	journalKey?: string;
	jobKind: string;
	usualJobMs: number;
	options: WaitingOptions;
}

type Done = Extract<WaitEnd<ResultAnswer>, { kind: 'done' }>;
type TimedOut = Extract<WaitEnd<ResultAnswer>, { kind: 'timedOut' }>;

/**
 * Waits until the request is over or its time has run out. Answers how to collect its items, which needs no place in
 * the batch any more. Throws a RunComfyError that names the request.
 */
export async function waitForResult(run: Run, awaited: Awaited): Promise<Collect | typeof STOPPED> {
	const { requestId, sinceMs, options } = awaited;
	const deadlineMs = sinceMs + options.timeoutSeconds * 1000;
	let queuedMs: number | undefined;
	const end = await waitUntil<ResultAnswer>({
		look: async (isLast) => await lookAt(run, awaited, deadlineMs, isLast),
		isDone: isFinal,
		pauseMs: (progress) => {
			// A request taken up again may be over already: look at once.
			if (!awaited.isNew && progress.phase === undefined && progress.silentLooks === 0) return 0;
			if (progress.phase === 'queued' && progress.silentLooks === 0) queuedMs = progress.waitedMs;
			const expectation = jobTimes.expect(jobKindOf(run, awaited), awaited.usualJobMs, queuedMs);
			return pauseBeforeLookMs(progress, expectation, Math.random());
		},
		startMs: sinceMs,
		deadlineMs,
		clock: run.clock,
		stop: run.stop,
	});
	if (end.kind === 'stopped') return STOPPED;
	if (end.kind === 'timedOut') return await outOfTime(run, awaited, end);
	run.open.close(requestId);
	learnFrom(run, awaited, end, queuedMs);
	return finished(run, awaited, end);
}

const jobKindOf = (run: Run, { jobKind }: Awaited) => `${run.account.modelApiUrl} ${jobKind}`;

async function lookAt(run: Run, awaited: Awaited, deadlineMs: number, isLast: boolean): Promise<Look<ResultAnswer>> {
	const { requestId, isNew, sinceMs } = awaited;
	const nowMs = run.clock.now();
	const leftMs = Math.max(0, deadlineMs - nowMs);
	const options = {
		priority: isLast ? 'first' : 'look',
		latestMs: isLast ? nowMs + callPolicy.lastLookGraceMs : deadlineMs,
		timeoutMs: Math.min(callPolicy.readTimeoutMs, leftMs + callPolicy.lastLookTimeoutMs),
	} as const;
	const tolerateYouth = (thrown: unknown): Look<ResultAnswer> => {
		const isYoung = isNew && nowMs - sinceMs < callPolicy.newRequestGraceMs;
		if (!isYoung || !isUnknownRequest(thrown)) throw thrown;
		return { kind: 'silent', reason: 'RunComfy did not know the request yet', httpStatus: 404 };
	};
	return await run.client.lookAtResult(requestId, options).then(believeFiles, tolerateYouth);
}

function isUnknownRequest(thrown: unknown): boolean {
	if (!(thrown instanceof RunComfyError)) return false;
	const { httpStatus, errorCode } = thrown.facts;
	return errorCode === ERROR_CODE.unknownRequest || (errorCode === undefined && httpStatus === 404);
}

/** `completed` alone is no success; together with files in the output, or with an error, it can be nothing else. */
export function believeFiles(look: Look<ResultAnswer>): Look<ResultAnswer> {
	if (look.kind !== 'seen' || look.word !== 'completed') return look;
	if (look.answer.error) return { ...look, phase: 'failed' };
	return outputFilesOf(look.answer.output).length > 0 ? { ...look, phase: 'succeeded' } : look;
}

/** The error for a request that is over without a file; undefined for a success with one. */
export function failureOf(
	requestId: string,
	phase: RequestPhase,
	word: string,
	answer: ResultAnswer,
): RunComfyError | undefined {
	const facts = { requestId, status: word, errorCode: errorCodeOf(answer) };
	const words = wordsOf(answer);
	if (phase === 'failed') return wording.requestFailed(words, facts);
	if (phase === 'cancelled') return wording.requestCancelled(facts);
	return outputFilesOf(answer.output).length === 0 ? wording.successWithoutFile(words, facts) : undefined;
}

/** Failures and cancellations say nothing of how long pictures take. */
function learnFrom(run: Run, awaited: Awaited, { phase, answer, waitedMs }: Done, queuedMs: number | undefined): void {
	if (!awaited.isNew || phase !== 'succeeded') return;
	jobTimes.learn(jobKindOf(run, awaited), readyAfterMs(answer, waitedMs), queuedMs);
}

function finished(run: Run, awaited: Awaited, { phase, word, answer }: Done): Collect {
	const { requestId, journalKey } = awaited;
	const failure = failureOf(requestId, phase, word, answer);
	if (failure !== undefined) {
		// A success without a file is charged: it is never bought again, whoever asks.
		if (journalKey !== undefined && phase !== 'succeeded') run.journal.endedInVain(journalKey, requestId);
		throw failure;
	}
	return async () => {
		try {
			const items = await deliver(run, awaited, answer);
			if (items !== STOPPED && journalKey !== undefined) run.journal.delivered(journalKey);
			return items;
		} catch (error) {
			throw asRunComfyError(error, requestId);
		}
	};
}

/** How long the job took by RunComfy's own clock, or at most by ours, in milliseconds. */
function readyAfterMs(answer: ResultAnswer, waitedMs: number): number {
	const tookMs = Date.parse(String(answer.finished_at)) - Date.parse(String(answer.created_at));
	return tookMs >= 0 && tookMs <= waitedMs ? tookMs : waitedMs;
}

/** Makes the items of a finished request, with its files if they are wanted. */
export async function deliver(
	run: Run,
	{ itemIndex, requestId, options }: Pick<Awaited, 'itemIndex' | 'requestId' | 'options'>,
	answer: ResultAnswer,
) {
	const files = outputFilesOf(answer.output);
	const downloads: Download[] = [];
	if (options.downloadImages && !run.asTool) {
		const fetched = await Promise.all(files.map(async ({ url }) => await download(run, url)));
		for (const one of fetched) {
			if (one === STOPPED) return STOPPED;
			downloads.push(one);
		}
	}
	const { outputField } = options;
	const inputFields = fieldsToInclude(run, itemIndex, options);
	const delivery: Delivery = { itemIndex, requestId, answer, files, downloads, outputField, inputFields };
	return options.simplify ? simplifiedItems(delivery) : [rawItem(delivery)];
}

const fieldsToInclude = (run: Run, itemIndex: number, { includeInputFields }: WaitingOptions): IDataObject =>
	includeInputFields ? inputFieldsOf(run.items[itemIndex]) : {};

async function outOfTime(run: Run, awaited: Awaited, { lastWord, lastAnswer, silence }: TimedOut): Promise<Collect> {
	const { itemIndex, requestId, options } = awaited;
	const seconds = options.timeoutSeconds;
	const facts = { requestId, status: lastWord, httpStatus: silence?.httpStatus };
	if (options.onTimeout === 'returnItem') {
		const inputFields = fieldsToInclude(run, itemIndex, options);
		const answer = options.simplify ? undefined : lastAnswer;
		return async () => [unfinishedItem(itemIndex, requestId, lastWord, { inputFields, answer })];
	}
	const word = lastWord ?? 'unfinished';
	if (options.onTimeout === 'cancel') throw await cancelled(run, awaited, word, facts);
	if (silence === undefined) throw wording.timedOut(word, seconds, facts);
	const since = new Date(silence.sinceMs).toISOString();
	throw wording.unreachableWhileWaiting(since, silence.reason, lastWord, seconds, facts);
}

/** Cancels a request whose time has run out, and answers the error that says what became of it. */
async function cancelled(
	run: Run,
	{ requestId, journalKey, options }: Awaited,
	word: string,
	facts: { requestId: string },
): Promise<RunComfyError> {
	const look = await run.client.cancel(requestId, {
		priority: 'first',
		latestMs: run.clock.now() + callPolicy.lastLookGraceMs,
		timeoutMs: callPolicy.lastLookTimeoutMs,
	});
	if (look.kind === 'seen' && look.word === 'cancelled') {
		run.open.close(requestId);
		if (journalKey !== undefined) run.journal.cancelledHere(journalKey, requestId);
		return wording.timedOutAndCancelled(word, options.timeoutSeconds, facts);
	}
	const outcome = look.kind === 'seen' ? look.word : look.kind === 'silent' ? look.reason : 'stopped';
	return wording.timedOutNotCancelled(word, options.timeoutSeconds, outcome, facts);
}
