/** Background → Submit: buys each item's picture and gives its request ID at once. */
import { callPolicy } from '../api/policy';
import { purchase } from '../purchase/purchase';
import { readModelInput } from '../resources/background/input';
import type { ModelInput } from '../purchase/job';
import { submittedItem } from '../output/items';
import { STOPPED } from '../timing/stop';
import { workThroughItems } from './workThroughItems';
import type { Run } from './run';
import { buyAdvice, serviceOf, submissionOf } from './buying';

/** Submits are short, and the call budget paces them anyway. */
const SUBMITS_AT_ONCE = 10;

interface Task {
	itemIndex: number;
	input: ModelInput;
}

export async function execute(run: Run) {
	return await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => ({
			itemIndex,
			input: await readModelInput(run.context, itemIndex, serviceOf(run)),
		}),
		places: () => SUBMITS_AT_ONCE,
		work: async (task, isStillWanted) => await submit(run, task, isStillWanted),
		advice: buyAdvice,
	});
}

async function submit(run: Run, { itemIndex, input }: Task, isStillWanted: () => boolean) {
	const journalKey = run.journal.keyOf(itemIndex, input.hash);
	const bought = await purchase(run, {
		journalKey,
		submission: submissionOf(input, isStillWanted),
		windowMs: callPolicy.submitWindowMs,
		repeatUnknown: false,
		// Whoever submits wants the request to go on by itself; one that Stop cut off has no item to be found by.
		cancelOnStop: true,
	});
	if (bought === STOPPED) return STOPPED;
	return async () => {
		run.journal.delivered(journalKey);
		return [submittedItem(itemIndex, bought.requestId, run.account.modelApiUrl)];
	};
}
