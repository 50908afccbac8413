/** The end of a request, seen by whoever sees it: in time, after its Timeout, or by cancelling it. */

import type { ResultAnswer } from '../api/contract';
import type { RequestRef } from '../api/queue';
import type { RequestPhase } from '../api/requestState';
import { unlessStopped } from '../timing/stop';
import { usdIn } from './estimate';
import type { Shop } from './order';
import type { Spending } from './spending';

/** A request, and its key in the journal; absent for a request that this execution did not submit. */
export interface Ledgered extends RequestRef {
	journalKey?: string;
}

/** A cost as RunComfy reports it at first. Zero may mean that it is not known yet: under a limit it has to be said twice. */
const firstCostUsd = ({ isLimited }: Spending, cost: unknown): number | undefined => {
	const usd = usdIn(cost);
	return usd === 0 && isLimited ? undefined : usd;
};

/**
 * Writes down how a request ended. Stop no longer covers it, and test runs no longer reuse it unless it succeeded. `cost`: as
 * RunComfy reports it. `isOurDoing`: see `Journal.end`.
 */
export function settle(
	{ money: { open, journal, testRun, spending } }: Pick<Shop, 'money'>,
	{ requestId, journalKey }: Ledgered,
	phase: RequestPhase,
	cost?: unknown,
	isOurDoing = false,
): void {
	open.close(requestId);
	if (phase === 'failed' || phase === 'cancelled') testRun.forget(requestId);
	if (journalKey !== undefined) journal.end(journalKey, phase, firstCostUsd(spending, cost), isOurDoing);
}

/**
 * RunComfy reports the cost of some requests only a little later: where the cost is limited, it is asked for once more.
 * Answers the answer with the cost, or as it was. Throws Stopped.
 */
export async function settleLateCost(
	{ money: { spending, journal }, requests, clock, stop, policies }: Shop,
	request: Ledgered,
	answer: ResultAnswer,
): Promise<ResultAnswer> {
	const { journalKey } = request;
	if (!spending.isLimited || journalKey === undefined) return answer;
	if (firstCostUsd(spending, answer.cost) !== undefined) return answer;
	const { lateCostPauseMs, lastPollTimeoutMs: timeoutMs } = policies.call;
	await clock.sleep(lateCostPauseMs, stop);
	const options = { priority: 'read' as const, latestMs: clock.now() + timeoutMs, timeoutMs };
	const read = await requests.readResult(request, options).catch(unlessStopped(undefined));
	const costUsd = read?.kind === 'seen' ? usdIn(read.answer.cost) : undefined;
	if (costUsd === undefined) return answer;
	journal.report(journalKey, costUsd);
	return { ...answer, cost: costUsd };
}
