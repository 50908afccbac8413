/** What the registry says of a resource and of an operation. */

import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Run } from '../batch/run';

export interface Operation {
	execute(run: Run): Promise<INodeExecutionData[]>;
}

export interface OperationEntry {
	/** As the editor's list shows it. */
	name: string;
	/** As it stands in workflows. */
	value: string;
	/** As the editor's search finds it, and as an AI agent is told what its tool does. */
	action: string;
	description: string;
	/** Whether running it costs money, which the editor says before a run. */
	isPaid?: boolean;
	/** Loads it when it is first used: n8n reads all its nodes at the start. */
	load(): Promise<Operation>;
}

export interface ResourceEntry {
	name: string;
	value: string;
	description: string;
	/** The one most people come for first: it is the default. */
	operations: OperationEntry[];
	/** All fields but the list of operations, each shown for this resource only. */
	fields: INodeProperties[];
}
