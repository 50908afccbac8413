/** What the registry says of a resource and of an operation. */

import type { IDisplayOptions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { JobReader } from '../batch/jobReader';
import type { Run } from '../batch/run';

export interface Operation {
	execute(run: Run): Promise<INodeExecutionData[]>;
}

export interface OperationEntry {
	/** As the editor's list shows it. */
	name: string;
	/** As it stands in workflows. */
	value: string;
	/** Found by the editor's search, and given to an AI agent as the description of its tool. */
	action: string;
	description: string;
	/** Whether running it costs money, which the editor says before a run. */
	isPaid?: boolean;
	/** Called when the operation is first used, because n8n loads all nodes when it starts. */
	load(): Promise<Operation>;
}

export interface ResourceEntry {
	name: string;
	value: string;
	description: string;
	/** The first is the default. */
	operations: OperationEntry[];
	/** All fields but the list of operations, each shown for this resource only. */
	fields: INodeProperties[];
}

/** Shows a field for some operations of a resource. */
export const shownFor =
	(resource: string) =>
	(...operation: string[]): IDisplayOptions => ({ show: { resource: [resource], operation } });

type Verb = (run: Run, reader: JobReader) => ReturnType<Operation['execute']>;

/** The operations of a resource that buys: verbs of `batch/` with what `loadReader` gives, the resource's own reader of jobs. */
export function buyingOperations(loadReader: () => Promise<(run: Run) => JobReader>) {
	const operation = (loadVerb: () => Promise<Verb>) => async (): Promise<Operation> => {
		const [act, readerFor] = [await loadVerb(), await loadReader()];
		return { execute: (run) => act(run, readerFor(run)) };
	};
	return {
		buyAndWait: operation(async () => (await import('../batch/buyAndWait')).buyAndWait),
		submit: operation(async () => (await import('../batch/submitOnly')).submitOnly),
		checkInputs: operation(async () => (await import('../batch/checkOnly')).checkOnly),
	};
}
