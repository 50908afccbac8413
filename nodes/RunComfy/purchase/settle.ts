/** The end of a request, seen by whoever sees it: in time, after its Timeout, or by cancelling it. */

import { soon } from '../api/calls';
import type { ResultAnswer } from '../api/contract';
import type { RequestRef } from '../api/queue';
import { isFinal, type RequestPhase } from '../api/requestState';
import { unlessStopped } from '../timing/stop';
import { usdIn } from './estimate';
import type { Ledgered, Shop } from './order';
import type { Spending } from './spending';

/**
 * A cost as RunComfy reports it at first. Zero may mean "not known yet": under a cost limit it counts only when it is reported
 * twice.
 */
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
 * RunComfy reports the cost of some requests only a little later: where the cost is limited, it is asked for once more. If
 * it is still not there, the oldest request without a reported cost is read again: its cost is then the estimate for the others.
 * Answers the answer with the cost, or as it was. Throws Stopped.
 */
export async function settleLateCost(shop: Shop, request: Ledgered, answer: ResultAnswer): Promise<ResultAnswer> {
	const { money, clock, stop, policies, requestsUrl } = shop;
	const { journalKey } = request;
	if (!money.spending.isLimited || journalKey === undefined) return answer;
	if (firstCostUsd(money.spending, answer.cost) !== undefined) return answer;
	await clock.sleep(policies.call.lateCostPauseMs, stop);
	const costUsd = await reportCost(shop, request, journalKey);
	if (costUsd !== undefined) return { ...answer, cost: costUsd };
	const oldest = money.journal.oldestUnreported(journalKey);
	if (oldest === undefined) return answer;
	const { id: requestId, at = requestsUrl } = oldest.bought;
	await reportCost(shop, { requestId, requestsUrl: at }, oldest.key);
	return answer;
}

/** Reads what a request has cost, in US dollars, and writes it down; undefined where it is not reported. Throws Stopped. */
async function reportCost(shop: Shop, request: RequestRef, journalKey: string): Promise<number | undefined> {
	const options = soon(shop, 'read', shop.policies.call.lastPollTimeoutMs);
	const read = await shop.requests.readResult(request, options).catch(unlessStopped(undefined));
	const costUsd = read?.kind === 'seen' ? usdIn(read.answer.cost) : undefined;
	shop.money.journal.report(journalKey, costUsd);
	return costUsd;
}

/** Settles a request whose end was seen, and what it cost, which a cancelled one reports at once. Answers as `settleLateCost`. */
export async function settleEnd(
	shop: Shop,
	request: Ledgered,
	{ phase, answer }: { phase: RequestPhase; answer: ResultAnswer },
): Promise<ResultAnswer> {
	settle(shop, request, phase, answer.cost);
	return phase === 'cancelled' ? answer : await settleLateCost(shop, request, answer);
}

/** Reads a request once, and settles it if it is over. Returns whether it was. Throws what a read throws, and Stopped. */
export async function settleIfOver(shop: Shop, request: Ledgered, timeoutMs: number): Promise<boolean> {
	const read = await shop.requests.readResult(request, soon(shop, 'read', timeoutMs));
	if (read.kind !== 'seen' || !isFinal(read.phase)) return false;
	await settleEnd(shop, request, read);
	return true;
}
