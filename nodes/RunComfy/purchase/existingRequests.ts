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
import { type Bought, requestOf } from './journal';
import type { Order, Purchase, PurchaseContext } from './order';

/** A request may be unknown for a moment after its submit, and a server that has just answered 500 may do so again. */
const READS = 4;

/** From now on Stop covers the request. `job`: what was submitted, where that is known. */
export function resume(
	{ money: { open }, clock, connection }: PurchaseContext,
	{ itemIndex, journalKey, cancelOnStop }: Order,
	bought: Bought,
	{ isNew, job }: { isNew: boolean; job?: Job } = { isNew: false },
): Purchase {
	const { noFiles, free, seed, boughtAtMs } = bought;
	const request = requestOf(bought, connection);
	open.add({ ...request, cancelOnStop: cancelOnStop && free !== true });
	return {
		itemIndex,
		journalKey,
		...request,
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
export function accept({ money, log }: PurchaseContext, order: Order, bought: Bought): boolean {
	if (money.journal.accept(order.journalKey, bought).isGivenTwice) return false;
	log.info(acceptedLine(bought.id, order.itemIndex));
	money.testRunReuse.remember(bought);
	return true;
}

/**
 * The request that a submit of unknown outcome named, if RunComfy knows it. `job`: what was submitted, where that is known.
 * Throws Stopped.
 */
export async function findRequest(
	context: PurchaseContext,
	order: Order,
	named: Bought,
	job?: Job,
): Promise<Purchase | undefined> {
	const request = requestOf(named, context.connection);
	// A Stop that comes while it is looked up covers it too.
	context.money.open.add({ ...request, cancelOnStop: order.cancelOnStop });
	const isFound = (await isKnown(context, request)) && accept(context, order, named);
	return isFound ? resume(context, order, named, { isNew: false, job }) : undefined;
}

/** Whether RunComfy knows a request; false where that cannot be learned. */
async function isKnown({ requests, clock, stop, policies }: PurchaseContext, request: RequestRef): Promise<boolean> {
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
export async function reuse(context: PurchaseContext, order: Order, job: Job): Promise<Bought | undefined> {
	const { testRunReuse, journal } = context.money;
	if (!order.reuse) return undefined;
	await context.stop.race(testRunReuse.waitForOthers(job.hash));
	for (let found = testRunReuse.take(job.hash); found !== undefined; found = testRunReuse.take(job.hash)) {
		if (await isThere(context, order, found)) {
			// It may have been bought as a different variant, or without variants.
			const bought = { ...found, unclear: undefined, ...(job.variantSeed !== undefined && { seed: job.variantSeed }) };
			journal.accept(order.journalKey, bought);
			return bought;
		}
		testRunReuse.forget(found.id);
	}
	return undefined;
}

/** Whether a request is worth taking: RunComfy knows it, and where nobody waits for its end, it has not failed. */
async function isThere(context: PurchaseContext, { isWaitedFor }: Order, found: Bought): Promise<boolean> {
	const request = requestOf(found, context.connection);
	if (found.unclear === true) return await isKnown(context, request);
	if (isWaitedFor) return true;
	const options = soon(context, 'first', context.policies.call.lastPollTimeoutMs);
	try {
		// `/status` calls a failed request completed.
		const seen = await context.requests.readResult(request, options);
		return seen.kind !== 'seen' || (seen.phase !== 'failed' && seen.phase !== 'cancelled');
	} catch (error) {
		context.stop.throwIfStopped();
		return !isUnknownRequest(error) || isYoung(context, found.boughtAtMs);
	}
}

/** Whether RunComfy has said that it does not know the request. */
export const isUnknownRequest = (thrown: unknown): boolean =>
	thrown instanceof RunComfyError && saysUnknown(thrown, ERROR_CODE.unknownRequest);

/** Whether a request was accepted so recently that RunComfy may not know it yet. `boughtAtMs`: epoch milliseconds. */
export const isYoung = (
	{ clock, policies }: Pick<PurchaseContext, 'clock' | 'policies'>,
	boughtAtMs?: number,
): boolean => boughtAtMs !== undefined && Math.abs(clock.wallMs() - boughtAtMs) < policies.call.newRequestGraceMs;
