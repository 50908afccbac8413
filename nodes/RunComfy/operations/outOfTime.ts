/** What becomes of a request whose time has run out: an error, an item, or a cancellation. */
import type { ResultAnswer } from '../api/contract';
import { NO_TURN, STOP_CAME } from '../errors/reasons';
import * as requestErrors from '../errors/requestErrors';
import type { RunComfyError } from '../errors/RunComfyError';
import { inputFieldsToInclude } from '../output/deliver';
import { unfinishedItem } from '../output/items';
import type { WaitEnd } from '../wait/waitUntil';
import type { Awaited } from './awaited';
import type { Run } from './run';
import type { Collect } from './workThroughItems';

type TimedOut = Extract<WaitEnd<ResultAnswer>, { kind: 'timedOut' }>;

/** Where RunComfy has told no status yet. */
const NO_STATUS = 'unfinished';

/** Answers the item that is wanted of an unfinished request, or throws the RunComfyError that names it. */
export async function outOfTime(
	run: Run,
	awaited: Awaited,
	{ lastStatus, lastAnswer, silence }: TimedOut,
): Promise<Collect> {
	const { itemIndex, requestId, options } = awaited;
	const { timeoutSeconds: seconds, onTimeout, simplify } = options;
	const facts = { requestId, status: lastStatus, httpStatus: silence?.httpStatus };
	if (onTimeout === 'returnItem') {
		const inputFields = inputFieldsToInclude(run, itemIndex, options);
		const answer = simplify ? undefined : lastAnswer;
		return async () => [unfinishedItem(itemIndex, requestId, lastStatus, { inputFields, answer })];
	}
	const status = lastStatus ?? NO_STATUS;
	if (onTimeout === 'cancel') throw await cancelled(run, awaited, status, facts);
	if (silence === undefined) throw requestErrors.timedOut(status, seconds, facts);
	if (silence.reason === NO_TURN) throw requestErrors.noTurnToLook(lastStatus, seconds, facts);
	throw requestErrors.unreachableWhileWaiting(silence.since.toISOString(), silence.reason, lastStatus, seconds, facts);
}

/** Cancels the request, and answers the error that says what became of it. */
async function cancelled(
	{ requests, clock, policy, open, journal }: Run,
	awaited: Awaited,
	lastStatus: string,
	facts: { requestId: string },
): Promise<RunComfyError> {
	const { requestId, journalKey, options } = awaited;
	const look = await requests.cancel(awaited, {
		priority: 'first',
		latestMs: clock.now() + policy.lastLookGraceMs,
		timeoutMs: policy.lastLookTimeoutMs,
	});
	if (look.kind === 'seen' && look.status === 'cancelled') {
		open.close(requestId);
		if (journalKey !== undefined) journal.cancelledHere(journalKey, requestId);
		return requestErrors.timedOutAndCancelled(lastStatus, options.timeoutSeconds, facts);
	}
	const outcome = look.kind === 'seen' ? look.status : look.kind === 'silent' ? look.reason : STOP_CAME;
	return requestErrors.timedOutNotCancelled(lastStatus, options.timeoutSeconds, outcome, facts);
}
