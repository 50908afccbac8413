import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';

import { methods } from './methods';
import { resources } from './resources';
import { describeNode, paidHints, subtitle } from './resources/describeNode';

export class RunComfy implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RunComfy',
		name: 'runComfy',
		icon: { light: 'file:runComfy.svg', dark: 'file:runComfy.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: subtitle(resources),
		description: 'Replace photo backgrounds, run any image, video or audio model, or run your own ComfyUI workflow',
		defaults: { name: 'RunComfy' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'runComfyApi', required: true }],
		hints: paidHints(resources),
		properties: describeNode(resources),
	};

	methods = methods;

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// Loaded on first use: n8n reads the descriptions of all its nodes when it starts.
		const { execute } = await import('./execute');
		return await execute(this);
	}
}
