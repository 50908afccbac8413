import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { UniqueNames } from '../../nodes/RunComfy/catalogue/names.ts';
import { mediaOf } from '../../nodes/RunComfy/catalogue/mediaInputs.ts';
import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
import type { SchemaInput } from '../../nodes/RunComfy/values/schema.ts';
import { forms } from './schemas/forms.mts';

const inputsOf = (properties: unknown, required: unknown = []) => [
	...readModelSchema({ type: 'object', required, properties })!.inputs.values(),
];
const inputOf = (property: unknown, name = 'thing'): SchemaInput => inputsOf({ [name]: property })[0];

describe('kinds', () => {
	test.each(Object.entries(forms))('of %s', (name, schema) => {
		const kinds = [...readModelSchema(schema)!.inputs.values()].map((input) => [input.name, input.kind]);
		expect(Object.fromEntries(kinds)).toEqual(
			{
				imageToVideo: {
					duration: 'integer',
					generate_audio: 'boolean',
					image: 'mediaOne',
					last_image: 'mediaOne',
					prompt: 'text',
					resolution: 'choice',
					watermark: 'boolean',
				},
				replaceBackground: {
					image: 'mediaOne',
					prompt: 'text',
					magic_prompt: 'choice',
					seed: 'integer',
					color_palette: 'object',
				},
				references: {
					audios: 'mediaMany',
					image_urls: 'mediaMany',
					mask_url: 'mediaOne',
					num_images: 'integer',
					prompt: 'text',
					videos: 'mediaMany',
				},
				choices: {
					duration: 'choice',
					fps: 'choice',
					prompt: 'text',
					ratio: 'choice',
					resolution: 'choice',
					shot_type: 'choice',
					size: 'choice',
					strength: 'choice',
				},
				numbers: {
					tags: 'text',
					guidance_scale: 'number',
					seed: 'integer',
					speed: 'number',
					start_time: 'number',
					music_length_ms: 'integer',
					safety: 'unclear',
				},
				structured: {
					multi_prompt: 'list',
					keywords: 'list',
					sizes: 'list',
					moods: 'list',
					anything: 'list',
					lora: 'object',
				},
				misnamed: { prompt: 'text', images: 'mediaMany', size: 'text', image_urls: 'mediaMany', wish: 'unclear' },
			}[name],
		);
	});

	test('what is not understood passes as unclear', () => {
		for (const property of [true, 'text', null, 7, [], {}, { type: 'mystery' }, { anyOf: [{ type: 'string' }] }]) {
			expect(inputOf(property)).toMatchObject({ kind: 'unclear', types: [] });
		}
		expect(inputOf({ properties: {} }).kind).toBe('object');
		expect(inputOf({ items: {} }).kind).toBe('list');
	});

	test('an enum with structured members, too many or none is none', () => {
		expect(inputOf({ type: 'string', enum: ['a', { b: 1 }] }).kind).toBe('text');
		expect(inputOf({ type: 'string', enum: Array.from({ length: 2000 }, (_, at) => `${at}`) }).kind).toBe('text');
		expect(inputOf({ type: 'string', enum: [] }).kind).toBe('text');
		expect(inputOf({ type: 'string', enum: 'a' }).kind).toBe('text');
		expect(inputOf({ type: ['string', 'null'], enum: ['a', null] })).toMatchObject({ kind: 'choice', choices: ['a'] });
	});
});

describe('media', () => {
	test.each([
		['cover', ['string'], ['image_uri'], { type: 'image', isList: false }],
		['covers', [], ['image_uris'], { type: 'image', isList: true }],
		['clip', ['string'], ['video_uri'], { type: 'video', isList: false }],
		['takes', ['array'], [undefined, 'audio_uri'], { type: 'audio', isList: true }],
		['model', ['string'], ['file_uri'], { type: 'file', isList: false }],
		['image', ['string'], [], { type: 'image', isList: false }],
		['image', ['array'], [], { type: 'image', isList: true }],
		['image_url_9', [], [], { type: 'image', isList: false }],
		['reference_image_url_5', ['string'], [], { type: 'image', isList: false }],
		['reference_videos', [], [], { type: 'video', isList: true }],
		...['mask', 'end_image', 'last_image', 'first_frame', 'last_frame', 'start_image_url', 'mask_image_url'].map(
			(name): [string, string[], unknown[], object] => [name, ['string'], [], { type: 'image', isList: false }],
		),
		...['images', 'image_urls', 'reference_images', 'reference_image_urls'].map(
			(name): [string, string[], unknown[], object] => [name, [], [], { type: 'image', isList: true }],
		),
		['video', [], [], { type: 'video', isList: false }],
		['video_url', ['string'], [], { type: 'video', isList: false }],
		['videos', [], [], { type: 'video', isList: true }],
		['audio', ['string'], [], { type: 'audio', isList: false }],
		['audio_url', [], [], { type: 'audio', isList: false }],
		['audio_urls', [], [], { type: 'audio', isList: true }],
		['reference_audios', [], [], { type: 'audio', isList: true }],
		// The format counts first: this one takes a video, whatever it is called.
		['image_url', ['string'], ['video_uri'], { type: 'video', isList: false }],
	])('%s of type %j, format %j', (name, types, formats, media) => expect(mediaOf(name, types, formats)).toEqual(media));

	test.each([
		['audio', ['boolean'], []],
		['video', ['integer'], []],
		['image', ['object'], []],
		['image_size', ['string'], []],
		['image_prompt', ['string'], []],
		['cover', ['string'], ['uri']],
		['video_quality', [], []],
	])('%s of type %j is none', (name, types, formats) => expect(mediaOf(name, types, formats)).toBeUndefined());

	test('a list of objects is a list, and a choice is a choice', () => {
		expect(inputOf({ type: 'array', items: { type: 'object' } }, 'images').kind).toBe('list');
		expect(inputOf({ type: 'string', enum: ['auto', 'none'] }, 'mask').kind).toBe('choice');
	});
});

describe('required', () => {
	test('keeps its order; a name without a property blocks nobody', () => {
		const schema = readModelSchema(forms.misnamed)!;
		expect(schema.required).toEqual(['prompt', 'image_urls', 'wish']);
		expect(schema.inputs.get('image_urls')).toMatchObject({ required: false, isDescribed: false, media: 'image' });
		expect(schema.inputs.get('prompt')).toMatchObject({ required: true, isDescribed: true });
	});

	test('anything but a list of names is none; a name twice counts once', () => {
		expect(inputsOf({ a: {} }, { a: true })[0].required).toBe(false);
		expect(readModelSchema({ properties: { a: {} }, required: ['a', 'a', 7, null, ''] })!.required).toEqual(['a']);
	});
});

describe('labels', () => {
	test.each([
		['image_url_1', undefined, 'Image URL 1'],
		['reference_image_urls', undefined, 'Reference Image URLs'],
		['cfg_scale', undefined, 'CFG Scale'],
		['music_length_ms', undefined, 'Music Length'],
		['guidanceScale', undefined, 'Guidance Scale'],
		['fps', 'fps', 'FPS'],
		['seed', '  Random\n Seed ', 'Random Seed'],
		['seed', '<b onclick="x()">Seed</b><script>', 'Seed'],
		['seed', 'Se<ed', 'Se ed'],
		['seed', '<img src=x>', 'Seed'],
		['seed', 7, 'Seed'],
		['___', '', 'Input'],
		['seed', 'Größe 尺寸', 'Größe 尺寸'],
		['seed', 'x'.repeat(1_000_000), 'x'.repeat(40)],
	])('%s with the title %j', (name, title, label) => expect(inputOf({ title }, name).label).toBe(label));

	test('are unique: by the name where titles are the same, else by a number', () => {
		const labels = inputsOf({
			image: { title: 'Image' },
			last_image: { title: 'Image' },
			a_b: {},
			'a-b': {},
			'a.b': { title: 'A B' },
		}).map(({ label }) => label);
		expect(labels).toEqual(['Image', 'Last Image', 'A B', 'A B 2', 'A B 3']);
	});
});

describe('unique names', () => {
	test('a number that is taken is passed over', () => {
		const names = new UniqueNames(['Prompt']);
		expect(['A 2', 'A', 'a', 'A!', 'prompt'].map((label) => names.give([label]))).toEqual([
			'A 2',
			'A',
			'a 3',
			'A!',
			'prompt 2',
		]);
	});

	test('signs that are the same to an agent are: it reads each but letters, digits and the hyphen as _', () => {
		const names = new UniqueNames();
		const given = ['A!', 'A?', 'A_', 'A-', 'Aé'].map((label) => names.give([label]));
		expect(given).toEqual(['A!', 'A? 2', 'A_ 3', 'A-', 'Aé 4']);
	});

	test('what stands beyond the 63rd sign does not count', () => {
		const names = new UniqueNames();
		const start = 'x'.repeat(63);
		expect([names.give(['A'], start), names.give(['A'], `${start}y`)]).toEqual([`A${start}`, `A 2${start}y`]);
	});
});

describe('hostile schemas', () => {
	test.each([undefined, null, 7, 'text', [], {}, { properties: [] }, { properties: 'x' }])('%j cannot be read', (raw) =>
		expect(readModelSchema(raw)).toBeUndefined(),
	);

	test('names of Object.prototype are names', () => {
		const raw = JSON.parse('{"properties":{"__proto__":{"type":"integer"},"constructor":{},"toString":{}}}');
		expect(inputsOf(raw.properties).map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'toString']);
		expect(({} as Record<string, unknown>).type).toBeUndefined();
	});

	test('5,001 properties are cut and said to be cut; a description of a megabyte is', () => {
		const many = Object.fromEntries(Array.from({ length: 5001 }, (_, at) => [`p${at}`, { title: 'Same' }]));
		const schema = readModelSchema({ properties: many })!;
		expect(schema.inputs.size).toBe(5000);
		expect(schema.isWhole).toBe(false);
		expect(new Set([...schema.inputs.values()].map(({ label }) => label)).size).toBe(5000);
		expect(inputOf({ description: '<'.repeat(1_000_000) + 'x' }).description).toBeUndefined();
		expect(inputOf({ description: 'x '.repeat(500_000) }).description).toHaveLength(499);
	});

	test('a default of null is none', () => {
		expect(inputOf({ type: 'integer', default: null })).not.toHaveProperty('default');
		expect(inputOf({ type: 'integer', default: 0 })).toHaveProperty('default', 0);
	});

	test('bounds that are no numbers are none', () => {
		const bounds = { minimum: '4', maximum: Infinity, minLength: -1, maxLength: 1.5, minItems: null, maxItems: NaN };
		const { name, minimum, maximum, minLength, maxLength, minItems, maxItems } = inputOf({
			type: 'integer',
			...bounds,
		});
		expect(name).toBe('thing');
		expect([minimum, maximum, minLength, maxLength, minItems, maxItems]).toEqual(Array(6).fill(undefined));
	});

	test('whatever comes, nothing is thrown', () => {
		fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (raw) => void readModelSchema(raw)));
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.anything()), fc.anything(), (properties, required) => {
				expect(readModelSchema({ properties, required })).toBeDefined();
			}),
		);
	});
});
