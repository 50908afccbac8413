/** Buys each item's job, waits for it, and gives one item per output file. */
import { restOfBatch } from '../errors/advice';
import { asRunComfyError } from '../errors/RunComfyError';
import type { Job } from '../purchase/job';
import { purchase } from '../purchase/purchase';
import { STOPPED } from '../timing/stop';
import { readWaitingOptions, type WaitingOptions } from './options';
import type { Run } from './run';
import { waitForResult } from './waitForResult';
import { workThroughItems } from './workThroughItems';

/** Reads and checks the job of one item, before anything is paid. Throws a RunComfyError. */
export type ReadJob = (run: Run, itemIndex: number) => Promise<Job>;

interface Task {
	itemIndex: number;
	job: Job;
	options: WaitingOptions;
}

export async function buyAndWait(run: Run, readJob: ReadJob) {
	return await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => ({
			itemIndex,
			options: readWaitingOptions(run.context, itemIndex),
			job: await readJob(run, itemIndex),
		}),
		concurrency: ([{ options }]) => options.maxInFlight,
		work: async (task, isStillWanted) => await buyOne(run, task, isStillWanted),
		advice: restOfBatch,
	});
}

async function buyOne(run: Run, { itemIndex, job, options }: Task, isStillWanted: () => boolean) {
	const journalKey = run.journal.keyOf(itemIndex, job.hash);
	for (;;) {
		const bought = await purchase(run, {
			job,
			journalKey,
			windowMs: options.timeoutSeconds * 1000,
			repeatUnknown: options.onUnknownOutcome === 'submitAgain',
			cancelOnStop: options.cancelOnStop,
			isStillWanted,
		});
		if (bought === STOPPED) return STOPPED;
		try {
			const { kind: jobKind, expectsFiles, queue, source } = job;
			const { requestsUrl } = queue;
			const awaited = { ...bought, requestsUrl, itemIndex, journalKey, jobKind, expectsFiles, source, options };
			return await waitForResult(run, awaited);
		} catch (error) {
			// Only what an earlier execution bought may be bought again, so this comes round once at most.
			if (run.journal.standing(journalKey).kind !== 'buy') throw asRunComfyError(error, bought.requestId);
		}
	}
}
