import { defineModel } from './model.mts';

/** The model this package is built around. */
export const REPLACE_BACKGROUND_ID = 'ideogram/ideogram-v3/replace-background';

const EXAMPLE_IMAGE = 'https://playgrounds-storage-public.runcomfy.net/tools/7018/media-files/usecase5-1-input.png';

const EXAMPLE_PROMPT =
	'Replace background with a moody nighttime city street—wet pavement reflecting warm golden streetlights and deep ' +
	'teal storefront glow, layered graffiti on aged brick walls, soft rain falling under atmospheric haze, distant ' +
	'silhouette of a tram fading into the mist';

/** Field for field as in RunComfy's own document of the model; name and price around it are this emulator's. */
export const REPLACE_BACKGROUND = defineModel({
	id: REPLACE_BACKGROUND_ID,
	name: 'Ideogram V3 Replace Background',
	description: 'Keeps the subject of an image and puts it on a new background.',
	categories: ['image-to-image', 'background'],
	price: [0.06, 'output'],
	knownFrom: 'page',
	isOlder: true,
	required: ['image', 'prompt'],
	inputs: {
		image: { description: '', type: 'string', format: 'image_uri', default: EXAMPLE_IMAGE },
		prompt: { description: '', type: 'string', default: EXAMPLE_PROMPT },
		magic_prompt: { description: '', type: 'string', default: 'ON', enum: ['AUTO', 'ON', 'OFF'] },
		seed: { description: '', maximum: 2147483647, minimum: 0, type: 'integer', default: 70159819 },
		rendering_speed: {
			description: '',
			type: 'string',
			enum: ['TURBO', 'BALANCED', 'QUALITY'],
			default: 'BALANCED',
		},
		color_palette: { description: '', type: 'object', default: { name: 'Ember' } },
		style: { description: '', type: 'object', default: { style_type: 'Auto' } },
	},
});
