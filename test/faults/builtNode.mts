/** The built node from `dist` on the test engine, as the chaos command runs it. */
import { createRequire } from 'node:module';

import type { ICredentialType, INodeType } from 'n8n-workflow';

import type { ProcessState } from '../../nodes/RunComfy/batch/processState.ts';
import { startEmulator } from '../emulator/emulator.mts';
import { createEngine, startNode } from '../engine/index.mts';
import { builtParts } from '../lib/builtParts.mts';
import type * as parts from '../lib/parts.mts';
import { type Bench, MACHINE_SPEED } from './chaosBatch.mts';
import { impatientPolicies } from './impatience.mts';
import { quickStorage, SetClock, troubled } from './trouble.mts';

const requireBuilt = createRequire(new URL('../../dist/', import.meta.url));

interface BuiltModules {
	RunComfy: new () => INodeType;
	RunComfyApi: new () => ICredentialType;
	execute: typeof parts.execute;
	newProcessState(clock: SetClock): ProcessState;
}

function loadBuilt(): BuiltModules {
	let node: Pick<BuiltModules, 'RunComfy'>;
	try {
		node = requireBuilt('./nodes/RunComfy/RunComfy.node.js') as typeof node;
	} catch (error) {
		throw new Error('The built node could not be loaded: run `npm run build` first', { cause: error });
	}
	const { execute, ProcessState, usualPolicies } = builtParts();
	const { RunComfyApi } = requireBuilt('./credentials/RunComfyApi.credentials.js') as Pick<BuiltModules, 'RunComfyApi'>;
	const newProcessState = (clock: SetClock) => new ProcessState(impatientPolicies(usualPolicies), clock);
	return { RunComfy: node.RunComfy, RunComfyApi, execute, newProcessState };
}

/** Two accounts that share a process: the built node in the impatient policies, each with an emulator of its own. */
export async function openBuiltBenches(): Promise<Bench[]> {
	const built = loadBuilt();
	const clock = new SetClock();
	const processState = built.newProcessState(clock);
	return await Promise.all([0, 1].map(async () => await openBench(built, processState, clock)));
}

async function openBench(
	{ RunComfy, RunComfyApi, execute }: BuiltModules,
	processState: ProcessState,
	clock: SetClock,
): Promise<Bench> {
	const storage = quickStorage();
	const emulator = await startEmulator({ spreadMs: 0, deploymentSpeed: MACHINE_SPEED });
	const engine = await createEngine({
		nodeTypes: { 'n8n-nodes-runcomfy.runComfy': troubled(RunComfy, execute, processState, storage) },
		credentialTypes: { runComfyApi: new RunComfyApi() },
	});
	const runComfyApi = emulator.credential;
	return {
		emulator,
		clock,
		storage,
		start: (options) => startNode(engine, { credentials: { runComfyApi }, ...options }),
		close: async () => {
			await engine.close();
			await emulator.close();
		},
	};
}
