/** Deployment → Run and Wait, Submit: what is sent, what comes back, what it costs. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { binaryItem, runAsTool } from '../engine/index.mts';
import { pngBefore } from '../lib/photos.mts';
import { until } from '../lib/until.mts';
import {
	BUSY,
	FLUX,
	fieldId,
	fieldsOf,
	LORA,
	locator,
	onlyRun,
	openDeployments,
	runDeployment,
	UNCACHED,
	VIDEO,
	withFields,
} from './deploymentFixture.mts';
import { inputItems, REPLACE, shareFixture } from './fixture.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = shareFixture(openDeployments, {});

const json = (run: { items: Array<{ json: object }> }) => run.items.map((item) => item.json);

const messagesOf = ({ finished }: { finished: { hints: Array<{ message: string }> } }) =>
	finished.hints.map(({ message }) => message).join('\n');

const ALWAYS_ON = 'RunComfy keeps 2 machines on and bills them all day';

const text = (value: string) => ({ overrides: { '6': { inputs: { text: value } } } });

const onMachine = (image: string) => ({ overrides: { '1': { inputs: { image } } } });

/** Otherwise a busy computer makes the pause between two calls longer than a machine stays on. */
const stayWarm = () => node.emulator.deployments.update(FLUX, { keep_warm_duration_in_seconds: 86_400 });

describe('Run and Wait', () => {
	test('by fields: sends what was filled in, waits for the machine, gives the file', async () => {
		const prompt = fieldId(node, FLUX, '6.text');
		const steps = fieldId(node, FLUX, '17.steps');
		const run = await node.run({ parameters: withFields(FLUX, { [prompt]: 'a red shoe', [steps]: 12 }) });
		expect(run.error).toBeUndefined();
		const { id, body } = onlyRun(node);
		expect(body).toEqual({ overrides: { '6': { inputs: { text: 'a red shoe' } }, '17': { inputs: { steps: 12 } } } });
		expect(json(run)).toEqual([
			{
				request_id: id,
				status: 'succeeded',
				image_url: expect.stringContaining(`/deployment_requests/${id}/output/ComfyUI_00001_9.png`),
				index: 0,
				deployment_id: FLUX,
				node_id: '9',
				node_title: 'Save Image',
				filename: 'ComfyUI_00001_9.png',
				created_at: expect.any(String),
				finished_at: expect.any(String),
			},
		]);
		const { submitsReceived, resultReads, deploymentCalls, modelReads } = node.emulator.counts();
		expect({ submitsReceived, resultReads, deploymentCalls, modelReads }).toEqual({
			submitsReceived: 1,
			resultReads: 1,
			deploymentCalls: 1,
			modelReads: 0,
		});
	});

	test.each([
		['flux', FLUX, { '6.text': 'a fox', '17.steps': 8, '17.denoise': 0.5, '16.sampler_name': 'heun' }],
		['busy', BUSY, { '1.text': 'a hare', '13.sel_mode': true, '14.values': [0.5, 0.5], '38:42.seed': 7 }],
		['video', VIDEO, { '1.image': 'https://x.example/start.png', '2.text': 'it turns', '3.seed': 1, '3.length': 33 }],
	])('by fields and by JSON the same is sent: %s', async (_what, id, values) => {
		const byField = Object.entries(values).map(([key, value]) => [
			fieldId(node, id, key),
			Array.isArray(value) ? JSON.stringify(value) : value,
		]);
		const overrides: Record<string, { inputs: Record<string, unknown> }> = {};
		for (const [key, value] of Object.entries(values)) {
			const [nodeId, name] = key.split('.');
			(overrides[nodeId] ??= { inputs: {} }).inputs[name] = value;
		}
		const mode = 'trigger';
		// Added in the editor.
		const schema = fieldsOf(node, id).map((field) => ({ ...field, removed: false }));
		await node.run({ parameters: withFields(id, Object.fromEntries(byField), schema), mode });
		await node.run({ parameters: runDeployment(id, overrides), mode });
		const [fields, json, ...others] = node.emulator.deployments.runs();
		expect([fields.body, others]).toEqual([json.body, []]);
		for (const [key, value] of Object.entries(values)) {
			const [nodeId, name] = key.split('.');
			const sent = fields.graph[nodeId].inputs[name];
			expect(Array.isArray(value) ? (sent as { __value__: unknown }).__value__ : sent).toEqual(value);
		}
	});

	test.each([
		['overrides alone', text('a fox').overrides, text('a fox')],
		['a whole body', { ...text('a fox'), extra_data: { api_key_comfy_org: 'k' } }, undefined],
		['nothing', {}, { overrides: {} }],
		['a link', { '6': { inputs: { clip: ['11', 0] } } }, { overrides: { '6': { inputs: { clip: ['11', 0] } } } }],
		['an emptied text', { '6': { inputs: { text: '' } } }, text('')],
		['for an ID in capital letters', text('a fox').overrides, text('a fox'), FLUX.toUpperCase()],
		['digits for a number', { '17': { inputs: { steps: '8' } } }, { overrides: { '17': { inputs: { steps: 8 } } } }],
		['a file on the machine', { '1': { inputs: { image: 'mug.png' } } }, onMachine('mug.png'), VIDEO],
		[
			'one in a folder',
			{ '1': { inputs: { image: 'in/mug 2.png [input]' } } },
			onMachine('in/mug 2.png [input]'),
			VIDEO,
		],
	])('JSON: %s', async (_what, given, sent, id: string = FLUX) => {
		const { error } = await node.run({ parameters: runDeployment(id, given) });
		expect([error, onlyRun(node).body]).toEqual([undefined, sent ?? given]);
	});

	test('another workflow on the same machine, with a file in it', async () => {
		const own = {
			'1': { class_type: 'LoadImage', inputs: { image: 'x.png' } },
			'2': { class_type: 'SaveImage', inputs: { filename_prefix: 'own', images: ['1', 0] } },
		};
		const files = { file: [{ input: '1.image', binaryPropertyName: 'data' }] };
		const run = await node.run({
			items: [
				await binaryItem({}, 'data', pngBefore(Buffer.from('x')), { fileName: 'shoe.png', mimeType: 'image/png' }),
			],
			parameters: runDeployment(FLUX, { workflow_api_json: own }, { files }),
		});
		expect(run.error).toBeUndefined();
		const { id } = onlyRun(node);
		const sent = node.emulator.body(id) as { workflow_api_json: typeof own };
		expect(sent.workflow_api_json['1'].inputs.image).toMatch(/^data:image\/png;base64,/);
		expect(sent.workflow_api_json['2']).toEqual(own['2']);
		expect(json(run)).toEqual([expect.objectContaining({ filename: 'own_00001_2.png', node_id: '2' })]);
	});

	test('another workflow has titles and Output Nodes of its own, whatever the deployed one calls its nodes', async () => {
		const save = (title: string) => ({ class_type: 'SaveImage', inputs: { filename_prefix: title }, _meta: { title } });
		const own = { workflow_api_json: { '1': save('Draft'), '9': save('Final') } };
		const run = async (outputNodes: string) =>
			await node.run({ parameters: runDeployment(FLUX, own, { options: { outputNodes } }), mode: 'trigger' });
		expect(json(await run('final'))).toEqual([expect.objectContaining({ node_id: '9', node_title: 'Final' })]);
		const { error } = await run('Save Image');
		expect(error?.message).toMatch(/'save image', which is not a node of the workflow/);
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});

	test('the busy one: groups, wrapped lists, files, every field within the limit', async () => {
		expect(fieldsOf(node, BUSY)).toHaveLength(200);
		const overrides = {
			'38:42': { inputs: { seed: 5 } },
			'14': { inputs: { values: [0.5, 0.5] } },
			'13': { inputs: { sel_mode: 'true' } },
		};
		const files = { file: [{ input: fieldId(node, BUSY, '3.image'), binaryPropertyName: 'data' }] };
		const { error } = await node.run({
			items: [
				await binaryItem({}, 'data', pngBefore(Buffer.from('x')), { fileName: 'shoe.png', mimeType: 'image/png' }),
			],
			parameters: runDeployment(BUSY, overrides, { files }),
		});
		expect(error).toBeUndefined();
		expect(onlyRun(node).body).toEqual({
			overrides: {
				'38:42': { inputs: { seed: 5 } },
				'14': { inputs: { values: { __value__: [0.5, 0.5] } } },
				'13': { inputs: { sel_mode: true } },
				'3': { inputs: { image: expect.stringMatching(/^data:image\/png/) } },
			},
		});
	});

	test('a film: by its kind, without the preview unless asked for', async () => {
		const run = await node.run({ parameters: runDeployment(VIDEO) });
		expect(json(run)).toMatchObject([
			{ node_title: 'Video Combine', video_url: expect.any(String), index: 0 },
			{ node_title: 'Save Video', video_url: expect.any(String), index: 1 },
		]);
		const options = { includePreviews: true, outputNodes: 'preview, 7', reuseInTestRuns: false };
		const chosen = await node.run({ parameters: runDeployment(VIDEO, { '3': { inputs: { seed: 1 } } }, { options }) });
		expect(json(chosen)).toMatchObject([{ node_id: '7' }, { node_id: '8', image_url: expect.any(String) }]);
	});

	test('previews alone, and text alone, are results', async () => {
		const own = (classType: string, inputs: object) => ({
			workflow_api_json: { '1': { class_type: classType, inputs } },
		});
		const preview = await node.run({ parameters: runDeployment(FLUX, own('PreviewImage', {})) });
		expect(json(preview)).toMatchObject([{ image_url: expect.stringContaining('/temp/') }]);
		const words = await node.run({ parameters: runDeployment(FLUX, own('ShowText|pysssss', { text: 'a caption' })) });
		expect(json(words)).toMatchObject([{ text: 'a caption', node_id: '1', status: 'succeeded' }]);
	});

	test('a LoRA: flat inputs, files as a model gives them', async () => {
		const run = await node.run({ parameters: runDeployment(LORA, { prompt: 'a fox', seed: 4 }) });
		expect(onlyRun(node).body).toEqual({ prompt: 'a fox', seed: 4 });
		expect(json(run)).toMatchObject([{ image_url: expect.any(String), deployment_id: LORA }]);
	});

	test('RunComfy’s own answer with Simplify off; files downloaded', async () => {
		const parameters = runDeployment(FLUX, text('a'), { simplify: false, options: { downloadImages: true } });
		const { items } = await node.run({ parameters });
		expect(items[0].json).toMatchObject({ outputs: { '9': { images: [expect.any(Object)] } }, status: 'succeeded' });
		expect(items[0].binary?.data).toMatchObject({
			mimeType: 'image/png',
			fileName: expect.stringMatching(/^Product shots-1-\w{8}\.png$/),
		});
	});

	test('a file is named like the one that went in, among the overrides or in Files', async () => {
		const options = { downloadImages: true };
		const overrides = { '3': { inputs: { image: 'https://x.example/red%20shoe.webp' } } };
		const byUrl = await node.run({ parameters: runDeployment(BUSY, overrides, { options }) });
		expect(byUrl.items[0].binary?.data.fileName).toBe('red shoe.png');
		const facts = { fileName: 'shoe.png', mimeType: 'image/png' };
		const byFile = await node.run({
			items: [await binaryItem({}, 'data', pngBefore(Buffer.from('x')), facts)],
			parameters: runDeployment(
				BUSY,
				{},
				{ options, files: { file: [{ input: '3.image', binaryPropertyName: 'data' }] } },
			),
		});
		expect(byFile.items[0].binary?.data.fileName).toBe('shoe.png');
	});

	const unreadable = /not known whether 'Shoe' takes a file.*could not be read/;

	test.each([
		['its schema says so', 'PickAnything', 'watch.png', 'ok', undefined],
		['there is no schema', 'PickAnything', 'watch.png', 'absent', unreadable],
		['the schema cannot be read', 'PickAnything', 'mug.png', '404', unreadable],
		['the schema says otherwise', 'PickAnything', 'watch.png', 'ok', /'Shoe' takes no file/, 'caption'],
		['a node that loads a picture needs none', 'easy loadImage', 'in/watch.png [input]', '404', undefined],
		['a node that loads a model is none', 'LoadModel', 'sdxl.safetensors', '404', unreadable],
	] as const)(
		'a file for a node of the owner’s own: %s',
		async (_what, classType, saved, objectInfo, says, name: string = 'image') => {
			node.emulator.deployments.publish(FLUX, (graph) => {
				graph['40'] = { class_type: classType, inputs: { [name]: saved }, _meta: { title: 'Shoe' } };
			});
			node.emulator.set({ objectInfo });
			const facts = { fileName: 'a.png', mimeType: 'image/png' };
			const { error } = await node.run({
				items: [await binaryItem({}, 'data', pngBefore(Buffer.from('x')), facts)],
				parameters: runDeployment(FLUX, {}, { files: { file: [{ input: `40.${name}`, binaryPropertyName: 'data' }] } }),
				mode: 'trigger',
			});
			if (says !== undefined) {
				expect(`${error?.message} | ${error?.description}`).toMatch(says);
				expect(node.emulator.counts().submitsReceived).toBe(0);
				return;
			}
			expect(error).toBeUndefined();
			const { overrides } = node.emulator.body(onlyRun(node).id) as { overrides: Record<string, { inputs: object }> };
			expect(overrides['40'].inputs).toEqual({ image: expect.stringMatching(/^data:image\/png;base64,/) });
		},
	);

	test('Output Nodes that gave nothing: the item and the hint say which nodes did, and Get Result has their files', async () => {
		const options = { outputNodes: 'First Frame' };
		const run = await node.run({ parameters: runDeployment(VIDEO, {}, { options }), mode: 'trigger' });
		const nodes = ['Video Combine', 'Save Video', 'Preview'];
		expect(json(run)).toEqual([expect.objectContaining({ files: 0, other_nodes: nodes, deployment_id: VIDEO })]);
		expect(messagesOf(run)).toMatch(/no file or text that was asked for.*Video Combine.*Get Result/);
		expect(messagesOf(run)).not.toContain('cached');
		const { id: requestId } = onlyRun(node);
		const of = { requestOf: 'deployment', ...locator(VIDEO) };
		const all = await node.run({ parameters: { resource: 'request', operation: 'getResult', requestId, ...of } });
		expect(all.items).toHaveLength(2);
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});

	const FILE = { url: 'https://files.runcomfy.net/a.png', filename: 'a.png', type: 'output' };

	/** What RunComfy's documents leave open, or clients have seen otherwise. What is paid comes out. */
	test.each([
		[
			'of a kind that no item has',
			{ outputs: { '9': { mesh: [{ filename: 'a.glb' }] } } },
			{ other_nodes: ['Save Image'] },
		],
		['under output', { output: { '9': { images: [FILE] } } }, { image_url: FILE.url, node_title: 'Save Image' }],
		['as models give it', { output: { images: [FILE.url] } }, { image_url: FILE.url, deployment_id: FLUX }],
		['in both places', { outputs: {}, output: { images: [FILE.url] } }, { image_url: FILE.url }],
		['as a list', { outputs: [FILE] }, { image_url: FILE.url, deployment_id: FLUX }],
		['as a text', { outputs: 'done' }, { output: 'done' }],
		[
			'in a channel of any name',
			{ outputs: { '9': { whatever: [FILE] } } },
			{ image_url: FILE.url, filename: 'a.png' },
		],
		[
			'beside what a loader was given',
			{ outputs: { '6': { images: [{ ...FILE, url: `${FILE.url}?in`, type: 'input' }] }, '9': { images: [FILE] } } },
			{ image_url: FILE.url, node_title: 'Save Image' },
		],
		['as none', { outputs: null }, { files: 0 }, true],
		['as none of any node', { outputs: { '9': { images: [] } } }, { files: 0 }, true],
	])('output %s', async (_what, told, item, isCached = false) => {
		node.emulator.onCall = ({ phase }) =>
			phase === 'result' ? { kind: 'status', status: 200, body: { status: 'succeeded', ...told } } : undefined;
		const run = await node.run({ parameters: runDeployment(FLUX), mode: 'trigger' });
		expect(json(run)).toEqual([expect.objectContaining({ ...item, deployment_id: FLUX })]);
		expect(messagesOf(run).includes('cached')).toBe(isCached);
		expect(messagesOf(run).includes('Output came from')).toBe('other_nodes' in item);
	});

	test('nothing new because all was cached: an item and a hint, no error, and no second submit', async () => {
		await node.run({ parameters: runDeployment(FLUX, {}), mode: 'trigger' });
		node.emulator.set({ coldStartSeconds: 0 });
		stayWarm();
		await node.run({ parameters: runDeployment(FLUX, {}), mode: 'trigger' });
		const again = await node.run({ parameters: runDeployment(FLUX, {}), mode: 'trigger' });
		expect(again.error).toBeUndefined();
		expect(json(again)).toEqual([expect.objectContaining({ status: 'succeeded', files: 0, deployment_id: FLUX })]);
		expect(messagesOf(again)).toMatch(/^1 run succeeded without a new file.*Randomize Seeds/);
		const requestId = String(again.items[0].json.request_id);
		const of = { requestOf: 'deployment', ...locator(FLUX) };
		const fetched = await node.run({ parameters: { resource: 'request', operation: 'getResult', requestId, ...of } });
		expect(messagesOf(fetched)).toMatch(/^1 run succeeded without a new file/);
		expect(node.emulator.counts().submitsReceived).toBe(3);
		const seeds = { options: { randomizeSeeds: true } };
		const fresh = await node.run({ parameters: runDeployment(FLUX, {}, seeds), mode: 'trigger' });
		expect(json(fresh)).toMatchObject([{ image_url: expect.any(String) }]);
	});
});

describe('Randomize Seeds', () => {
	const seeds = () =>
		node.emulator.deployments.runs().map(({ body }) => {
			const { overrides } = body as { overrides: Record<string, { inputs: { noise_seed?: number } }> };
			return overrides['25']?.inputs.noise_seed;
		});

	test('gives every item another seed, each execution others, a given one stays', async () => {
		const parameters = runDeployment(FLUX, text('a'), { options: { randomizeSeeds: true } });
		await node.run({ items: inputItems(3), parameters, mode: 'trigger' });
		await node.run({ items: inputItems(3), parameters, mode: 'trigger' });
		expect(new Set(seeds()).size).toBe(6);
		expect(seeds().every((seed) => Number.isInteger(seed) && Number(seed) < 2 ** 32)).toBe(true);
		const given = { ...text('a').overrides, '25': { inputs: { noise_seed: 7 } } };
		await node.run({ parameters: runDeployment(FLUX, given, { options: { randomizeSeeds: true } }), mode: 'trigger' });
		expect(seeds().at(-1)).toBe(7);
	});

	test('is the same on every try, and a test run finds what it ran', async () => {
		const options = { randomizeSeeds: true };
		node.emulator.fault('submit', { kind: 'refusedInput' }, { next: 1 });
		const tries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const parameters = runDeployment(FLUX, text('a'), { options });
		await node.run({ parameters, ...tries, mode: 'manual' });
		await node.run({ parameters, mode: 'manual' });
		expect(seeds()).toHaveLength(1);
	});

	test('in a workflow of one’s own: every seed but a linked one, of every item another, and the same on every try', async () => {
		const own = {
			'1': { class_type: 'RandomNoise', inputs: { noise_seed: 5 } },
			'2': { class_type: 'KSampler', inputs: { seed: ['1', 0], steps: 4 } },
			'3': { class_type: 'SaveImage', inputs: { filename_prefix: 'own', images: ['2', 0] } },
		};
		const parameters = runDeployment(FLUX, { workflow_api_json: own }, { options: { randomizeSeeds: true } });
		node.emulator.fault('submit', { kind: 'refusedInput' }, { next: 1 });
		const tries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		await node.run({ items: inputItems(2), parameters, ...tries, mode: 'trigger' });
		const graphs = node.emulator.deployments.runs().map(({ graph }) => graph);
		expect(new Set(graphs.map((graph) => graph['1'].inputs.noise_seed)).size).toBe(2);
		expect(graphs.every((graph) => Number(graph['1'].inputs.noise_seed) !== 5)).toBe(true);
		expect(graphs.map((graph) => graph['2'].inputs)).toEqual([own['2'].inputs, own['2'].inputs]);
	});

	test('of a LoRA: one where none is given', async () => {
		const options = { randomizeSeeds: true, reuseInTestRuns: false };
		await node.run({ items: inputItems(2), parameters: runDeployment(LORA, { prompt: 'a fox' }, { options }) });
		await node.run({ parameters: runDeployment(LORA, { prompt: 'a fox', seed: 4 }, { options }) });
		const sent = node.emulator.deployments.runs().map(({ body }) => Number(body.seed));
		expect(new Set(sent).size).toBe(3);
		expect(sent[2]).toBe(4);
	});

	test('a test run finds what was sent, whatever else the items hold and however the JSON is written', async () => {
		const options = { randomizeSeeds: true };
		const words = { '6': { inputs: { text: 'b' } }, '25': { inputs: {} } };
		const otherOrder = { '25': { inputs: {} }, '6': { inputs: { text: 'b' } } };
		const run = async (at: string, given: typeof words) =>
			await node.run({
				items: [{ json: { at } }],
				parameters: runDeployment(FLUX, {}, { inputsJson: JSON.stringify(given), options }),
				mode: 'manual',
			});
		await run('10:00', words);
		await run('10:05', otherOrder);
		expect(seeds()).toHaveLength(1);
	});

	test('where nothing may be reused, a test run has other seeds than the one before', async () => {
		const options = { randomizeSeeds: true, reuseInTestRuns: false };
		const parameters = runDeployment(FLUX, text('c'), { options });
		await node.run({ parameters, mode: 'manual' });
		await node.run({ parameters, mode: 'manual' });
		expect(new Set(seeds()).size).toBe(2);
	});
});

describe('Submit', () => {
	test('gives the ids and addresses at once, and sends the webhook in the query', async () => {
		node.emulator.set({ webhook: 'never' });
		const options = { webhookUrl: 'http://127.0.0.1:9/hook?a=b&c=d', intermediateUpdates: true };
		const run = await node.run({ parameters: runDeployment(FLUX, text('a'), { operation: 'submit', options }) });
		const { id, body } = onlyRun(node);
		const start = `${node.emulator.accountApiUrl}/deployments/${FLUX}/requests/${id}`;
		expect(json(run)).toEqual([
			{
				request_id: id,
				status_url: `${start}/status`,
				result_url: `${start}/result`,
				cancel_url: `${start}/cancel`,
			},
		]);
		expect(body).toEqual(text('a'));
	});

	test('calls the webhook that was given', async () => {
		const options = { webhookUrl: 'https://hooks.example.com/x?id=5&sig=a%2Fb', intermediateUpdates: true };
		await node.run({ parameters: runDeployment(FLUX, text('a'), { operation: 'submit', options }) });
		// The first look of the emulator's comes with the submit.
		expect(node.emulator.deployments.deliveries()[0]).toMatchObject({ url: options.webhookUrl, status: 'in_queue' });
	});

	test.each([
		['the same resume URL: n8n goes on when the first of them ends', '12', /^3 requests have the same resume URL/],
		['one resume URL each', '{{ $itemIndex }}', undefined],
	])('three items with %s', async (_what, execution, hint) => {
		const webhookUrl = `=https://n8n.example.com/webhook-waiting/${execution}/{{ $itemIndex }}?signature=x`;
		const run = await node.run({
			items: ['a', 'b', 'c'].map((text) => ({ json: { text } })),
			parameters: runDeployment(FLUX, '={{ { "6": { "inputs": { "text": $json.text } } } }}', {
				operation: 'submit',
				options: { webhookUrl },
			}),
		});
		expect(node.emulator.counts().submitsAccepted).toBe(3);
		const hints = run.finished.hints.map(({ message }) => message).filter((message) => message.includes('resume'));
		expect(hints).toEqual(hint === undefined ? [] : [expect.stringMatching(hint)]);
	});
});

describe('the bill', () => {
	test('is of one machine for a batch, and of nothing for test runs that find their results', async () => {
		node.emulator.set(UNCACHED);
		stayWarm();
		const parameters = runDeployment(FLUX, text('={{ $json.sku }}'), {
			inputsJson: '={{ { "6": { "inputs": { "text": $json.sku } } } }}',
		});
		const run = await node.run({ items: inputItems(3), parameters, mode: 'manual' });
		expect(run.error).toBeUndefined();
		const { instancesStarted } = node.emulator.deployments.meter(FLUX);
		await node.run({ items: inputItems(3), parameters, mode: 'manual' });
		expect(instancesStarted).toBe(1);
		expect(node.emulator.counts().submitsReceived).toBe(3);
		expect(node.emulator.deployments.meter(FLUX).instancesStarted).toBe(1);
	});
});

describe('Check Inputs', () => {
	test('tells what would be started, and starts nothing', async () => {
		const run = await node.run({ parameters: runDeployment(FLUX, text('a'), { operation: 'checkInputs' }) });
		expect(json(run)).toEqual([
			{
				ok: true,
				problems: [],
				deployment_id: FLUX,
				name: 'Product shots',
				is_enabled: true,
				hardware: ['AMPERE_48'],
				min_instances: 0,
				max_instances: 1,
				keep_warm_duration_in_seconds: 60,
				inputs: text('a'),
				estimated_cost_usd: null,
				price: expect.stringMatching(/per machine second.*start-up.*keep-warm.*A6000 48 GB/),
			},
		]);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 0, balanceReads: 1 });
		expect(node.emulator.deployments.meter(FLUX).instancesStarted).toBe(0);
		expect(messagesOf(run)).not.toContain('Min Instances');
	});

	test('without a balance: not enough, in plain sentences', async () => {
		node.emulator.set({ balanceUsd: 0 });
		const run = await node.run({ parameters: runDeployment(FLUX, {}, { operation: 'checkInputs' }) });
		expect(messagesOf(run)).toBe(
			'1 item is valid. Nothing was charged. Estimated cost: unknown. Billed per machine second, including start-up (usually 2 to 5 minutes) and keep-warm time, at the rate of A6000 48 GB. Balance: $0.00, not enough: top it up at runcomfy.com.',
		);
		expect(run.finished.hints[0].type).toBe('warning');
	});

	test('a balance that cannot be read stops nobody', async () => {
		node.emulator.fault('balance', { kind: 'status', status: 400, body: { error_message: 'not now' } });
		const run = await node.run({ parameters: runDeployment(FLUX, {}, { operation: 'checkInputs' }) });
		expect(json(run)).toMatchObject([{ ok: true }]);
		expect(messagesOf(run)).toMatch(/^1 item is ready to run\. .* The balance could not be read\.$/);
	});

	test('machines that are on all day: what they cost is said, and a run waits for no start', async () => {
		node.emulator.deployments.update(FLUX, { min_instances: 2, max_instances: 3 });
		const check = await node.run({ parameters: runDeployment(FLUX, {}, { operation: 'checkInputs' }) });
		expect(json(check)).toMatchObject([{ min_instances: 2, price: expect.stringContaining(ALWAYS_ON) }]);
		expect(messagesOf(check)).toContain(ALWAYS_ON);
		expect(messagesOf(check)).toContain('Several runs at once may start up to 3 machines.');
		await until('them to be on', () => node.emulator.deployments.meter(FLUX).instancesAlive === 2, 5_000, 5);
		const { error } = await node.run({ parameters: runDeployment(FLUX) });
		expect(error).toBeUndefined();
		expect(node.emulator.deployments.meter(FLUX)).toMatchObject({ instancesStarted: 2, instancesAlive: 2 });
	});

	test('what the machine would probably refuse is a hint, since only the machine knows', async () => {
		const given = { '16': { inputs: { sampler_name: 'eulr' } }, '17': { inputs: { steps: 20_000, denoise: 1 } } };
		const run = await node.run({ parameters: runDeployment(FLUX, given, { operation: 'checkInputs' }) });
		expect(json(run)).toMatchObject([{ ok: true, problems: [] }]);
		expect(run.finished.hints.map(({ message }) => message)).toContainEqual(
			expect.stringMatching(
				/2 values.*'KSamplerSelect' is eulr, which is not one of its choices \(item 0\).*outside 1–10000/,
			),
		);
		const { objectInfoReads } = node.emulator.counts();
		await node.run({ parameters: runDeployment(FLUX, given) });
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 1, objectInfoReads });
	});

	test('shows no key of another service', async () => {
		const given = { overrides: {}, extra_data: { api_key_comfy_org: 'comfy-secret' } };
		const run = await node.run({ parameters: runDeployment(FLUX, given, { operation: 'checkInputs' }) });
		expect(json(run)).toMatchObject([{ ok: true, inputs: { overrides: {}, extra_data: '(not shown)' } }]);
		expect(JSON.stringify([run.items, run.logs])).not.toContain('comfy-secret');
	});

	test('lists all that is wrong', async () => {
		const given = { '6': { inputs: { texts: 'a' } }, '99': { inputs: {} }, '17': { inputs: { steps: 'many' } } };
		const run = await node.run({ parameters: runDeployment(FLUX, given, { operation: 'checkInputs' }) });
		expect(json(run)).toMatchObject([
			{
				ok: false,
				problems: [
					expect.stringContaining('6.texts'),
					expect.stringContaining('99'),
					expect.stringContaining('BasicScheduler: steps'),
				],
			},
		]);
	});
});

describe('as the tool of an AI agent', () => {
	const ask = async (agent: 'v2' | 'v3', parameters: INodeParameters, args: Record<string, unknown> = {}) => {
		const credentials = { runComfyApi: node.credential };
		const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
		const calls = [{ id: 'call_1', args }];
		const { answers } = await runAsTool(node.engine, { agent, calls, credentials, parameters, ...tries });
		return String(answers[0]?.response);
	};

	test.each(['v2', 'v3'] as const)(
		'agent %s: lists, looks at one, and runs it by JSON or by a field',
		async (agent) => {
			const about = { resource: 'deployment', ...locator(FLUX) };
			const listed = await ask(agent, { ...about, operation: 'getMany', returnAll: true });
			expect(listed).toMatch(/Product shots.*My style.*Last season/);
			expect(await ask(agent, { ...about, operation: 'get' })).toMatch(/6\.text.*Positive Prompt/);
			const byJson = runDeployment(FLUX, "={{ $fromAI('inputs', 'overrides', 'json') }}");
			const ran = await ask(agent, byJson, { inputs: { '6': { inputs: { text: 'a fox' } } } });
			expect(ran).toContain(onlyRun(node).outputs[0]);
			const prompt = fieldId(node, FLUX, '6.text');
			const byField = withFields(FLUX, { [prompt]: "={{ $fromAI('prompt', '', 'string') }}" }, fieldsOf(node, FLUX));
			node.emulator.fault('result', { kind: 'status', status: 400, body: { error_message: 'no' } }, { next: 1 });
			await ask(agent, byField, { prompt: 'a hare' });
			const sent = node.emulator.deployments.runs().map(({ graph }) => graph['6'].inputs.text);
			expect(sent).toEqual(['a fox', 'a hare']);
			expect(node.emulator.counts().submitsReceived).toBe(2);
		},
	);
});

test.each([
	['Background', REPLACE, 0],
	['Model', runModel(TEXT_TO_IMAGE, 'a fox'), 1],
])('%s asks nothing of deployments, and no more than it needs', async (_what, parameters, reads) => {
	const { error } = await node.run({ parameters, mode: 'trigger' });
	expect(error).toBeUndefined();
	const phases = new Set(node.emulator.calls().map(({ phase }) => phase));
	expect([...phases].sort()).toEqual(['submit', 'result', ...(reads > 0 ? ['model'] : [])].sort());
	expect(node.emulator.counts()).toMatchObject({
		...{ submitsReceived: 1, modelReads: reads, deploymentCalls: 0, objectInfoReads: 0, balanceReads: 0 },
	});
});

describe('Get, Get Many, Update', () => {
	const call = (operation: string, rest = {}) => ({ resource: 'deployment', operation, ...locator(FLUX), ...rest });

	test('Get: the record, and the inputs of the workflow', async () => {
		const [deployment] = json(await node.run({ parameters: call('get') })) as Array<Record<string, unknown>>;
		expect(deployment).toMatchObject({ deployment_id: FLUX, workflow_version: 'v2', is_enabled: true });
		const inputs = deployment.inputs as Array<Record<string, unknown>>;
		expect(inputs.find(({ name }) => name === '6.text')).toMatchObject({ label: 'Positive Prompt', type: 'text' });
	});

	test.each(['five', 'wrapped'] as const)('Get Many: all, disabled ones last (%s)', async (deployments) => {
		node.emulator.set({ deployments });
		await node.run({ parameters: call('update', { fieldsToUpdate: { enabled: false } }) });
		const all = json(await node.run({ parameters: call('getMany', { returnAll: true }) }));
		expect(all.map((one) => (one as { name: string }).name).slice(-2)).toEqual(['Product shots', 'Last season']);
		expect(all).toHaveLength(5);
		expect(await node.run({ parameters: call('getMany', { returnAll: false, limit: 2 }) })).toMatchObject({
			items: { length: 2 },
		});
	});

	test('Update: all that can be changed, under RunComfy’s names', async () => {
		const fieldsToUpdate = {
			...{ enabled: true, hardware: 'AMPERE_24', keepWarm: 30, maxInstances: 4, minInstances: 0 },
			...{ name: 'Shoes', queueSize: 2, workflowVersion: 'v1' },
		};
		const [after] = json(await node.run({ parameters: call('update', { fieldsToUpdate }) }));
		expect(after).toMatchObject({
			...{ is_enabled: true, hardware: ['AMPERE_24'], keep_warm_duration_in_seconds: 30, max_instances: 4 },
			...{ min_instances: 0, name: 'Shoes', queue_size: 2, workflow_version: 'v1' },
		});
	});

	test('Update: a version that is not saved is not taken for a deployment that is gone', async () => {
		const { error } = await node.run({ parameters: call('update', { fieldsToUpdate: { workflowVersion: 'v99' } }) });
		expect(error?.message).toMatch(/does not know version v99 of the workflow/);
	});

	test('Update: machines that are on all day are warned of; switched off or down to none they are not', async () => {
		const update = async (fieldsToUpdate: INodeParameters) =>
			messagesOf(await node.run({ parameters: call('update', { fieldsToUpdate }) }));
		expect(await update({ minInstances: 2 })).toContain(ALWAYS_ON);
		expect(node.emulator.calls().at(-1)).toMatchObject({ method: 'PATCH' });
		expect(node.emulator.deployments.meter(FLUX).instancesAlive).toBe(2);
		expect(await update({ enabled: false })).toBe('');
		expect(await update({ enabled: true })).toContain(ALWAYS_ON);
		expect(await update({ minInstances: 0 })).toBe('');
	});

	test('Update: where several items change one deployment, the last one counts, however slow the first one is', async () => {
		node.emulator.fault('deployment', { kind: 'slow', ms: 500 }, { next: 1 });
		const items = [10, 20].map((keepWarm) => ({ json: { keepWarm } }));
		await node.run({ items, parameters: call('update', { fieldsToUpdate: { keepWarm: '={{ $json.keepWarm }}' } }) });
		const [after] = json(await node.run({ parameters: call('get') }));
		expect(after).toMatchObject({ keep_warm_duration_in_seconds: 20 });
	});

	test('Update: leaves the name as it is, letter by letter', async () => {
		const name = '  Shoes <2026>  ' + 'x'.repeat(250);
		await node.run({ parameters: call('update', { fieldsToUpdate: { name } }) });
		const written = async () => {
			const headers = { authorization: `Bearer ${node.emulator.token}` };
			const answer = await fetch(`${node.emulator.accountApiUrl}/deployments/${FLUX}`, { headers });
			return ((await answer.json()) as { name: string }).name;
		};
		const before = await written();
		await node.run({ parameters: call('update', { fieldsToUpdate: { keepWarm: 61 } }) });
		expect(before).toContain('<2026>');
		expect(await written()).toBe(before);
	});

	test('Update: sends what was chosen and the name, and gives the record', async () => {
		const fieldsToUpdate = { hardware: 'ADA_80_PLUS', minInstances: 0, maxInstances: '3', enabled: false };
		const [after] = json(await node.run({ parameters: call('update', { fieldsToUpdate }) }));
		expect(after).toMatchObject({
			name: 'Product shots',
			hardware: ['ADA_80_PLUS'],
			max_instances: 3,
			is_enabled: false,
		});
		const refused = await node.run({ parameters: runDeployment(FLUX, text('a')) });
		expect(refused.error?.message).toBe('The deployment Product shots is disabled');
		const none = await node.run({ parameters: call('update', { fieldsToUpdate: {} }) });
		expect(none.error?.message).toBe("'Fields to Update' is empty");
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});
});
