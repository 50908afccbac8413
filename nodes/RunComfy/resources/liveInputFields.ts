import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

/** The operations that take inputs. */
export const WITH_INPUTS = ['runAndWait', 'submit', 'checkInputs'];

type Texts<Names extends string> = Readonly<Record<Names, string>>;

/** A field in which a model or a deployment is chosen from RunComfy's list, or named by its ID. */
export const locatorField = (
	of: Texts<
		'displayName' | 'name' | 'description' | 'searchListMethod' | 'exampleId' | 'hint' | 'regex' | 'errorMessage'
	>,
	displayOptions: IDisplayOptions,
): INodeProperties => ({
	displayName: of.displayName,
	name: of.name,
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: of.description,
	displayOptions,
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: `Select a ${of.displayName.toLowerCase()}...`,
			typeOptions: { searchListMethod: of.searchListMethod, searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: `e.g. ${of.exampleId}`,
			hint: of.hint,
			validation: [{ type: 'regex', properties: { regex: of.regex, errorMessage: of.errorMessage } }],
		},
	],
});

/** What differs between the inputs of a model and those of a deployed workflow. */
interface LiveInputs extends Texts<'valuesLabel' | 'jsonPlaceholder'> {
	/** The field that chooses the model or the deployment. */
	locator: string;
	/** Names in `methods/`: what lists the inputs, and what lists those that take a file. */
	inputsMethod: string;
	mediaInputsMethod: string;
	/** Descriptions, as the editor shows them. */
	about: Texts<'inputMode' | 'modeFields' | 'modeJson' | 'inputs' | 'inputsJson' | 'files'>;
}

/** The fields for inputs whose names and types only RunComfy knows: one by one, as JSON, and as files. */
export function liveInputFields(displayOptions: IDisplayOptions, of: LiveInputs): INodeProperties[] {
	const { about } = of;
	const loadOptionsDependsOn = [`${of.locator}.value`];
	const shownInMode = (inputMode: string) => ({ show: { ...displayOptions.show, inputMode: [inputMode] } });
	return [
		{
			displayName: 'Inputs',
			name: 'inputMode',
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Using Fields Below', value: 'fields', description: about.modeFields },
				{ name: 'Using JSON', value: 'json', description: about.modeJson },
			],
			default: 'fields',
			description: about.inputMode,
			displayOptions,
		},
		{
			displayName: 'Fields',
			name: 'inputs',
			type: 'resourceMapper',
			noDataExpression: true,
			default: { mappingMode: 'defineBelow', value: null },
			description: about.inputs,
			typeOptions: {
				loadOptionsDependsOn,
				resourceMapper: {
					resourceMapperMethod: of.inputsMethod,
					mode: 'add',
					fieldWords: { singular: 'input', plural: 'inputs' },
					valuesLabel: of.valuesLabel,
					// With false the editor would show none at all, whatever the fields say of themselves.
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
			placeholder: of.jsonPlaceholder,
			description: about.inputsJson,
			displayOptions: shownInMode('json'),
		},
		{
			displayName: 'Files',
			name: 'files',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add File',
			default: {},
			description: `${about.files}. Images up to 6 MB, audio up to 16 MB, video up to 32 MB; use a public URL for larger files.`,
			displayOptions,
			options: [{ displayName: 'File', name: 'file', values: fileFields(of.mediaInputsMethod, loadOptionsDependsOn) }],
		},
	];
}

const fileFields = (loadOptionsMethod: string, loadOptionsDependsOn: string[]): INodeProperties[] => [
	{
		displayName: 'Input Name or ID',
		name: 'input',
		type: 'options',
		typeOptions: { loadOptionsMethod, loadOptionsDependsOn },
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
];
