/** Writes down how a request ended: seen in time, seen after its Timeout, or cancelled. */

import { soon } from '../api/calls';
import type { RequestAnswer } from '../api/result';
import type { RequestRef } from '../api/queue';
import { isFinal, type RequestPhase } from '../api/requestState';
import { unlessStopped } from '../timing/stop';
import { usdIn } from './estimate';
import type { JournaledRequest, PurchaseContext } from './order';
import { requestOf } from './journal';
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
	{ money: { open, journal, testRunReuse, spending } }: Pick<PurchaseContext, 'money'>,
	{ requestId, journalKey }: JournaledRequest,
	phase: RequestPhase,
	cost?: unknown,
	isOurDoing = false,
): void {
	open.close(requestId);
	if (phase === 'failed' || phase === 'cancelled') testRunReuse.forget(requestId);
	if (journalKey !== undefined) journal.end(journalKey, phase, firstCostUsd(spending, cost), isOurDoing);
}

/**
 * RunComfy reports the cost of some requests only a little later: where the cost is limited, it is asked for again. If
 * it is still not there, the oldest request without a reported cost is read again: its cost is then the estimate for the others.
 * Returns the answer, with the cost if it was reported. Throws Stopped.
 */
export async function settleLateCost(
	context: PurchaseContext,
	request: JournaledRequest,
	answer: RequestAnswer,
): Promise<RequestAnswer> {
	const { money, clock, stop, policies, connection } = context;
	const { journalKey } = request;
	if (!money.spending.isLimited || journalKey === undefined) return answer;
	if (firstCostUsd(money.spending, answer.cost) !== undefined) return answer;
	await clock.sleep(policies.call.lateCostPauseMs, stop);
	const costUsd = await reportCost(context, request, journalKey);
	if (costUsd !== undefined) return { ...answer, cost: costUsd };
	const oldest = money.journal.oldestUnreported(journalKey);
	if (oldest === undefined) return answer;
	await reportCost(context, requestOf(oldest.bought, connection), oldest.key);
	return answer;
}

/** Reads what a request has cost, in US dollars, and writes it down; undefined where it is not reported. Throws Stopped. */
async function reportCost(
	context: PurchaseContext,
	request: RequestRef,
	journalKey: string,
): Promise<number | undefined> {
	const options = soon(context, 'read', context.policies.call.lastPollTimeoutMs);
	const read = await context.requests.readResult(request, options).catch(unlessStopped(undefined));
	const costUsd = read?.kind === 'seen' ? usdIn(read.answer.cost) : undefined;
	context.money.journal.report(journalKey, costUsd);
	return costUsd;
}

/**
 * Settles a request whose end was seen, and what it cost, which a cancelled one reports at once. Returns what `settleLateCost` returns.
 */
export async function settleEnd(
	context: PurchaseContext,
	request: JournaledRequest,
	{ phase, answer }: { phase: RequestPhase; answer: RequestAnswer },
): Promise<RequestAnswer> {
	settle(context, request, phase, answer.cost);
	return phase === 'cancelled' ? answer : await settleLateCost(context, request, answer);
}

/** Reads a request once, and settles it if it is over. Returns whether it was. Throws what a read throws, and Stopped. */
export async function settleIfOver(
	context: PurchaseContext,
	request: JournaledRequest,
	timeoutMs: number,
): Promise<boolean> {
	const read = await context.requests.readResult(request, soon(context, 'read', timeoutMs));
	if (read.kind !== 'seen' || !isFinal(read.phase)) return false;
	await settleEnd(context, request, read);
	return true;
}
