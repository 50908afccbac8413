/** n8n's real engine for tests, the demo and the benchmark. Start with `createEngine`, then `runNode`. */
export { AGENT_NODE_TYPES, type ToolAnswer, type ToolCall } from './agent-nodes.mts';
export { binaryItem, readBinary, type FileFacts } from './binary-items.mts';
export type { CredentialData } from './credentials-helper.mts';
export { engineHas } from './differences.mts';
export { createEngine, type Engine, type EngineOptions, type RunOptions, type Running } from './engine.mts';
export type { Finished } from './finished.mts';
export type { LogLine, LogSink } from './log-capture.mts';
export { loadN8n, type BinaryMode } from './n8n.mts';
export type { NodeTypeMap } from './node-types.mts';
export { AGENT, runAsTool, TOOL, toolWorkflowOf, type RunAsToolOptions, type ToolRun } from './run-as-tool.mts';
export { runNode, startNode, type NodeRun, type NodeRunning, type RunNodeOptions } from './run-node.mts';
export { testCredential } from './test-credential.mts';
export {
	ERROR,
	NODE_UNDER_TEST,
	nodeOf,
	START,
	SUCCESS,
	workflowOf,
	type NodeSettings,
	type NodeUnderTest,
	type OnError,
	type WorkflowJson,
} from './workflow-of.mts';
