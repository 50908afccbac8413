/** Buys each item's jobs, waits for them, and gives one item per output file. */
import { asRunComfyError } from '../errors/RunComfyError';
import { noPlace } from '../errors/submitErrors';
import { showHints } from '../output/hints';
import { purchase } from '../purchase/purchase';
import { STOPPED } from '../timing/stop';
import { approve, limitError } from './approve';
import { type BuyingOptions, readBuyingOptions } from './buyingOptions';
import { isUnknownRequest } from './isUnknownRequest';
import type { JobReader } from './jobReader';
import { readWaitingOptions, type WaitingOptions } from './options';
import { aboutAll, aboutOthers, namingBought, type OrderTask, readOrders } from './orders';
import type { Run } from './run';
import type { Place } from './runPool';
import { reuseHints } from './reuseHints';
import { waitForResult } from './waitForResult';
import { workThroughItems } from './workThroughItems';

interface Task extends OrderTask {
	options: WaitingOptions & BuyingOptions;
}

const mayRepeat = ({ onUnknownOutcome }: WaitingOptions) => onUnknownOutcome === 'submitAgain';

export async function buyAndWait(run: Run, reader: JobReader) {
	const items = await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => {
			try {
				const options = {
					...readWaitingOptions(run.context, itemIndex),
					...readBuyingOptions(run.context, itemIndex),
				};
				const orderOptions = { repeatUnknown: mayRepeat(options), variants: options.variants };
				const orders = await readOrders(run, reader, itemIndex, orderOptions);
				return orders.map((order) => ({ ...order, options }));
			} catch (error) {
				throw namingBought(run, itemIndex, error);
			}
		},
		approve: async (tasks) => await approve(run, tasks, ({ options }) => mayRepeat(options)),
		concurrency: ([{ options }]) => options.maxInFlight,
		work: async (task, isStillWanted, place) => await buyOne(run, reader, task, isStillWanted, place),
		patience: {
			ms: ({ options }) => options.timeoutSeconds * 1000,
			error: ({ options }) => noPlace(reader.noun, options.timeoutSeconds),
		},
		aboutOthers: (others) => aboutOthers(run, others),
		aboutAll: () => aboutAll(run),
	});
	if (items !== STOPPED) showHints(run, items, reuseHints(run, items.length));
	return items;
}

async function buyOne(
	run: Run,
	{ noun }: JobReader,
	{ itemIndex, journalKey, variant, job, options }: Task,
	isStillWanted: () => boolean,
	place: Place,
) {
	for (;;) {
		const bought = await purchase(run, {
			itemIndex,
			journalKey,
			noun,
			job,
			windowMs: options.timeoutSeconds * 1000,
			repeatUnknown: mayRepeat(options),
			cancelOnStop: options.cancelOnStop,
			reuse: options.reuseInTestRuns,
			overLimit: () => limitError(run, noun),
			isStillWanted,
		});
		if (bought === STOPPED) return STOPPED;
		try {
			return await waitForResult(run, { ...bought, itemIndex, journalKey, variant, options, place });
		} catch (error) {
			if (bought.isReused && (isUnknownRequest(error) || run.journal.hasEnded(journalKey))) {
				// What an earlier test run bought gave nothing, or is no longer to be had: it is bought after all.
				run.testRun?.forget(bought.requestId);
				run.journal.forget(journalKey);
				continue;
			}
			// Only what an earlier execution bought may be bought again, so this comes round once at most.
			if (run.journal.standing(journalKey).kind !== 'buy') throw asRunComfyError(error, bought.requestId);
		}
	}
}
