/** The real node in the real engine against the emulator over HTTP: what most tests start from. */
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { RunComfyApi } from '../../credentials/RunComfyApi.credentials.ts';
import { callBudgetPolicy, callPolicy } from '../../nodes/RunComfy/api/policy.ts';
import { waitSchedule } from '../../nodes/RunComfy/wait/schedule.ts';
import { USUAL_JOB_MS } from '../../nodes/RunComfy/resources/background/ideogram.ts';
import { downloadPolicy } from '../../nodes/RunComfy/output/download.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.mts';
import { createEngine, type Engine, type NodeRun, runNode, type RunNodeOptions, startNode } from '../engine/index.mts';

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

/**
 * Sets the node's patience to milliseconds, so that a test takes as long as its emulated jobs. The rules stay the same;
 * only the numbers in the policies change. The call budget is out of the way; tests of it set their own.
 */
export function quicken(): void {
	Object.assign(waitSchedule, { shortestPauseMs: 5, longestPauseMs: 60, silentPauseMs: 8, longestSilentPauseMs: 60 });
	Object.assign(USUAL_JOB_MS, { TURBO: 30, BALANCED: 30, QUALITY: 30 });
	Object.assign(callBudgetPolicy, {
		callsPerShortWindow: 5_000,
		callsPerLongWindow: 100_000,
		looksAtFullSpeed: 90_000,
		keptForOthers: 100,
	});
	Object.assign(callPolicy, {
		submitTimeoutMs: 1_000,
		readTimeoutMs: 400,
		lastLookTimeoutMs: 300,
		lastLookGraceMs: 300,
		singleCallWindowMs: 600,
		submitWindowMs: 1_500,
		afterStopMs: 1_000,
		newRequestGraceMs: 300,
		firstSubmitPauseMs: 10,
		longestSubmitPauseMs: 80,
		firstSlowDownMs: 20,
		longestSlowDownMs: 100,
	});
	Object.assign(downloadPolicy, { deadlineMs: 1_500, firstPauseMs: 5 });
}

export interface Fixture {
	engine: Engine;
	emulator: Emulator;
	/** The credential data as a user would enter them, with the emulator's good token. */
	credential: Record<string, unknown>;
	/** Runs the node; parameters are merged over REPLACE, `token` replaces the good one. */
	run(options?: FixtureRun): Promise<NodeRun>;
	start(options?: FixtureRun): ReturnType<typeof startNode>;
	close(): Promise<void>;
}

export interface FixtureRun extends RunNodeOptions {
	token?: string;
}

/** `count` input items with a `sku` each. */
export const inputItems = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, (_, index) => ({ json: { sku: `sku-${index}` } }));

export interface FixtureOptions extends EmulatorOptions {
	/** Leaves the node's policies as they are, for a test that has set its own or wants the real ones. */
	keepPolicies?: boolean;
}

/** Starts an emulator with small quick jobs and an engine that knows the node. */
export async function openFixture({ keepPolicies, ...options }: FixtureOptions = {}): Promise<Fixture> {
	if (keepPolicies !== true) quicken();
	const emulator = await startEmulator({ queueMs: 10, runMs: 20, pictures: 'tiny', ...options });
	const engine = await createEngine({
		nodeTypes: { [NODE_TYPE]: RunComfy },
		credentialTypes: { runComfyApi: new RunComfyApi() },
	});
	const credential = {
		apiToken: emulator.token,
		environment: 'custom',
		modelApiUrl: emulator.modelApiUrl,
		accountApiUrl: emulator.accountApiUrl,
	};
	const full = ({ token, parameters, ...rest }: FixtureRun = {}): RunNodeOptions => ({
		items: inputItems(1),
		credentials: { runComfyApi: token === undefined ? credential : { ...credential, apiToken: token } },
		...rest,
		parameters: { ...REPLACE, ...parameters },
	});
	return {
		engine,
		emulator,
		credential,
		run: async (run) => await runNode(engine, full(run)),
		start: (run) => startNode(engine, full(run)),
		close: async () => {
			await engine.close();
			await emulator.close();
		},
	};
}
