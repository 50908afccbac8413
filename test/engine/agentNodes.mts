/**
 * Two agents without a model, one for each way in which n8n's AI Agent calls a tool. They make the calls listed in
 * their `calls` parameter; the way to the tool and back is n8n-core's own.
 */
import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

export interface ToolCall {
	id: string;
	args: Record<string, unknown>;
}

export interface ToolAnswer {
	id: string;
	/** The text that the model is given, or undefined when the call threw. */
	response?: string;
	error?: string;
}

/** What n8n-core makes of a tool node: a LangChain structured tool. */
interface ConnectedTool {
	name: string;
	description: string;
	schema: unknown;
	invoke(args: Record<string, unknown>): Promise<string>;
}

function agentDescription(name: string): INodeTypeDescription {
	return {
		displayName: 'Agent Without Model',
		name,
		group: ['transform'],
		version: 1,
		description: 'Makes the listed calls',
		defaults: { name: 'Agent' },
		inputs: ['main', { type: 'ai_tool', required: true }],
		outputs: ['main'],
		properties: [
			{ displayName: 'Calls', name: 'calls', type: 'json', default: '[]' },
			{ displayName: 'Tool Name', name: 'toolName', type: 'string', default: '' },
		],
	};
}

function callsOf(context: IExecuteFunctions): ToolCall[] {
	return JSON.parse(context.getNodeParameter('calls', 0) as string) as ToolCall[];
}

/** Up to 2.2: the tool is a function object, called inside the agent's own run. */
class AgentV2 implements INodeType {
	description = agentDescription('agentV2');

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const [tool] = (await this.getInputConnectionData('ai_tool', 0)) as ConnectedTool[];
		if (!tool) throw new Error('No tool is connected');
		const call = async ({ id, args }: ToolCall): Promise<ToolAnswer> => {
			try {
				return { id, response: await tool.invoke(args) };
			} catch (error) {
				return { id, error: (error as Error).message };
			}
		};
		// As LangChain's executor does it: the calls of one turn run at the same time.
		const answers = await Promise.all(callsOf(this).map(call));
		return [[{ json: { tool: { name: tool.name, description: tool.description }, answers: answers as never } }]];
	}
}

/** From 3 on: the agent hands its calls to the engine, which runs the tool as a node and then the agent again. */
class AgentV3 implements INodeType {
	description = agentDescription('agentV3');

	async execute(
		this: IExecuteFunctions,
		response?: EngineResponse,
	): Promise<INodeExecutionData[][] | EngineRequest<object>> {
		if (!response?.actionResponses.length) {
			const nodeName = this.getNodeParameter('toolName', 0) as string;
			const actions = callsOf(this).map(({ id, args }) => ({
				actionType: 'ExecutionNodeAction' as const,
				nodeName,
				input: args as never,
				type: 'ai_tool' as const,
				id,
				metadata: { itemIndex: 0 },
			}));
			return { actions, metadata: {} };
		}
		const answers = response.actionResponses.map(({ action, data }): ToolAnswer => {
			const first = data.data?.ai_tool?.[0]?.[0]?.json;
			return { id: action.id, response: JSON.stringify(first), ...(data.error && { error: data.error.message }) };
		});
		return [[{ json: { answers: answers as never } }]];
	}
}

export const AGENT_NODE_TYPES = { v2: 'test.agentV2', v3: 'test.agentV3' } as const;

export const agentNodeTypes: Record<string, new () => INodeType> = {
	[AGENT_NODE_TYPES.v2]: AgentV2,
	[AGENT_NODE_TYPES.v3]: AgentV3 as new () => INodeType,
};
