/** From the registry to what the editor shows. */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

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

const operationField = ({ value, operations, defaultOperation }: ResourceEntry): INodeProperties => ({
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: [value] } },
	options: operations.map(asOption),
	default: defaultOperation,
});

/** The node's properties: the list of resources, then for each its operations and their fields. */
export const describe = (resources: ResourceEntry[]): INodeProperties[] => [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: resources.map(asOption),
		default: 'background',
	},
	...resources.flatMap((resource) => [operationField(resource), ...resource.fields]),
];
