/** Buys each item's job and gives its request ID at once. */
import { submittedItem } from '../output/items';
import { purchase } from '../purchase/purchase';
import { STOPPED } from '../timing/stop';
import type { JobReader } from './jobReader';
import { aboutAll, aboutOthers, namingBought, type OrderTask, readOrder } from './orders';
import type { Run } from './run';
import { workThroughItems } from './workThroughItems';

/** Submits are short, and the call budget paces them anyway. */
const SUBMITS_AT_ONCE = 10;

export async function submit(run: Run, reader: JobReader) {
	return await workThroughItems<OrderTask>(run, {
		prepare: async (itemIndex) => {
			try {
				return await readOrder(run, reader, itemIndex, false);
			} catch (error) {
				throw namingBought(run, itemIndex, error);
			}
		},
		concurrency: () => SUBMITS_AT_ONCE,
		work: async (task, isStillWanted) => await submitOne(run, reader, task, isStillWanted),
		aboutOthers: (others) => aboutOthers(run, others),
		aboutAll: () => aboutAll(run),
	});
}

async function submitOne(run: Run, { noun }: JobReader, task: OrderTask, isStillWanted: () => boolean) {
	const { itemIndex, journalKey } = task;
	const bought = await purchase(run, {
		...task,
		noun,
		windowMs: run.policy.submitWindowMs,
		repeatUnknown: false,
		// Whoever submits wants the request to go on by itself; one that Stop cut off has no item to be found by.
		cancelOnStop: true,
		isStillWanted,
	});
	if (bought === STOPPED) return STOPPED;
	return async () => {
		run.journal.delivered(journalKey);
		return [submittedItem(itemIndex, bought)];
	};
}
