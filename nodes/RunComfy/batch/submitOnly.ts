/** Submits each item's jobs and gives their request IDs at once. */

import { submittedItem, variantFields } from '../output/items';
import { buy } from '../purchase/buy';
import { buyingSteps } from './buyingSteps';
import type { JobReader } from './jobReader';
import { readBuyingOptions } from './options';
import { readOrders } from './orders';
import type { Run } from './run';
import { workThroughItems } from './workThroughItems';

export async function submitOnly(run: Run, reader: JobReader) {
	return await workThroughItems(run, {
		...buyingSteps(run, async (itemIndex) => {
			return await readOrders(run, reader, itemIndex, {
				...readBuyingOptions(run.context, itemIndex),
				windowMs: run.policies.call.submitWindowMs,
				submitAgain: false,
				// A submitted request is meant to go on by itself, but one whose item Stop has cut off could not be found again.
				cancelOnStop: true,
				isWaitedFor: false,
			});
		}),
		concurrency: () => run.policies.batch.submitsAtOnce,
		work: async (order, isStillWanted) => {
			const { itemIndex, journalKey, variant } = order;
			const purchase = await buy(run, order, isStillWanted);
			if (purchase === undefined) return undefined;
			return async () => {
				run.money.journal.deliver(journalKey);
				return [submittedItem(itemIndex, purchase, variantFields(variant, purchase.seed))];
			};
		},
	});
}
