/** Buys each item's jobs, waits for them, and gives one item per output file. */

import { timedOut } from '../errors/requestErrors';
import { asRunComfyError } from '../errors/RunComfyError';
import { noPlace } from '../errors/submitErrors';
import { buy } from '../purchase/buy';
import { isUnknownRequest, isYoung } from '../purchase/resume';
import type { Order } from '../purchase/order';
import { approve } from './approve';
import type { JobReader } from './jobReader';
import { readBuyingOptions, readWaitingOptions, type WaitingOptions } from './options';
import { aboutOthers, namingBought, readOrders, withBought } from './orders';
import { NO_STATUS } from './outOfTime';
import type { Run } from './run';
import type { Place } from './runPool';
import { waitForResult } from './waitForResult';
import { workThroughItems } from './workThroughItems';

interface Task extends Order {
	options: WaitingOptions;
}

export async function buyAndWait(run: Run, reader: JobReader) {
	return await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => {
			try {
				const options = readWaitingOptions(run.context, itemIndex, reader.usualTimeoutSeconds);
				const orders = await readOrders(run, reader, itemIndex, {
					...readBuyingOptions(run.context, itemIndex),
					windowMs: options.timeoutSeconds * 1000,
					submitAgain: options.onUnknownOutcome === 'submitAgain',
					cancelOnStop: options.cancelOnStop,
					isWaitedFor: true,
				});
				return orders.map((order) => ({ ...order, options }));
			} catch (error) {
				throw namingBought(run, itemIndex, error);
			}
		},
		approve: async (tasks) => await approve(run, tasks),
		// It is one for the batch: where expressions give several, the least counts.
		concurrency: (tasks) => tasks.reduce((least, { options }) => Math.min(least, options.maxInFlight), Infinity),
		isBegun: ({ journalKey }) => run.journal.standing(journalKey).kind === 'resume',
		work: async (task, isStillWanted, place) => await buyOne(run, reader, task, isStillWanted, place),
		patience: {
			ms: ({ windowMs }) => windowMs,
			error: (task) => withoutPlace(run, task),
		},
		aboutOthers: (others) => aboutOthers(run, others),
	});
}

/** The error of an item that got no place: nothing was bought for it, unless an earlier attempt did. */
function withoutPlace({ journal }: Run, { noun, journalKey, options }: Task) {
	const standing = journal.standing(journalKey);
	const { timeoutSeconds: seconds } = options;
	return standing.kind === 'resume'
		? timedOut(NO_STATUS, seconds, { requestId: standing.bought.id })
		: withBought(journal, journalKey, noPlace(noun, seconds));
}

async function buyOne(run: Run, reader: JobReader, task: Task, isStillWanted: () => boolean, place: Place) {
	const { journal, testRun } = run;
	const { itemIndex, journalKey, variant, options } = task;
	for (;;) {
		const bought = await buy(run, task, isStillWanted);
		if (bought === undefined) return undefined;
		try {
			const about = {
				source: reader.sourceOf(run, itemIndex),
				modelId: reader.modelIdOf(run, itemIndex),
				read: reader.outputOf?.(run, itemIndex),
			};
			return await waitForResult(run, { ...bought, ...about, itemIndex, journalKey, variant, options, place });
		} catch (thrown) {
			const error = asRunComfyError(thrown, bought.requestId);
			const isGone = isUnknownRequest(error) && !isYoung(run, bought.boughtAtMs);
			if (bought.isReused && (isGone || journal.hasEnded(journalKey))) {
				// What an earlier test run bought gave nothing, or RunComfy no longer has it: it is bought after all.
				testRun?.forget(bought.requestId);
				journal.leave(journalKey);
				continue;
			}
			// Only what an earlier execution bought may be bought again, so this comes round once at most.
			if (journal.standing(journalKey).kind !== 'buy') throw error;
		}
	}
}
