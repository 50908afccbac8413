/**
 * Input schemas in the forms that RunComfy's catalogue has: one schema for each way to be different. Names and bounds are
 * those of real models, which is what makes them worth testing.
 */

export interface Schema {
	type?: string;
	required?: unknown;
	properties: Record<string, Record<string, unknown>>;
}

const image = { type: 'string', format: 'image_uri' };

/** As an entry of the catalogue: no titles, properties in the order of the alphabet. */
export const imageToVideo: Schema = {
	type: 'object',
	required: ['image', 'prompt', 'duration', 'resolution'],
	properties: {
		duration: { type: 'integer', default: 5, minimum: 4, maximum: 30 },
		generate_audio: { type: 'boolean', default: true },
		image,
		last_image: image,
		prompt: { type: 'string', default: '', maxLength: 5000 },
		resolution: { type: 'string', default: '768p', enum: ['768p', '2k'] },
		watermark: { type: 'boolean', default: false },
	},
};

/** As on a model's page: titles, examples for defaults, no formats, structured inputs. */
export const replaceBackground: Schema = {
	type: 'object',
	required: ['image', 'prompt'],
	properties: {
		image: { title: 'Image', type: 'string', default: 'https://files.runcomfy.net/example.png' },
		prompt: { title: 'Prompt', type: 'string', default: 'somebody else’s picture' },
		magic_prompt: { title: 'Magic Prompt', type: 'string', default: 'ON', enum: ['AUTO', 'ON', 'OFF'] },
		seed: { title: 'Seed', type: 'integer', default: 70159819, minimum: 0, maximum: 2147483647 },
		color_palette: { title: 'Color Palette', type: 'object', default: { name: 'Ember' } },
	},
};

/** Lists with and without `items`, with a rule for files, beside a single one. */
export const references: Schema = {
	type: 'object',
	required: ['image_urls', 'prompt'],
	properties: {
		audios: { type: 'array', format: 'audio_uris', maxItems: 3, items: { type: 'string', format: 'audio_uri' } },
		image_urls: {
			type: 'array',
			format: 'image_uris',
			minItems: 1,
			maxItems: 10,
			validations: [
				{ validation_rule: 'file_size_mb<', validation_value: 3, validation_error: 'Too large.' },
				{ validation_rule: 'width/height>', validation_value: 0.1, validation_error: 'Too narrow.' },
			],
		},
		mask_url: image,
		num_images: { type: 'integer', default: 1, minimum: 1, maximum: 4 },
		prompt: { type: 'string' },
		videos: { type: 'array', format: 'video_uris' },
	},
};

/** Choices of all types. */
export const choices: Schema = {
	type: 'object',
	required: ['prompt'],
	properties: {
		duration: { type: 'string', default: '10', enum: ['auto', '6', '8', '10'] },
		fps: { type: 'integer', default: 25, enum: [24, 25, 48, 50] },
		prompt: { type: 'string' },
		ratio: { type: 'string', enum: ['16:9', '9:16'] },
		resolution: { type: 'string', default: '1080P', enum: ['720P', '1080P'] },
		shot_type: { type: 'string', default: 'customize', enum: ['customize'] },
		size: { type: 'string', enum: ['1K', '1k', '2K'] },
		strength: { enum: [0, 0.5, 1] },
	},
};

/** What the emulator's strict validator stumbled over: float, a default of null, lists of types. */
export const numbers: Schema = {
	type: 'object',
	required: ['tags'],
	properties: {
		tags: { type: 'string', minLength: 2 },
		guidance_scale: { type: 'float', minimum: 0, maximum: 20, default: 2.5 },
		seed: { type: 'integer', default: null },
		speed: { type: 'number', exclusiveMinimum: 0, maximum: 2 },
		start_time: { type: ['number', 'null'], minimum: 0 },
		music_length_ms: { type: 'integer', minimum: 5000, maximum: 300000 },
		safety: { type: ['integer', 'string'] },
	},
};

/** Structured inputs. */
export const structured: Schema = {
	type: 'object',
	required: ['multi_prompt'],
	properties: {
		multi_prompt: { type: 'array', minItems: 1, maxItems: 6, items: { type: 'object' } },
		keywords: { type: 'array', items: { type: 'string' }, maxItems: 4 },
		sizes: { type: 'array', items: { type: 'integer' } },
		moods: { type: 'array', items: { type: 'string', enum: ['calm', 'loud'] } },
		anything: { type: 'array' },
		lora: { type: 'object' },
	},
};

/** `required` names an input that is called otherwise. */
export const misnamed: Schema = {
	type: 'object',
	required: ['prompt', 'image_urls', 'wish'],
	properties: {
		prompt: { title: 'Prompt', type: 'string' },
		images: { title: 'Images', type: 'array' },
		size: { title: 'Size', type: 'string' },
	},
};

export const forms: Record<string, Schema> = {
	imageToVideo,
	replaceBackground,
	references,
	choices,
	numbers,
	structured,
	misnamed,
};
