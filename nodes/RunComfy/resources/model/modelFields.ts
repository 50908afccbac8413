/** The resource Model in the editor. The inputs themselves come from the live schema: see `methods/`. */

import type { INodeProperties } from 'n8n-workflow';

import { MODEL_ID_PATTERN } from '../../api/ids';
import {
	optionsField,
	paidOptionFields,
	runAndWaitOptionFields,
	simplifyField,
	variantsField,
} from '../../batch/optionFields';
import { MAX_MODELS } from '../../catalogue/maxModels';
import { liveInputFields } from '../liveInputFields';
import { listFields } from '../listFields';

const checkInputsField: INodeProperties = {
	displayName: 'Check Inputs',
	name: 'checkInputs',
	type: 'boolean',
	default: true,
	description:
		"Whether to validate the inputs against RunComfy's catalog before anything is charged. Turn off to send them as they are.",
};

/** The fields of all operations of the resource. */
export function modelFields(resource: string): INodeProperties[] {
	const shownFor = (...operations: string[]) => ({ show: { resource: [resource], operation: operations } });
	const buying = ['runAndWait', 'submit', 'checkInputs'];
	const shownWhereBuying = shownFor(...buying);
	return [
		{
			displayName: 'Model',
			name: 'modelId',
			type: 'resourceLocator',
			required: true,
			default: { mode: 'list', value: '' },
			description: 'The model to run or look up',
			displayOptions: shownFor(...buying, 'get'),
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: 'Select a model...',
					typeOptions: { searchListMethod: 'searchModels', searchable: true },
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: 'e.g. blackforestlabs/flux-3/image',
					hint: 'Case-sensitive. Copy model_id from Get Many.',
					validation: [
						{
							type: 'regex',
							properties: {
								// A page's URL passes: the error of the run names the ID of the model on it.
								regex: `(?:${MODEL_ID_PATTERN}|https?://.*)`,
								errorMessage: 'A model ID has 2 to 6 parts separated by slashes',
							},
						},
					],
				},
			],
		},
		{
			displayName: 'Prompt',
			name: 'prompt',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. a lighthouse in a storm, oil painting',
			description: 'What the model should generate. Leave empty if the model takes no prompt.',
			displayOptions: shownWhereBuying,
		},
		...liveInputFields(shownWhereBuying, {
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
		simplifyField(shownFor('runAndWait')),
		optionsField([...runAndWaitOptionFields, ...paidOptionFields, checkInputsField], shownFor('runAndWait')),
		optionsField([...paidOptionFields, checkInputsField], shownFor('submit')),
		optionsField([variantsField], shownFor('checkInputs')),
		...listFields(shownFor('getMany'), MAX_MODELS),
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			displayOptions: shownFor('getMany'),
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
	];
}
