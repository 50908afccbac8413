/** Background → Replace and Wait: buys each item's picture, waits for it, and gives one item per output file. */
import { MODEL_ID } from '../../models/ideogramReplaceBackground/model';
import { type ModelInput, readModelInput } from '../../models/ideogramReplaceBackground/input';
import { purchase } from '../../batch/purchase';
import { STOPPED } from '../../batch/stop';
import { asRunComfyError } from '../../errors/RunComfyError';
import { showHints } from '../../output/hints';
import { workThroughItems } from '../perItem';
import type { Run } from '../run';
import { waitForResult } from '../waitForResult';
import { readWaitingOptions, type WaitingOptions } from '../waiting';
import { buyAdvice, serviceOf } from './buying';

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
		work: async (task) => await replaceAndWait(run, task),
		advice: buyAdvice,
	});
	if (items !== STOPPED) showHints(run.context, items);
	return items;
}

async function replaceAndWait(run: Run, { itemIndex, input, options }: Task) {
	const journalKey = run.journal.keyOf(itemIndex, input.hash);
	const bought = await purchase(run, {
		journalKey,
		submission: { modelId: MODEL_ID, sentAsFile: input.sentAsFile, makeBody: input.makeBody },
		windowMs: options.timeoutSeconds * 1000,
		repeatUnknown: options.onUnknownOutcome === 'submitAgain',
		cancelOnStop: options.cancelOnStop,
	});
	if (bought === STOPPED) return STOPPED;
	const { jobKind, usualJobMs } = input;
	try {
		return await waitForResult(run, { ...bought, itemIndex, journalKey, jobKind, usualJobMs, options });
	} catch (error) {
		throw asRunComfyError(error, bought.requestId);
	}
}
