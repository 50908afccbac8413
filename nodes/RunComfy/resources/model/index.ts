/** Model: any model in RunComfy's catalog, with inputs typed from its live schema: see `methods/`. */

import type { INodeProperties } from 'n8n-workflow';

import { MAX_MODELS, MODEL_ID_PATTERN } from '../../api/service';
import {
	optionsField,
	paidOptionFields,
	runAndWaitOptionFields,
	simplifyField,
	variantsField,
} from '../../batch/optionFields';
import { listFields } from '../listFields';
import { liveInputFields, locatorField, WITH_INPUTS } from '../liveInputFields';
import { buyingOperations, type ResourceEntry, shownFor } from '../registry';

const forModel = shownFor('model');

const checkInputsField: INodeProperties = {
	displayName: 'Check Inputs',
	name: 'checkInputs',
	type: 'boolean',
	default: true,
	description:
		"Whether to validate the inputs against RunComfy's catalog before anything is charged. Turn off to send them as they are.",
};

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
	fields: [
		locatorField(
			{
				displayName: 'Model',
				name: 'modelId',
				description: 'The model to run or look up',
				searchListMethod: 'searchModels',
				exampleId: 'blackforestlabs/flux-3/image',
				hint: 'Case-sensitive. Copy model_id from Get Many.',
				// A page's URL passes: the error of the run names the ID of the model on it.
				regex: `(?:${MODEL_ID_PATTERN}|https?://.*)`,
				errorMessage: 'A model ID has 2 to 6 parts separated by slashes',
			},
			forModel(...WITH_INPUTS, 'get'),
		),
		{
			displayName: 'Prompt',
			name: 'prompt',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. a lighthouse in a storm, oil painting',
			description: 'What the model should generate. Leave empty if the model takes no prompt.',
			displayOptions: forModel(...WITH_INPUTS),
		},
		...liveInputFields(forModel(...WITH_INPUTS), {
			locator: 'modelId',
			inputsMethod: 'getModelInputs',
			mediaInputsMethod: 'getMediaInputs',
			valuesLabel: 'Model Inputs',
			jsonPlaceholder: 'e.g. {"duration": 5, "image_urls": ["https://example.com/mug.jpg"]}',
			about: {
				inputMode: 'How to provide the other inputs of the model',
				modeFields: "One field for each of the model's inputs",
				modeJson: 'For expressions, agents and nested inputs',
				inputs: 'Only the inputs you add are sent',
				inputsJson: "A JSON object with the model's inputs, using RunComfy's names for them",
				files: 'Files from the input item to send to the model',
			},
		}),
		simplifyField(forModel('runAndWait')),
		optionsField([...runAndWaitOptionFields, ...paidOptionFields, checkInputsField], forModel('runAndWait')),
		optionsField([...paidOptionFields, checkInputsField], forModel('submit')),
		optionsField([variantsField], forModel('checkInputs')),
		...listFields(forModel('getMany'), MAX_MODELS),
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			displayOptions: forModel('getMany'),
			options: [
				{
					displayName: 'Category',
					name: 'category',
					type: 'string',
					default: '',
					placeholder: 'e.g. text-to-image',
					description:
						"What the model does, in RunComfy's words: text-to-video, image-to-image, text-to-audio and so on",
				},
				{
					displayName: 'Kind',
					name: 'kind',
					type: 'options',
					options: [
						{ name: 'Inference', value: 'inference' },
						{ name: 'Model', value: 'model' },
						{ name: 'Workflow', value: 'workflow' },
					],
					default: 'model',
					description: 'The kind of model',
				},
				{
					displayName: 'Search',
					name: 'search',
					type: 'string',
					default: '',
					placeholder: 'e.g. flux',
					description: 'Words in the ID, name or description',
				},
			],
		},
	],
};
