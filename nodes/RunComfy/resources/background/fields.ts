/** The model's input as n8n shows it. Each default is the one of the schema in RunComfy's document; none is sent by itself. */
import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { COLOR_PALETTES, COLOR_WEIGHT_MAX, COLOR_WEIGHT_MIN, CUSTOM_PALETTE_MAX_COLORS, SEED_MAX } from './ideogram';

const colorPaletteField: INodeProperties = {
	displayName: 'Color Palette',
	name: 'colorPalette',
	type: 'options',
	options: COLOR_PALETTES.map((name) => ({ name, value: name })),
	default: 'Ember',
	description: 'Preset of colors for the new background. Cannot be combined with Custom Palette.',
};

const customPaletteField: INodeProperties = {
	displayName: 'Custom Palette',
	name: 'customPalette',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, maxAllowedFields: CUSTOM_PALETTE_MAX_COLORS },
	placeholder: 'Add Color',
	default: {},
	description: 'Up to 5 colors of your own for the new background. Cannot be combined with Color Palette.',
	options: [
		{
			displayName: 'Colors',
			name: 'colors',
			values: [
				{
					displayName: 'Color',
					name: 'color',
					type: 'color',
					default: '#ff6d5a',
				},
				{
					displayName: 'Weight',
					name: 'weight',
					type: 'number',
					typeOptions: { minValue: COLOR_WEIGHT_MIN, maxValue: COLOR_WEIGHT_MAX, numberPrecision: 2 },
					default: 1,
					description: 'How much of this color to use, from 0.05 to 1. Best given in falling order.',
				},
			],
		},
	],
};

const extraFieldsField: INodeProperties = {
	displayName: 'Extra Fields (JSON)',
	name: 'extraFields',
	type: 'json',
	default: '{}',
	placeholder: 'e.g. {"style": {"style_type": "Fiction"}}',
	description: 'Fields to send to the model as they are. They win over the fields above.',
};

const magicPromptField: INodeProperties = {
	displayName: 'Magic Prompt',
	name: 'magicPrompt',
	type: 'options',
	options: [
		{ name: 'Auto', value: 'AUTO', description: 'Ideogram decides whether to expand the prompt' },
		{ name: 'Off', value: 'OFF', description: 'The prompt is used exactly as written' },
		{ name: 'On', value: 'ON', description: 'Ideogram expands the prompt with details' },
	],
	default: 'ON',
	description: 'Whether Ideogram may rewrite the prompt to add details',
};

const renderingSpeedField: INodeProperties = {
	displayName: 'Rendering Speed',
	name: 'renderingSpeed',
	type: 'options',
	options: [
		{ name: 'Balanced', value: 'BALANCED' },
		{ name: 'Quality', value: 'QUALITY', description: 'Slowest, best picture' },
		{ name: 'Turbo', value: 'TURBO', description: 'Fastest, simplest picture' },
	],
	default: 'BALANCED',
	description: 'The trade-off between time and quality. It may change the price.',
};

const seedField: INodeProperties = {
	displayName: 'Seed',
	name: 'seed',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: SEED_MAX, numberPrecision: 0 },
	default: 70159819,
	description: 'The same seed with the same input gives a similar picture again. A whole number from 0 to 2147483647.',
};

const styleField: INodeProperties = {
	displayName: 'Style',
	name: 'style',
	type: 'options',
	options: [
		{ name: 'Auto', value: 'Auto' },
		{ name: 'Design', value: 'Design' },
		{ name: 'General', value: 'General' },
		{ name: 'Realistic', value: 'Realistic' },
	],
	default: 'Auto',
	description: 'The kind of picture to make',
};

/** The fields of the model's input, shown under the given conditions. */
export function inputFields(displayOptions: IDisplayOptions): INodeProperties[] {
	const shownFor = (imageSource: string): IDisplayOptions => ({
		show: { ...displayOptions.show, imageSource: [imageSource] },
	});
	return [
		{
			displayName: 'Image Source',
			name: 'imageSource',
			type: 'options',
			options: [
				{ name: 'Binary File', value: 'binary', description: 'A file that an earlier node read or downloaded' },
				{ name: 'URL', value: 'url', description: 'A public address, from which RunComfy fetches the image' },
			],
			default: 'url',
			description: 'Where the photo comes from',
			displayOptions,
		},
		{
			displayName: 'Image URL',
			name: 'imageUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://example.com/photos/shoe.jpg',
			description: 'Public address of a JPEG, PNG or WebP image. A presigned address is fine.',
			displayOptions: shownFor('url'),
		},
		{
			displayName: 'Input Data Field Name',
			name: 'binaryPropertyName',
			type: 'string',
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			hint: 'The name of the input field containing the binary file data to be processed',
			description: 'A JPEG, PNG or WebP image of at most 10 MB',
			displayOptions: shownFor('binary'),
		},
		{
			displayName: 'Prompt',
			name: 'prompt',
			type: 'string',
			typeOptions: { rows: 4 },
			required: true,
			default: '',
			placeholder: 'e.g. on a marble table in soft morning light, blurred kitchen behind',
			description: 'What the new background should look like',
			displayOptions,
		},
		{
			displayName: 'Model Options',
			name: 'modelOptions',
			type: 'collection',
			placeholder: 'Add Model Option',
			default: {},
			description: "Only what you add here is sent; the rest is left to the model's own defaults",
			displayOptions,
			options: [
				colorPaletteField,
				customPaletteField,
				extraFieldsField,
				magicPromptField,
				renderingSpeedField,
				seedField,
				styleField,
			],
		},
	];
}
