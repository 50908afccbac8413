/** The resource Background as the editor shows it: the list of its operations, and their fields. */
import type { INodeProperties } from 'n8n-workflow';

import { inputFields } from './fields';
import { waitingFields } from '../../operations/options';

const RESOURCE = 'background';

export const backgroundFields: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [RESOURCE] } },
		options: [
			{
				name: 'Replace and Wait',
				value: 'replaceAndWait',
				action: 'Replace image background and wait for result',
				description: 'Put a photo on a new background and give the finished picture',
			},
			{
				name: 'Submit',
				value: 'submit',
				action: 'Submit image for background replacement',
				description: 'Hand in a photo and give its request ID at once, to fetch the picture later',
			},
		],
		default: 'replaceAndWait',
	},
	...inputFields({ show: { resource: [RESOURCE] } }),
	...waitingFields({ show: { resource: [RESOURCE], operation: ['replaceAndWait'] } }, true),
];
