/** The real node in the real engine against the emulator over HTTP: what most tests start from. */
import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeParameters, INodeType } from 'n8n-workflow';

import { RunComfyApi } from '../../credentials/RunComfyApi.credentials.ts';
import { execute } from '../../nodes/RunComfy/execute.ts';
import { ProcessState, type Policies, usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import { type Emulator, type EmulatorOptions, type Fault, type Phase, startEmulator } from '../emulator/emulator.mts';
import {
	createEngine,
	type Engine,
	type Finished,
	NODE_UNDER_TEST,
	nodeOf,
	type NodeRun,
	type OnError,
	runNode,
	type RunNodeOptions,
	START,
	startNode,
	type WorkflowJson,
} from '../engine/index.mts';
import { testClock } from '../lib/testClock.mts';

export const NODE_TYPE = 'n8n-nodes-runcomfy.runComfy';

/** An address that passes the check of 'Image URL'. The emulator does not fetch it with `pictures: 'tiny'`. */
export const IMAGE_URL = 'https://images.example.com/shoe.jpg';

/** Parameters of Replace and Wait with nothing but what is required. */
export const REPLACE: INodeParameters = {
	resource: 'background',
	operation: 'replaceAndWait',
	imageSource: 'url',
	imageUrl: IMAGE_URL,
	prompt: 'on a marble table',
};

const QUICK_SCHEDULE = {
	firstPollMs: 30,
	shortestPauseMs: 5,
	longestPauseMs: 60,
	apartMs: 1,
	silentPauseMs: 8,
	longestSilentPauseMs: 60,
};

/**
 * The node's patience in milliseconds, so that a test takes as long as its emulated jobs. The rules stay the same; only the
 * numbers of the policies are others. The rate limit is out of the way; tests of it bring their own.
 */
export const quickPolicies = (): Policies => ({
	schedule: { ...usualPolicies.schedule, ...QUICK_SCHEDULE },
	deploymentSchedule: { ...usualPolicies.deploymentSchedule, ...QUICK_SCHEDULE },
	rateLimit: {
		...usualPolicies.rateLimit,
		callsPerShortWindow: 5_000,
		callsPerLongWindow: 100_000,
		callsAtFullSpeed: 90_000,
		inFlightPerKind: 1_000,
	},
	call: {
		...usualPolicies.call,
		submitTimeoutMs: 1_000,
		readTimeoutMs: 400,
		lastPollTimeoutMs: 300,
		lastPollGraceMs: 300,
		singleCallWindowMs: 600,
		submitWindowMs: 1_500,
		afterStopMs: 1_000,
		cancelWindowMs: 1_000,
		newRequestGraceMs: 300,
		emptyResultPauseMs: 20,
		firstSubmitPauseMs: 10,
		longestSubmitPauseMs: 80,
		firstBackoffMs: 20,
		longestBackoffMs: 100,
	},
	download: { ...usualPolicies.download, deadlineMs: 1_500, firstPauseMs: 5 },
	batch: { ...usualPolicies.batch },
});

/**
 * A busy machine must not be taken for a server in trouble. Tests of such a server shorten these for themselves; after
 * each test they are as here again.
 */
const PATIENCE = {
	submitTimeoutMs: 20_000,
	readTimeoutMs: 10_000,
	lastPollTimeoutMs: 10_000,
	singleCallWindowMs: 20_000,
	submitWindowMs: 20_000,
	afterStopMs: 20_000,
	nodeNamesPatienceMs: 20_000,
};
const DOWNLOAD_PATIENCE = { deadlineMs: 20_000 };

const times = <T extends Record<string, number>>(factor: number, numbers: T): T =>
	Object.fromEntries(Object.entries(numbers).map(([name, ms]) => [name, ms * factor])) as T;

/** The quick numbers, but for a server that is not in trouble: as long, too, by a clock that runs so many times faster. */
export function patientPolicies(clockSpeed = 1): Policies {
	const { call, download, ...rest } = quickPolicies();
	return {
		...rest,
		call: { ...call, ...times(clockSpeed, PATIENCE) },
		download: { ...download, ...times(clockSpeed, DOWNLOAD_PATIENCE) },
	};
}

/** The node with other numbers, or another clock, than those of this process. */
const nodeWith = (processState: ProcessState): new () => INodeType =>
	class extends RunComfy {
		override async execute(this: IExecuteFunctions) {
			return await execute(this, processState);
		}
	};

export interface Fixture {
	engine: Engine;
	emulator: Emulator;
	/** The numbers the node works with; they belong to this fixture, and a test may change them. */
	policies: Policies;
	/** The credential data as a user would enter them, with the emulator's good token. */
	credential: Record<string, unknown>;
	/** Runs the node; parameters are merged over REPLACE, `token` replaces the good one. */
	run(options?: FixtureRun): Promise<NodeRun>;
	start(options?: FixtureRun): ReturnType<typeof startNode>;
	/** Runs the node so many times in one execution, each time with all items, as a loop does. */
	runPasses(count: number, options?: FixtureRun): Promise<Finished>;
	/** The next calls of this phase meet these, one each; where it is undefined, none. In place of the emulator's `onCall`. */
	faultsInTurn(phase: Phase, ...faults: Array<Fault | undefined>): void;
	/** As it was opened: the emulator has forgotten everything, and the node's patience is its own again. */
	reset(): void;
	close(): Promise<void>;
}

export interface FixtureRun extends RunNodeOptions {
	token?: string;
}

/** `count` input items with a `sku` each. */
export const inputItems = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, (_, index) => ({ json: { sku: `sku-${index}` } }));

export interface FixtureOptions extends EmulatorOptions {
	policies?: Policies;
	clock?: Clock;
	/** Instead of the node under test. */
	node?: new () => INodeType;
}

/** As many ways lead into the node as it has passes. */
function inPasses(count: number, node: Omit<Parameters<typeof nodeOf>[1], 'type'>): WorkflowJson {
	const names = Array.from({ length: count }, (_, index) => `Pass ${index}`);
	const to = (name: string) => ({ node: name, type: 'main' as const, index: 0 });
	return {
		nodes: [
			nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
			...names.map((name) => nodeOf(name, { type: 'n8n-nodes-base.noOp' })),
			nodeOf(NODE_UNDER_TEST, { type: NODE_TYPE, ...node }),
		],
		connections: {
			[START]: { main: [names.map(to)] },
			...Object.fromEntries(names.map((name) => [name, { main: [[to(NODE_UNDER_TEST)]] }])),
		},
	};
}

/** Starts an emulator with small quick jobs and an engine that knows the node. */
export async function openFixture({
	policies = quickPolicies(),
	clock = testClock(),
	node = nodeWith(new ProcessState(policies, clock)),
	...options
}: FixtureOptions = {}): Promise<Fixture> {
	const emulator = await startEmulator({ queueMs: 10, runMs: 20, pictures: 'tiny', ...options });
	const engine = await createEngine({
		nodeTypes: { [NODE_TYPE]: node },
		credentialTypes: { runComfyApi: new RunComfyApi() },
	});
	const { credential } = emulator;
	const { call, download } = structuredClone(policies);
	const full = ({ token, parameters, ...rest }: FixtureRun = {}): RunNodeOptions => ({
		items: inputItems(1),
		credentials: { runComfyApi: token === undefined ? credential : { ...credential, apiToken: token } },
		...rest,
		parameters: { ...REPLACE, ...parameters },
	});
	return {
		engine,
		emulator,
		policies,
		credential,
		run: async (run) => await runNode(engine, full(run)),
		start: (run) => startNode(engine, full(run)),
		runPasses: async (count, run) => {
			const { items, credentials, mode, retryOf, ...node } = full(run);
			return await engine.run(inPasses(count, node), { items, credentials, mode, retryOf });
		},
		faultsInTurn: (inPhase, ...faults) => {
			emulator.onCall = ({ phase }) => (phase === inPhase ? faults.shift() : undefined);
		},
		reset: () => {
			emulator.reset();
			Object.assign(policies.call, call);
			Object.assign(policies.download, download);
		},
		close: async () => {
			await engine.close();
			await emulator.close();
		},
	};
}

/** For one test, on a machine that has other work. */
const TEST_TIMEOUT_MS = 30_000;

/** For opening it and its first run, which loads n8n, on such a machine. */
const OPEN_TIMEOUT_MS = 60_000;

/**
 * Opens a fixture before the file's tests, resets it after each and closes it after them. Its members are to be read within
 * tests. `warmUp`: a first run of the node, which loads what all others have at hand, for tests that measure time.
 */
export function shareFixture<T extends Fixture>(open: () => Promise<T>, warmUp?: FixtureRun): T {
	let shared: T;
	jest.setTimeout(TEST_TIMEOUT_MS);
	beforeAll(async () => {
		shared = await open();
		if (warmUp === undefined) return;
		await shared.run(warmUp);
		shared.reset();
	}, OPEN_TIMEOUT_MS);
	afterEach(() => shared.reset());
	afterAll(async () => await shared.close());
	return new Proxy({} as T, {
		get: (_target, name) => Reflect.get(shared, name) as unknown,
		set: (_target, name, value) => Reflect.set(shared, name, value),
	});
}

interface UseFixture extends FixtureOptions {
	/** How many times faster than time the node's clock runs: a Timeout cannot be shorter than a second. */
	clockSpeed?: number;
	/** A first run, as `shareFixture` takes it. */
	warmUp?: FixtureRun;
}

/** A fixture for the file's tests that takes a busy machine for one, not for a server in trouble. */
export const useFixture = ({ clockSpeed = 1, warmUp, ...options }: UseFixture = {}): Fixture =>
	shareFixture(
		async () =>
			await openFixture({
				spreadMs: 0,
				policies: patientPolicies(clockSpeed),
				clock: testClock(clockSpeed),
				...options,
			}),
		warmUp,
	);

/** An early result, as RunComfy refuses it: a job that is not over, whatever the time. */
export const NOT_READY: Fault = {
	kind: 'status',
	status: 400,
	body: { error_code: 400005, error_message: 'The result is not ready.' },
};

/** A submit that RunComfy refuses. */
export const REFUSED: Fault = { kind: 'status', status: 422, body: { detail: 'no' } };

/** Parameters of an operation of the resource Request. */
export const onRequest = (operation: string, requestId: string, rest: INodeParameters = {}): INodeParameters => ({
	resource: 'request',
	operation,
	requestId,
	...rest,
});

/** Buys one request and gives its id, without waiting for it. */
export async function submitOne({ run }: Fixture): Promise<string> {
	const { items } = await run({ parameters: { operation: 'submit' } });
	return String(items[0]?.json.request_id);
}

export const jsonOf = (items: INodeExecutionData[]): IDataObject[] => items.map(({ json }) => json);

/** The index of the input item that an output item is linked to. */
export const inputIndexOf = ({ pairedItem }: INodeExecutionData): unknown =>
	typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : pairedItem;

/** How a fault shows itself to the user, in each of the three ways in which n8n lets a node fail. */
interface Shown {
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
