/** Model: any model of RunComfy's catalogue, its inputs typed from its live schema. */
import type { ResourceEntry } from '../entries';
import { modelFields } from './fields';

export const model: ResourceEntry = {
	name: 'Model',
	value: 'model',
	description: 'Any model of RunComfy: images, videos, sound',
	defaultOperation: 'runAndWait',
	operations: [
		{
			name: 'Check Inputs',
			value: 'checkInputs',
			action: 'Check inputs of model',
			description: 'Check everything by the live schema of the model and estimate the cost; buys nothing',
			load: async () => await import('./checkInputs'),
		},
		{
			name: 'Get',
			value: 'get',
			action: 'Get model',
			description: 'Get the price of a model and the inputs it takes',
			load: async () => await import('./get'),
		},
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many models',
			description: 'Search the catalogue of models, with their IDs and prices',
			load: async () => await import('./getMany'),
		},
		{
			name: 'Run and Wait',
			value: 'runAndWait',
			action: 'Run model and wait for result',
			description: 'Make images, videos or sound with any model and give the finished files',
			load: async () => await import('./runAndWait'),
		},
		{
			name: 'Submit',
			value: 'submit',
			action: 'Submit job to model',
			description: 'Hand in a job for any model and give its request ID at once, to fetch the result later',
			load: async () => await import('./submit'),
		},
	],
	fields: modelFields('model'),
};
