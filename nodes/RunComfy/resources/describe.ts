/** From the registry to what the editor shows. */
import type { INodeProperties, INodePropertyOptions, NodeHint } from 'n8n-workflow';

import { PAID_REQUESTS } from '../errors/beforeRun';
import type { ResourceEntry } from './entries';

const asOption = ({
	name,
	value,
	description,
	action,
}: {
	name: string;
	value: string;
	description: string;
	action?: string;
}): INodePropertyOptions => ({ name, value, description, ...(action !== undefined && { action }) });

function operationField({ value, operations }: ResourceEntry): INodeProperties {
	const [{ value: first }] = operations;
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [value] } },
		options: operations.map(asOption),
		default: first,
	};
}

/** The node's properties: the list of resources, then for each its operations and their fields. */
export function describe(resources: ResourceEntry[]): INodeProperties[] {
	const [{ value: first }] = resources;
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(asOption),
			default: first,
		},
		...resources.flatMap((resource) => [operationField(resource), ...resource.fields]),
	];
}

const allOperations = (resources: ResourceEntry[]) => resources.flatMap(({ operations }) => operations);

/** The line below the node on the canvas: the operation's name as its list shows it. */
export function subtitle(resources: ResourceEntry[]): string {
	const names = Object.fromEntries(allOperations(resources).map(({ value, name }) => [value, name]));
	return `={{ (${JSON.stringify(names)})[$parameter["operation"]] }}`;
}

/** The hint shown before a run of an operation that costs money. */
export function paidHint(resources: ResourceEntry[]): NodeHint {
	const paid = [...new Set(allOperations(resources).flatMap(({ value, isPaid }) => (isPaid === true ? [value] : [])))];
	return {
		message: PAID_REQUESTS,
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'beforeExecution',
		displayCondition: `={{ ${JSON.stringify(paid)}.includes($parameter["operation"]) }}`,
	};
}
