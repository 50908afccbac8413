/** Request → Get Result: what a request gave, after waiting for it or as things stand. */
import { isFinal } from '../../api/requestState';
import { failureOf } from '../../api/result';
import { readingRequest } from '../../errors/requestErrors';
import { readSwitch } from '../../input/parameters';
import { askOnce, SINGLE_CALLS_AT_ONCE } from '../../operations/askOnce';
import { defaultWaitingOptions, readWaitingOptions, type WaitingOptions } from '../../operations/options';
import type { Run } from '../../operations/run';
import { waitForResult } from '../../operations/waitForResult';
import { workThroughItems } from '../../operations/workThroughItems';
import { deliver } from '../../output/deliver';
import { showHints } from '../../output/hints';
import { unfinishedItem } from '../../output/items';
import { STOPPED } from '../../timing/stop';
import { readRequest, type RequestTask } from './input';

interface Task extends RequestTask {
	/** Undefined: take it as it stands. */
	waiting?: WaitingOptions;
}

/** What a request of an unknown model gives is not known, but every model of RunComfy's gives files. */
const EXPECTS_FILES = true;

export async function execute(run: Run) {
	const items = await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => ({
			...readRequest(run, itemIndex),
			waiting: shouldWait(run, itemIndex) ? readWaitingOptions(run.context, itemIndex) : undefined,
		}),
		concurrency: ([{ waiting }]) => waiting?.maxInFlight ?? SINGLE_CALLS_AT_ONCE,
		work: async (task) =>
			await (task.waiting === undefined ? takeAsItStands(run, task) : wait(run, task, task.waiting)),
	});
	if (items !== STOPPED) showHints(run, items);
	return items;
}

const shouldWait = ({ context }: Run, itemIndex: number): boolean =>
	readSwitch('Wait Until Finished', context.getNodeParameter('waitUntilFinished', itemIndex, false), false);

async function takeAsItStands(run: Run, task: Task) {
	const { itemIndex, requestId } = task;
	const seen = await askOnce(run, readingRequest(requestId), async (options) => {
		return await run.requests.lookAtResult(task, options);
	});
	if (seen === STOPPED) return STOPPED;
	if (!isFinal(seen.phase)) {
		return async () => [unfinishedItem(itemIndex, requestId, seen.status, { inputFields: {} })];
	}
	const failure = failureOf(requestId, seen, EXPECTS_FILES, run.connection);
	if (failure !== undefined) throw failure;
	return async () => await deliver(run, { itemIndex, requestId, options: defaultWaitingOptions }, seen.answer);
}

async function wait(run: Run, { itemIndex, requestId, requestsUrl }: Task, options: WaitingOptions) {
	run.open.add({ requestId, requestsUrl, cancelOnStop: options.cancelOnStop });
	return await waitForResult(run, {
		itemIndex,
		requestId,
		requestsUrl,
		sinceMs: run.clock.now(),
		isNew: false,
		expectsFiles: EXPECTS_FILES,
		options,
	});
}
