import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';
import { type INode, type INodeProperties, NodeHelpers, type ResourceMapperField } from 'n8n-workflow';

import { aiKeyOf } from '../../nodes/RunComfy/catalogue/names.ts';
import { mapperValues } from '../../nodes/RunComfy/values/parameters.ts';
import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
import { fieldsOfSchema } from '../../nodes/RunComfy/catalogue/mapperFields.ts';
import { forms, type Schema } from './schemas/forms.mts';

const fields = (schema: unknown) => fieldsOfSchema(readModelSchema(schema)!);
const namesOf = (schema: unknown) => fields(schema).map(({ displayName }) => displayName);
const fieldOf = (schema: Schema, id: string) => fields(schema).find((field) => field.id === id)!;
const single = (property: unknown, name = 'thing') => fields({ properties: { [name]: property } })[0];

/** What n8n itself says to a mapper with these fields before it starts a workflow. */
function issuesBeforeRun(schema: ResourceMapperField[], value: Record<string, unknown>): Record<string, string[]> {
	const parameter: INodeProperties = {
		displayName: 'Inputs',
		name: 'inputs',
		type: 'resourceMapper',
		default: { mappingMode: 'defineBelow', value: null },
		typeOptions: { resourceMapper: { mode: 'add', resourceMapperMethod: 'getModelFields' } },
	};
	const inputs = { mappingMode: 'defineBelow', value, schema, matchingColumns: [] };
	const node = { name: 'RunComfy', parameters: { inputs } } as unknown as INode;
	return NodeHelpers.getParameterIssues(parameter, node.parameters, '', node, null)?.parameters ?? {};
}

describe('the fields of a model', () => {
	test('required ones in the order of required, then media, then the rest by name; never the prompt', () => {
		expect(namesOf(forms.imageToVideo)).toEqual([
			'Image * (URL or Files)',
			'Duration (4–30 seconds)',
			'Resolution',
			'Last Image (URL)',
			'Generate Audio',
			'Watermark',
		]);
		expect(namesOf(forms.references)).toEqual([
			'Image URLs * (or Files, 1–10)',
			'Audios (up to 3 URLs)',
			'Mask URL',
			'Videos (URLs)',
			'Num Images (1–4)',
		]);
		expect(namesOf(forms.replaceBackground)).toEqual([
			'Image * (URL or Files)',
			'Color Palette (JSON, e.g. {"name":"Ember"})',
			'Magic Prompt',
			'Seed (0–2147483647)',
		]);
		expect(namesOf(forms.numbers)).toEqual([
			'Tags (at least 2 characters)',
			'Guidance Scale (0–20)',
			'Music Length (5000–300000 ms)',
			'Safety',
			'Seed',
			'Speed (more than 0, up to 2)',
			'Start Time (at least 0 seconds)',
		]);
		expect(namesOf(forms.structured)).toEqual([
			'Multi Prompt (JSON list, 1–6)',
			'Anything (list)',
			'Keywords (list, up to 4)',
			'LoRA (JSON)',
			'Moods (list)',
			'Sizes (list)',
		]);
	});

	test.each([
		[{ type: 'integer', minimum: -1, maximum: 10 }, 'Thing (-1 to 10)'],
		[{ type: 'integer', maximum: 10 }, 'Thing (up to 10)'],
		[{ type: 'integer', minimum: 3, maximum: 3 }, 'Thing (3)'],
		[{ type: 'integer', unit: 'dB' }, 'Thing (dB)'],
		[{ type: 'string', maxLength: 500 }, 'Thing (up to 500 characters)'],
		[{ type: 'object', default: { much: 'x'.repeat(50) } }, 'Thing (JSON)'],
		[{ title: 'Length in Seconds', type: 'number', unit: 'seconds' }, 'Length in Seconds'],
	])('%j is called %s', (property, name) => expect(single(property).displayName).toBe(name));

	test('names that are easily confused show the input’s own name', () => {
		const media = { type: 'string', format: 'image_uri' };
		const properties = { image_urls: { type: 'array', items: media }, images: { type: 'array', items: media } };
		expect(namesOf({ properties })).toEqual(['Image URLs (image_urls)', 'Images (images, URLs)']);
		expect(namesOf({ properties: { images: properties.images } })).toEqual(['Images (URLs)']);
	});

	test('numbered names stand in the order of their numbers', () => {
		const properties = Object.fromEntries([10, 2, 1].map((at) => [`image_url_${at}`, { type: 'string' }]));
		expect(namesOf({ properties })).toEqual(['Image URL 1', 'Image URL 2', 'Image URL 10']);
	});

	test('those that may stay empty start under Add field', () => {
		const removed = fields(forms.imageToVideo).map(({ id, removed }) => [id, removed]);
		expect(Object.fromEntries(removed)).toEqual({
			image: false,
			duration: false,
			resolution: false,
			last_image: true,
			generate_audio: true,
			watermark: true,
		});
	});

	test('where required names no input that is described, the media are shown, since one of them is meant', () => {
		expect(fields(forms.misnamed).map(({ id, removed, required }) => [id, removed, required])).toEqual([
			['image_urls', false, false],
			['images', false, false],
			['size', true, false],
			['wish', true, false],
		]);
		expect(fieldOf(forms.misnamed, 'wish').type).toBe('string');
	});

	test('choices keep their own types and say which is the default', () => {
		expect(fieldOf(forms.choices, 'fps')).toMatchObject({
			type: 'options',
			options: [
				{ name: '24', value: 24 },
				{ name: '25', value: 25, description: 'Default' },
				{ name: '48', value: 48 },
				{ name: '50', value: 50 },
			],
		});
		expect(fieldOf(forms.choices, 'duration').options![3]).toEqual({ name: '10', value: '10', description: 'Default' });
		expect(single({ enum: ['', null] })).toMatchObject({ type: 'string' });
	});

	test('switches start at the default of the schema; nothing else is filled in', () => {
		for (const schema of Object.values(forms)) {
			for (const field of fields(schema)) {
				const preset = schema.properties[field.id]?.default;
				expect(field.defaultValue).toBe(field.type === 'boolean' ? preset : undefined);
			}
		}
		expect(single({ type: 'boolean' })).not.toHaveProperty('defaultValue');
		expect(single({ type: 'boolean', default: 'true' })).not.toHaveProperty('defaultValue');
	});

	test('types: JSON only where nothing else is taken', () => {
		const types = fields(forms.structured).map(({ id, type }) => [id, type]);
		expect(Object.fromEntries(types)).toEqual({
			multi_prompt: 'array',
			keywords: 'string',
			sizes: 'string',
			moods: 'string',
			anything: 'string',
			lora: 'object',
		});
		expect(fieldOf(forms.references, 'image_urls').type).toBe('string');
		expect(fieldOf(forms.numbers, 'safety').type).toBe('string');
	});

	test('names are unique for people and for $fromAI, also beside the prompt', () => {
		const title = 'A title that is exactly as long as forty';
		const properties = Object.fromEntries(
			['a', 'b', 'c'].map((name) => [name, { title, type: 'string', maxLength: 5000 }]),
		);
		const keys = namesOf({ properties: { ...properties, d: { title: 'Prompt' }, e: { title: 'prompt!' } } }).map(
			aiKeyOf,
		);
		expect(new Set([...keys, 'prompt']).size).toBe(6);
	});

	test('inputs that the editor cannot keep are left to JSON', () => {
		const raw = '{"properties":{"__proto__":{},"constructor":{},"toString":{},"a\\"]b":{},"a b":{},"ok-1.x":{}}}';
		expect(fields(JSON.parse(raw)).map(({ id }) => id)).toEqual(['ok-1.x']);
	});

	test('5,000 inputs are not shown', () => {
		const properties = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`p${at}`, {}]));
		expect(fields({ properties })).toHaveLength(200);
	});

	test('whatever the schema, names are unique and nothing is thrown', () => {
		const property = fc.record(
			{
				title: fc.oneof(fc.string(), fc.constantFrom('A', 'a', '<b>A</b>', '尺寸', '提示')),
				type: fc.constantFrom('string', 'integer', 'array', 'object', 'boolean', 'float'),
				maximum: fc.anything(),
				maxLength: fc.nat(),
				enum: fc.anything(),
				default: fc.anything(),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(fc.dictionary(fc.string(), property), fc.array(fc.string()), (properties, required) => {
				const keys = namesOf({ properties, required }).map(aiKeyOf);
				expect(new Set(keys).size).toBe(keys.length);
			}),
		);
	});
});

describe('what n8n says before a run', () => {
	test('nothing about media that a file of the item will fill', () => {
		const values = { duration: 5, resolution: '768p' };
		expect(issuesBeforeRun(fields(forms.imageToVideo), values)).toEqual({});
	});

	test('but it names an empty required field that only the field can fill', () => {
		const issues = Object.keys(issuesBeforeRun(fields(forms.imageToVideo), {}));
		expect(issues.filter((name) => name.includes('.'))).toEqual(['inputs.duration', 'inputs.resolution']);
	});

	test('nothing about one address or several in a field for a list', () => {
		for (const image_urls of [
			'https://a/1.png',
			'https://a/1.png https://a/2.png',
			'["https://a/1.png"]',
			'={{ 1 }}',
		]) {
			expect(issuesBeforeRun(fields(forms.references), { image_urls })).toEqual({});
		}
	});

	test('nothing about choices as the drop-down gives them', () => {
		expect(issuesBeforeRun(fields(forms.choices), { fps: 24, duration: '6', strength: 0 })).toEqual({});
	});

	test('JSON as text is JSON', () => {
		const values = { multi_prompt: '[{"prompt":"a"}]', lora: '{"path":"x"}', keywords: 'one' };
		expect(issuesBeforeRun(fields(forms.structured), values)).toEqual({});
	});
});

describe('what was filled into the fields', () => {
	const schema = [{ id: 'seed', removed: false }, { id: 'generate_audio', removed: true }, { id: 'watermark' }];

	test('fields under Add field count for nothing, though n8n keeps a value for them', () => {
		const value = { seed: 7, generate_audio: false, watermark: false, other: null };
		expect(mapperValues({ mappingMode: 'defineBelow', value, schema })).toEqual({ seed: 7, watermark: false });
	});

	test('a value written by hand, or by a language model, counts as it is', () => {
		const values = { seed: 0, tags: '' };
		for (const given of [
			{ value: values },
			values,
			JSON.stringify(values),
			{ value: JSON.stringify(values), schema: [] },
		]) {
			expect(mapperValues(given)).toEqual(values);
		}
		expect(mapperValues({ value: 7, seed: 1 })).toEqual({ value: 7, seed: 1 });
		for (const nothing of [undefined, null, '', {}, { value: null }, { mappingMode: 'defineBelow', value: null }]) {
			expect(mapperValues(nothing)).toEqual({});
		}
	});

	test('what is no set of values is not taken for one', () => {
		for (const odd of ['x', '{"seed": ', 7, true, ['seed'], { value: [] }, { value: 7, schema: 7 }, { value: 'x' }]) {
			expect(mapperValues(odd)).toBeUndefined();
		}
	});
});
