import type { ExecutionError, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Engine, RunOptions } from './engine.mts';
import type { Finished } from './finished.mts';
import type { LogLine } from './logCapture.mts';
import { NODE_UNDER_TEST, workflowOf, type NodeSettings } from './workflowOf.mts';

export interface RunNodeOptions extends RunOptions, NodeSettings {
	/** Full type name. The engine's first node type when left out. */
	type?: string;
	typeVersion?: number;
	parameters?: INodeParameters;
}

export interface NodeRun {
	/** The node's success branch: what it put out, with `pairedItem` pointing into the input. */
	items: INodeExecutionData[];
	/** The node's error branch, with `continueErrorOutput`. */
	errorItems: INodeExecutionData[];
	/** The error of the node's last run, if it threw. In a continue mode too, though the execution then succeeds. */
	error: ExecutionError | undefined;
	finished: Finished;
	logs: LogLine[];
}

export interface NodeRunning {
	executionId: string;
	result: Promise<NodeRun>;
	stop(): void;
}

/** Starts the node under test in its small workflow: to be stopped on the way. */
export function startNode(engine: Engine, options: RunNodeOptions = {}): NodeRunning {
	const { type = engine.nodeUnderTest, typeVersion, parameters, ...rest } = options;
	const { onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData, ...runOptions } = rest;
	const workflow = workflowOf({
		type,
		typeVersion: typeVersion ?? defaultVersion(engine, type),
		parameters,
		onError,
		retryOnFail,
		maxTries,
		waitBetweenTries,
		executeOnce,
		alwaysOutputData,
	});
	const { executionId, finished, stop } = engine.start(workflow, runOptions);
	return { executionId, stop, result: finished.then(nodeRun) };
}

/** Runs the node under test once and gives what came out of it. Never rejects because of the node. */
export async function runNode(engine: Engine, options: RunNodeOptions = {}): Promise<NodeRun> {
	return await startNode(engine, options).result;
}

export function defaultVersion(engine: Engine, type: string): number {
	const { version, defaultVersion } = engine.nodeTypes.getByNameAndVersion(type).description;
	return defaultVersion ?? (Array.isArray(version) ? Math.max(...version) : version);
}

function nodeRun(finished: Finished): NodeRun {
	const lastError = finished.runsOf(NODE_UNDER_TEST).at(-1)?.error;
	const before = finished.status === 'error' ? finished.error : undefined;
	return {
		items: finished.itemsOf(NODE_UNDER_TEST, 0),
		errorItems: finished.itemsOf(NODE_UNDER_TEST, 1),
		error: lastError ?? before,
		finished,
		logs: finished.logs,
	};
}
