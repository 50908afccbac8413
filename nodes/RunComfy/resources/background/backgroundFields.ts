/** What a person fills in for Background. */

import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { shownFor } from '../registry';
import { COLOR_PALETTES, IDEOGRAM_SEED_MAX } from './ideogram';

/** Ideogram's own palette editor has five colors. More can be sent with Extra Fields. */
const CUSTOM_PALETTE_MAX_COLORS = 5;

/** Ideogram's bounds for the weight of a color. */
const COLOR_WEIGHT_MIN = 0.05;
const COLOR_WEIGHT_MAX = 1;

/** The options of the model, sent only if they are added. */
export const modelOptions: INodeProperties[] = [
	{
		displayName: 'Color Palette',
		name: 'colorPalette',
		type: 'options',
		options: Object.entries(COLOR_PALETTES).map(([name, description]) => ({ name, value: name, description })),
		default: 'Ember',
		description:
			'Preset colors for the new background. Ideogram does not publish their color values; the descriptions here are based on the names. To choose exact colors, use Custom Colors instead: the two cannot be combined.',
	},
	{
		displayName: 'Custom Colors',
		// Not named after colors: n8n's linter wants such a field to be a color picker.
		name: 'paletteText',
		type: 'string',
		default: '',
		placeholder: 'e.g. #1f6feb 1, #ffffff 0.4',
		description:
			'Up to 5 colors for the new background, separated by commas, the strongest first. A number after a color sets how much of it to use, from 0.05 to 1. Cannot be combined with Color Palette.',
	},
	// For workflows that have it. It cannot be hidden from others: n8n would drop it from the workflows that have it, too.
	{
		displayName: 'Custom Palette',
		name: 'customPalette',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, maxAllowedFields: CUSTOM_PALETTE_MAX_COLORS },
		placeholder: 'Add Color',
		default: {},
		description:
			'The same as Custom Colors, with a color picker. Add the first color right away: n8n discards an empty palette. Cannot be combined with Custom Colors or Color Palette.',
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
						description: 'How much of this color to use, from 0.05 to 1. List the strongest color first.',
					},
				],
			},
		],
	},
	{
		displayName: 'Extra Fields (JSON)',
		name: 'extraFields',
		type: 'json',
		default: '{}',
		placeholder: 'e.g. {"style": {"style_type": "Fiction"}}',
		description: 'Fields to send to the model as they are. They override the other fields.',
	},
	{
		displayName: 'Magic Prompt',
		name: 'magicPrompt',
		type: 'options',
		options: [
			{ name: 'Auto', value: 'AUTO', description: 'Ideogram decides whether to expand the prompt' },
			{ name: 'Off', value: 'OFF', description: 'Use the prompt exactly as written' },
			{ name: 'On', value: 'ON', description: 'Ideogram adds details to the prompt' },
		],
		default: 'ON',
		description: 'Whether Ideogram may add details to the prompt',
	},
	{
		displayName: 'Rendering Speed',
		name: 'renderingSpeed',
		type: 'options',
		options: [
			{ name: 'Balanced', value: 'BALANCED' },
			{ name: 'Quality', value: 'QUALITY', description: 'Slowest, highest quality' },
			{ name: 'Turbo', value: 'TURBO', description: 'Fastest, lowest quality' },
		],
		default: 'BALANCED',
		description: 'Trade-off between speed and quality. May change the price.',
	},
	{
		displayName: 'Seed',
		name: 'seed',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: IDEOGRAM_SEED_MAX, numberPrecision: 0 },
		default: 70159819,
		description: 'The same seed with the same input gives a similar picture. A whole number from 0 to 2147483647.',
	},
	{
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
		description: 'Visual style of the picture',
	},
];

const shown = (where: IDisplayOptions['show'] = {}) => ({ show: { resource: ['background'], ...where } });
export const forBackground = shownFor('background');

/** The fields for the model's inputs. Defaults are those of RunComfy's published schema; only what a person adds is sent. */
export const backgroundFields: INodeProperties[] = [
	{
		displayName: 'Image Source',
		name: 'imageSource',
		type: 'options',
		options: [
			{ name: 'Binary File', value: 'binary', description: 'A file that an earlier node read or downloaded' },
			{ name: 'URL', value: 'url', description: 'A public URL that RunComfy can download the photo from' },
		],
		default: 'url',
		description: 'Where the photo comes from',
		displayOptions: shown(),
	},
	{
		displayName: 'Image URL',
		name: 'imageUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/photos/mug.jpg',
		description: 'Public URL of a JPEG, PNG or WebP image. A presigned URL works too.',
		displayOptions: shown({ imageSource: ['url'] }),
	},
	{
		displayName: 'Input Data Field Name',
		name: 'binaryPropertyName',
		type: 'string',
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the input field containing the binary file data to be processed',
		description: 'A JPEG, PNG or WebP image of up to 10 MB',
		displayOptions: shown({ imageSource: ['binary'] }),
	},
	{
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 4 },
		required: true,
		default: '',
		placeholder: 'e.g. on a marble table in soft morning light, blurred kitchen in the background',
		description: 'What the new background should look like',
		displayOptions: shown(),
	},
	{
		displayName: 'Model Options',
		name: 'modelOptions',
		type: 'collection',
		placeholder: 'Add Model Option',
		default: {},
		description: 'Only the options you add are sent. For the rest, the model uses its own defaults.',
		displayOptions: shown(),
		options: modelOptions,
	},
];
