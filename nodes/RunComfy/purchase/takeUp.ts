/** Requests that are there already: bought by an earlier try, by an earlier run from the editor, or perhaps. */
import { acceptedLine } from '../errors/logLines';
import type { ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import { submitOutcomeUnknown } from '../errors/submitErrors';
import { isThere } from './isThere';
import type { Job } from './job';
import type { Bought } from './journalEntry';
import type { Order, Purchase, Shop } from './order';

/** A request that was bought before, as a purchase. */
export function takenUp(shop: Shop, order: Order, bought: Bought): Purchase {
	return opened(shop, order, bought, { isNew: false });
}

/** From now on Stop covers the request. */
export function opened(
	{ open, clock, requestsUrl }: Shop,
	{ cancelOnStop }: Order,
	{ id: requestId, at = requestsUrl, noFiles, free, seed }: Bought,
	about: { isNew: boolean; jobKind?: string },
): Purchase {
	open.add({ requestId, requestsUrl: at, cancelOnStop });
	const expectsFiles = noFiles !== true;
	const isReused = free === true;
	return {
		requestId,
		requestsUrl: at,
		sinceMs: clock.now(),
		expectsFiles,
		isReused,
		...(seed !== undefined && { seed }),
		...about,
	};
}

/**
 * What is to be made of a submit of unknown outcome: its request, where the answer named one that RunComfy knows, else
 * the error that says what is not known. Throws Stopped.
 */
export async function lookedUp(
	shop: Shop,
	order: Order,
	bought: Bought | undefined,
	reason: string,
	facts: ErrorFacts = {},
): Promise<Purchase | RunComfyError> {
	const unknown = submitOutcomeUnknown(order.noun, reason, { ...facts, requestId: bought?.id });
	if (bought === undefined) return unknown;
	const { id: requestId, at = shop.requestsUrl } = bought;
	const request = { requestId, requestsUrl: at };
	// A Stop that comes while it is looked up covers it too.
	shop.open.add({ ...request, cancelOnStop: order.cancelOnStop });
	const found = await isThere(shop, request);
	if (!found || shop.journal.accepted(order.journalKey, bought).isGivenTwice) return unknown;
	shop.log.info(acceptedLine(requestId, order.itemIndex));
	return takenUp(shop, order, bought);
}

/** Takes up what an earlier run from the editor bought with exactly this; undefined where there is none. */
export function reused({ testRun, journal }: Shop, { reuse, journalKey }: Order, job: Job): Bought | undefined {
	if (!reuse || testRun === undefined) return undefined;
	const found = testRun.takeUp(job.hash);
	if (found === undefined) return undefined;
	const bought = { ...found, free: true };
	journal.accepted(journalKey, bought);
	return bought;
}
