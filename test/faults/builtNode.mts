/** The built node from `dist` on the test engine, as the chaos command runs it. */
import { createRequire } from 'node:module';

import type { ICredentialType, IExecuteFunctions, INodeType } from 'n8n-workflow';

import type * as executing from '../../nodes/RunComfy/execute.ts';
import type * as commons from '../../nodes/RunComfy/operations/commons.ts';
import { startEmulator } from '../emulator/emulator.mts';
import { createEngine, startNode } from '../engine/index.mts';
import type { Bench } from './chaosBatch.mts';
import { impatientPolicies } from './impatience.mts';

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
	const { execute } = requireBuilt('./nodes/RunComfy/execute.js') as typeof executing;
	const { Commons, usualPolicies } = requireBuilt('./nodes/RunComfy/operations/commons.js') as typeof commons;
	const impatient = new Commons(impatientPolicies(usualPolicies));
	const ImpatientRunComfy = class extends node.RunComfy {
		async execute(this: IExecuteFunctions) {
			return await execute(this, impatient);
		}
	};
	const { RunComfyApi } = requireBuilt('./credentials/RunComfyApi.credentials.js') as Pick<BuiltModules, 'RunComfyApi'>;
	return { RunComfy: ImpatientRunComfy, RunComfyApi };
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
