import type { INodeParameters } from 'n8n-workflow';
import { AGENT_NODE_TYPES, type ToolAnswer, type ToolCall } from './agentNodes.mts';
import type { Engine, RunOptions } from './engine.mts';
import type { Finished } from './finished.mts';
import type { LogLine } from './logCapture.mts';
import { defaultVersion } from './runNode.mts';
import { nodeOf, START, type NodeSettings, type WorkflowJson } from './workflowOf.mts';

export const AGENT = 'Agent';
export const TOOL = 'Tool';

export interface RunAsToolOptions extends RunOptions, NodeSettings {
	/** `v2`: the tool is called inside the agent's run. `v3` (default): the engine runs the tool as a node. */
	agent?: 'v2' | 'v3';
	/** Full type name without `Tool`. The engine's first node type when left out. */
	type?: string;
	/** Values may be `={{ $fromAI('prompt', 'what for', 'string') }}`: then they come from the call's `args`. */
	parameters?: INodeParameters;
	/** What the model asks for, all in one turn. One call without arguments when left out. */
	calls?: ToolCall[];
}

export interface ToolRun {
	/** One for each call: the text the model is given, or the error. */
	answers: ToolAnswer[];
	/** Name and description the model sees: with agent `v2` only, for the engine of `v3` needs neither. */
	tool?: { name: string; description: string };
	finished: Finished;
	logs: LogLine[];
}

/** The workflow `runAsTool` runs: Start → Agent, with the node connected to it as a tool. */
export function toolWorkflowOf(engine: Engine, options: RunAsToolOptions): WorkflowJson {
	const { agent = 'v3', type = engine.nodeUnderTest, parameters = {}, calls = [{ id: 'call_1', args: {} }] } = options;
	const { onError, retryOnFail, maxTries, waitBetweenTries } = options;
	const settings: NodeSettings = { onError, retryOnFail, maxTries, waitBetweenTries };
	return {
		nodes: [
			nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
			nodeOf(AGENT, {
				type: AGENT_NODE_TYPES[agent],
				parameters: { calls: JSON.stringify(calls), toolName: TOOL },
			}),
			nodeOf(TOOL, {
				type: `${type}Tool`,
				typeVersion: defaultVersion(engine, `${type}Tool`),
				parameters,
				...settings,
			}),
		],
		connections: {
			[START]: { main: [[{ node: AGENT, type: 'main', index: 0 }]] },
			[TOOL]: { ai_tool: [[{ node: AGENT, type: 'ai_tool', index: 0 }]] },
		},
	};
}

/** Has an agent without a model call the node as its tool, by n8n-core's own code for either generation of agents. */
export async function runAsTool(engine: Engine, options: RunAsToolOptions = {}): Promise<ToolRun> {
	const finished = await engine.run(toolWorkflowOf(engine, options), options);
	const said = finished.itemsOf(AGENT)[0]?.json as Partial<ToolRun> | undefined;
	return { answers: said?.answers ?? [], tool: said?.tool, finished, logs: finished.logs };
}
