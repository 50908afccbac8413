import type { LookOptions } from '../api/requests';
import type { Look } from '../api/look';
import { callPolicy } from '../api/policy';
import { waitSchedule } from '../wait/schedule';
import { waitUntil } from '../wait/waitUntil';
import * as wording from '../errors/wording';
import { STOPPED } from '../timing/stop';
import type { Run } from './run';

/** How many requests are asked about at a time. */
export const SINGLE_CALLS_AT_ONCE = 10;

/** What to say about the other items when one of these has failed: nothing that costs money happened. */
export const singleCallAdvice = () => '';

export type Seen<A> = Extract<Look<A>, { kind: 'seen' }>;

/**
 * Makes one call about a request, and makes it again for up to a minute while RunComfy cannot be reached. Throws a
 * RunComfyError when that did not help.
 */
export async function askOnce<A>(
	run: Run,
	requestId: string,
	purpose: 'read' | 'cancel',
	call: (options: LookOptions) => Promise<Look<A>>,
): Promise<Seen<A> | typeof STOPPED> {
	const startMs = run.clock.now();
	const deadlineMs = startMs + callPolicy.singleCallWindowMs;
	const end = await waitUntil<A>({
		look: async (isLast) => {
			const graceMs = isLast ? callPolicy.lastLookGraceMs : 0;
			const timeoutMs = isLast ? callPolicy.lastLookTimeoutMs : callPolicy.readTimeoutMs;
			return await call({ priority: 'first', latestMs: deadlineMs + graceMs, timeoutMs });
		},
		isDone: () => true,
		pauseMs: ({ silentLooks }) =>
			silentLooks === 0
				? 0
				: Math.min(waitSchedule.silentPauseMs * 2 ** (silentLooks - 1), waitSchedule.longestSilentPauseMs),
		startMs,
		deadlineMs,
		clock: run.clock,
		stop: run.stop,
	});
	if (end.kind === 'stopped') return STOPPED;
	if (end.kind === 'done') return { ...end, kind: 'seen' };
	const { reason = 'none', httpStatus } = end.silence ?? {};
	throw wording.unreachable(purpose, reason, { requestId, httpStatus });
}
