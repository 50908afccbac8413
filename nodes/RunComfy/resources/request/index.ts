/** Request: a request submitted earlier, of any model. */
import {
	deliveryOptionFields,
	optionsField,
	shownWhere,
	simplifyField,
	waitingOptionFields,
} from '../../batch/optionFields';
import type { ResourceEntry } from '../entries';

const VALUE = 'request';

const shownForResult = { show: { resource: [VALUE], operation: ['getResult'] } };

export const request: ResourceEntry = {
	name: 'Request',
	value: VALUE,
	description: 'A request submitted earlier',
	defaultOperation: 'getResult',
	operations: [
		{
			name: 'Cancel',
			value: 'cancel',
			action: 'Cancel request',
			description: 'Cancel a request that is still queued; one that is already running goes on',
			load: async () => await import('./cancel'),
		},
		{
			name: 'Get Result',
			value: 'getResult',
			action: 'Get result of request',
			description: 'Get the finished picture of a request, if you like after waiting for it',
			load: async () => await import('./getResult'),
		},
		{
			name: 'Get Status',
			value: 'getStatus',
			action: 'Get status of request',
			description: 'Look whether a request is queued, in progress or finished',
			load: async () => await import('./getStatus'),
		},
	],
	fields: [
		{
			displayName: 'Request ID',
			name: 'requestId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. {{ $json.request_id }}',
			description: 'The request_id of an earlier item or error',
			displayOptions: { show: { resource: [VALUE] } },
		},
		{
			displayName: 'Wait Until Finished',
			name: 'waitUntilFinished',
			type: 'boolean',
			default: false,
			description: 'Whether to wait for the picture if the request is not finished yet',
			displayOptions: shownForResult,
		},
		simplifyField(shownForResult),
		optionsField(
			[...deliveryOptionFields, ...shownWhere({ waitUntilFinished: [true] }, waitingOptionFields)],
			shownForResult,
		),
	],
};
