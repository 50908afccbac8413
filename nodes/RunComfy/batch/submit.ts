/** Buys each item's jobs and gives their request IDs at once. */
import { submittedItem } from '../output/items';
import { variantFields } from '../output/variantFields';
import { purchase } from '../purchase/purchase';
import { approve, limitError } from './approve';
import { type BuyingOptions, readBuyingOptions } from './options';
import type { JobReader } from './jobReader';
import { aboutAll, aboutOthers, namingBought, type OrderTask, readOrders } from './orders';
import type { Run } from './run';
import { workThroughItems } from './workThroughItems';

/** Submits are short, and the call budget paces them anyway. */
const SUBMITS_AT_ONCE = 10;

interface Task extends OrderTask {
	options: BuyingOptions;
}

export async function submit(run: Run, reader: JobReader) {
	return await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => {
			try {
				const options = readBuyingOptions(run.context, itemIndex);
				const orderOptions = { repeatUnknown: false, variants: options.variants };
				const orders = await readOrders(run, reader, itemIndex, orderOptions);
				return orders.map((order) => ({ ...order, options }));
			} catch (error) {
				throw namingBought(run, itemIndex, error);
			}
		},
		approve: async (tasks) =>
			await approve(run, tasks, {
				repeatUnknown: () => false,
				reuse: ({ options }) => options.reuseInTestRuns,
			}),
		concurrency: () => SUBMITS_AT_ONCE,
		work: async (task, isStillWanted) => await submitOne(run, reader, task, isStillWanted),
		aboutOthers: (others) => aboutOthers(run, others),
		aboutAll: () => aboutAll(run),
	});
}

async function submitOne(run: Run, { noun }: JobReader, task: Task, isStillWanted: () => boolean) {
	const { itemIndex, journalKey, variant, job, options } = task;
	const bought = await purchase(run, {
		itemIndex,
		journalKey,
		noun,
		job,
		windowMs: run.policy.submitWindowMs,
		repeatUnknown: false,
		// Whoever submits wants the request to go on by itself; one that Stop cut off has no item to be found by.
		cancelOnStop: true,
		reuse: options.reuseInTestRuns,
		overLimit: () => limitError(run, noun),
		isStillWanted,
	});
	if (bought === undefined) return undefined;
	return async () => {
		run.journal.delivered(journalKey);
		return [submittedItem(itemIndex, bought, variantFields(variant, bought.seed))];
	};
}
