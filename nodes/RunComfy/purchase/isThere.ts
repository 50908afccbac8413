import type { CallPolicy } from '../api/policy';
import type { RequestRef } from '../api/queue';
import type { RequestsApi } from '../api/requests';
import type { Clock } from '../timing/clock';
import { type Stop, unlessStopped } from '../timing/stop';

/** A request may be unknown for a moment after it was given out, and a server that has just answered 500 may do so again. */
const LOOKS = 4;

/** Whether RunComfy knows a request; false where it cannot be learned. Throws Stopped. */
export async function isThere(
	{ requests, clock, stop, policy }: { requests: RequestsApi; clock: Clock; stop: Stop; policy: CallPolicy },
	request: RequestRef,
): Promise<boolean> {
	for (let look = 1; look <= LOOKS; look += 1) {
		const { lastLookTimeoutMs: timeoutMs } = policy;
		const options = { priority: 'first' as const, latestMs: clock.now() + timeoutMs, timeoutMs };
		const seen = await requests.lookAtStatus(request, options).catch(unlessStopped(undefined));
		if (seen?.kind === 'seen') return true;
		if (look < LOOKS) await clock.sleep(policy.firstSubmitPauseMs * 2 ** (look - 1), stop);
	}
	return false;
}
