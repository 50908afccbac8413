/** The node as editor and workflow JSON see it. Names and values are a public interface: shared workflows use them. */
import { describe, expect, test } from '@jest/globals';
import { type INodeProperties, NodeHelpers } from 'n8n-workflow';

import { RunComfyApi } from '../../credentials/RunComfyApi.credentials.ts';
import { COLOR_PALETTES, SEED_MAX } from '../../nodes/RunComfy/resources/background/ideogram.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';

const { description } = new RunComfy();

type Values = Record<string, string | number | boolean>;

/** The parameters that the editor shows with these values set, in order. */
function shown(values: Values): INodeProperties[] {
	const node = { typeVersion: 1 };
	return description.properties.filter((property) =>
		NodeHelpers.displayParameter(values, property, node as never, description),
	);
}
const namesShown = (values: Values) => shown(values).map(({ name }) => name);

const fieldOf = (values: Values, name: string) =>
	shown(values).find((property) => property.name === name) as INodeProperties;
const optionsOf = (property: INodeProperties) =>
	(property.options ?? []) as Array<INodeProperties & { value?: unknown; action?: string }>;
const valuesOf = (property: INodeProperties) => optionsOf(property).map(({ value }) => value);
const subfield = (property: INodeProperties, name: string) =>
	optionsOf(property).find((option) => option.name === name) as INodeProperties;

const REPLACE = { resource: 'background', operation: 'replaceAndWait', imageSource: 'url' };
const SUBMIT = { resource: 'background', operation: 'submit', imageSource: 'url' };
const request = (operation: string, waitUntilFinished = false) => ({
	resource: 'request',
	operation,
	waitUntilFinished,
});

describe('each operation shows exactly its own parameters', () => {
	const HEAD = ['resource', 'operation'];
	test.each<[string, Values, string[]]>([
		['Replace and Wait, URL', REPLACE, ['imageSource', 'imageUrl', 'prompt', 'modelOptions', 'simplify', 'options']],
		[
			'Replace and Wait, Binary File',
			{ ...REPLACE, imageSource: 'binary' },
			['imageSource', 'binaryPropertyName', 'prompt', 'modelOptions', 'simplify', 'options'],
		],
		['Submit, URL', SUBMIT, ['imageSource', 'imageUrl', 'prompt', 'modelOptions']],
		[
			'Submit, Binary File',
			{ ...SUBMIT, imageSource: 'binary' },
			['imageSource', 'binaryPropertyName', 'prompt', 'modelOptions'],
		],
		['Get Status', request('getStatus'), ['requestId']],
		['Get Status, after Get Result was set to wait', request('getStatus', true), ['requestId']],
		['Get Result', request('getResult'), ['requestId', 'waitUntilFinished']],
		['Get Result, waiting', request('getResult', true), ['requestId', 'waitUntilFinished', 'simplify', 'options']],
		['Cancel', request('cancel'), ['requestId']],
	])('%s', (_what, values, names) => expect(namesShown(values)).toEqual([...HEAD, ...names]));

	test('each name is shown once', () => {
		for (const values of [REPLACE, SUBMIT, request('getResult', true)]) {
			expect(new Set(namesShown(values)).size).toBe(namesShown(values).length);
		}
	});
});

describe('names and values in workflow JSON', () => {
	test('node, resources, operations and their defaults', () => {
		expect(description.name).toBe('runComfy');
		expect(description.credentials).toEqual([{ name: 'runComfyApi', required: true }]);
		expect(new RunComfyApi().name).toBe('runComfyApi');
		const resource = fieldOf(REPLACE, 'resource');
		expect([valuesOf(resource), resource.default]).toEqual([['background', 'request'], 'background']);
		const buy = fieldOf(REPLACE, 'operation');
		expect([valuesOf(buy), buy.default]).toEqual([['replaceAndWait', 'submit'], 'replaceAndWait']);
		expect(valuesOf(fieldOf(request('cancel'), 'operation'))).toEqual(['cancel', 'getResult', 'getStatus']);
	});

	test('Background', () => {
		const source = fieldOf(REPLACE, 'imageSource');
		expect([valuesOf(source), source.default]).toEqual([['binary', 'url'], 'url']);
		expect(fieldOf({ ...REPLACE, imageSource: 'binary' }, 'binaryPropertyName').default).toBe('data');
		const names = ['colorPalette', 'customPalette', 'extraFields', 'magicPrompt', 'renderingSpeed', 'seed', 'style'];
		const options = fieldOf(REPLACE, 'modelOptions');
		expect(optionsOf(options).map(({ name }) => name)).toEqual(names);
		const custom = optionsOf(subfield(options, 'customPalette'))[0] as unknown as {
			name: string;
			values: INodeProperties[];
		};
		expect([custom.name, custom.values.map(({ name }) => name)]).toEqual(['colors', ['color', 'weight']]);
	});

	test("the model's values, and the schema's defaults", () => {
		const options = fieldOf(REPLACE, 'modelOptions');
		const defaultOf = (name: string) => subfield(options, name).default;
		expect(valuesOf(subfield(options, 'colorPalette'))).toEqual(COLOR_PALETTES);
		expect(COLOR_PALETTES).toEqual(['Ember', 'Fresh', 'Jungle', 'Magic', 'Melon', 'Mosaic', 'Pastel', 'Ultramarine']);
		expect(valuesOf(subfield(options, 'magicPrompt'))).toEqual(['AUTO', 'OFF', 'ON']);
		expect(valuesOf(subfield(options, 'renderingSpeed'))).toEqual(['BALANCED', 'QUALITY', 'TURBO']);
		expect(valuesOf(subfield(options, 'style'))).toEqual(['Auto', 'Design', 'General', 'Realistic']);
		expect(subfield(options, 'seed').typeOptions).toMatchObject({ minValue: 0, maxValue: SEED_MAX });
		expect(['colorPalette', 'magicPrompt', 'renderingSpeed', 'seed', 'style'].map(defaultOf)).toEqual([
			'Ember',
			'ON',
			'BALANCED',
			70159819,
			'Auto',
		]);
	});

	test('waiting', () => {
		const all: Array<[string, unknown]> = [
			['cancelOnStop', true],
			['downloadImages', false],
			['includeInputFields', false],
			['maxInFlight', 20],
			['outputField', 'data'],
			['timeout', 600],
			['onUnknownOutcome', 'stop'],
			['onTimeout', 'error'],
		];
		const defaultsOf = (values: Values) =>
			optionsOf(fieldOf(values, 'options')).map(({ name, default: value }) => [name, value]);
		expect(defaultsOf(REPLACE)).toEqual(all);
		// Get Result buys nothing, so there is no unknown outcome.
		expect(defaultsOf(request('getResult', true))).toEqual(all.filter(([name]) => name !== 'onUnknownOutcome'));
		const options = fieldOf(REPLACE, 'options');
		expect(valuesOf(subfield(options, 'onUnknownOutcome'))).toEqual(['stop', 'submitAgain']);
		expect(valuesOf(subfield(options, 'onTimeout'))).toEqual(['cancel', 'returnItem', 'error']);
		expect(fieldOf(REPLACE, 'simplify').default).toBe(true);
		expect(fieldOf(request('getResult'), 'waitUntilFinished').default).toBe(false);
	});
});

/** Every property of node and credential, those in collections included. */
function allProperties(properties: INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => {
		const nested = (property.options ?? []).flatMap((option) => {
			if ('values' in option) return option.values;
			return 'type' in option ? [option as INodeProperties] : [];
		});
		return [property, ...allProperties(nested)];
	});
}

describe("n8n's UX guidelines", () => {
	const all = allProperties([...description.properties, ...new RunComfyApi().properties]);
	const table = all.map((property) => [property.displayName, property] as const);
	const WORD = '([A-Z0-9(][\\w/()-]*|an?|and|in|is|on|of|the|to|with)';
	const TITLE_CASE = new RegExp(`^${WORD}( ${WORD})*$`);

	test('there is something to look at', () => expect(all.length).toBeGreaterThan(30));

	test.each(table)('%s: name in Title Case, placeholder with e.g., a boolean asks Whether', (displayName, property) => {
		expect(displayName).toMatch(TITLE_CASE);
		const { type, placeholder, description: text } = property;
		const isList = type === 'collection' || type === 'fixedCollection';
		if (placeholder !== undefined && !isList) expect(placeholder).toMatch(/^e\.g\. /);
		if (isList) expect(placeholder).toMatch(/^Add /);
		if (type === 'boolean') expect(text).toMatch(/^Whether /);
		if (type === 'options') expect(valuesOf(property)).toContain(property.default);
	});

	test('collections are alphabetical', () => {
		const collections = all.filter(({ type }) => type === 'collection');
		expect(collections.length).toBeGreaterThanOrEqual(2);
		for (const collection of collections) {
			const names = optionsOf(collection).map(({ displayName }) => displayName);
			expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		}
	});

	test('actions are sentences without articles', () => {
		const actions = description.properties
			.filter(({ name }) => name === 'operation')
			.flatMap((property) => optionsOf(property).map(({ action }) => String(action)));
		expect(actions).toHaveLength(5);
		for (const action of actions) {
			expect(action).toMatch(/^[A-Z][a-z ]+$/);
			expect(action).not.toMatch(/\b(a|an|the)\b/i);
		}
		expect(new Set(actions).size).toBe(5);
	});

	test('it can be used as a tool', () => expect(description.usableAsTool).toBe(true));
});
