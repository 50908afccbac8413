/** What Submit and the operations that wait have in common: what an item buys, and whether all of it may be bought. */

import { asUsd } from '../errors/sentences';
import { asRunComfyError, RunComfyError } from '../errors/RunComfyError';
import { estimateTooHigh, priceUnknown } from '../errors/submitErrors';
import { needsJob } from '../purchase/buy';
import type { Estimate, Job } from '../purchase/job';
import { requestOf } from '../purchase/journal';
import type { Order } from '../purchase/order';
import { settleIfOver } from '../purchase/settle';
import { unlessStopped } from '../timing/stop';
import { maxCostUsdOf } from './options';
import { othersInWords, namingBought, withBought } from './orders';
import type { Run } from './run';
import type { ItemSteps } from './workThroughItems';

/** `read`: the orders of an item; throws a RunComfyError. */
export const buyingSteps = <T extends Order>(
	run: Run,
	read: (itemIndex: number) => Promise<T[]>,
): Pick<ItemSteps<T>, 'check' | 'approve' | 'othersInWords'> => ({
	check: async (itemIndex) => {
		run.money.spending.limitTo(maxCostUsdOf(run.context, itemIndex));
		try {
			return await read(itemIndex);
		} catch (error) {
			throw namingBought(run.money.journal, itemIndex, error);
		}
	},
	approve: async (orders): Promise<Map<T, RunComfyError>> => {
		const unusable = orders.flatMap((order) => (order.problem === undefined ? [] : [[order, order.problem] as const]));
		const usable = orders.filter(({ problem }) => problem === undefined);
		return new Map([...unusable, ...(await approve(run, usable))]);
	},
	othersInWords: (others) => othersInWords(run, others),
});

/**
 * Compares the estimate of all that is about to be bought with what is left of the limit. Returns the orders that must not
 * be bought, each with its error; none where all of it may. Without a limit nothing is looked up.
 */
export async function approve<T extends Order>(run: Run, orders: T[]): Promise<Map<T, RunComfyError>> {
	const { journal, spending, testRunReuse } = run.money;
	if (!spending.isLimited) return new Map();
	const refused = new Map<T, RunComfyError>();
	const refuse = (order: T, error: RunComfyError) => refused.set(order, withBought(journal, order.journalKey, error));
	const estimate = estimating();
	const paid: T[] = [];
	const estimatesUsd: number[] = [];
	const free = new Map<string, number>();
	for (const order of orders) {
		if (!needsJob(journal.standing(order.journalKey), order.submitAgain)) continue;
		const job = await order.job();
		// What an earlier run from the editor bought costs nothing, as often as it is there.
		if (order.reuse) await run.stop.race(testRunReuse.waitForOthers(job.hash));
		const left = free.get(job.hash) ?? testRunReuse.available(job.hash);
		if (order.reuse && left > 0) {
			free.set(job.hash, left - 1);
			continue;
		}
		const price = await estimate(job);
		if (price instanceof RunComfyError) refuse(order, price);
		else if (price.usd === undefined) refuse(order, priceUnknown(job.queue.label, price));
		else {
			paid.push(order);
			estimatesUsd.push(price.usd);
		}
	}
	if (paid.length > 0) await settleUnfinished(run);
	if (!spending.fits(estimatesUsd)) {
		const sum = asUsd(spending.expectedUsd(estimatesUsd));
		const error = estimateTooHigh(estimatesUsd.length, sum, spending.inWords());
		for (const order of paid) refuse(order, error);
	}
	return refused;
}

/** The price of a job, or why it cannot be read: of a model whose price could not be read, it is not asked for again. */
function estimating(): (job: Job) => Promise<Estimate | RunComfyError> {
	const failed = new Map<string, RunComfyError>();
	return async (job) => {
		const { label } = job.queue;
		try {
			return failed.get(label) ?? (await job.estimate());
		} catch (error) {
			const reason = asRunComfyError(error);
			failed.set(label, reason);
			return reason;
		}
	};
}

/**
 * Requests that earlier passes and attempts left unfinished may be over by now, and cost more than was expected: some are read
 * once.
 */
async function settleUnfinished(run: Run): Promise<void> {
	const { money, connection, policies } = run;
	await Promise.all(
		someOf(money.journal.leftUnfinished(), policies.batch.readOfUnfinished).map(async ({ key, bought }) => {
			const request = { ...requestOf(bought, connection), journalKey: key };
			await settleIfOver(run, request, policies.call.lastPollTimeoutMs).catch(unlessStopped(false));
		}),
	);
}

/** So many of them: the oldest, which should be over first, and others spread over the rest, since the oldest may be stuck. */
function someOf<T>(all: T[], count: number): T[] {
	if (all.length <= count) return all;
	const oldest = Math.floor(count / 2);
	const step = (all.length - oldest) / (count - oldest);
	const others = Array.from({ length: count - oldest }, (_, nth) => all[all.length - 1 - Math.floor(nth * step)]);
	return [...all.slice(0, oldest), ...others];
}
