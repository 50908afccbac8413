/** Request → Get Result: the picture of a request, after waiting for it or as things stand. */
import { isFinal } from '../../api/requestState';
import { DEFAULT_RENDERING_SPEED, jobKindOf, USUAL_JOB_MS } from '../background/ideogram';
import { showHints } from '../../output/hints';
import { unfinishedItem } from '../../output/items';
import { readRequestId, readSwitch } from '../../input/parameters';
import { STOPPED } from '../../timing/stop';
import { workThroughItems } from '../../operations/workThroughItems';
import type { Run } from '../../operations/run';
import { askOnce, SINGLE_CALLS_AT_ONCE, singleCallAdvice } from '../../operations/askOnce';
import { believeFiles, deliver, failureOf, waitForResult } from '../../operations/waitForResult';
import { defaultWaitingOptions, readWaitingOptions, type WaitingOptions } from '../../operations/options';

interface Task {
	itemIndex: number;
	requestId: string;
	/** Undefined: take it as it stands. */
	waiting?: WaitingOptions;
}

export async function execute(run: Run) {
	const items = await workThroughItems<Task>(run, {
		prepare: async (itemIndex) => ({
			itemIndex,
			requestId: readRequestId(run.context, itemIndex),
			waiting: shouldWait(run, itemIndex) ? readWaitingOptions(run.context, itemIndex) : undefined,
		}),
		places: ([{ waiting }]) => waiting?.maxInFlight ?? SINGLE_CALLS_AT_ONCE,
		work: async (task) =>
			await (task.waiting === undefined ? takeAsItStands(run, task) : wait(run, task, task.waiting)),
		advice: singleCallAdvice,
	});
	if (items !== STOPPED) showHints(run.context, items);
	return items;
}

const shouldWait = ({ context }: Run, itemIndex: number): boolean =>
	readSwitch('Wait Until Finished', context.getNodeParameter('waitUntilFinished', itemIndex, false), false);

async function takeAsItStands(run: Run, { itemIndex, requestId }: Task) {
	const seen = await askOnce(run, requestId, 'read', async (options) => {
		return await run.client.lookAtResult(requestId, options).then(believeFiles);
	});
	if (seen === STOPPED) return STOPPED;
	if (!isFinal(seen.phase)) return async () => [unfinishedItem(itemIndex, requestId, seen.word, { inputFields: {} })];
	const failure = failureOf(requestId, seen.phase, seen.word, seen.answer);
	if (failure !== undefined) throw failure;
	return async () => await deliver(run, { itemIndex, requestId, options: defaultWaitingOptions }, seen.answer);
}

async function wait(run: Run, { itemIndex, requestId }: Task, options: WaitingOptions) {
	run.open.add({ requestId, cancelOnStop: options.cancelOnStop });
	return await waitForResult(run, {
		itemIndex,
		requestId,
		sinceMs: run.clock.now(),
		isNew: false,
		jobKind: jobKindOf(DEFAULT_RENDERING_SPEED),
		usualJobMs: USUAL_JOB_MS[DEFAULT_RENDERING_SPEED],
		options,
	});
}
