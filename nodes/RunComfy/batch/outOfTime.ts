/** What becomes of a request whose time has run out: an error, an item, or a cancellation. */

import type { ResultAnswer } from '../api/contract';
import { isFinal } from '../api/requestState';
import { NO_TURN } from '../errors/reasons';
import * as requestErrors from '../errors/requestErrors';
import { asRunComfyError, RunComfyError } from '../errors/RunComfyError';
import { inputFieldsToInclude } from '../output/deliver';
import { unfinishedItem } from '../output/items';
import { variantFields } from '../output/variantFields';
import { usdIn } from '../purchase/estimate';
import type { WaitEnd } from '../wait/waitUntil';
import type { Awaited } from './awaited';
import { lateCost } from './lateCost';
import type { Run } from './run';
import type { Collect } from './workThroughItems';

type Facts = Parameters<typeof requestErrors.timedOut>[2];

type TimedOut = Extract<WaitEnd<ResultAnswer>, { kind: 'timedOut' }>;

/** Where RunComfy has told no status yet. */
export const NO_STATUS = 'unfinished';

/** Answers the item that is wanted of an unfinished request, or throws the RunComfyError that names it. */
export async function outOfTime(
	run: Run,
	awaited: Awaited,
	{ lastStatus, lastAnswer, silence }: TimedOut,
): Promise<Collect> {
	const { itemIndex, requestId, options, place } = awaited;
	const { timeoutSeconds: seconds, onTimeout, simplify } = options;
	const facts = { requestId, status: lastStatus, httpStatus: silence?.httpStatus };
	// Cancelled it is over; else it is still in flight, and nothing is bought in its place.
	const mayCancel = onTimeout === 'cancel' && awaited.isReused !== true;
	const cancellation = mayCancel ? await cancelled(run, awaited, lastStatus ?? NO_STATUS, facts) : undefined;
	if (cancellation?.isOver !== true && place?.isWanted()) place.keepUntil(watchToItsEnd(run, awaited, place.isWanted));
	if (onTimeout === 'returnItem') {
		const inputFields = inputFieldsToInclude(run, itemIndex, options);
		const about = variantFields(awaited.variant, awaited.seed);
		const answer = simplify ? undefined : lastAnswer;
		return async () => [unfinishedItem(itemIndex, requestId, lastStatus, { inputFields, answer, about })];
	}
	if (cancellation !== undefined) throw cancellation.error;
	const error = timeoutError(lastStatus, silence, seconds, facts);
	throw onTimeout === 'cancel' ? error.withAdvice(requestErrors.SHARED_REQUEST) : error;
}

function timeoutError(lastStatus: string | undefined, silence: TimedOut['silence'], seconds: number, facts: Facts) {
	if (silence === undefined) return requestErrors.timedOut(lastStatus ?? NO_STATUS, seconds, facts);
	if (silence.reason === NO_TURN) return requestErrors.noTurnToLook(lastStatus, seconds, facts);
	const since = silence.since.toISOString();
	return requestErrors.unreachableWhileWaiting(since, silence.reason, lastStatus, seconds, facts);
}

/** Cancels the request, and answers the error that says what became of it. */
async function cancelled(
	{ requests, clock, policy, open, journal, testRuns }: Run,
	awaited: Awaited,
	lastStatus: string,
	facts: { requestId: string },
): Promise<{ isOver: boolean; error: RunComfyError }> {
	const { requestId, journalKey, options } = awaited;
	const patience = {
		priority: 'first' as const,
		latestMs: clock.now() + policy.lastLookGraceMs,
		timeoutMs: policy.lastLookTimeoutMs,
	};
	const look = await requests.cancel(awaited, patience).catch((error: unknown) => asRunComfyError(error, requestId));
	if (look instanceof RunComfyError) return { isOver: false, error: look };
	if (look.kind === 'seen' && look.status === 'cancelled') {
		open.close(requestId);
		testRuns.forget(requestId);
		if (journalKey !== undefined) journal.end(journalKey, 'cancelled', undefined, true);
		return { isOver: true, error: requestErrors.timedOutAndCancelled(lastStatus, options.timeoutSeconds, facts) };
	}
	const outcome = look.kind === 'seen' ? look.status : look.reason;
	const error = requestErrors.timedOutNotCancelled(lastStatus, options.timeoutSeconds, outcome, facts);
	return { isOver: false, error };
}

/**
 * Watches a request whose time has run out, for as long as its place is wanted: it counts as in flight until its end, and
 * what it cost, are known. Its result is not delivered any more. Throws what a look throws, and Stopped.
 */
async function watchToItsEnd(run: Run, awaited: Awaited, isWanted: () => boolean): Promise<void> {
	const { clock, stop, policy, policies, journal } = run;
	const { requestId, journalKey } = awaited;
	const { readTimeoutMs: timeoutMs } = policy;
	for (;;) {
		await clock.sleep(policies.schedule.overduePauseMs, stop);
		if (!isWanted()) return;
		const options = { priority: 'read' as const, latestMs: clock.now() + timeoutMs, timeoutMs };
		const look = await run.requests.lookAtResult(awaited, options);
		if (look.kind !== 'seen' || !isFinal(look.phase)) continue;
		run.open.close(requestId);
		if (journalKey === undefined) return;
		journal.end(journalKey, look.phase, usdIn(look.answer.cost));
		if (look.phase !== 'cancelled') await lateCost(run, awaited, look.answer);
		return;
	}
}
