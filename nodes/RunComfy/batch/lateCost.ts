import type { ResultAnswer } from '../api/contract';
import { usdIn } from '../purchase/estimate';
import { unlessStopped } from '../timing/stop';
import type { Awaited } from './awaited';
import type { Run } from './run';

/**
 * RunComfy reports the cost of some requests only a little later: where the cost is limited, it is asked for once more.
 * Answers the answer with the cost, or as it was. Throws Stopped.
 */
export async function lateCost(run: Run, awaited: Awaited, answer: ResultAnswer): Promise<ResultAnswer> {
	const { spending, journal, clock, stop, policy } = run;
	const { journalKey } = awaited;
	if (!spending.isLimited || journalKey === undefined || usdIn(answer.cost) !== undefined) return answer;
	await clock.sleep(policy.lateCostPauseMs, stop);
	const { lastLookTimeoutMs: timeoutMs } = policy;
	const options = { priority: 'read' as const, latestMs: clock.now() + timeoutMs, timeoutMs };
	const look = await run.requests.lookAtResult(awaited, options).catch(unlessStopped(undefined));
	const costUsd = look?.kind === 'seen' ? usdIn(look.answer.cost) : undefined;
	if (costUsd === undefined) return answer;
	journal.report(journalKey, costUsd);
	return { ...answer, cost: costUsd };
}
