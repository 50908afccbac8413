/** Request → Get Result: what a request gave, after waiting for it or as things stand. */

import type { RequestAnswer } from '../../api/result';
import { isFinal } from '../../api/requestState';
import { readingRequest } from '../../errors/requestErrors';
import { readValues } from '../../values/checkValues';
import { schemaOf } from '../../values/schema';
import { tryForAMinute, SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import { leastInFlight, readWaitingOptions } from '../../batch/options';
import type { Run } from '../../batch/run';
import { type Awaited, finished, collectUnfinished, waitForResult } from '../../batch/waitForResult';
import { workThroughItems } from '../../batch/workThroughItems';
import { hintsOnEmptyRuns, outputOfRequest } from '../deployment/deploymentOutput';
import { MODEL_ID } from '../background/ideogram';
import { readRequest, type RequestTask } from './readRequest';

/** `waits`: otherwise the request is taken as it stands, and of the options those about waiting do not count. */
type ResultTask = RequestTask & Pick<Awaited, 'options' | 'givenName'> & { waits: boolean };

/** Background gives files; other models may give text. */
const expectsFiles = ({ model_id: modelId }: RequestAnswer): boolean => modelId === MODEL_ID;

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
		work: async ({ waits, ...task }) => {
			const read = outputOfRequest(run, task);
			const awaited: Awaited = { ...task, read, sinceMs: run.clock.now(), isNew: false, expectsFiles };
			return await (waits ? wait(run, awaited) : takeAsItStands(run, awaited));
		},
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

async function takeAsItStands(run: Run, awaited: Awaited) {
	const seen = await tryForAMinute(run, readingRequest(awaited.requestId), async (call) => {
		return await run.requests.readResult(awaited, call);
	});
	if (!isFinal(seen.phase)) return collectUnfinished(run, awaited, seen.status, seen.answer);
	return await finished(run, awaited, seen);
}

async function wait(run: Run, awaited: Awaited) {
	const { requestId, requestsUrl, options } = awaited;
	run.money.open.add({ requestId, requestsUrl, cancelOnStop: options.cancelOnStop });
	return await waitForResult(run, awaited);
}
