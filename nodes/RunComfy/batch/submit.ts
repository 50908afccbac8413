/** Buys each item's jobs and gives their request IDs at once. */

import { submittedItem } from '../output/items';
import { variantFields } from '../output/variantFields';
import { buy } from '../purchase/buy';
import type { Order } from '../purchase/order';
import { approve } from './approve';
import { readBuyingOptions } from './options';
import type { JobReader } from './jobReader';
import { aboutOthers, namingBought, readOrders } from './orders';
import type { Run } from './run';
import { workThroughItems } from './workThroughItems';

export async function submit(run: Run, reader: JobReader) {
	return await workThroughItems<Order>(run, {
		prepare: async (itemIndex) => {
			try {
				return await readOrders(run, reader, itemIndex, {
					...readBuyingOptions(run.context, itemIndex),
					windowMs: run.policy.submitWindowMs,
					submitAgain: false,
					// Whoever submits wants the request to go on by itself; one that Stop cut off has no item to be found by.
					cancelOnStop: true,
					isWaitedFor: false,
				});
			} catch (error) {
				throw namingBought(run, itemIndex, error);
			}
		},
		approve: async (orders) => await approve(run, orders),
		concurrency: () => run.policies.batch.submitsAtOnce,
		work: async (order, isStillWanted) => {
			const { itemIndex, journalKey, variant } = order;
			const bought = await buy(run, order, isStillWanted);
			if (bought === undefined) return undefined;
			return async () => {
				run.journal.deliver(journalKey);
				return [submittedItem(itemIndex, bought, variantFields(variant, bought.seed))];
			};
		},
		aboutOthers: (others) => aboutOthers(run, others),
	});
}
