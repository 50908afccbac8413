/** n8n's real engine for tests, the demo and the benchmark. Start with `createEngine`, then `runNode`. */
export { AGENT_NODE_TYPES, type ToolAnswer, type ToolCall } from './agentNodes.mts';
export { binaryItem, readBinary, type FileFacts } from './binaryItems.mts';
export type { CredentialData } from './credentialsHelper.mts';
export { engineHas } from './differences.mts';
export { editorContext, type EditorState } from './editorContext.mts';
export { createEngine, type Engine, type EngineOptions, type RunOptions, type Running } from './engine.mts';
export type { Finished } from './finished.mts';
export type { LogLine, LogSink } from './logCapture.mts';
export { loadN8n, type BinaryMode } from './n8n.mts';
export type { NodeTypeMap } from './nodeTypes.mts';
export { AGENT, runAsTool, TOOL, toolWorkflowOf, type RunAsToolOptions, type ToolRun } from './runAsTool.mts';
export { runNode, startNode, type NodeRun, type NodeRunning, type RunNodeOptions } from './runNode.mts';
export { testCredential } from './testCredential.mts';
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
} from './workflowOf.mts';
