/** Request: a request submitted earlier, for any model. */

import {
	deliveryOptionFields,
	optionsField,
	shownWhere,
	simplifyField,
	waitingOptionFields,
} from '../../batch/optionFields';
import { deploymentField } from '../deployment';
import type { ResourceEntry } from '../registry';

const REQUEST = 'request';

const shownForResult = { show: { resource: [REQUEST], operation: ['getResult'] } };

export const request: ResourceEntry = {
	name: 'Request',
	value: REQUEST,
	description: 'A request submitted earlier, to any model or deployment',
	operations: [
		{
			name: 'Get Result',
			value: 'getResult',
			action: 'Get result of request',
			description: "Get a request's files, optionally waiting until it finishes",
			load: async () => await import('./getResult'),
		},
		{
			name: 'Get Status',
			value: 'getStatus',
			action: 'Get status of request',
			description: 'Check whether a request is queued, in progress or finished',
			load: async () => await import('./getStatus'),
		},
		{
			name: 'Cancel',
			value: 'cancel',
			action: 'Cancel request',
			description: 'Cancel a queued request, or a running one of a deployment',
			load: async () => await import('./cancel'),
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
			description: 'The request_id from an earlier item or error. Any of the URLs returned by Submit works too.',
			displayOptions: { show: { resource: [REQUEST] } },
		},
		{
			displayName: 'Belongs To',
			name: 'requestOf',
			type: 'options',
			options: [
				{ name: 'Deployment', value: 'deployment', description: 'Your own ComfyUI workflow' },
				{ name: 'Model', value: 'model', description: 'Any model, backgrounds included' },
			],
			default: 'model',
			description: 'What the request was submitted to. Ignored if Request ID is a URL.',
			displayOptions: { show: { resource: [REQUEST] } },
		},
		deploymentField({ show: { resource: [REQUEST], requestOf: ['deployment'] } }),
		{
			displayName: 'Wait Until Finished',
			name: 'waitUntilFinished',
			type: 'boolean',
			default: false,
			description: 'Whether to wait if the request is not finished yet',
			displayOptions: shownForResult,
		},
		simplifyField(shownForResult),
		optionsField(
			[...deliveryOptionFields, ...shownWhere({ waitUntilFinished: [true] }, waitingOptionFields)],
			shownForResult,
		),
	],
};
