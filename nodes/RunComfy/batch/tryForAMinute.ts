import type { CallOptions } from '../api/calls';
import type { ReadOutcome, Seen } from '../api/requestState';
import { RATE_LIMITED, NONE } from '../errors/reasons';
import { type Asked, callRateLimited, unreachable } from '../errors/requestErrors';
import { silentPauseMs } from '../wait/schedule';
import { waitUntil } from '../wait/waitUntil';
import type { Lookup } from './lookup';

/** How many such calls are made at a time. */
export const SINGLE_CALLS_AT_ONCE = 10;

/**
 * Makes one call that is free, and repeats it for up to a minute while RunComfy cannot be reached. Throws a RunComfyError
 * if that did not help, and Stopped.
 */
export async function tryForAMinute<A>(
	{ clock, stop, policies }: Pick<Lookup, 'clock' | 'stop' | 'policies'>,
	asked: Asked,
	call: (options: CallOptions) => Promise<ReadOutcome<A>>,
): Promise<Seen<A>> {
	const startMs = clock.now();
	const { singleCallWindowMs, lastPollGraceMs, lastPollTimeoutMs, readTimeoutMs } = policies.call;
	const deadlineMs = startMs + singleCallWindowMs;
	const end = await waitUntil<A>({
		poll: async (isLast) => {
			const graceMs = isLast ? lastPollGraceMs : 0;
			const timeoutMs = isLast ? lastPollTimeoutMs : readTimeoutMs;
			return await call({ priority: isLast ? 'first' : 'read', latestMs: deadlineMs + graceMs, timeoutMs });
		},
		isDone: () => true,
		pauseMs: ({ silentPolls }) => (silentPolls === 0 ? 0 : silentPauseMs(silentPolls, policies.schedule)),
		startMs,
		deadlineMs,
		clock,
		stop,
	});
	if (end.kind === 'seen') return end;
	const { reason = NONE, httpStatus } = end.silence ?? {};
	if (reason === RATE_LIMITED) throw callRateLimited(asked, { requestId: asked.requestId });
	throw unreachable(asked, reason, { requestId: asked.requestId, httpStatus });
}
