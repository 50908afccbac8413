/** Waits for one request, and turns its end, or the end of its time, into items or into an error that names it. */

import { soon } from '../api/calls';
import { deploymentIdOf } from '../api/queue';
import { isFinal, phaseOfStatus, type ReadOutcome, type Seen } from '../api/requestState';
import { failureOf, type RequestAnswer } from '../api/result';
import { machineStarting, STILL_QUEUED } from '../errors/deploymentWords';
import { RATE_LIMITED, NOT_KNOWN_YET } from '../errors/reasons';
import * as requestErrors from '../errors/requestErrors';
import { asRunComfyError, RunComfyError } from '../errors/RunComfyError';
import { deliver, type Deliverable, inputFieldsToInclude } from '../output/deliver';
import { unfinishedItem } from '../output/items';
import { isUnknownRequest, isYoung } from '../purchase/existingRequests';
import { settle, settleEnd, settleIfOver } from '../purchase/settle';
import { pauseBeforePollMs } from '../wait/schedule';
import { waitUntil, type WaitEnd } from '../wait/waitUntil';
import type { WaitingOptions } from './options';
import type { Run } from './run';
import type { PoolSlot } from './runPool';
import type { Collect } from './workThroughItems';

/** A request to be waited for, and what is wanted of it. */
export interface Awaited extends Deliverable {
	options: WaitingOptions;
	/** Held after the Timeout until the request's end is seen; absent where nothing is submitted. */
	slot?: PoolSlot;
}

type Ended = Extract<WaitEnd<RequestAnswer>, { kind: 'seen' }>;
type TimedOut = Extract<WaitEnd<RequestAnswer>, { kind: 'timedOut' }>;
type Facts = Parameters<typeof requestErrors.timedOut>[1];

/**
 * Waits until the request is over or its time has run out. Returns how to collect its items, which needs no slot of the
 * batch any more. Throws a RunComfyError that names the request, and Stopped.
 */
export async function waitForResult(run: Run, awaited: Awaited): Promise<Collect> {
	const { clock, stop, jobTimes, policies } = run;
	const { requestId, sinceMs, options, jobKind } = awaited;
	const deadlineMs = sinceMs + options.timeoutSeconds * 1000;
	const jobWait = jobTimes.wait(jobKind);
	const isOfDeployment = deploymentIdOf(awaited) !== undefined;
	const schedule = isOfDeployment ? policies.deploymentSchedule : policies.schedule;
	let hasSaid = false;
	const end = await waitUntil<RequestAnswer>({
		poll: (isLast) => {
			jobWait.poll(clock.now() - sinceMs);
			return poll(run, awaited, deadlineMs, isLast);
		},
		isDone: isFinal,
		pauseMs: (progress) => {
			if (
				isOfDeployment &&
				!hasSaid &&
				progress.phase === 'queued' &&
				progress.waitedMs >= policies.batch.tellEveryMs
			) {
				hasSaid = true;
				run.log.info(machineStarting(requestId));
			}
			// A request that is resumed may be over already: poll once.
			if (!awaited.isNew && progress.phase === undefined && progress.silentPolls === 0) return 0;
			return pauseBeforePollMs(progress, jobWait, Math.random(), schedule);
		},
		news: () => jobWait.news(),
		startMs: sinceMs,
		deadlineMs,
		clock,
		stop,
	}).finally(() => jobWait.end());
	if (end.kind === 'timedOut') return await outOfTime(run, awaited, end);
	learnFrom(run, awaited, end);
	return await finished(run, awaited, end);
}

async function poll(
	run: Run,
	awaited: Awaited,
	deadlineMs: number,
	isLast: boolean,
): Promise<ReadOutcome<RequestAnswer>> {
	const { isNew, sinceMs, boughtAtMs } = awaited;
	const { readTimeoutMs, lastPollTimeoutMs, lastPollGraceMs, newRequestGraceMs } = run.policies.call;
	const nowMs = run.clock.now();
	const leftMs = Math.max(0, deadlineMs - nowMs);
	const options = {
		priority: isLast ? 'first' : 'read',
		latestMs: isLast ? nowMs + lastPollGraceMs : deadlineMs,
		timeoutMs: Math.min(readTimeoutMs, leftMs + lastPollTimeoutMs),
	} as const;
	const tolerateYouth = (thrown: unknown): ReadOutcome<RequestAnswer> => {
		const isNewHere = isNew && nowMs - sinceMs < newRequestGraceMs;
		if (!isUnknownRequest(thrown) || !(isNewHere || isYoung(run, boughtAtMs))) throw thrown;
		return { kind: 'silent', reason: NOT_KNOWN_YET, httpStatus: 404 };
	};
	return await run.requests.readResult(awaited, options).catch(tolerateYouth);
}

/** Returns how to collect the items of a request that is over. Throws the RunComfyError that names it, and Stopped. */
export async function finished(run: Run, awaited: Awaited, end: Seen<RequestAnswer>): Promise<Collect> {
	const { requestId, journalKey, sent, options } = awaited;
	const { journal, testRunReuse } = run.money;
	// Under a limit the next request is submitted only when this one's cost is known, or will not be reported.
	const answer = await settleEnd(run, awaited, end);
	const expectsFiles = deploymentIdOf(awaited) === undefined ? awaited.expectsFiles : 'nothingIsFine';
	const failure = failureOf(requestId, end, { expectsFiles, asItIs: !options.simplify, sent }, run.connection);
	if (failure !== undefined) {
		testRunReuse.forget(requestId);
		throw failure;
	}
	return async () => {
		try {
			const items = await deliver(run, awaited, answer);
			if (journalKey !== undefined) journal.deliver(journalKey);
			return items;
		} catch (error) {
			throw asRunComfyError(error, requestId);
		}
	};
}

function learnFrom({ jobTimes }: Run, { isNew, jobKind }: Awaited, { phase, answer, waitedMs, queuedMs }: Ended): void {
	if (!isNew || jobKind === undefined) return;
	const endedMs = endedAfterMs(answer, waitedMs);
	if (phase === 'succeeded') jobTimes.learn(jobKind, endedMs, queuedMs);
	else jobTimes.noteEnd(jobKind, endedMs);
}

const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : NaN);

/** How long the job took by RunComfy's own clock, but never longer than by ours, in milliseconds. */
function endedAfterMs(answer: RequestAnswer, waitedMs: number): number {
	const tookMs = timeOf(answer.finished_at) - timeOf(answer.created_at);
	return tookMs >= 0 && tookMs <= waitedMs ? tookMs : waitedMs;
}

/** Returns how to collect the item of an unfinished request if one is wanted, or throws the RunComfyError that names it. */
export async function outOfTime(run: Run, awaited: Awaited, end: TimedOut): Promise<Collect> {
	const { requestId, options, slot } = awaited;
	const { timeoutSeconds: seconds, onTimeout } = options;
	const { lastStatus, lastAnswer, silence } = end;
	const facts = { requestId, status: lastStatus, httpStatus: silence?.httpStatus };
	const isShared = awaited.isReused === true || run.testRunMemory.shared.has(requestId);
	const mayCancel = onTimeout === 'cancel' && !isShared;
	const cancellation = mayCancel ? await cancel(run, awaited, facts) : undefined;
	// Unless it is cancelled it is still in flight, and nothing is submitted in its place.
	if (cancellation?.isOver !== true && slot?.isWanted()) slot.holdUntil(watchToItsEnd(run, awaited, slot.isWanted));
	if (onTimeout === 'returnItem') return collectUnfinished(run, awaited, lastStatus, lastAnswer);
	if (cancellation !== undefined) throw cancellation.error;
	const error = timeoutError(silence, seconds, facts);
	const isQueuedRun = deploymentIdOf(awaited) !== undefined && phaseOfStatus(lastStatus ?? '') === 'queued';
	const withReason = isQueuedRun ? error.withAdvice(STILL_QUEUED) : error;
	throw onTimeout === 'cancel' ? withReason.withAdvice(requestErrors.SHARED_REQUEST) : withReason;
}

/** How to collect the item of a request that is not finished. */
export function collectUnfinished(run: Run, awaited: Awaited, status?: string, lastAnswer?: RequestAnswer): Collect {
	const { itemIndex, requestId, options, moreFields } = awaited;
	const inputFields = inputFieldsToInclude(run, itemIndex, options);
	const answer = options.simplify ? undefined : lastAnswer;
	return async () => [unfinishedItem(itemIndex, requestId, status, { inputFields, answer, moreFields })];
}

function timeoutError(silence: TimedOut['silence'], seconds: number, facts: Facts) {
	if (silence === undefined) return requestErrors.timedOut(seconds, facts);
	if (silence.reason === RATE_LIMITED) return requestErrors.pollRateLimited(seconds, facts);
	const since = silence.since.toISOString();
	return requestErrors.unreachableWhileWaiting(since, silence.reason, seconds, facts);
}

/** Cancels the request, and returns the error that says what became of it. */
async function cancel(run: Run, awaited: Awaited, facts: Facts): Promise<{ isOver: boolean; error: RunComfyError }> {
	const { requestId, options } = awaited;
	const { lastPollGraceMs, lastPollTimeoutMs } = run.policies.call;
	const cancelling = async () => {
		const reply = await run.requests.cancel(awaited, soon(run, 'first', lastPollTimeoutMs, lastPollGraceMs));
		if (reply.kind === 'seen' && reply.status === 'cancelled')
			settle(run, awaited, 'cancelled', reply.answer.cost, true);
		return reply;
	};
	const reply = await run.testRunMemory
		.whileCancelling(requestId, cancelling)
		.catch((error: unknown) => asRunComfyError(error, requestId));
	if (reply instanceof RunComfyError) return { isOver: false, error: reply };
	const outcome = reply.kind === 'seen' ? reply.status : reply.reason;
	const isOver = outcome === 'cancelled';
	const error = isOver
		? requestErrors.timedOutAndCancelled(options.timeoutSeconds, facts)
		: requestErrors.timedOutNotCancelled(options.timeoutSeconds, outcome, facts);
	return { isOver, error };
}

/**
 * Watches a request whose time has run out until its end and its cost are known, or until nobody waits for its slot. Until then
 * it counts as in flight. Its result is no longer delivered. Throws what a read throws, and Stopped.
 */
async function watchToItsEnd(run: Run, awaited: Awaited, isWanted: () => boolean): Promise<void> {
	const { clock, stop, policies } = run;
	for (let isOver = false; !isOver;) {
		await clock.sleep(policies.schedule.overduePauseMs, stop);
		if (!isWanted()) return;
		isOver = await settleIfOver(run, awaited, policies.call.readTimeoutMs);
	}
}
