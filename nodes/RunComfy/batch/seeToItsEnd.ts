import { isFinal } from '../api/requestState';
import type { Awaited } from './awaited';
import type { Run } from './run';

/**
 * Watches a request whose time has run out, for as long as its place is wanted: it counts as in flight until its end is
 * seen. Its result is not delivered any more. Throws what a look throws, and Stopped.
 */
export async function seeToItsEnd(run: Run, awaited: Awaited, isWanted: () => boolean): Promise<void> {
	const { clock, stop, policy, policies } = run;
	const { readTimeoutMs: timeoutMs } = policy;
	for (;;) {
		await clock.sleep(policies.schedule.overduePauseMs, stop);
		if (!isWanted()) return;
		const options = { priority: 'look' as const, latestMs: clock.now() + timeoutMs, timeoutMs };
		const look = await run.requests.lookAtResult(awaited, options);
		if (look.kind !== 'seen' || !isFinal(look.phase)) continue;
		run.open.close(awaited.requestId);
		if (awaited.journalKey === undefined) return;
		if (look.phase === 'succeeded') run.journal.succeeded(awaited.journalKey);
		else run.journal.endedInVain(awaited.journalKey);
		return;
	}
}
