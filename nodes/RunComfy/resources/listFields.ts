import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

/** n8n's linter requires this default of every node, and requires it as a bare number in the field below. */
export const DEFAULT_LIMIT = 50;

/** How many entries Get Many returns. `maxLimit`: the highest Limit; absent where there is none. */
export const listFields = (displayOptions: IDisplayOptions, maxLimit?: number): INodeProperties[] => [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
		displayOptions,
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1, ...(maxLimit !== undefined && { maxValue: maxLimit }) },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { ...displayOptions.show, returnAll: [false] } },
	},
];
