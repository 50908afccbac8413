/** What the editor asks the node while somebody fills it in: n8n's own context, the emulator over HTTP. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ILoadOptionsFunctions, INodeParameters } from 'n8n-workflow';

import { getMediaInputs, getModelInputs, searchModels } from '../../nodes/RunComfy/methods/editorMethods.ts';
import { ProcessState } from '../../nodes/RunComfy/batch/processState.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import { HOSTILE_IDS, KNOWN_MODELS, SWITCH_DEFAULTS } from '../emulator/emulator.mts';
import { editorContext, runAsTool } from '../engine/index.mts';
import { inputIndexOf, inputItems, jsonOf, quickPolicies, useFixture } from './fixture.mts';
import { byId, fieldsFor, modelOf, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const ALL = KNOWN_MODELS.length + SWITCH_DEFAULTS.generatedModels;

let processState: ProcessState;
beforeEach(() => {
	const policies = quickPolicies();
	Object.assign(policies.call, { readTimeoutMs: 5_000, singleCallWindowMs: 400 });
	processState = new ProcessState(policies);
});
afterEach(() => node.emulator.set({ hostileModels: false }));

const contextFor = (modelId: unknown, credential = {}): ILoadOptionsFunctions =>
	editorContext(node.engine, {
		parameters: { resource: 'model', operation: 'runAndWait', ...byId(modelId) },
		credentials: { runComfyApi: { ...node.credential, ...credential } },
	});

const search = async (filter?: string, token?: string) =>
	await searchModels(contextFor(''), filter, token, processState);

describe('the list of models', () => {
	test('an entry: name, price, id, link', async () => {
		const { results, paginationToken } = await search('flux-3/image');
		expect(paginationToken).toBeUndefined();
		const { display_name: name, base_price_usd: usd, model_url: url } = modelOf(TEXT_TO_IMAGE);
		expect(results).toEqual([
			{ name: `$${usd.toFixed(2)} · ${name}`, value: TEXT_TO_IMAGE, description: TEXT_TO_IMAGE, url },
		]);
	});

	test('all of them, page by page', async () => {
		const ids: unknown[] = [];
		let token: string | undefined;
		let pages = 0;
		do {
			const page = await search(undefined, token);
			ids.push(...page.results.map(({ value }) => value));
			token = page.paginationToken as string | undefined;
			pages += 1;
		} while (token !== undefined && pages < 20);
		expect([ids.length, new Set(ids).size, pages]).toEqual([ALL, ALL, 6]);
		expect(ids.slice(0, KNOWN_MODELS.length)).toEqual(KNOWN_MODELS.map(({ model_id: id }) => id));
		expect(node.emulator.counts()).toMatchObject({ modelReads: 6, submitsReceived: 0 });
	});

	test('the search is the server’s: name and description count', async () => {
		const { results } = await search('  made of words ');
		expect(results).toEqual([]);
		expect((await search('Portrait Retouch')).results.map(({ value }) => value)).toEqual([
			'emulator/workflows/portrait-retouch',
		]);
		expect(node.emulator.calls().at(-1)?.path).toBe('/v1/models');
	});

	test('a price that is none is not shown', async () => {
		node.emulator.set({ priceTold: 'text' });
		expect((await search('flux-3/image')).results[0].name).toBe(modelOf(TEXT_TO_IMAGE).display_name);
		node.emulator.set({ priceTold: 'zero' });
		expect((await search('flux-3/image')).results[0].name).toMatch(/^\$0\.00 · /);
	});

	test('hostile entries: plain, short, without a link elsewhere', async () => {
		node.emulator.set({ hostileModels: true });
		const { results } = await search('hostile/');
		expect(results.map(({ value }) => value)).toEqual(expect.arrayContaining(Object.values(HOSTILE_IDS)));
		for (const { name, url } of results) {
			expect(name).not.toMatch(/[<>]/);
			expect(name.length).toBeLessThan(140);
			expect(url ?? 'https://www.runcomfy.com/').toMatch(/^https:\/\/www\.runcomfy\.com\//);
		}
	});

	test.each([
		['no list', { models: 'none' }],
		['a page', '<html></html>'],
	])('%s is an error', async (_what, body) => {
		node.emulator.fault('model', { kind: 'status', status: 200, body });
		await expect(search()).rejects.toThrow('Could not search the model catalog: RunComfy gave no usable answer');
	});

	test('RunComfy out of reach is said to a person sooner than to a run', async () => {
		const { policies } = processState;
		policies.batch.editorWindowMs = 300;
		policies.call.singleCallWindowMs = 600_000;
		node.emulator.fault('model', { kind: 'status', status: 503 });
		await expect(search()).rejects.toThrow('RunComfy gave no usable answer');
	});

	test('entries that are none are left out', async () => {
		const models = [null, 7, {}, { model_id: 'a/../b' }, { model_id: 'a/b', model_url: 'javascript:alert(1)' }];
		node.emulator.fault('model', { kind: 'status', status: 200, body: { models, total: 5 } });
		expect((await search()).results).toEqual([{ name: 'a/b', value: 'a/b', description: 'a/b' }]);
	});

	test("a link leads to RunComfy's hosts or nowhere", async () => {
		const links = [
			'https://www.runcomfy.com/models/a/b',
			'https://runcomfy.com.example/models/a/b',
			'http://127.0.0.1/',
		];
		const models = links.map((link, index) => ({ model_id: `a/b${index}`, model_url: link }));
		node.emulator.fault('model', { kind: 'status', status: 200, body: { models, total: links.length } });
		expect((await search()).results.map(({ url }) => url)).toEqual([links[0], undefined, undefined]);
	});

	test('a token that is refused', async () => {
		const context = contextFor('', { apiToken: 'wrong' });
		await expect(searchModels(context, '', undefined, processState)).rejects.toThrow(
			'RunComfy did not accept the API token',
		);
	});

	test('a page that begins nowhere begins at the start', async () => {
		expect((await search('flux-3/image', 'no number')).results).toHaveLength(1);
	});
});

describe('the fields of a model', () => {
	const fields = async (modelId: unknown) => await getModelInputs(contextFor(modelId), processState);

	test.each(KNOWN_MODELS.map((model) => [model.model_id, model] as const))('%s', async (modelId, model) => {
		const shown = await fields(modelId);
		const names = fieldsFor(model).map(({ id }) => id);
		expect(shown.fields.map(({ id }) => id).sort()).toEqual(names.sort());
		if (names.length === 0) expect(shown.emptyFieldsNotice).toBe('This model has no inputs besides the prompt.');
		expect(shown.fields.map(({ id }) => id)).not.toContain('prompt');
	});

	test.each([
		['none chosen', '', /^Choose a model first/],
		['from an expression', '={{ $json.model }}', /comes from an expression.*Using JSON/],
		['no id', 'flux', /^Choose a model first/],
	])('%s: a sentence in their place, and no call', async (_what, modelId, notice) => {
		const shown = await fields(modelId);
		expect([shown.fields, shown.emptyFieldsNotice]).toEqual([[], expect.stringMatching(notice)]);
		expect(node.emulator.counts().modelReads).toBe(0);
	});

	test('a model that nobody knows', async () => {
		await expect(fields('nobody/nothing')).rejects.toThrow('RunComfy does not know the model nobody/nothing');
	});

	test('a schema that cannot be read', async () => {
		node.emulator.fault('model', { kind: 'status', status: 200, body: { model_id: 'a/b', input_schema: null } });
		const shown = await fields('a/b');
		expect(shown.emptyFieldsNotice).toBe("The inputs of a/b cannot be shown as fields. Set 'Inputs' to Using JSON.");
	});

	test.each(Object.values(HOSTILE_IDS))('%s: few, short, plain', async (modelId) => {
		node.emulator.set({ hostileModels: true });
		const shown = await fields(modelId);
		expect(shown.fields.length).toBeLessThanOrEqual(200);
		for (const { displayName, id } of shown.fields) {
			expect(displayName).not.toMatch(/[<>]/);
			expect(displayName.length).toBeLessThan(120);
			expect(id).toMatch(/^[\w.-]+$/);
		}
		expect(new Set(shown.fields.map(({ displayName }) => displayName)).size).toBe(shown.fields.length);
	});

	test('are shared with the list behind Files: one call', async () => {
		await fields('runwayml/runway-aleph-2/video-to-video');
		const inputs = await getMediaInputs(contextFor('runwayml/runway-aleph-2/video-to-video'), processState);
		expect(inputs).toContainEqual({ name: 'Video URL', value: 'video_url', description: 'video_url' });
		expect(node.emulator.counts().modelReads).toBe(1);
	});
});

test('no model, no list behind Files', async () => {
	expect(await getMediaInputs(contextFor(''), processState)).toEqual([]);
});

test('the node has them under the names its fields use', async () => {
	const { methods, description } = new RunComfy();
	const text = JSON.stringify(description.properties);
	for (const [kind, key] of [
		['listSearch', 'searchListMethod'],
		['loadOptions', 'loadOptionsMethod'],
		['resourceMapping', 'resourceMapperMethod'],
	] as const) {
		const named = [...text.matchAll(new RegExp(`"${key}":"(\\w+)"`, 'g'))].map(([, name]) => name);
		expect([...new Set(named)]).toEqual(Object.keys(methods?.[kind] ?? {}));
	}
	const context = contextFor(TEXT_TO_IMAGE);
	expect((await methods?.listSearch?.searchModels.call(context, 'flux-3/image'))?.results).toHaveLength(1);
	expect((await methods?.resourceMapping?.getModelInputs.call(context))?.fields.length).toBeGreaterThan(1);
	expect(await methods?.loadOptions?.getMediaInputs.call(context)).toBeInstanceOf(Array);
});

/** Model → Get and Get Many, as a workflow and as an agent use them. */
describe('Model → Get and Get Many', () => {
	const GET: INodeParameters = { resource: 'model', operation: 'get' };
	const MANY: INodeParameters = { resource: 'model', operation: 'getMany' };

	const idsOf = (items: Parameters<typeof jsonOf>[0]) => jsonOf(items).map(({ model_id: id }) => id);

	afterEach(() => node.emulator.set({ hostileModels: false }));

	describe('Get', () => {
		test('the price, and the inputs as they are checked', async () => {
			const id = 'emulator/keyframes-to-video';
			const { items } = await node.run({ parameters: { ...GET, ...byId(id) } });
			const { display_name, description, categories, kind, model_url, pricing_note } = modelOf(id);
			expect(jsonOf(items)).toEqual([
				{
					model_id: id,
					display_name,
					description,
					categories,
					kind,
					base_price_usd: 0.05,
					price_unit: 'second',
					price: '$0.05 per second',
					pricing_note,
					model_url,
					inputs: [
						{
							name: 'duration',
							label: 'Duration',
							type: 'integer',
							required: false,
							minimum: 1,
							maximum: 20,
							default: 5,
						},
						{ name: 'keyframes', label: 'Keyframes', type: 'list', required: true, minItems: 1 },
						expect.objectContaining({ name: 'prompt', type: 'text', required: true }),
					],
				},
			]);
			expect(node.emulator.counts()).toMatchObject({ submitsReceived: 0 });
		});

		test('a default is there where it is short: a long one is only the example of a page', async () => {
			const properties = {
				short: { type: 'string', default: 'x'.repeat(198) },
				long: { type: 'string', default: 'x'.repeat(199) },
			};
			const body = { model_id: 'a/default', input_schema: { properties } };
			node.emulator.fault('model', { kind: 'status', status: 200, body });
			const [{ inputs }] = jsonOf((await node.run({ parameters: { ...GET, ...byId('a/default') } })).items);
			expect(inputs).toMatchObject([{ default: properties.short.default }, { name: 'long' }]);
			expect((inputs as object[])[1]).not.toHaveProperty('default');
		});

		test('without a price, without a schema: it is said so', async () => {
			const body = { model_id: 'a/b', display_name: 'A' };
			node.emulator.fault('model', { kind: 'status', status: 200, body });
			const { items } = await node.run({ parameters: { ...GET, ...byId('a/b') } });
			expect(jsonOf(items)).toEqual([
				{ model_id: 'a/b', display_name: 'A', base_price_usd: null, price_unit: null, inputs: null },
			]);
		});

		test.each(Object.values(HOSTILE_IDS))('%s: short and plain', async (id) => {
			node.emulator.set({ hostileModels: true });
			const { items, error } = await node.run({ parameters: { ...GET, ...byId(id) } });
			expect(error).toBeUndefined();
			const { inputs, ...about } = jsonOf(items)[0];
			expect(JSON.stringify(about)).not.toMatch(/[<>]/);
			expect(JSON.stringify(about).length).toBeLessThan(4_000);
			expect(JSON.stringify(inputs).length).toBeLessThan(1_000_000);
		});
	});

	describe('Get Many', () => {
		test('50 unless told otherwise', async () => {
			const { items } = await node.run({ parameters: MANY });
			expect(items).toHaveLength(50);
			expect(idsOf(items).slice(0, KNOWN_MODELS.length)).toEqual(KNOWN_MODELS.map(({ model_id: id }) => id));
			expect(jsonOf(items)[0]).toMatchObject({ required_inputs: ['image', 'prompt'], inputs: expect.any(Array) });
			expect(node.emulator.counts().modelReads).toBe(1);
		});

		test('all of them, in two calls', async () => {
			const { items } = await node.run({ parameters: { ...MANY, returnAll: true } });
			expect([items.length, new Set(idsOf(items)).size]).toEqual([ALL, ALL]);
			expect(node.emulator.counts().modelReads).toBe(2);
		});

		test('a list that names no total ends with a page that is not full', async () => {
			node.emulator.fault('model', { kind: 'status', status: 200, body: { models: [{ model_id: 'a/b' }] } });
			expect(idsOf((await node.run({ parameters: { ...MANY, returnAll: true } })).items)).toEqual(['a/b']);
			expect(node.emulator.counts().modelReads).toBe(1);
		});

		test('an entry that comes twice is given once', async () => {
			node.emulator.set({ hostileModels: true });
			const parameters = { ...MANY, returnAll: true, filters: { search: 'hostile/twice' } };
			expect(idsOf((await node.run({ parameters })).items)).toEqual([HOSTILE_IDS.twice]);
		});

		test.each<[string, INodeParameters, (model: (typeof KNOWN_MODELS)[number]) => boolean]>([
			['search', { search: 'emulator/' }, ({ model_id: id }) => id.startsWith('emulator/')],
			['category', { category: 'text-to-audio' }, ({ categories }) => categories.includes('text-to-audio')],
			['kind', { kind: 'workflow' }, ({ kind }) => kind === 'workflow'],
			['blanks', { search: '  ', category: '' }, () => true],
		])('by %s', async (_what, filters, isMeant) => {
			node.emulator.set({ generatedModels: 0 });
			const { items } = await node.run({ parameters: { ...MANY, returnAll: true, filters } });
			expect(idsOf(items)).toEqual(KNOWN_MODELS.filter(isMeant).map(({ model_id: id }) => id));
			expect(items.length).toBeGreaterThan(0);
		});

		test('of each item, linked to it', async () => {
			const filters = { search: '={{ $json.sku === "sku-0" ? "flux-3/image" : "emulator/lora" }}' };
			const { items } = await node.run({ items: inputItems(2), parameters: { ...MANY, filters } });
			expect(items.map(inputIndexOf)).toEqual([0, 1]);
			expect(idsOf(items)).toEqual([TEXT_TO_IMAGE, 'emulator/lora/text-to-image']);
		});

		test.each([0, -1, 1.5, 'many', 20_001])('a limit of %p', async (limit) => {
			const { error } = await node.run({ parameters: { ...MANY, limit: `={{ ${JSON.stringify(limit)} }}` } });
			expect(error?.message).toBe("'Limit' must be a whole number from 1 to 20000");
			expect(node.emulator.counts().modelReads).toBe(0);
		});

		test('nothing found is no item', async () => {
			const { items, error } = await node.run({ parameters: { ...MANY, filters: { search: 'no such thing' } } });
			expect([items, error]).toEqual([[], undefined]);
		});

		test('a catalogue that never ends, ends', async () => {
			const models = [{ model_id: 'a/b' }];
			node.emulator.fault('model', { kind: 'status', status: 200, body: { models, total: 1_000_000 } });
			expect(idsOf((await node.run({ parameters: { ...MANY, limit: 3 } })).items)).toEqual(['a/b']);
			expect(node.emulator.counts().modelReads).toBe(2);
		});
	});

	describe.each(['v2', 'v3'] as const)('an agent %s', (agent) => {
		const ask = async (parameters: INodeParameters, args: Record<string, unknown>) => {
			const credentials = { runComfyApi: node.credential };
			const { answers } = await runAsTool(node.engine, {
				agent,
				parameters,
				credentials,
				calls: [{ id: 'call_1', args }],
			});
			expect(answers[0].error).toBeUndefined();
			const parsed: unknown = JSON.parse(String(answers[0].response));
			return (Array.isArray(parsed) ? parsed[0] : parsed) as Record<string, unknown>;
		};
		const fromAI = (key: string, type = 'string') => `={{ $fromAI('${key}', 'what', '${type}') }}`;

		test('searches, reads and runs a model, which it fills in', async () => {
			const found = await ask({ ...MANY, filters: { search: fromAI('words') } }, { words: 'flux-3/' });
			const { models } = found as { models: Array<{ model_id: string; price: string }> };
			expect(models.map(({ model_id: id }) => id)).toContain(TEXT_TO_IMAGE);
			expect(models[0].price).toMatch(/per/);

			const { inputs } = await ask({ ...GET, ...byId(fromAI('model')) }, { model: TEXT_TO_IMAGE });
			expect(inputs).toContainEqual(expect.objectContaining({ name: 'prompt', required: true }));

			const run = {
				resource: 'model',
				operation: 'runAndWait',
				...byId(fromAI('model')),
				prompt: fromAI('prompt'),
				inputMode: 'json',
				inputsJson: fromAI('inputs', 'json'),
			};
			const args = { model: TEXT_TO_IMAGE, prompt: 'a lighthouse', inputs: { seed: 7 } };
			expect(await ask(run, args)).toMatchObject({ status: 'succeeded', image_url: expect.any(String) });
			const [{ id }] = node.emulator.requests();
			expect(node.emulator.body(id)).toEqual({ prompt: 'a lighthouse', seed: 7 });
		});

		test('is told what is wrong with its inputs', async () => {
			const parameters = {
				resource: 'model',
				operation: 'runAndWait',
				...byId(TEXT_TO_IMAGE),
				prompt: fromAI('prompt'),
				inputMode: 'json',
				inputsJson: fromAI('inputs', 'json'),
			};
			const { finished, answers } = await runAsTool(node.engine, {
				agent,
				parameters,
				credentials: { runComfyApi: node.credential },
				calls: [{ id: 'call_1', args: { prompt: 'a lake', inputs: { style: 'loud' } } }],
			});
			expect(JSON.stringify([answers, finished.error?.message])).toMatch(/'style' is not an input of this model/);
			expect(node.emulator.counts().submitsReceived).toBe(0);
		});
	});
});
