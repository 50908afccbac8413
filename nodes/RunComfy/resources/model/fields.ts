/** The resource Model as n8n shows it. The inputs themselves come from the live schema: see `methods/`. */
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
		"Whether to check the inputs against RunComfy's catalogue before anything is paid. Off sends what is given, whatever the model makes of it.",
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
			description: 'The model to run, or to read about',
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
					hint: 'Capital and small letters count. Get Many gives it as model_id.',
					validation: [
						{
							type: 'regex',
							properties: {
								regex: MODEL_ID_PATTERN,
								errorMessage: 'Not a model ID: 2 to 6 parts between slashes',
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
			description: 'What the model should make. Leave it empty for a model without a prompt.',
			displayOptions: shownWhereBuying,
		},
		{
			displayName: 'Inputs',
			name: 'inputMode',
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Using Fields Below', value: 'fields', description: 'Fields made from what the model takes' },
				{ name: 'Using JSON', value: 'json', description: 'For expressions, agents and nested inputs' },
			],
			default: 'fields',
			description: 'How the other inputs of the model are given',
			displayOptions: shownWhereBuying,
		},
		{
			displayName: 'Fields',
			name: 'inputs',
			type: 'resourceMapper',
			noDataExpression: true,
			default: { mappingMode: 'defineBelow', value: null },
			description: 'Only what you add here is sent',
			typeOptions: {
				loadOptionsDependsOn: ['modelId.value'],
				resourceMapper: {
					resourceMapperMethod: 'getModelInputs',
					mode: 'add',
					fieldWords: { singular: 'input', plural: 'inputs' },
					valuesLabel: 'Inputs of the Model',
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
			description: "A JSON object with the model's inputs, by their names at RunComfy",
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
				'Files of the item to send along. Images up to 6 MB, sound up to 16 MB, videos up to 32 MB; larger ones need a public address.',
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
								'The input that gets the file. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
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
					description: 'What a model makes of what, as RunComfy says it: text-to-video, image-to-image, text-to-audio',
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
					description: 'What stands behind the ID',
				},
				{
					displayName: 'Search',
					name: 'search',
					type: 'string',
					default: '',
					placeholder: 'e.g. flux',
					description: 'Words in the ID, the name or the description',
				},
			],
		},
	];
}
