/** Request → Get Result: what a request gave, after waiting for it or as things stand. */

import type { ResultAnswer } from '../../api/result';
import { isFinal } from '../../api/requestState';
import { failureOf } from '../../api/result';
import { readingRequest } from '../../errors/requestErrors';
import { readValues } from '../../values/checkValues';
import { schemaOf } from '../../values/schema';
import { tryForAMinute, SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import { leastInFlight, readWaitingOptions, type WaitingOptions } from '../../batch/options';
import type { Run } from '../../batch/run';
import { waitForResult } from '../../batch/waitForResult';
import { workThroughItems } from '../../batch/workThroughItems';
import { deliver, inputFieldsToInclude } from '../../output/deliver';
import type { GivenName } from '../../output/fileName';
import { unfinishedItem } from '../../output/items';
import { hintsOnEmptyRuns, outputOfRequest } from '../deployment/deploymentOutput';
import { MODEL_ID } from '../background/ideogram';
import { readRequest, type RequestTask } from './readRequest';

interface ResultTask extends RequestTask {
	/** Those that say how to wait count only where it waits. */
	options: WaitingOptions;
	givenName(): GivenName;
	/** Otherwise the request is taken as it stands. */
	waits: boolean;
}

/** Background gives files; other models may give text. */
const expectsFiles = ({ model_id: modelId }: ResultAnswer): boolean => modelId === MODEL_ID;

export async function execute(run: Run) {
	const items = await workThroughItems<ResultTask>(run, {
		check: async (itemIndex) => {
			const request = readRequest(run, itemIndex);
			const options = readWaitingOptions(run.context, itemIndex);
			const name = run.fileNames.enter(options.fileName);
			return { ...request, options, givenName: () => name, waits: shouldWait(run, itemIndex) };
		},
		concurrency: (tasks) => {
			const waiting = tasks.filter(({ waits }) => waits);
			return waiting.length > 0 ? leastInFlight(waiting) : SINGLE_CALLS_AT_ONCE;
		},
		work: async (task) => await (task.waits ? wait(run, task) : takeAsItStands(run, task)),
	});
	run.hints.push(...hintsOnEmptyRuns(items));
	return items;
}

const WAIT_FIELD = schemaOf({
	waitUntilFinished: { label: 'Wait Until Finished', kind: 'boolean' },
});

function shouldWait({ context }: Run, itemIndex: number): boolean {
	const waitUntilFinished: unknown = context.getNodeParameter('waitUntilFinished', itemIndex, false);
	return readValues(WAIT_FIELD, { waitUntilFinished }).waitUntilFinished === true;
}

async function takeAsItStands(run: Run, task: ResultTask) {
	const { itemIndex, requestId, givenName, options } = task;
	const seen = await tryForAMinute(run, readingRequest(requestId), async (call) => {
		return await run.requests.readResult(task, call);
	});
	if (!isFinal(seen.phase)) {
		const inputFields = inputFieldsToInclude(run, itemIndex, options);
		const answer = options.simplify ? undefined : seen.answer;
		return async () => [unfinishedItem(itemIndex, requestId, seen.status, { inputFields, answer })];
	}
	const read = outputOfRequest(run, task);
	const expected = read === undefined ? expectsFiles : 'nothingIsFine';
	const failure = failureOf(requestId, seen, { expectsFiles: expected, asItIs: !options.simplify }, run.connection);
	if (failure !== undefined) {
		run.money.testRunReuse.forget(requestId);
		throw failure;
	}
	return async () => await deliver(run, { itemIndex, requestId, givenName, options, read }, seen.answer);
}

async function wait(run: Run, task: ResultTask) {
	const { itemIndex, requestId, requestsUrl, givenName, options } = task;
	run.money.open.add({ requestId, requestsUrl, cancelOnStop: options.cancelOnStop });
	return await waitForResult(run, {
		itemIndex,
		requestId,
		requestsUrl,
		givenName,
		sinceMs: run.clock.now(),
		isNew: false,
		expectsFiles,
		options,
		read: outputOfRequest(run, task),
	});
}
