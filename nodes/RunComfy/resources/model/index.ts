/** Model: any model in RunComfy's catalog, with inputs typed from its live schema. */

import { buyingOperations } from '../buyingOperations';
import type { ResourceEntry } from '../registryEntries';
import { modelFields } from './modelFields';

const buying = buyingOperations(async () => (await import('./modelJobs')).modelJobs);

export const model: ResourceEntry = {
	name: 'Model',
	value: 'model',
	description: 'Any RunComfy model for images, video or audio',
	operations: [
		{
			name: 'Run and Wait',
			value: 'runAndWait',
			isPaid: true,
			action: 'Run model and wait for result',
			description: 'Generate images, video or audio with any model and return the finished files',
			load: buying.buyAndWait,
		},
		{
			name: 'Submit',
			value: 'submit',
			isPaid: true,
			action: 'Submit job to model',
			description: 'Submit a job to any model and return its request ID immediately',
			load: buying.submit,
		},
		{
			name: 'Check Inputs',
			value: 'checkInputs',
			action: 'Check model inputs',
			description: "Validate the inputs against the model's live schema and estimate the cost without running anything",
			load: buying.checkInputs,
		},
		{
			name: 'Get',
			value: 'get',
			action: 'Get model',
			description: 'Get the price and inputs of a model',
			load: async () => await import('./get'),
		},
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many models',
			description: 'Search the model catalog for IDs and prices',
			load: async () => await import('./getMany'),
		},
	],
	fields: modelFields('model'),
};
