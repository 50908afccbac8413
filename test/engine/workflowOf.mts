import type { IConnections, INode, INodeParameters, IWorkflowSettings } from 'n8n-workflow';

/** The part of n8n's workflow JSON that the engine needs. */
export interface WorkflowJson {
	id?: string;
	name?: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IWorkflowSettings;
}

export type OnError = 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';

/** The node's own settings, as they are on its Settings tab. */
export interface NodeSettings {
	onError?: OnError;
	retryOnFail?: boolean;
	maxTries?: number;
	waitBetweenTries?: number;
	executeOnce?: boolean;
	alwaysOutputData?: boolean;
}

export interface NodeUnderTest extends NodeSettings {
	type: string;
	typeVersion?: number;
	parameters?: INodeParameters;
}

export const START = 'Start';
export const NODE_UNDER_TEST = 'Node Under Test';
export const SUCCESS = 'Success';
export const ERROR = 'Error';

/** A node of workflow JSON, with the fields filled in that nobody cares about in a test. */
export function nodeOf(name: string, node: NodeUnderTest & Partial<INode>): INode {
	const { typeVersion = 1, parameters = {}, ...rest } = node;
	return { id: name, name, typeVersion, position: [0, 0], parameters, ...rest };
}

/** Start → node under test → a sink for each branch. The error branch is there with `continueErrorOutput`. */
export function workflowOf(node: NodeUnderTest): WorkflowJson {
	const branches = [[SUCCESS], ...(node.onError === 'continueErrorOutput' ? [[ERROR]] : [])];
	return {
		id: 'test-workflow',
		name: 'Test',
		nodes: [
			nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
			nodeOf(NODE_UNDER_TEST, node),
			nodeOf(SUCCESS, { type: 'n8n-nodes-base.noOp' }),
			nodeOf(ERROR, { type: 'n8n-nodes-base.noOp' }),
		],
		connections: {
			[START]: { main: [[{ node: NODE_UNDER_TEST, type: 'main', index: 0 }]] },
			[NODE_UNDER_TEST]: {
				main: branches.map((targets) => targets.map((target) => ({ node: target, type: 'main', index: 0 }))),
			},
		},
	};
}
