/** The resource Background: its operations in the editor's list, and their fields. */
import type { INodeProperties } from 'n8n-workflow';

import { inputFields } from '../../models/ideogramReplaceBackground/fields';
import { waitingFields } from '../waiting';
import * as replaceAndWait from './replaceAndWait';
import * as submit from './submit';

export const RESOURCE = 'background';

export const operations = { replaceAndWait, submit };

export const fields: INodeProperties[] = [
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
