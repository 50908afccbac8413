/** The resource Request as the editor shows it: the list of its operations, and their fields. */
import type { INodeProperties } from 'n8n-workflow';

import { waitingFields } from '../../operations/options';

const RESOURCE = 'request';

export const requestFields: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [RESOURCE] } },
		options: [
			{
				name: 'Cancel',
				value: 'cancel',
				action: 'Cancel request',
				description: 'Cancel a request that is still queued; one that is already running goes on',
			},
			{
				name: 'Get Result',
				value: 'getResult',
				action: 'Get result of request',
				description: 'Get the finished picture of a request, if you like after waiting for it',
			},
			{
				name: 'Get Status',
				value: 'getStatus',
				action: 'Get status of request',
				description: 'Look whether a request is queued, in progress or finished',
			},
		],
		default: 'getResult',
	},
	{
		displayName: 'Request ID',
		name: 'requestId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. {{ $json.request_id }}',
		description: 'The request_id of an earlier item or error',
		displayOptions: { show: { resource: [RESOURCE] } },
	},
	{
		displayName: 'Wait Until Finished',
		name: 'waitUntilFinished',
		type: 'boolean',
		default: false,
		description: 'Whether to wait for the picture if the request is not finished yet',
		displayOptions: { show: { resource: [RESOURCE], operation: ['getResult'] } },
	},
	...waitingFields({ show: { resource: [RESOURCE], operation: ['getResult'], waitUntilFinished: [true] } }, false),
];
