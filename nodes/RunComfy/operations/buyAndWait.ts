/** Background → Replace and Wait: buys each item's picture, waits for it, and gives one item per output file. */
import { purchase } from '../purchase/purchase';
import { asRunComfyError } from '../errors/RunComfyError';
import { readModelInput } from '../resources/background/input';
import type { ModelInput } from '../purchase/job';
import { showHints } from '../output/hints';
import { STOPPED } from '../timing/stop';
import { workThroughItems } from './workThroughItems';
import type { Run } from './run';
import { waitForResult } from './waitForResult';
import { readWaitingOptions, type WaitingOptions } from './options';
import { buyAdvice, serviceOf, submissionOf } from './buying';

interface Task {
	itemIndex: number;
	input: ModelInput;
	options: WaitingOptions;
}

export async function execute(run: Run) {
	const items = await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => ({
			itemIndex,
			options: readWaitingOptions(run.context, itemIndex),
			input: await readModelInput(run.context, itemIndex, serviceOf(run)),
		}),
		places: ([{ options }]) => options.maxInFlight,
		work: async (task, isStillWanted) => await replaceAndWait(run, task, isStillWanted),
		advice: buyAdvice,
	});
	if (items !== STOPPED) showHints(run.context, items);
	return items;
}

async function replaceAndWait(run: Run, { itemIndex, input, options }: Task, isStillWanted: () => boolean) {
	const journalKey = run.journal.keyOf(itemIndex, input.hash);
	const { jobKind, usualJobMs } = input;
	for (;;) {
		const bought = await purchase(run, {
			journalKey,
			submission: submissionOf(input, isStillWanted),
			windowMs: options.timeoutSeconds * 1000,
			repeatUnknown: options.onUnknownOutcome === 'submitAgain',
			cancelOnStop: options.cancelOnStop,
		});
		if (bought === STOPPED) return STOPPED;
		try {
			return await waitForResult(run, { ...bought, itemIndex, journalKey, jobKind, usualJobMs, options });
		} catch (error) {
			// Only what an earlier execution bought may be bought again, so this comes round once at most.
			if (run.journal.standing(journalKey).kind !== 'buy') throw asRunComfyError(error, bought.requestId);
		}
	}
}
