/** What tells one purchase from another, and what does not. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { type Defaults, identify } from '../../nodes/RunComfy/purchase/identity.ts';
import { resources } from '../../nodes/RunComfy/resources/index.ts';
import { fieldDefaults } from '../../nodes/RunComfy/resources/index.ts';

const identity = (
	parameters: INodeParameters | undefined,
	item: INodeExecutionData = { json: {} },
	defaults?: Defaults,
): string =>
	identify(
		{ getNode: () => ({ parameters }), getInputData: () => [item] } as unknown as IExecuteFunctions,
		defaults,
	)(0);

const json = (value: IDataObject): INodeExecutionData => ({ json: value });

const BASE = { resource: 'background', prompt: '={{ $now }}', modelOptions: { seed: '={{ Math.random() }}' } };

test('is short, the same each time, and no word of the input', () => {
	expect(identity(BASE, json({ a: 1 }))).toMatch(/^[A-Za-z0-9_-]{22}$/);
	expect(identity(BASE, json({ a: 1 }))).toBe(identity({ ...BASE }, json({ a: 1 })));
	expect(identity(undefined)).toBe(identity({}));
});

describe('the same purchase', () => {
	const same: Array<[what: string, other: INodeParameters]> = [
		['another operation', { operation: 'submit' }],
		['Simplify', { simplify: false }],
		['options of waiting', { options: { timeout: 5 } }],
	];
	test.each(same)('%s', (_what, other) => expect(identity({ ...BASE, ...other })).toBe(identity(BASE)));

	test('what the editor keeps beside a picked model or mapped fields', () => {
		const picked = (name: string, value = 'a/b') => ({
			...BASE,
			modelId: {
				__rl: true,
				mode: 'list',
				value,
				cachedResultName: name,
				cachedResultUrl: name,
				cachedResultDescription: name,
			},
		});
		expect(identity(picked('one'))).toBe(identity(picked('other')));
		expect(identity(picked('one'))).not.toBe(identity(picked('one', 'a/c')));
		const mapped = (schema: string, value = 'x') => ({
			...BASE,
			inputs: { mappingMode: 'defineBelow', value: { seed: value }, schema: [{ id: schema }] },
		});
		expect(identity(mapped('one'))).toBe(identity(mapped('other')));
		expect(identity(mapped('one'))).not.toBe(identity(mapped('one', 'y')));
	});
});

describe('a parameter at its default is as if it were not there', () => {
	/** Says how to wait and what to give, and is no part of a purchase. */
	const NOT_BOUGHT = ['simplify', 'options'];
	const CHANGED: Record<string, INodeParameters[string]> = {
		string: 'other',
		number: 7,
		boolean: 'by an expression',
		options: 'other',
		json: '{"a": 1}',
		collection: { seed: 7 },
		fixedCollection: { file: [{ input: 'other' }] },
		resourceLocator: { __rl: true, mode: 'id', value: 'other' },
		resourceMapper: { mappingMode: 'defineBelow', value: { seed: 7 } },
	};
	const paying = resources.filter(({ operations }) => operations.some(({ isPaid }) => isPaid));
	const fields = paying.flatMap(({ value: resource, fields: all }) =>
		all.filter(({ name }) => !NOT_BOUGHT.includes(name)).map((field) => ({ resource, ...field })),
	);

	test('every kind of parameter is here, and those that share a name share a default', () => {
		expect(fields.filter(({ type }) => !(type in CHANGED))).toEqual([]);
		expect(fields.length).toBeGreaterThan(15);
		for (const { resource, name, default: usual } of fields) {
			const same = fields.filter((field) => field.resource === resource && field.name === name);
			expect(same.map((field) => field.default)).toEqual(same.map(() => usual));
		}
	});

	test.each(fields)('$resource $name ($type)', ({ resource, name, type, default: usual }) => {
		const defaults = fieldDefaults(resource);
		const others = { resource, zoom: 'x', area: '={{ $json.a }}' };
		const of = (given: INodeParameters) => identity({ ...others, ...given }, undefined, defaults);
		expect(of({ [name]: usual as string })).toBe(of({}));
		expect(of({ [name]: CHANGED[type] })).not.toBe(of({}));
		expect(of({ [name]: CHANGED[type] })).toBe(of({ [name]: structuredClone(CHANGED[type]) }));
	});

	test.each<[what: string, stored: INodeParameters, filledIn: INodeParameters, resource: string]>([
		['the first resource', {}, { resource: 'background' }, 'background'],
		[
			'a field of an entry',
			{ files: { file: [{ input: 'image' }, { input: 'mask', binaryPropertyName: 'photo' }] } },
			{
				files: {
					file: [
						{ input: 'image', binaryPropertyName: 'data' },
						{ binaryPropertyName: 'photo', input: 'mask' },
					],
				},
			},
			'model',
		],
		['the order of parameters', { prompt: 'a', inputMode: 'json' }, { inputMode: 'json', prompt: 'a' }, 'model'],
		[
			'a list that the editor has looked at',
			{ modelId: { mode: 'list', value: '' } },
			{ modelId: { __rl: true, mode: 'list', value: '', cachedResultName: '' } },
			'model',
		],
		[
			'fields that the editor has looked at',
			{ inputs: { mappingMode: 'defineBelow', value: null } },
			{
				inputs: {
					...{ mappingMode: 'defineBelow', value: {}, matchingColumns: [], schema: [] },
					...{ attemptToConvertTypes: false, convertFieldsToString: false },
				},
			},
			'deployment',
		],
	])('%s', (_what, stored, filledIn, resource) => {
		const [one, other] = [stored, filledIn].map((given) => identity(given, undefined, fieldDefaults(resource)));
		expect(other).toBe(one);
	});

	test.each<[what: string, one: INodeParameters, other: INodeParameters]>([
		['an option that was added at its default is sent', { modelOptions: {} }, { modelOptions: { seed: 70159819 } }],
		['entries in another order', { files: { file: [{ input: 'a' }, {}] } }, { files: { file: [{}, { input: 'a' }] } }],
		['one entry more', { files: { file: [{}] } }, { files: { file: [{}, {}] } }],
		['a default of another field', { prompt: 'data' }, { prompt: 'url' }],
	])('but not: %s', (_what, one, other) => {
		const [first, second] = [one, other].map((given) => identity(given, undefined, fieldDefaults('model')));
		expect(second).not.toBe(first);
	});
});

describe('another purchase', () => {
	const others: Array<[what: string, parameters: INodeParameters, item?: INodeExecutionData]> = [
		['edited words', { ...BASE, prompt: 'a beach' }],
		['an edited option of the model', { ...BASE, modelOptions: { seed: 7 } }],
		['another resource', { ...BASE, resource: 'model' }],
		['a field named as those of the editor, elsewhere', { ...BASE, extra: { schema: 'b' } }],
		['another input item', BASE, json({ sku: 2 })],
		['a field that holds nothing', BASE, json({ sku: null })],
		['a big number', BASE, json({ sku: 12n as never })],
		['another big number', BASE, json({ sku: 13n as never })],
		['a file', BASE, { json: {}, binary: { data: { id: 'a', data: 'filesystem', mimeType: 'image/png' } } }],
		['another file', BASE, { json: {}, binary: { data: { id: 'b', data: 'filesystem', mimeType: 'image/png' } } }],
		['bytes kept in the item', BASE, { json: {}, binary: { data: { data: 'AAAA', mimeType: 'image/png' } } }],
		['other bytes', BASE, { json: {}, binary: { data: { data: 'AAAB', mimeType: 'image/png' } } }],
		['two files', BASE, { json: {}, binary: { a: { data: 'A', mimeType: 'a/b' }, c: { data: 'A', mimeType: 'a/b' } } }],
		['an item that ends where its files begin', BASE, json({ sku: '\0[]' })],
		['another field', BASE, { json: {}, binary: { photo: { data: 'AAAA', mimeType: 'image/png' } } }],
		['another name', BASE, { json: {}, binary: { data: { data: 'AAAA', mimeType: 'image/png', fileName: 'a.png' } } }],
		['another type', BASE, { json: {}, binary: { data: { data: 'AAAA', mimeType: 'image/webp' } } }],
	];

	test('all of these are told apart', () => {
		const all = [identity(BASE), ...others.map(([, parameters, item]) => identity(parameters, item))];
		expect(new Set(all).size).toBe(all.length);
		expect(identity({ ...BASE, extra: { schema: 'b' } })).not.toBe(identity({ ...BASE, extra: { schema: 'c' } }));
	});

	test('the folder that n8n keeps a file in does not count', () => {
		const stored = (folder: string, name = 'f81d4fae') =>
			identity(BASE, {
				json: {},
				binary: {
					data: {
						id: `filesystem-v2:workflows/1/executions/${folder}/binary_data/${name}`,
						data: 'filesystem-v2',
						mimeType: 'image/png',
					},
				},
			});
		expect(stored('390')).toBe(stored('temp'));
		expect(stored('390', 'a0eebc99')).not.toBe(stored('390'));
	});

	test('what is no part of a file that changes by looking at it does not count', () => {
		const file = { id: 'a', data: 'filesystem', mimeType: 'image/png' };
		expect(identity(BASE, { json: {}, binary: { data: { ...file, fileSize: '1 kB' } } })).toBe(
			identity(BASE, { json: {}, binary: { data: file } }),
		);
	});
});

describe('whatever an item holds', () => {
	test('circles, and the same thing twice, which is none', () => {
		const circle: IDataObject = { name: 'a' };
		circle.self = circle;
		circle.deep = { list: [circle] };
		const shared = { url: 'x' };
		const twice = identity(BASE, json({ first: shared, second: shared, deep: { third: shared } }));
		expect(twice).toBe(
			identity(BASE, json({ first: { ...shared }, second: { ...shared }, deep: { third: { ...shared } } })),
		);
		expect(twice).not.toBe(identity(BASE, json({ first: shared, second: 'circle', deep: { third: shared } })));
		expect(identity(BASE, json(circle))).toMatch(/^[\w-]{22}$/);
		expect(identity(BASE, json(circle))).not.toBe(identity(BASE, json({ ...circle, self: '', deep: { list: [''] } })));
	});

	test('a date is the same before and after n8n has stored it', () => {
		const at = new Date(0);
		expect(identity(BASE, json({ at: at as never }))).toBe(identity(BASE, json({ at: at.toISOString() })));
	});

	test('nothing at all', () => {
		expect(identity(BASE, { json: undefined as never })).toMatch(/^[\w-]{22}$/);
	});
});
