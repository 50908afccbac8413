/**
 * Requests that are there already: of an earlier attempt, of an earlier run from the editor, or of a submit of unknown outcome.
 */

import { soon } from '../api/calls';
import { sentAddresses } from '../api/outputFiles';
import type { RequestRef } from '../api/queue';
import { saysUnknown } from '../api/refusals';
import { ERROR_CODE } from '../api/service';
import { acceptedLine } from '../errors/logLines';
import { RunComfyError } from '../errors/RunComfyError';
import { unlessStopped } from '../timing/stop';
import type { Job } from './job';
import type { Bought } from './journal';
import type { Order, Purchase, Shop } from './order';

/** A request may be unknown for a moment after its submit, and a server that has just answered 500 may do so again. */
const READS = 4;

/** From now on Stop covers the request. `job`: what was submitted, where that is known. */
export function resume(
	{ money: { open }, clock, requestsUrl }: Shop,
	{ itemIndex, journalKey, cancelOnStop }: Order,
	{ id: requestId, at = requestsUrl, noFiles, free, seed, boughtAtMs }: Bought,
	{ isNew, job }: { isNew: boolean; job?: Job } = { isNew: false },
): Purchase {
	open.add({ requestId, requestsUrl: at, cancelOnStop: cancelOnStop && free !== true });
	return {
		itemIndex,
		journalKey,
		requestId,
		requestsUrl: at,
		sinceMs: clock.now(),
		expectsFiles: noFiles !== true,
		isReused: free === true,
		isNew,
		...(boughtAtMs !== undefined && { boughtAtMs }),
		...(isNew && job && { jobKind: job.kind }),
		...(job && { sent: sentAddresses(job.inputs) }),
		...(seed !== undefined && { seed }),
	};
}

/** Writes down that RunComfy has the request; false where it gave the same ID for another purchase. */
export function accept({ money, log }: Shop, order: Order, bought: Bought): boolean {
	if (money.journal.accept(order.journalKey, bought).isGivenTwice) return false;
	log.info(acceptedLine(bought.id, order.itemIndex));
	money.testRun.remember(bought);
	return true;
}

/**
 * The request that a submit of unknown outcome named, if RunComfy knows it. `job`: what was submitted, where that is known.
 * Throws Stopped.
 */
export async function findRequest(shop: Shop, order: Order, named: Bought, job?: Job): Promise<Purchase | undefined> {
	const request = { requestId: named.id, requestsUrl: named.at ?? shop.requestsUrl };
	// A Stop that comes while it is looked up covers it too.
	shop.money.open.add({ ...request, cancelOnStop: order.cancelOnStop });
	const isFound = (await isKnown(shop, request)) && accept(shop, order, named);
	return isFound ? resume(shop, order, named, { isNew: false, job }) : undefined;
}

/** Whether RunComfy knows a request; false where that cannot be learned. */
async function isKnown({ requests, clock, stop, policies }: Shop, request: RequestRef): Promise<boolean> {
	const { lastPollTimeoutMs, firstSubmitPauseMs } = policies.call;
	for (let nth = 1; nth <= READS; nth += 1) {
		const options = soon({ clock }, 'first', lastPollTimeoutMs);
		const seen = await requests.readStatus(request, options).catch(unlessStopped(undefined));
		if (seen?.kind === 'seen') return true;
		if (nth < READS) await clock.sleep(firstSubmitPauseMs * 2 ** (nth - 1), stop);
	}
	return false;
}

/** Takes a request that an earlier run from the editor bought with exactly this; undefined where there is none. */
export async function reuse(shop: Shop, order: Order, job: Job): Promise<Bought | undefined> {
	const { testRun, journal } = shop.money;
	if (!order.reuse) return undefined;
	await shop.stop.race(testRun.waitForOthers(job.hash));
	for (let found = testRun.take(job.hash); found !== undefined; found = testRun.take(job.hash)) {
		if (await isThere(shop, order, found)) {
			// It may have been bought as a different variant, or without variants.
			const bought = { ...found, unclear: undefined, ...(job.variantSeed !== undefined && { seed: job.variantSeed }) };
			journal.accept(order.journalKey, bought);
			return bought;
		}
		testRun.forget(found.id);
	}
	return undefined;
}

async function isThere(shop: Shop, { isWaitedFor }: Order, found: Bought): Promise<boolean> {
	const { id: requestId, at: requestsUrl = shop.requestsUrl, unclear } = found;
	if (unclear === true) return await isKnown(shop, { requestId, requestsUrl });
	return isWaitedFor || (await mayBeAlive(shop, found));
}

/** Whether a request that nobody waits for is worth handing over: it has not failed, and RunComfy still knows it. */
async function mayBeAlive(shop: Shop, { id, at = shop.requestsUrl, boughtAtMs }: Bought): Promise<boolean> {
	const options = soon(shop, 'first', shop.policies.call.lastPollTimeoutMs);
	try {
		// `/status` calls a failed request completed.
		const seen = await shop.requests.readResult({ requestId: id, requestsUrl: at }, options);
		return seen.kind !== 'seen' || (seen.phase !== 'failed' && seen.phase !== 'cancelled');
	} catch (error) {
		shop.stop.throwIfStopped();
		return !isUnknownRequest(error) || isYoung(shop, boughtAtMs);
	}
}

/** Whether RunComfy has said that it does not know the request. */
export const isUnknownRequest = (thrown: unknown): boolean =>
	thrown instanceof RunComfyError && saysUnknown(thrown, ERROR_CODE.unknownRequest);

/** Whether a request was accepted so recently that RunComfy may not know it yet. `boughtAtMs`: epoch milliseconds. */
export const isYoung = ({ clock, policies }: Pick<Shop, 'clock' | 'policies'>, boughtAtMs?: number): boolean =>
	boughtAtMs !== undefined && Math.abs(clock.wallMs() - boughtAtMs) < policies.call.newRequestGraceMs;
