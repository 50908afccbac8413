/** A JSON schema as far as the catalogue uses it. */
export interface InputSchema {
	type: 'object';
	title: string;
	required: string[];
	properties: Record<string, Record<string, unknown>>;
}

/** A model as the catalogue tells it. */
export interface Model {
	model_id: string;
	display_name: string;
	description: string;
	categories: string[];
	kind: 'image' | 'video';
	base_price_usd: number;
	price_unit: 'output' | 'second' | 'image';
	pricing_note: string;
	input_schema: InputSchema;
}

/** The model this package is built around. */
export const REPLACE_BACKGROUND_ID = 'ideogram/ideogram-v3/replace-background';

const EXAMPLE_IMAGE = 'https://playgrounds-storage-public.runcomfy.net/tools/7018/media-files/usecase5-1-input.png';

const EXAMPLE_PROMPT =
	'Replace background with a moody nighttime city street—wet pavement reflecting warm golden streetlights and deep ' +
	'teal storefront glow, layered graffiti on aged brick walls, soft rain falling under atmospheric haze, distant ' +
	'silhouette of a tram fading into the mist';

/** Field for field as in RunComfy's own document of the model; name and price around it are this emulator's. */
const REPLACE_BACKGROUND: Model = {
	model_id: REPLACE_BACKGROUND_ID,
	display_name: 'Ideogram V3 Replace Background',
	description: 'Keeps the subject of an image and puts it on a new background.',
	categories: ['image-to-image', 'background'],
	kind: 'image',
	base_price_usd: 0.06,
	price_unit: 'output',
	pricing_note: 'The price told by the emulator is made up.',
	input_schema: {
		type: 'object',
		title: 'Input Schema',
		required: ['image', 'prompt'],
		properties: {
			image: { title: 'Image', description: '', type: 'string', default: EXAMPLE_IMAGE },
			prompt: { title: 'Prompt', description: '', type: 'string', default: EXAMPLE_PROMPT },
			magic_prompt: {
				title: 'Magic Prompt',
				description: '',
				type: 'string',
				default: 'ON',
				enum: ['AUTO', 'ON', 'OFF'],
			},
			seed: {
				title: 'Seed',
				description: '',
				maximum: 2147483647,
				minimum: 0,
				type: 'integer',
				default: 70159819,
			},
			rendering_speed: {
				title: 'Rendering Speed',
				description: '',
				type: 'string',
				enum: ['TURBO', 'BALANCED', 'QUALITY'],
				default: 'BALANCED',
			},
			color_palette: { title: 'Color Palette', description: '', type: 'object', default: { name: 'Ember' } },
			style: { title: 'Style', description: '', type: 'object', default: { style_type: 'Auto' } },
		},
	},
};

/** Not RunComfy's: they give search, filters and paging something to tell apart. */
const STAND_INS: Model[] = [
	{
		model_id: 'emulator/text-to-image',
		display_name: 'Emulator Text To Image',
		description: 'Exists only in the emulator.',
		categories: ['text-to-image'],
		kind: 'image',
		base_price_usd: 0.01,
		price_unit: 'image',
		pricing_note: 'Made up.',
		input_schema: {
			type: 'object',
			title: 'Input Schema',
			required: ['prompt'],
			properties: { prompt: { title: 'Prompt', description: '', type: 'string' } },
		},
	},
	{
		model_id: 'emulator/image-to-video',
		display_name: 'Emulator Image To Video',
		description: 'Exists only in the emulator.',
		categories: ['image-to-video'],
		kind: 'video',
		base_price_usd: 0.1,
		price_unit: 'second',
		pricing_note: 'Made up.',
		input_schema: {
			type: 'object',
			title: 'Input Schema',
			required: ['image'],
			properties: { image: { title: 'Image', description: '', type: 'string' } },
		},
	},
];

/** The whole catalogue. */
export const MODELS: readonly Model[] = [REPLACE_BACKGROUND, ...STAND_INS];

export function findModel(modelId: string | undefined): Model | undefined {
	return MODELS.find((model) => model.model_id === modelId);
}
