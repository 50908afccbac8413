/** The resource Model in the editor. The inputs themselves come from the live schema: see `methods/`. */

import type { INodeProperties } from 'n8n-workflow';

import { MODEL_ID_PATTERN } from '../../api/modelId';
import { purchaseOptionFields, variantsField } from '../../batch/buyingOptionFields';
import { buyingOptionFields, optionsField, simplifyField } from '../../batch/optionFields';
import { MAX_MODELS } from '../../catalogue/limits';

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
	const shownInMode = (inputMode: string) => ({ show: { ...shownWhereBuying.show, inputMode: [inputMode] } });
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
								regex: MODEL_ID_PATTERN,
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
		{
			displayName: 'Inputs',
			name: 'inputMode',
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Using Fields Below', value: 'fields', description: "One field for each of the model's inputs" },
				{ name: 'Using JSON', value: 'json', description: 'For expressions, agents and nested inputs' },
			],
			default: 'fields',
			description: 'How to provide the other inputs of the model',
			displayOptions: shownWhereBuying,
		},
		{
			displayName: 'Fields',
			name: 'inputs',
			type: 'resourceMapper',
			noDataExpression: true,
			default: { mappingMode: 'defineBelow', value: null },
			description: 'Only the inputs you add are sent',
			typeOptions: {
				loadOptionsDependsOn: ['modelId.value'],
				resourceMapper: {
					resourceMapperMethod: 'getModelInputs',
					mode: 'add',
					fieldWords: { singular: 'input', plural: 'inputs' },
					valuesLabel: 'Model Inputs',
					addAllFields: true,
					supportAutoMap: false,
					hideNoDataError: true,
					refreshStaleSchemaOnOpen: true,
				},
			},
			displayOptions: shownInMode('fields'),
		},
		{
			displayName: 'Inputs (JSON)',
			name: 'inputsJson',
			type: 'json',
			default: '{}',
			placeholder: 'e.g. {"duration": 5, "image_urls": ["https://example.com/shoe.jpg"]}',
			description: "A JSON object with the model's inputs, using RunComfy's names for them",
			displayOptions: shownInMode('json'),
		},
		{
			displayName: 'Files',
			name: 'files',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add File',
			default: {},
			description:
				'Files from the input item to send to the model. Images up to 6 MB, audio up to 16 MB, video up to 32 MB; use a public URL for larger files.',
			displayOptions: shownWhereBuying,
			options: [
				{
					displayName: 'File',
					name: 'file',
					values: [
						{
							displayName: 'Input Name or ID',
							name: 'input',
							type: 'options',
							typeOptions: { loadOptionsMethod: 'getMediaInputs', loadOptionsDependsOn: ['modelId.value'] },
							default: '',
							description:
								'The input that receives the file. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
						},
						{
							displayName: 'Input Data Field Name',
							name: 'binaryPropertyName',
							type: 'string',
							default: 'data',
							placeholder: 'e.g. data',
							hint: 'The name of the input field containing the binary file data to be processed',
						},
					],
				},
			],
		},
		simplifyField(shownFor('runAndWait')),
		optionsField([...buyingOptionFields, ...purchaseOptionFields, checkInputsField], shownFor('runAndWait')),
		optionsField([...purchaseOptionFields, checkInputsField], shownFor('submit')),
		optionsField([variantsField], shownFor('checkInputs')),
		...listFields(shownFor('getMany')),
	];
}

function listFields(displayOptions: NonNullable<INodeProperties['displayOptions']>): INodeProperties[] {
	return [
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
			typeOptions: { minValue: 1, maxValue: MAX_MODELS },
			default: 50,
			description: 'Max number of results to return',
			displayOptions: { show: { ...displayOptions.show, returnAll: [false] } },
		},
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			displayOptions,
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
