/** Buys each item's job, waits for it, and gives one item per output file. */
import { asRunComfyError } from '../errors/RunComfyError';
import { noPlace } from '../errors/submitErrors';
import { showHints } from '../output/hints';
import { purchase } from '../purchase/purchase';
import { STOPPED } from '../timing/stop';
import type { JobReader } from './jobReader';
import { readWaitingOptions, type WaitingOptions } from './options';
import { aboutAll, aboutOthers, namingBought, type OrderTask, readOrder } from './orders';
import type { Run } from './run';
import type { Place } from './runPool';
import { waitForResult } from './waitForResult';
import { workThroughItems } from './workThroughItems';

interface Task extends OrderTask {
	options: WaitingOptions;
}

const mayRepeat = ({ onUnknownOutcome }: WaitingOptions) => onUnknownOutcome === 'submitAgain';

export async function buyAndWait(run: Run, reader: JobReader) {
	const items = await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => {
			try {
				const options = readWaitingOptions(run.context, itemIndex);
				return { ...(await readOrder(run, reader, itemIndex, mayRepeat(options))), options };
			} catch (error) {
				throw namingBought(run, itemIndex, error);
			}
		},
		concurrency: ([{ options }]) => options.maxInFlight,
		work: async (task, isStillWanted, place) => await buyOne(run, reader, task, isStillWanted, place),
		patience: {
			ms: ({ options }) => options.timeoutSeconds * 1000,
			error: ({ options }) => noPlace(reader.noun, options.timeoutSeconds),
		},
		aboutOthers: (others) => aboutOthers(run, others),
		aboutAll: () => aboutAll(run),
	});
	if (items !== STOPPED) showHints(run.context, items);
	return items;
}

async function buyOne(
	run: Run,
	{ noun }: JobReader,
	{ itemIndex, journalKey, job, options }: Task,
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
			isStillWanted,
		});
		if (bought === STOPPED) return STOPPED;
		try {
			return await waitForResult(run, { ...bought, itemIndex, journalKey, options, place });
		} catch (error) {
			// Only what an earlier execution bought may be bought again, so this comes round once at most.
			if (run.journal.standing(journalKey).kind !== 'buy') throw asRunComfyError(error, bought.requestId);
		}
	}
}
