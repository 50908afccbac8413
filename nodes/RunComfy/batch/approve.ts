/** The step between the last check and the first submit: may all of it be bought? */

import { asUsd } from '../errors/money';
import { asRunComfyError, RunComfyError } from '../errors/RunComfyError';
import { estimateTooHigh, priceUnknown } from '../errors/spendingErrors';
import { needsJob } from '../purchase/buy';
import type { Order } from '../purchase/order';
import { withBought } from './orders';
import type { Run } from './run';

/**
 * Compares the estimate of all that is about to be bought with what is left of the limit. Answers the orders that must not
 * be bought, each with its error; none where all of it may. Without a limit nothing is looked up.
 */
export async function approve<T extends Order>(
	{ money: { journal, spending, testRun } }: Run,
	orders: T[],
): Promise<Map<T, RunComfyError>> {
	if (!spending.isLimited) return new Map();
	const refused = new Map<T, RunComfyError>();
	const refuse = (order: T, error: RunComfyError) => refused.set(order, withBought(journal, order.journalKey, error));
	const priced: T[] = [];
	const estimatesUsd: number[] = [];
	const free = new Map<string, number>();
	for (const order of orders) {
		if (!needsJob(journal.standing(order.journalKey), order.submitAgain)) continue;
		const job = await order.job();
		// What an earlier run from the editor bought costs nothing, as often as it is there.
		const left = free.get(job.hash) ?? testRun.available(job.hash);
		if (order.reuse && left > 0) {
			free.set(job.hash, left - 1);
			continue;
		}
		const price = await job.quote().catch((error: unknown) => asRunComfyError(error));
		if (price instanceof RunComfyError) refuse(order, price);
		else if (price.usd === undefined) refuse(order, priceUnknown(journal.hasBought, job.queue.label, price));
		else {
			priced.push(order);
			estimatesUsd.push(price.usd);
		}
	}
	if (!spending.fits(estimatesUsd)) {
		const sum = asUsd(spending.expectedUsd(estimatesUsd));
		const error = estimateTooHigh(estimatesUsd.length, sum, spending.inWords());
		for (const order of priced) refuse(order, error);
	}
	return refused;
}
