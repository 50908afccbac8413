/** Model → Get and Get Many, as a workflow and as an agent use them. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { HOSTILE_IDS, KNOWN_MODELS } from '../emulator/emulator.mts';
import { runAsTool } from '../engine/index.mts';
import { inputIndexOf, inputItems, jsonOf, useFixture } from './fixture.mts';
import { byId, modelOf, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

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

	test.each(KNOWN_MODELS.map(({ model_id: id }) => id))('%s', async (id) => {
		const { items, error } = await node.run({ parameters: { ...GET, ...byId(id) } });
		expect([error, idsOf(items)]).toEqual([undefined, [id]]);
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
		expect(idsOf(items)).toEqual(KNOWN_MODELS.slice(0, 50).map(({ model_id: id }) => id));
		expect(jsonOf(items)[0]).toMatchObject({ required_inputs: ['image', 'prompt'], inputs: expect.any(Array) });
		expect(node.emulator.counts().modelReads).toBe(1);
	});

	test('all of them, in two calls', async () => {
		const { items } = await node.run({ parameters: { ...MANY, returnAll: true } });
		expect([items.length, new Set(idsOf(items)).size]).toEqual([551, 551]);
		expect(node.emulator.counts().modelReads).toBe(2);
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
