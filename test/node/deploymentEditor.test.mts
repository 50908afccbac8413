/** What the editor asks about deployments while somebody fills in a node: n8n's own context, the emulator over HTTP. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { ProcessState } from '../../nodes/RunComfy/batch/processState.ts';
import {
	getDeploymentInputs,
	getDeploymentMediaInputs,
	searchDeployments,
} from '../../nodes/RunComfy/methods/editorMethods.ts';
import type { Graph } from '../emulator/emulator.mts';
import { editorContext } from '../engine/index.mts';
import { startLocalServer } from '../engine/localServer.mts';
import { BUSY, FLUX, LORA, locator, openDeployments, VIDEO } from './deploymentFixture.mts';
import { patientPolicies, shareFixture } from './fixture.mts';

const node = shareFixture(openDeployments, {});

let processState: ProcessState;
beforeEach(() => void (processState = new ProcessState(patientPolicies())));

const contextFor = (id: unknown): ILoadOptionsFunctions =>
	editorContext(node.engine, {
		parameters: { resource: 'deployment', operation: 'runAndWait', ...locator(id) },
		credentials: { runComfyApi: node.credential },
	});

const fieldsFor = async (id: unknown) => await getDeploymentInputs(contextFor(id), processState);

const shownFor = async (id: string) =>
	(await fieldsFor(id)).fields.filter(({ removed }) => removed !== true).map(({ displayName }) => displayName);

const publish = (id: string, change: (graph: Graph) => void) => void node.emulator.deployments.publish(id, change);

describe('the list', () => {
	test('name, version, machine; disabled ones last and marked', async () => {
		const { results } = await searchDeployments(contextFor(''), undefined, processState);
		expect(results.map(({ name }) => name)).toEqual([
			'Product shots · v2 · A6000 48 GB',
			'Catalogue, everything · v1 · L40S 48 GB',
			'Photo to film · v1 · A6000 48 GB',
			'My style (LoRA) · v1 · L40S 48 GB',
			'Last season · v1 · T4 16 GB (disabled)',
		]);
		expect(results[0]).toMatchObject({ value: FLUX });
		for (const [filter, id] of [
			[' FILM', VIDEO],
			['product', FLUX],
		]) {
			const found = await searchDeployments(contextFor(''), filter, processState);
			expect(found.results.map(({ value }) => value)).toEqual([id]);
		}
	});

	test('says what is wrong', async () => {
		node.emulator.set({ deployments: 'none' });
		await expect(searchDeployments(contextFor(''), '', processState)).rejects.toThrow(/list the deployments/);
	});
});

describe('the fields', () => {
	test('shown at once: those that the owner chose', async () => {
		expect(await shownFor(FLUX)).toEqual(['Positive Prompt', 'RandomNoise (saved: 219670278747233)']);
	});

	test('else those of nodes whose title begins with >, as soon as one is renamed', async () => {
		expect(await shownFor(BUSY)).toEqual([
			'Positive Prompt (saved: a watch on slate)',
			'Negative Prompt (saved: blurry)',
			'Product Photo (URL or Files)',
		]);
		publish(BUSY, (graph) => void (graph['17']._meta = { title: '>Slogan' }));
		expect(await shownFor(BUSY)).toContain('Slogan (saved: without a title)');
		// Weights, and the folder on the machine, are for whoever built the workflow.
		publish(BUSY, (graph) => void (graph['4']._meta = graph['7']._meta = { title: '> Model' }));
		expect((await shownFor(BUSY)).join()).not.toContain('Model');
		expect((await fieldsFor(BUSY)).fields.map(({ displayName }) => displayName).join()).toContain('Model (');
	});

	test('else a guess: prompts, media, seeds', async () => {
		expect(await shownFor(VIDEO)).toEqual([
			'Motion Prompt',
			'First Frame (URL or Files)',
			'Image to Video: seed (saved: 41)',
		]);
	});

	test('twelve at most: the rest of a guess is under Add field', async () => {
		publish(VIDEO, (graph) => {
			for (let nth = 1; nth <= 15; nth += 1) {
				const inputs = { text: 'a road' };
				graph[String(100 + nth)] = { class_type: 'CLIPTextEncode', inputs, _meta: { title: `Scene ${nth}` } };
			}
		});
		const scenes = Array.from({ length: 11 }, (_, index) => `Scene ${index + 1} (saved: a road)`);
		expect(await shownFor(VIDEO)).toEqual(['Motion Prompt', ...scenes]);
		const { fields } = await fieldsFor(VIDEO);
		expect(fields.map(({ displayName }) => displayName)).toEqual(
			expect.arrayContaining(['Scene 15 (saved: a road)', 'First Frame (URL or Files)']),
		);
	});

	test('named by titles, unique, with the saved value; typed by it; none required', async () => {
		const { fields } = await fieldsFor(BUSY);
		const names = fields.map(({ displayName }) => displayName);
		expect(fields).toHaveLength(200);
		expect(new Set(names).size).toBe(200);
		expect(names).toEqual(
			expect.arrayContaining(['KSampler: steps (1–10000, saved: 20)', 'KSampler: steps #6 (1–10000, saved: 20)']),
		);
		expect(names).toContain('Text Multiline (saved: without a title)');
		expect(fields.every(({ required }) => !required)).toBe(true);
		const typeOf = (start: string) => fields.find(({ displayName }) => displayName.startsWith(start))?.type;
		expect([
			typeOf('KSampler: cfg'),
			typeOf('Switch: A/B: sel_mode'),
			typeOf('Weights'),
			typeOf('KSampler: seed'),
		]).toEqual(['number', 'boolean', 'array', 'number']);
		expect(fields.find(({ displayName }) => displayName.includes('sel_mode'))?.defaultValue).toBe(false);
	});

	test('never what ComfyUI keeps for itself, hostile names, HTML, or what the editor cannot keep', async () => {
		const { fields } = await fieldsFor(BUSY);
		const all = JSON.stringify(fields);
		for (const word of ['control_after_generate', '.upload', 'choose file', 'prompt text', '<img', 'empty.']) {
			expect(all).not.toContain(word);
		}
		expect(all.length).toBeLessThan(100_000);
		for (const { id } of fields) expect(id).toMatch(/^[\w-]+\.[\w.-]+\.[0-9a-f]{8}$/);
		// Nodes within a group stand where their group does.
		const nodes = [...new Set(fields.filter(({ removed }) => removed).map(({ id }) => id.split('.')[0]))];
		expect(nodes.slice(nodes.indexOf('17'), nodes.indexOf('100') + 1)).toEqual(['17', '38-42', '38-43', '100']);
	});

	test('at hand within a second, for 300 nodes', async () => {
		const started = performance.now();
		await fieldsFor(BUSY);
		// Some milliseconds on an idle machine.
		expect(performance.now() - started).toBeLessThan(5_000);
	});

	test.each([
		['none chosen', '', /Choose a deployment first/],
		['an expression', '={{ $json.id }}', /comes from an expression/],
		['a LoRA', LORA, /no workflow/],
	])('%s: a sentence in their place', async (_what, id, words) => {
		expect(await fieldsFor(id)).toMatchObject({ fields: [], emptyFieldsNotice: expect.stringMatching(words) });
	});
});

describe('choices and ranges', () => {
	const fieldFor = async (start: string) =>
		(await fieldsFor(BUSY)).fields.find(({ displayName }) => displayName.startsWith(start));

	test('come with the fields, are read once a minute, and never of media', async () => {
		expect(await fieldFor('KSampler: sampler_name')).toMatchObject({
			type: 'options',
			options: [{ value: 'euler', description: 'Default' }, { value: 'euler_ancestral' }, {}, {}, {}],
		});
		expect(await fieldFor('KSampler: denoise (0–1, saved: 1)')).toMatchObject({ type: 'number' });
		expect(await fieldFor('KSampler: seed (0–')).toBeUndefined();
		expect(await fieldFor('Product Photo')).toMatchObject({ type: 'string' });
		expect(node.emulator.counts().objectInfoReads).toBe(1);
	});

	test('a saved value that the machine does not list is still one of them', async () => {
		publish(BUSY, (graph) => void (graph['5'].inputs.sampler_name = 'my_sampler'));
		const field = await fieldFor('KSampler: sampler_name');
		expect(field?.options?.[0]).toEqual({ name: 'my_sampler', value: 'my_sampler', description: 'Default' });
	});

	test.each([
		[100, 'options'],
		[101, 'string'],
	])('of %d choices: a field of type %s', async (count, type) => {
		const choices = Array.from({ length: count }, (_, index) => (index === 0 ? 'euler' : `sampler ${index}`));
		const body = { KSampler: { input: { required: { sampler_name: [choices] } } } };
		node.emulator.fault('objectInfo', { kind: 'status', status: 200, body });
		expect(await fieldFor('KSampler: sampler_name')).toMatchObject({ type });
	});

	test.each(['absent', '404', 'large'] as const)('%s: the fields are there without', async (objectInfo) => {
		node.emulator.set({ objectInfo });
		expect(await fieldFor('KSampler: sampler_name')).toMatchObject({ type: 'string' });
	});

	test.each([
		['never answers', { kind: 'hang', effect: 'before' }],
		['breaks off', { kind: 'truncated' }],
		['is no JSON', { kind: 'between', status: 200 }],
		['leads elsewhere', { kind: 'redirect', to: 'https://files.example.com/info.json', status: 302 }],
	] as const)('%s: the fields are there without', async (_what, fault) => {
		node.emulator.fault('objectInfo', fault);
		processState.policies.call.objectInfoPatienceMs = 50;
		expect(await fieldFor('KSampler: sampler_name')).toMatchObject({ type: 'string' });
	});

	test('are fetched from no other host, whatever RunComfy reports', async () => {
		const elsewhere = await startLocalServer((_request, response) => response.end('{}'));
		try {
			const payload = {
				workflow_api_json: node.emulator.deployments.graph(BUSY),
				object_info_url: `${elsewhere.url}/object_info.json`,
			};
			node.emulator.fault('deployment', { kind: 'status', status: 200, body: { id: BUSY, payload } });
			expect(await fieldFor('KSampler: sampler_name')).toMatchObject({ type: 'string' });
			expect(elsewhere.requests).toEqual([]);
		} finally {
			await elsewhere.close();
		}
	});

	test('slow: without at first, with them the next time, by one read', async () => {
		node.emulator.fault('objectInfo', { kind: 'trickle', ms: 1_000 });
		processState.policies.call.objectInfoPatienceMs = 0;
		expect(await fieldFor('KSampler: sampler_name')).toMatchObject({ type: 'string' });
		processState.policies.call.objectInfoPatienceMs = 10_000;
		expect(await fieldFor('KSampler: sampler_name')).toMatchObject({ type: 'options' });
		expect(node.emulator.counts().objectInfoReads).toBe(1);
	});
});

test('inputs that take a file', async () => {
	const inputs = await getDeploymentMediaInputs(contextFor(BUSY), processState);
	expect(inputs.map(({ name, description }) => [name, description])).toEqual([
		['Product Photo', '3.image'],
		['Load Video', '16.file'],
	]);
});

test('an input that takes a file by the word of ComfyUI alone is one of them, and its field says so', async () => {
	publish(FLUX, (graph) => {
		graph['40'] = { class_type: 'PickAnything', inputs: { image: 'watch.png' }, _meta: { title: '> Shoe' } };
	});
	const inputs = await getDeploymentMediaInputs(contextFor(FLUX), processState);
	expect(inputs.map(({ description }) => description)).toEqual(['40.image']);
	const { fields } = await fieldsFor(FLUX);
	expect(fields.map(({ displayName }) => displayName)).toContain('Shoe (URL or Files)');
});
