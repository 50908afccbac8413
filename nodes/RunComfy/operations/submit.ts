/** Buys each item's job and gives its request ID at once. */
import { restOfBatch } from '../errors/advice';
import { submittedItem } from '../output/items';
import type { Job } from '../purchase/job';
import { purchase } from '../purchase/purchase';
import { STOPPED } from '../timing/stop';
import type { ReadJob } from './buyAndWait';
import type { Run } from './run';
import { workThroughItems } from './workThroughItems';

/** Submits are short, and the call budget paces them anyway. */
const SUBMITS_AT_ONCE = 10;

interface Task {
	itemIndex: number;
	job: Job;
}

export async function submit(run: Run, readJob: ReadJob) {
	return await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => ({ itemIndex, job: await readJob(run, itemIndex) }),
		concurrency: () => SUBMITS_AT_ONCE,
		work: async (task, isStillWanted) => await submitOne(run, task, isStillWanted),
		advice: restOfBatch,
	});
}

async function submitOne(run: Run, { itemIndex, job }: Task, isStillWanted: () => boolean) {
	const journalKey = run.journal.keyOf(itemIndex, job.hash);
	const bought = await purchase(run, {
		job,
		journalKey,
		windowMs: run.policy.submitWindowMs,
		repeatUnknown: false,
		// Whoever submits wants the request to go on by itself; one that Stop cut off has no item to be found by.
		cancelOnStop: true,
		isStillWanted,
	});
	if (bought === STOPPED) return STOPPED;
	return async () => {
		run.journal.delivered(journalKey);
		return [submittedItem(itemIndex, { requestId: bought.requestId, requestsUrl: job.queue.requestsUrl })];
	};
}
