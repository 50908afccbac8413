/** Waits for one request, and turns its end into items or into an error that names it. */

import type { ResultAnswer } from '../api/contract';
import { deploymentIdOf } from '../api/queue';
import { isFinal, type Look } from '../api/requestState';
import { failureOf } from '../api/result';
import { machineStarting } from '../errors/deploymentWords';
import { NOT_KNOWN_YET } from '../errors/reasons';
import { asRunComfyError } from '../errors/RunComfyError';
import { deliver } from '../output/deliver';
import { usdIn } from '../purchase/estimate';
import { isUnknownRequest, isYoung } from '../purchase/resume';
import { variantFields } from '../output/variantFields';
import { pauseBeforeLookMs } from '../wait/schedule';
import { waitUntil, type WaitEnd } from '../wait/waitUntil';
import type { Awaited } from './awaited';
import { lateCost } from './lateCost';
import { outOfTime } from './outOfTime';
import type { Run } from './run';
import type { Collect } from './workThroughItems';

type Done = Extract<WaitEnd<ResultAnswer>, { kind: 'done' }>;

/**
 * Waits until the request is over or its time has run out. Answers how to collect its items, which needs no place in
 * the batch any more. Throws a RunComfyError that names the request, and Stopped.
 */
export async function waitForResult(run: Run, awaited: Awaited): Promise<Collect> {
	const { clock, stop, jobTimes } = run;
	const { schedule } = run.policies;
	const { requestId, sinceMs, options, jobKind } = awaited;
	const deadlineMs = sinceMs + options.timeoutSeconds * 1000;
	const jobWait = jobTimes.wait(jobKind);
	const saysWhy = deploymentIdOf(awaited) !== undefined;
	let hasSaid = false;
	const end = await waitUntil<ResultAnswer>({
		look: async (isLast) => await lookAt(run, awaited, deadlineMs, isLast),
		isDone: isFinal,
		pauseMs: (progress) => {
			if (saysWhy && !hasSaid && progress.phase === 'queued' && progress.waitedMs >= run.policies.batch.tellEveryMs) {
				hasSaid = true;
				run.log.info(machineStarting(requestId));
			}
			// A request taken up again may be over already: look at once.
			if (!awaited.isNew && progress.phase === undefined && progress.silentLooks === 0) return 0;
			return pauseBeforeLookMs(progress, jobWait, Math.random(), schedule);
		},
		news: async () => await jobWait.news(),
		startMs: sinceMs,
		deadlineMs,
		clock,
		stop,
	}).finally(() => jobWait.end());
	if (end.kind === 'timedOut') return await outOfTime(run, awaited, end);
	run.open.close(requestId);
	learnFrom(run, awaited, end);
	return finished(run, awaited, end);
}

async function lookAt(run: Run, awaited: Awaited, deadlineMs: number, isLast: boolean): Promise<Look<ResultAnswer>> {
	const { isNew, sinceMs, boughtAtMs } = awaited;
	const { readTimeoutMs, lastLookTimeoutMs, lastLookGraceMs, newRequestGraceMs } = run.policy;
	const nowMs = run.clock.now();
	const leftMs = Math.max(0, deadlineMs - nowMs);
	const options = {
		priority: isLast ? 'first' : 'read',
		latestMs: isLast ? nowMs + lastLookGraceMs : deadlineMs,
		timeoutMs: Math.min(readTimeoutMs, leftMs + lastLookTimeoutMs),
	} as const;
	const tolerateYouth = (thrown: unknown): Look<ResultAnswer> => {
		const isNewHere = isNew && nowMs - sinceMs < newRequestGraceMs;
		if (!isUnknownRequest(thrown) || !(isNewHere || isYoung(run, boughtAtMs))) throw thrown;
		return { kind: 'silent', reason: NOT_KNOWN_YET, httpStatus: 404 };
	};
	return await run.requests.lookAtResult(awaited, options).catch(tolerateYouth);
}

/** Failures and cancellations say nothing of how long results take. */
function learnFrom({ jobTimes }: Run, { isNew, jobKind }: Awaited, { phase, answer, waitedMs, queuedMs }: Done): void {
	if (!isNew || jobKind === undefined || phase !== 'succeeded') return;
	jobTimes.learn(jobKind, readyAfterMs(answer, waitedMs), queuedMs);
}

function finished(run: Run, awaited: Awaited, end: Done): Collect {
	const { requestId, journalKey, expectsFiles, sent, options } = awaited;
	if (journalKey !== undefined) run.journal.end(journalKey, end.phase, usdIn(end.answer.cost));
	const isOfDeployment = deploymentIdOf(awaited) !== undefined;
	const expected = isOfDeployment ? 'nothingIsFine' : expectsFiles;
	const failure = failureOf(
		requestId,
		end,
		{ expectsFiles: expected, asItIs: !options.simplify, sent },
		run.connection,
	);
	if (failure !== undefined) {
		(run.testRun ?? run.testRuns).forget(requestId);
		throw failure;
	}
	return async () => {
		try {
			const answer = await lateCost(run, awaited, end.answer);
			const items = await deliver(run, { ...awaited, about: variantFields(awaited.variant, awaited.seed) }, answer);
			if (journalKey !== undefined) run.journal.deliver(journalKey);
			return items;
		} catch (error) {
			throw asRunComfyError(error, requestId);
		}
	};
}

const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : NaN);

/** How long the job took by RunComfy's own clock, or at most by ours, in milliseconds. */
function readyAfterMs(answer: ResultAnswer, waitedMs: number): number {
	const tookMs = timeOf(answer.finished_at) - timeOf(answer.created_at);
	return tookMs >= 0 && tookMs <= waitedMs ? tookMs : waitedMs;
}
