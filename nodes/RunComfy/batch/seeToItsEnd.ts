import { isFinal } from '../api/requestState';
import { waitUntil } from '../wait/waitUntil';
import type { Awaited } from './awaited';
import type { Run } from './run';

/**
 * Watches a request whose time has run out, for as long as its place is wanted: it counts as in flight until its end is
 * seen. Its result is not delivered any more.
 */
export async function seeToItsEnd(run: Run, awaited: Awaited, isWanted: () => boolean): Promise<void> {
	const { clock, stop, policy, policies } = run;
	const { readTimeoutMs: timeoutMs } = policy;
	const startMs = clock.now();
	const end = await waitUntil({
		look: async () => {
			if (!isWanted()) return { kind: 'stopped' };
			const options = { priority: 'look' as const, latestMs: clock.now() + timeoutMs, timeoutMs };
			return await run.requests.lookAtResult(awaited, options);
		},
		isDone: isFinal,
		pauseMs: () => policies.schedule.overduePauseMs,
		startMs,
		deadlineMs: Infinity,
		clock,
		stop,
	});
	if (end.kind !== 'done') return;
	run.open.close(awaited.requestId);
	if (awaited.journalKey === undefined) return;
	if (end.phase === 'succeeded') run.journal.succeeded(awaited.journalKey);
	else run.journal.endedInVain(awaited.journalKey);
}
