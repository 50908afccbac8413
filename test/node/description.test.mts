/** The node as editor and workflow JSON see it. Names and values are a public interface: shared workflows use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { type INodeParameters, type INodeProperties, NodeHelpers } from 'n8n-workflow';

import { RunComfyApi } from '../../credentials/RunComfyApi.credentials.ts';
import { COLOR_PALETTES, IDEOGRAM_SEED_MAX } from '../../nodes/RunComfy/resources/background/ideogram.ts';
import { resources } from '../../nodes/RunComfy/resources/index.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';

const { description } = new RunComfy();
const codex = JSON.parse(
	readFileSync(join(import.meta.dirname, '..', '..', 'nodes', 'RunComfy', 'RunComfy.node.json'), 'utf8'),
) as { node: string; categories: string[]; alias: string[] };
const NODE = { typeVersion: 1 } as never;

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

/** The entries of Options that the editor offers with these values set. */
function optionsShown(values: Values, nodeType = description): INodeProperties[] {
	const options = fieldOf(values, 'options');
	return optionsOf(options).filter((option) =>
		NodeHelpers.displayParameterPath({ parameters: values }, option, 'parameters.options', NODE, nodeType),
	);
}

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
		['Submit, URL', SUBMIT, ['imageSource', 'imageUrl', 'prompt', 'modelOptions', 'options']],
		[
			'Check Inputs',
			{ ...SUBMIT, operation: 'checkInputs' },
			['imageSource', 'imageUrl', 'prompt', 'modelOptions', 'options'],
		],
		[
			'Submit, Binary File',
			{ ...SUBMIT, imageSource: 'binary' },
			['imageSource', 'binaryPropertyName', 'prompt', 'modelOptions', 'options'],
		],
		['Get Status', request('getStatus'), ['requestId', 'requestOf']],
		['Get Status, after Get Result was set to wait', request('getStatus', true), ['requestId', 'requestOf']],
		['Get Result', request('getResult'), ['requestId', 'requestOf', 'waitUntilFinished', 'simplify', 'options']],
		[
			'Get Result, waiting',
			request('getResult', true),
			['requestId', 'requestOf', 'waitUntilFinished', 'simplify', 'options'],
		],
		['Cancel', request('cancel'), ['requestId', 'requestOf']],
		[
			'Cancel, of a deployment',
			{ ...request('cancel'), requestOf: 'deployment' },
			['requestId', 'requestOf', 'deploymentId'],
		],
		[
			'Deployment, by fields',
			{ resource: 'deployment', operation: 'runAndWait', inputMode: 'fields' },
			['deploymentId', 'inputMode', 'inputs', 'files', 'simplify', 'options'],
		],
		[
			'Deployment, Submit by JSON',
			{ resource: 'deployment', operation: 'submit', inputMode: 'json' },
			['deploymentId', 'inputMode', 'inputsJson', 'files', 'options'],
		],
		['Deployment, Get', { resource: 'deployment', operation: 'get' }, ['deploymentId']],
		['Deployment, Get Many', { resource: 'deployment', operation: 'getMany', returnAll: true }, ['returnAll']],
		['Deployment, Update', { resource: 'deployment', operation: 'update' }, ['deploymentId', 'fieldsToUpdate']],
		[
			'Model, by fields',
			{ resource: 'model', operation: 'runAndWait', inputMode: 'fields' },
			['modelId', 'prompt', 'inputMode', 'inputs', 'files', 'simplify', 'options'],
		],
		[
			'Model, by JSON',
			{ resource: 'model', operation: 'runAndWait', inputMode: 'json' },
			['modelId', 'prompt', 'inputMode', 'inputsJson', 'files', 'simplify', 'options'],
		],
		[
			'Model, Submit',
			{ resource: 'model', operation: 'submit', inputMode: 'json' },
			['modelId', 'prompt', 'inputMode', 'inputsJson', 'files', 'options'],
		],
		['Model, Get', { resource: 'model', operation: 'get' }, ['modelId']],
		[
			'Model, Get Many',
			{ resource: 'model', operation: 'getMany', returnAll: false },
			['returnAll', 'limit', 'filters'],
		],
		['Account, Get Balance', { resource: 'account', operation: 'getBalance' }, []],
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
		expect([valuesOf(resource), resource.default]).toEqual([
			['background', 'model', 'deployment', 'request', 'account'],
			'background',
		]);
		const buy = fieldOf(REPLACE, 'operation');
		expect([valuesOf(buy), buy.default]).toEqual([['replaceAndWait', 'submit', 'checkInputs'], 'replaceAndWait']);
		expect(valuesOf(fieldOf(request('cancel'), 'operation'))).toEqual(['getResult', 'getStatus', 'cancel']);
	});

	test('Background', () => {
		const source = fieldOf(REPLACE, 'imageSource');
		expect([valuesOf(source), source.default]).toEqual([['binary', 'url'], 'url']);
		expect(fieldOf({ ...REPLACE, imageSource: 'binary' }, 'binaryPropertyName').default).toBe('data');
		const names = [
			'colorPalette',
			'paletteText',
			'customPalette',
			'extraFields',
			'magicPrompt',
			'renderingSpeed',
			'seed',
			'style',
		];
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
		expect(valuesOf(subfield(options, 'colorPalette'))).toEqual(Object.keys(COLOR_PALETTES));
		expect(Object.keys(COLOR_PALETTES)).toEqual([
			'Ember',
			'Fresh',
			'Jungle',
			'Magic',
			'Melon',
			'Mosaic',
			'Pastel',
			'Ultramarine',
		]);
		expect(valuesOf(subfield(options, 'magicPrompt'))).toEqual(['AUTO', 'OFF', 'ON']);
		expect(valuesOf(subfield(options, 'renderingSpeed'))).toEqual(['BALANCED', 'QUALITY', 'TURBO']);
		expect(valuesOf(subfield(options, 'style'))).toEqual(['Auto', 'Design', 'General', 'Realistic']);
		expect(subfield(options, 'seed').typeOptions).toMatchObject({ minValue: 0, maxValue: IDEOGRAM_SEED_MAX });
		expect(['colorPalette', 'magicPrompt', 'renderingSpeed', 'seed', 'style'].map(defaultOf)).toEqual([
			'Ember',
			'ON',
			'BALANCED',
			70159819,
			'Auto',
		]);
	});

	test('Model and Account', () => {
		const values = { resource: 'model', operation: 'runAndWait', inputMode: 'fields' };
		const operation = fieldOf(values, 'operation');
		expect([valuesOf(operation), operation.default]).toEqual([
			['runAndWait', 'submit', 'checkInputs', 'get', 'getMany'],
			'runAndWait',
		]);
		const model = fieldOf(values, 'modelId');
		expect([model.type, model.default, model.modes?.map(({ name }) => name)]).toEqual([
			'resourceLocator',
			{ mode: 'list', value: '' },
			['list', 'id'],
		]);
		const mode = fieldOf(values, 'inputMode');
		expect([valuesOf(mode), mode.default]).toEqual([['fields', 'json'], 'fields']);
		expect(fieldOf(values, 'inputs').type).toBe('resourceMapper');
		const [file] = optionsOf(fieldOf(values, 'files')) as unknown as Array<{ name: string; values: INodeProperties[] }>;
		expect([file.name, file.values.map(({ name }) => name)]).toEqual(['file', ['input', 'binaryPropertyName']]);
		expect(subfield(fieldOf(values, 'options'), 'checkInputs').default).toBe(true);
		const many = { resource: 'model', operation: 'getMany', returnAll: false };
		expect(optionsOf(fieldOf(many, 'filters')).map(({ name }) => name)).toEqual(['category', 'kind', 'search']);
		const balance = fieldOf({ resource: 'account' }, 'operation');
		expect([valuesOf(balance), balance.default]).toEqual([['getBalance'], 'getBalance']);
	});

	test('Deployment', () => {
		const values = { resource: 'deployment', operation: 'runAndWait', inputMode: 'fields' };
		const operation = fieldOf(values, 'operation');
		expect([valuesOf(operation), operation.default]).toEqual([
			['runAndWait', 'submit', 'checkInputs', 'get', 'getMany', 'update'],
			'runAndWait',
		]);
		const deployment = fieldOf(values, 'deploymentId');
		expect([deployment.type, deployment.modes?.map(({ name }) => name)]).toEqual(['resourceLocator', ['list', 'id']]);
		expect(valuesOf(fieldOf(values, 'inputMode'))).toEqual(['fields', 'json']);
		const defaults = Object.fromEntries(optionsShown(values).map(({ name, default: value }) => [name, value]));
		expect(defaults).toEqual({
			...{ downloadImages: true, fileName: '', includeInputFields: true, outputField: 'data' },
			...{ maxInFlight: 20, timeout: 1_800, cancelOnStop: true, onTimeout: 'error', onUnknownOutcome: 'stop' },
			...{ includePreviews: true, outputNodes: '', randomizeSeeds: true, reuseInTestRuns: true },
		});
		const namesOf = (change: Values) => optionsShown({ ...values, ...change }).map(({ name }) => name);
		const seeds = ['randomizeSeeds', 'reuseInTestRuns'];
		expect(namesOf({ operation: 'submit' })).toEqual(['intermediateUpdates', ...seeds, 'webhookUrl']);
		expect(namesOf({ operation: 'checkInputs' })).toEqual(['randomizeSeeds']);
		expect(optionsOf(fieldOf({ ...values, operation: 'update' }, 'fieldsToUpdate')).map(({ name }) => name)).toEqual([
			...['enabled', 'hardware', 'keepWarm', 'maxInstances', 'minInstances', 'name', 'queueSize', 'workflowVersion'],
		]);
		const of = fieldOf(request('cancel'), 'requestOf');
		expect([valuesOf(of), of.default]).toEqual([['deployment', 'model'], 'model']);
	});

	test('waiting', () => {
		const all: Array<[string, unknown]> = [
			['downloadImages', true],
			['fileName', ''],
			['includeInputFields', true],
			['maxInFlight', 20],
			['maxCost', 5],
			['variants', 1],
			['outputField', 'data'],
			['reuseInTestRuns', true],
			['cancelOnStop', true],
			['timeout', 600],
			['onUnknownOutcome', 'stop'],
			['onTimeout', 'error'],
		];
		const defaultsOf = (values: Values) => optionsShown(values).map(({ name, default: value }) => [name, value]);
		expect(defaultsOf(REPLACE)).toEqual(all);
		// Get Result buys nothing, so there is no unknown outcome.
		const buying = ['onUnknownOutcome', 'maxCost', 'reuseInTestRuns', 'variants'];
		expect(defaultsOf(request('getResult', true))).toEqual(all.filter(([name]) => !buying.includes(name)));
		expect(defaultsOf(SUBMIT).map(([name]) => name)).toEqual(['maxCost', 'variants', 'reuseInTestRuns']);
		// Without waiting there is nothing to say of it, but files there may be.
		const delivery = ['downloadImages', 'fileName', 'includeInputFields', 'outputField'];
		expect(defaultsOf(request('getResult')).map(([name]) => name)).toEqual(delivery);
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
	const all = allProperties([...description.properties, ...new RunComfyApi().properties]).filter(
		({ type }) => type !== 'notice',
	);
	const table = all.map((property) => [property.displayName, property] as const);
	const WORD = '([A-Z0-9(][\\w/()-]*|an?|and|in|is|on|of|or|the|to|with)';
	const TITLE_CASE = new RegExp(`^${WORD}( ${WORD})*$`);

	test('there is something to look at', () => expect(all.length).toBeGreaterThan(30));

	test.each(table)('%s: name in Title Case, placeholder with e.g., a boolean asks Whether', (displayName, property) => {
		expect(displayName).toMatch(TITLE_CASE);
		const { type, placeholder, description: text } = property;
		const isList = type === 'collection' || type === 'fixedCollection';
		if (placeholder !== undefined && !isList) expect(placeholder).toMatch(/^e\.g\. /);
		if (isList) expect(placeholder).toMatch(/^Add /);
		if (type === 'boolean') expect(text).toMatch(/^Whether /);
		const isLoaded = property.typeOptions?.loadOptionsMethod !== undefined;
		if (type === 'options' && !isLoaded) expect(valuesOf(property)).toContain(property.default);
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
		expect(actions).toHaveLength(18);
		for (const action of actions) {
			expect(action).toMatch(/^[A-Z][a-z ]+$/);
			expect(action).not.toMatch(/\b(a|an|the)\b/i);
			// n8n cuts longer names on the canvas.
			expect(action.length).toBeLessThanOrEqual(30);
		}
		expect(new Set(actions).size).toBe(18);
	});

	test('it can be used as a tool', () => expect(description.usableAsTool).toBe(true));

	test('a tool gives JSON only and reuses nothing, so it offers nothing about files and test runs', () => {
		const names = optionsShown(REPLACE, { ...description, name: 'runComfyTool' }).map(({ name }) => name);
		expect(names).toContain('timeout');
		for (const name of ['downloadImages', 'fileName', 'outputField', 'reuseInTestRuns'])
			expect(names).not.toContain(name);
	});
});

describe('what the canvas and the output pane say by themselves', () => {
	const evaluate = (expression: string, parameters: Record<string, unknown>): unknown =>
		new Function('$parameter', `return ${expression.replace(/^=\{\{|\}\}$/g, '')}`)({
			...parameters,
			toJSON: () => parameters,
		});
	const operations = resources.flatMap((resource) =>
		resource.operations.map((entry) => ({ ...entry, resource: resource.value })),
	);

	test.each(operations)('$name is what stands below the node', ({ name, value, resource }) => {
		expect(evaluate(String(description.subtitle), { resource, operation: value })).toBe(name);
	});

	test.each<[string, unknown, string]>([
		['chosen in the list', { value: 'kling/pro', cachedResultName: '$0.11/s · Kling 3.0 Pro' }, ': Kling 3.0 Pro'],
		['without a price', { value: 'kling/pro', cachedResultName: 'Kling 3.0 Pro' }, ': Kling 3.0 Pro'],
		['an ID', { value: 'kling/pro' }, ': kling/pro'],
		['an expression', { value: '={{ $json.model }}' }, ''],
		['nothing', { value: '' }, ''],
	])('with the model: %s', (_what, modelId, behind) => {
		const below = (operation: string) =>
			evaluate(String(description.subtitle), { resource: 'model', operation, modelId });
		expect(below('runAndWait')).toBe(`Run and Wait${behind}`);
		// n8n keeps a hidden field's value for a while.
		expect(below('getMany')).toBe('Get Many');
	});

	test('no brackets that would end the expression early', () => {
		expect(String(description.subtitle).slice(3, -2)).not.toMatch(/\{\{|\}\}/);
	});

	test.each([
		['the node', {}, /free/],
		['a tool', { descriptionType: 'auto' }, /agent/],
	])('before a run of %s: that it is paid, of operations that buy and no others', (_what, parameters, words) => {
		const shownFor = (operation: string) =>
			(description.hints ?? []).filter(({ displayCondition }) =>
				evaluate(String(displayCondition), { operation, ...parameters }),
			);
		const paid = operations.filter(({ value }) => shownFor(value).length > 0);
		const run = ['runAndWait', 'submit'];
		expect(paid.map(({ value }) => value)).toEqual(['replaceAndWait', 'submit', ...run, ...run]);
		expect(shownFor('submit')).toEqual([
			expect.objectContaining({
				message: expect.stringMatching(words),
				location: 'outputPane',
				whenToDisplay: 'beforeExecution',
			}),
		]);
	});
});

describe('Custom Palette', () => {
	const palette = subfield(fieldOf(REPLACE, 'modelOptions'), 'customPalette');
	const [{ values }] = palette.options as unknown as [{ values: INodeProperties[] }];

	test('survives being saved and opened', () => {
		const saved = (parameters: INodeParameters) =>
			NodeHelpers.getNodeParameters(
				description.properties,
				NodeHelpers.getNodeParameters(description.properties, parameters, false, false, NODE, description) ?? {},
				true,
				false,
				NODE,
				description,
			)?.modelOptions;
		const defaults = Object.fromEntries(values.map(({ name, default: value }) => [name, value]));
		const customPalette = { colors: [defaults, { color: '#00aa55', weight: 0.5 }] } as INodeParameters;
		expect(saved({ ...REPLACE, modelOptions: { customPalette } })).toEqual({ customPalette });
	});

	test('every preset says its colors', () => {
		const presets = optionsOf(subfield(fieldOf(REPLACE, 'modelOptions'), 'colorPalette'));
		expect(presets).toHaveLength(8);
		for (const preset of presets) expect(preset.description).toMatch(/^[A-Z][\w-]+( \w+)*/);
	});
});

/** n8n's own search takes a node when all letters typed stand in one of its names in this order. */
const isFoundBy = (typed: string, name: string): boolean => {
	const letters = Array.from(name.toLowerCase());
	return Array.from(typed.toLowerCase()).every((letter) => {
		const index = letters.indexOf(letter);
		if (index >= 0) letters.splice(0, index + 1);
		return index >= 0;
	});
};

/** n8n's list for community nodes. Its reviewers send back any other. */
const CATEGORIES = [
	...['Analytics', 'Communication', 'Data & Storage', 'Development', 'Finance & Accounting', 'Marketing & Content'],
	...['Miscellaneous', 'Productivity', 'Sales', 'Utility'],
];

test('the codex file names the node, and categories that n8n has', () => {
	expect(codex.node).toBe(`n8n-nodes-runcomfy.${description.name}`);
	expect(codex.categories.filter((category) => !CATEGORIES.includes(category))).toEqual([]);
});

test.each([
	...['runcomfy', 'run comfy', 'comfyui', 'ideogram', 'background', 'remove background', 'replace background'],
	...['change background', 'white background', 'backdrop', 'product photo', 'product photography', 'packshot'],
	...['mockup', 'e-commerce', 'shopify image', 'edit image', 'photo editing', 'ai image', 'generate image'],
	...['image generation', 'text to image', 'video', 'upscale', 'lip sync', 'text to speech', 'music', 'avatar', '3d'],
	...['virtual try on', 'flux', 'kling', 'nano banana', 'seedream', 'sora', 'veo'],
])('found by "%s"', (typed) => {
	const names = [description.displayName, ...codex.alias];
	expect(names.filter((name) => isFoundBy(typed, name))).not.toEqual([]);
	// By these very words too, since the search puts better matches first.
	expect(names.map((name) => name.toLowerCase())).toContain(typed);
});
