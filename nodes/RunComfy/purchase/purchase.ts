/** Buying one job: at most once, whatever happens to the submit. */
import { EARLIER_SUBMIT } from '../errors/advice';
import { EARLIER_TRY } from '../errors/reasons';
import { asRunComfyError, RunComfyError } from '../errors/RunComfyError';
import type { Standing } from './journalEntry';
import type { Order, Purchase, Shop } from './order';
import { submitJob } from './submitJob';
import { lookedUp, reused, takenUp } from './takeUp';

/** Whether a submit is made for it, unless it turns out to be there. */
const mayBuy = (standing: Standing, repeatUnknown: boolean): boolean =>
	standing.kind === 'buy' || (standing.kind === 'unknown' && repeatUnknown && standing.mayRepeat);

/** Whether the job has to be read beforehand: what is there already, or may well be, is taken up without it. */
export const needsJob = (standing: Standing, repeatUnknown: boolean): boolean =>
	mayBuy(standing, repeatUnknown) && !(standing.kind === 'unknown' && standing.bought !== undefined);

/**
 * Gets the request for one order: the one an earlier try bought, or else a new one. Buys at most once, save where the
 * user chose to repeat a submit of unknown outcome. Throws a RunComfyError when there is no request, and Stopped; answers
 * undefined when the batch has ended for another item before anything was sent.
 */
export async function purchase(shop: Shop, order: Order): Promise<Purchase | undefined> {
	const standing = shop.journal.standing(order.journalKey);
	if (standing.kind === 'takeUp') return takenUp(shop, order, standing.bought);
	const earlier = standing.kind === 'unknown' ? await lookedUp(shop, order, standing.bought, EARLIER_TRY) : undefined;
	if (earlier !== undefined && !(earlier instanceof RunComfyError)) return earlier;
	if (earlier !== undefined && !mayBuy(standing, order.repeatUnknown)) throw earlier;

	const bought = await buy(shop, order, earlier);
	if (!(bought instanceof RunComfyError)) return bought;
	const repeated = await buy(shop, order, bought);
	if (repeated instanceof RunComfyError) throw repeated;
	return repeated;
}

/**
 * Buys one order, if its cost still fits into the limit. `unknown`: the error of an earlier submit of this order, which this
 * one repeats. Answers an error of its own where the outcome is unknown and the order wants that repeated.
 */
async function buy(
	shop: Shop,
	order: Order,
	unknown: RunComfyError | undefined,
): Promise<Purchase | RunComfyError | undefined> {
	const job = await order.job().catch((error: unknown) => {
		const known = asRunComfyError(error);
		throw unknown === undefined ? known : known.withAdvice(EARLIER_SUBMIT);
	});
	const found = unknown === undefined ? reused(shop, order, job) : undefined;
	if (found !== undefined) return takenUp(shop, order, found);
	if (!shop.spending.isLimited) return await submitJob(shop, order, job, unknown);

	const { usd = Infinity } = await job.quote();
	return await submitJob(shop, order, job, unknown, usd);
}
