import type { WorkflowExecute } from 'n8n-core';
import type {
	ExecutionError,
	ICredentialType,
	INode,
	INodeExecutionData,
	INodeTypes,
	IRun,
	IRunExecutionData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { additionalDataFor } from './additionalData.mts';
import { credentialsHelper, type CredentialData } from './credentialsHelper.mts';
import { finishedFrom, toStored, type Finished } from './finished.mts';
import { strayLogs, withLogSink, type LogSink } from './logCapture.mts';
import { closeSharedServices, loadN8n, openSharedServices, type BinaryMode, type N8n } from './n8n.mts';
import { nodeTypesOf, type NodeTypeMap } from './nodeTypes.mts';
import { dataForRetry } from './retry.mts';
import type { WorkflowJson } from './workflowOf.mts';

export interface EngineOptions {
	/** By full name, e.g. `{ 'n8n-nodes-runcomfy.runComfy': RunComfy }`. */
	nodeTypes: NodeTypeMap;
	/** By name, e.g. `{ runComfyApi: new RunComfyApi() }`. */
	credentialTypes: Record<string, ICredentialType>;
	/** Where binary data goes: to files (n8n's default, and ours) or inline as base64. */
	binaryMode?: BinaryMode;
}

export interface RunOptions {
	/** The first node's input. One empty item when left out, as n8n's triggers give. */
	items?: INodeExecutionData[];
	/** Values in clear by credential type. Nodes that know such a type are connected to it. */
	credentials?: CredentialData;
	/** Called before each reading of a credential from n8n's database, which waits for it. */
	beforeCredential?: () => Promise<void>;
	executionId?: string;
	/** `trigger` unless given: an active workflow. A retry is always `retry`. */
	mode?: WorkflowExecuteMode;
	/** Retry execution of a failed or timed-out execution. `items` is then not used: n8n has them stored. */
	retryOf?: Finished;
	/** Which of the two menu entries: `saved` (default) takes the nodes of the workflow given, `original` the stored. */
	retryWith?: 'saved' | 'original';
	/** The workflow's own timeout, in milliseconds. */
	workflowTimeoutMs?: number;
}

export interface Running {
	executionId: string;
	/** Resolves when the last node has returned: after a Stop too. Never rejects. */
	finished: Promise<Finished>;
	/** n8n's Stop. */
	stop(): void;
}

export interface Engine {
	run(workflow: WorkflowJson, options?: RunOptions): Promise<Finished>;
	start(workflow: WorkflowJson, options?: RunOptions): Running;
	/** Call when all executions have finished. Removes what they stored. */
	close(): Promise<void>;
	nodeTypes: INodeTypes;
	credentialTypes: Record<string, ICredentialType>;
	/** The first of the node types given: what `runNode` runs. */
	nodeUnderTest: string;
	/** Lines that belong to no execution of any engine of the process. */
	strayLogs: LogSink;
	/** The very modules that the engine uses: for `NodeApiError` and the like, and the version. */
	n8n: Pick<N8n, 'core' | 'workflow' | 'coreVersion'>;
}

/** What n8n-core returns for a run: a p-cancelable. */
type CancelableRun = Promise<IRun> & { cancel(): void };

/** At a cancellation n8n reads from its database before it writes: what the node does meanwhile is kept. */
const STORE_DELAY_MS = 2;

let executionCount = 0;

/** n8n's real engine in this process, with the node types given. Several may be open at once in one binary mode. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
	const n8n = loadN8n();
	const [nodeUnderTest] = Object.keys(options.nodeTypes);
	if (!nodeUnderTest) throw new Error('createEngine needs at least one node type');
	const nodeTypes = nodeTypesOf(options.nodeTypes);
	await openSharedServices(options.binaryMode ?? 'filesystem');
	let open = true;

	const start = (workflow: WorkflowJson, runOptions: RunOptions = {}): Running => {
		if (!open) throw new Error('This engine is closed');
		return startExecution(n8n, nodeTypes, options.credentialTypes, workflow, runOptions);
	};

	return {
		start,
		run: async (workflow, runOptions) => await start(workflow, runOptions).finished,
		async close() {
			if (open) closeSharedServices();
			open = false;
		},
		nodeTypes,
		credentialTypes: options.credentialTypes,
		nodeUnderTest,
		strayLogs,
		n8n,
	};
}

function startExecution(
	n8n: N8n,
	nodeTypes: INodeTypes,
	credentialTypes: Record<string, ICredentialType>,
	workflowJson: WorkflowJson,
	options: RunOptions,
): Running {
	const executionId = options.executionId ?? String(++executionCount);
	const mode = options.retryOf ? 'retry' : (options.mode ?? 'trigger');
	const credentials = options.credentials ?? {};
	const workflow = workflowFrom(n8n, nodeTypes, workflowJson, Object.keys(credentials));
	const sink: LogSink = { node: [], engine: [] };
	const startedAt = performance.now();
	let storing: Promise<string> | undefined;
	let over = false;
	let stopped = false;

	const runData = options.retryOf
		? dataForRetry(options.retryOf, options.retryWith === 'original' ? undefined : workflow)
		: startData(workflow, options.items ?? [{ json: {} }]);
	const hooks = new n8n.core.ExecutionLifecycleHooks(mode, executionId, workflowJson as never);
	// n8n stores the execution in this hook, which at a Stop or timeout runs at once and not when the node returns.
	hooks.addHandler('workflowExecuteAfter', async ({ data, status }) => {
		storing ??= store(data, status === 'canceled' ? STORE_DELAY_MS : 0);
		await storing;
	});
	const additionalData = additionalDataFor(credentialsHelper(credentialTypes, credentials, options.beforeCredential), {
		hooks,
		executionId,
		workflowId: workflow.id,
		executionTimeoutTimestamp:
			options.workflowTimeoutMs === undefined ? undefined : Date.now() + options.workflowTimeoutMs,
	});

	const execute: WorkflowExecute = new n8n.core.WorkflowExecute(additionalData, mode, runData);
	let cancelable: CancelableRun | undefined;
	// Inside the sink, for the handlers of an abort run in the context of whoever aborts.
	const cancel = (): void => withLogSink(sink, () => cancelable?.cancel());

	async function runToEnd(): Promise<Finished> {
		let timeout: NodeJS.Timeout | undefined;
		let run: IRun;
		try {
			cancelable = withLogSink(sink, () => execute.processRunExecutionData(workflow)) as unknown as CancelableRun;
			if (options.workflowTimeoutMs !== undefined) timeout = setTimeout(cancel, options.workflowTimeoutMs);
			run = await cancelable;
		} catch (error) {
			// A missing required parameter, for one: n8n makes a failed execution of it in which no node ran.
			run = failedBeforeStart(runData, mode, error as ExecutionError);
		} finally {
			over = true;
			clearTimeout(timeout);
		}
		const durationMs = performance.now() - startedAt;
		const stored = (await storing) ?? toStored(run.data);
		return finishedFrom(run, stored, { executionId, durationMs, stopped, sink });
	}

	const finished = runToEnd();
	return {
		executionId,
		finished,
		stop() {
			if (over) return;
			stopped = true;
			cancel();
		},
	};
}

async function store(data: IRunExecutionData, delayMs: number): Promise<string> {
	if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
	return toStored(data);
}

function workflowFrom(
	{ workflow: { Workflow } }: N8n,
	nodeTypes: INodeTypes,
	json: WorkflowJson,
	credentialNames: string[],
): Workflow {
	// A copy, for the engine writes into its nodes. Through JSON, for that is what n8n loads workflows from.
	const { nodes, connections } = JSON.parse(JSON.stringify(json)) as WorkflowJson;
	for (const node of nodes) connectCredentials(node, nodeTypes, credentialNames);
	return new Workflow({
		id: json.id ?? 'test-workflow',
		name: json.name ?? 'Test',
		nodes,
		connections,
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1', ...json.settings },
	});
}

function connectCredentials(node: INode, nodeTypes: INodeTypes, names: string[]): void {
	const { credentials = [] } = nodeTypes.getByNameAndVersion(node.type, node.typeVersion).description;
	for (const { name } of credentials) {
		if (!names.includes(name)) continue;
		node.credentials = { ...node.credentials, [name]: { id: name, name } };
	}
}

function startData(workflow: Workflow, items: INodeExecutionData[]): IRunExecutionData {
	const { workflow: n8nWorkflow } = loadN8n();
	return n8nWorkflow.createRunExecutionData({
		startData: {},
		executionData: { nodeExecutionStack: [{ node: firstNode(workflow), data: { main: [items] }, source: null }] },
	});
}

function firstNode(workflow: Workflow): INode {
	const start = Object.values(workflow.nodes).find(({ name, disabled, type }) => {
		const hasInput = workflow.connectionsByDestinationNode[name]?.main?.some((sources) => sources?.length);
		const leadsOn = workflow.connectionsBySourceNode[name]?.main?.some((targets) => targets?.length);
		return !disabled && !hasInput && leadsOn && type !== 'n8n-nodes-base.stickyNote';
	});
	if (!start) throw new Error('The workflow has no node to start from: one without an input that leads to another');
	return start;
}

function failedBeforeStart(data: IRunExecutionData, mode: WorkflowExecuteMode, error: ExecutionError): IRun {
	data.resultData.error = error;
	const now = new Date();
	return { data, mode, startedAt: now, stoppedAt: now, status: 'error', storedAt: 'db' };
}
