/** The built node from `dist` on the test engine, as the chaos command runs it. */
import { createRequire } from 'node:module';

import type { ICredentialType, INodeType } from 'n8n-workflow';

import { startEmulator } from '../emulator/emulator.mts';
import { createEngine, startNode } from '../engine/index.mts';
import type { Bench } from './chaosBatch.mts';
import { makeImpatient } from './impatience.mts';

const requireBuilt = createRequire(new URL('../../dist/', import.meta.url));

interface BuiltModules {
	RunComfy: new () => INodeType;
	RunComfyApi: new () => ICredentialType;
}

function loadBuilt(): BuiltModules {
	let node: Pick<BuiltModules, 'RunComfy'>;
	try {
		node = requireBuilt('./nodes/RunComfy/RunComfy.node.js') as typeof node;
	} catch (error) {
		throw new Error('The built node could not be loaded: run `npm run build` first', { cause: error });
	}
	const { callBudgetPolicy, callPolicy } = requireBuilt('./nodes/RunComfy/api/policy.js');
	const { waitSchedule } = requireBuilt('./nodes/RunComfy/wait/schedule.js');
	const { downloadPolicy } = requireBuilt('./nodes/RunComfy/output/download.js');
	const { USUAL_JOB_MS } = requireBuilt('./nodes/RunComfy/resources/background/ideogram.js');
	makeImpatient({ waitSchedule, usualJobMs: USUAL_JOB_MS, callBudgetPolicy, callPolicy, downloadPolicy });
	const { RunComfyApi } = requireBuilt('./credentials/RunComfyApi.credentials.js') as Pick<BuiltModules, 'RunComfyApi'>;
	return { RunComfy: node.RunComfy, RunComfyApi };
}

/** Opens an emulator and an engine with the built node, in the impatient policies. */
export async function openBuiltBench(): Promise<Bench> {
	const { RunComfy, RunComfyApi } = loadBuilt();
	const emulator = await startEmulator({ spreadMs: 0 });
	const engine = await createEngine({
		nodeTypes: { 'n8n-nodes-runcomfy.runComfy': RunComfy },
		credentialTypes: { runComfyApi: new RunComfyApi() },
	});
	const runComfyApi = {
		apiToken: emulator.token,
		environment: 'custom',
		modelApiUrl: emulator.modelApiUrl,
		accountApiUrl: emulator.accountApiUrl,
	};
	return {
		emulator,
		start: (options) => startNode(engine, { credentials: { runComfyApi }, ...options }),
		close: async () => {
			await engine.close();
			await emulator.close();
		},
	};
}
