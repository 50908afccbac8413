import type { ResultAnswer } from '../api/contract';
import { isUsd } from '../purchase/spending';
import { unlessStopped } from '../timing/stop';
import type { Awaited } from './awaited';
import type { Run } from './run';

/**
 * RunComfy tells the cost of a request sometimes only a little later: where the cost is limited, it is asked for once more.
 * Answers the answer with the cost, or as it was.
 */
export async function lateCost(run: Run, awaited: Awaited, answer: ResultAnswer): Promise<ResultAnswer> {
	const { spending, clock, stop, policy } = run;
	const { journalKey } = awaited;
	if (!spending.isLimited || journalKey === undefined || isUsd(answer.cost)) return answer;
	await clock.sleep(policy.lateCostPauseMs, stop);
	const { lastLookTimeoutMs: timeoutMs } = policy;
	const options = { priority: 'look' as const, latestMs: clock.now() + timeoutMs, timeoutMs };
	const look = await run.requests.lookAtResult(awaited, options).catch(unlessStopped(undefined));
	if (look?.kind !== 'seen' || !isUsd(look.answer.cost)) return answer;
	spending.settle(journalKey, look.answer.cost);
	return { ...answer, cost: look.answer.cost };
}
