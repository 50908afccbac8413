/** One node, engine and emulator for a test file; the emulator is as new for each test. */
import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { callPolicy } from '../../nodes/RunComfy/api/policy.ts';
import { downloadPolicy } from '../../nodes/RunComfy/output/download.ts';
import { systemClock } from '../../nodes/RunComfy/timing/clock.ts';
import type { EmulatorOptions } from '../emulator/emulator.mts';
import type { NodeRun, OnError } from '../engine/index.mts';
import { type Fixture, type FixtureRun, openFixture } from './fixture.mts';

/**
 * A busy machine must not be taken for a server in trouble. Tests of such a server shorten these for themselves; after
 * each test they are as here again.
 */
const PATIENCE = {
	submitTimeoutMs: 20_000,
	readTimeoutMs: 10_000,
	lastLookTimeoutMs: 10_000,
	singleCallWindowMs: 20_000,
	submitWindowMs: 20_000,
};
const DOWNLOAD_PATIENCE = { deadlineMs: 20_000 };

/** For one test, on a machine that has other work. */
const TEST_TIMEOUT_MS = 30_000;

export interface UseFixture extends EmulatorOptions {
	/** How many times faster than time the node's clock runs: a Timeout cannot be shorter than a second. */
	clockSpeed?: number;
}

/** Opens the fixture before the file's tests and closes it after them. Its members are to be read within tests. */
export function useFixture({ clockSpeed = 1, ...options }: UseFixture = {}): Fixture {
	let open: Fixture;
	const beOfPatience = () => {
		Object.assign(callPolicy, PATIENCE);
		Object.assign(downloadPolicy, DOWNLOAD_PATIENCE);
	};
	jest.setTimeout(TEST_TIMEOUT_MS);
	beforeAll(async () => {
		speedUpClock(clockSpeed);
		open = await openFixture({ spreadMs: 0, ...options });
		beOfPatience();
	});
	afterEach(() => {
		open.emulator.reset();
		beOfPatience();
	});
	afterAll(async () => await open.close());
	return new Proxy({} as Fixture, { get: (_target, name) => Reflect.get(open, name) as unknown });
}

/** Each test file has modules of its own, so nothing has to be set back. */
function speedUpClock(times: number): void {
	if (times === 1) return;
	const startMs = Date.now();
	const { sleep } = systemClock;
	systemClock.now = () => startMs + (Date.now() - startMs) * times;
	systemClock.sleep = async (ms, stop) => await sleep(ms / times, stop);
}

/** Parameters of an operation of the resource Request. */
export const onRequest = (operation: string, requestId: string, rest: INodeParameters = {}): INodeParameters => ({
	resource: 'request',
	operation,
	requestId,
	...rest,
});

/** Buys one request and gives its id, without waiting for it. */
export async function submitOne({ run }: Fixture, parameters: INodeParameters = {}): Promise<string> {
	const { items } = await run({ parameters: { operation: 'submit', ...parameters } });
	return String(items[0]?.json.request_id);
}

export const jsonOf = (items: INodeExecutionData[]): IDataObject[] => items.map(({ json }) => json);

/** The index of the input item that an output item is linked to. */
export const inputIndexOf = ({ pairedItem }: INodeExecutionData): unknown =>
	typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : pairedItem;

/** How a fault shows itself to the user, in each of the three ways in which n8n lets a node fail. */
export interface Shown {
	message: string;
	description: string;
	/** The error as it stands in an item; absent where it was thrown. */
	json?: IDataObject;
	run: NodeRun;
}

/** Runs the node and gives the error of the input item `index`; throws when there is none in the right branch. */
export async function errorShown({ run }: Fixture, onError: OnError, options: FixtureRun, index = 0): Promise<Shown> {
	const nodeRun = await run({ ...options, onError });
	if (onError === 'stopWorkflow') {
		const { error } = nodeRun;
		if (error === undefined) throw new Error(`Nothing was thrown: ${JSON.stringify(jsonOf(nodeRun.items))}`);
		return { message: error.message, description: String(error.description ?? ''), run: nodeRun };
	}
	const branch = onError === 'continueErrorOutput' ? nodeRun.errorItems : nodeRun.items;
	const found = branch.find((item) => inputIndexOf(item) === index && item.json.error !== undefined);
	if (found === undefined) {
		const { items, errorItems } = nodeRun;
		throw new Error(`No error of item ${index} in its branch: ${JSON.stringify({ items, errorItems })}`);
	}
	const json = found.json.error as IDataObject;
	return { message: String(json.message), description: String(json.description), json, run: nodeRun };
}
