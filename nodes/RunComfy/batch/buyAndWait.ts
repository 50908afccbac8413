/** Buys each item's jobs, waits for them, and gives one item per output file. */
import { addressesIn } from '../api/outputFiles';
import { asRunComfyError } from '../errors/RunComfyError';
import { timedOut } from '../errors/requestErrors';
import { noPlace } from '../errors/submitErrors';
import { purchase } from '../purchase/purchase';
import { Stopped } from '../timing/stop';
import { approve, limitError } from './approve';
import { isUnknownRequest } from './isUnknownRequest';
import type { JobReader } from './jobReader';
import { type BuyingOptions, readBuyingOptions, readWaitingOptions, type WaitingOptions } from './options';
import { aboutAll, aboutOthers, namingBought, type OrderTask, readOrders, withBought } from './orders';
import { NO_STATUS } from './outOfTime';
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
		approve: async (tasks) =>
			await approve(run, tasks, {
				repeatUnknown: ({ options }) => mayRepeat(options),
				reuse: ({ options }) => options.reuseInTestRuns,
			}),
		concurrency: ([{ options }]) => options.maxInFlight,
		isBegun: ({ journalKey }) => run.journal.standing(journalKey).kind === 'takeUp',
		work: async (task, isStillWanted, place) => await buyOne(run, reader, task, isStillWanted, place),
		patience: {
			ms: ({ options }) => options.timeoutSeconds * 1000,
			error: (task) => withoutPlace(run, reader, task),
		},
		aboutOthers: (others) => aboutOthers(run, others),
		aboutAll: () => aboutAll(run),
	});
	run.hints.push(...reuseHints(run, items.length));
	return items;
}

/** The error of an item that got no place: nothing was bought for it, unless an earlier try did. */
function withoutPlace({ journal }: Run, { noun }: JobReader, { journalKey, options }: Task) {
	const standing = journal.standing(journalKey);
	const { timeoutSeconds: seconds } = options;
	return standing.kind === 'takeUp'
		? timedOut(NO_STATUS, seconds, { requestId: standing.bought.id })
		: withBought(journal, journalKey, noPlace(noun, seconds));
}

async function buyOne(
	run: Run,
	reader: JobReader,
	{ itemIndex, journalKey, variant, job, options }: Task,
	isStillWanted: () => boolean,
	place: Place,
) {
	const { noun } = reader;
	let sent: string[] | undefined;
	// What an earlier try bought is taken up without its job.
	const readJob = async () => {
		const read = await job();
		sent = addressesIn(read.inputs);
		return read;
	};
	for (;;) {
		const bought = await purchase(run, {
			itemIndex,
			journalKey,
			noun,
			job: readJob,
			windowMs: options.timeoutSeconds * 1000,
			repeatUnknown: mayRepeat(options),
			cancelOnStop: options.cancelOnStop,
			reuse: options.reuseInTestRuns,
			overLimit: () => limitError(run, noun),
			isStillWanted,
		});
		if (bought === undefined) return undefined;
		try {
			const about = { source: reader.sourceOf(run, itemIndex), modelId: reader.modelIdOf(run, itemIndex), sent };
			return await waitForResult(run, { ...bought, ...about, itemIndex, journalKey, variant, options, place });
		} catch (error) {
			if (
				!(error instanceof Stopped) &&
				bought.isReused &&
				(isUnknownRequest(error) || run.journal.hasEnded(journalKey))
			) {
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
