/** Model → Run and Wait and Submit: every model of the catalogue, and what its request gives. */
import { describe, expect, test } from '@jest/globals';

import { KNOWN_MODELS, type Switches } from '../emulator/emulator.mts';
import { inputItems, jsonOf, onRequest, useFixture } from './fixture.mts';
import { asTyped, fieldsFor, IMAGE_TO_TEXT, mapper, runModel, sampleFor, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

/** The bodies that the server took, by request. */
const bodies = () => node.emulator.requests().map(({ id }) => node.emulator.body(id));

describe.each(KNOWN_MODELS.map((model) => [model.model_id, model] as const))('%s', (modelId, model) => {
	const sample = sampleFor(model);
	const expected = { ...sample.inputs, ...(sample.prompt !== '' && { prompt: sample.prompt }) };

	test('by JSON', async () => {
		const { items, error } = await node.run({ parameters: runModel(modelId, sample.prompt, sample.inputs) });
		expect(error).toBeUndefined();
		expect(bodies()).toEqual([expected]);
		expect(items.length).toBeGreaterThan(0);
		expect(node.emulator.modelCount(modelId)).toMatchObject({ submitsReceived: 1, submitsAccepted: 1 });
	});

	test('by fields', async () => {
		const fields = fieldsFor(model).map((field) => ({ ...field, removed: false }));
		const parameters = { ...runModel(modelId, sample.prompt), ...mapper(asTyped(sample, fields), fields) };
		const { error } = await node.run({ parameters });
		expect(error).toBeUndefined();
		expect(bodies()).toEqual([expected]);
	});
});

describe('what is sent', () => {
	test('nothing but what is given: no default, no null, no field that is hidden', async () => {
		const modelId = 'bytedance/seedance-2.0/fast';
		const hidden = [{ id: 'seed', displayName: 'Seed', removed: true }] as never;
		const parameters = { ...runModel(modelId, 'a whale'), ...mapper({ seed: 3, duration: null }, hidden) };
		await node.run({ parameters });
		expect(bodies()).toEqual([{ prompt: 'a whale' }]);
	});

	test('expressions of each item', async () => {
		const parameters = { ...runModel(TEXT_TO_IMAGE, '={{ $json.sku }}'), ...mapper({ seed: '={{ $itemIndex }}' }) };
		await node.run({ items: inputItems(3), parameters });
		const sorted = bodies().sort((a, b) => Number(a?.seed) - Number(b?.seed));
		expect(sorted).toEqual([0, 1, 2].map((index) => ({ prompt: `sku-${index}`, seed: index })));
	});
});

describe('what comes out', () => {
	test.each<[string, string, Partial<Switches>, Record<string, unknown>]>([
		['an image', TEXT_TO_IMAGE, {}, { image_url: expect.stringContaining('/0.png') }],
		['a video', 'emulator/keyframes-to-video', {}, { video_url: expect.stringContaining('/0.mp4') }],
		['sound', 'elevenlabs/elevenlabs/music-generation', {}, { audio_url: expect.stringContaining('/0.') }],
		['a picture under another key', TEXT_TO_IMAGE, { output: 'outputs' }, { image_url: expect.any(String) }],
	])('%s', async (_what, modelId, switches, expected) => {
		node.emulator.set(switches);
		const sample = sampleFor(KNOWN_MODELS.find(({ model_id: id }) => id === modelId)!);
		const { items } = await node.run({ parameters: runModel(modelId, sample.prompt, sample.inputs) });
		expect(jsonOf(items)[0]).toMatchObject({ ...expected, model_id: modelId, status: 'succeeded', index: 0 });
	});

	test('text, from a model that promises no file', async () => {
		const parameters = runModel(IMAGE_TO_TEXT, 'What is it?', { image_url: 'https://images.example.com/a.png' });
		const { items, error } = await node.run({ parameters });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toEqual([
			expect.objectContaining({
				model_id: IMAGE_TO_TEXT,
				status: 'succeeded',
				output: { text: expect.stringContaining('What is it?') },
			}),
		]);
	});

	test.each([false, true])('text, fetched later by Get Result, waiting: %p', async (waitUntilFinished) => {
		const parameters = runModel(IMAGE_TO_TEXT, 'What is it?', { image_url: 'https://images.example.com/a.png' });
		const submitted = await node.run({ parameters: { ...parameters, operation: 'submit' } });
		const requestId = String(jsonOf(submitted.items)[0].request_id);
		const { items, error } = await node.run({ parameters: onRequest('getResult', requestId, { waitUntilFinished }) });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toEqual([expect.objectContaining({ output: { text: expect.any(String) } })]);
	});

	test('nothing, fetched later by Get Result, is an error for every model', async () => {
		node.emulator.set({ output: 'none' });
		const submitted = await node.run({ parameters: { ...runModel(TEXT_TO_IMAGE, 'a lake'), operation: 'submit' } });
		const requestId = String(jsonOf(submitted.items)[0].request_id);
		const { error } = await node.run({ parameters: onRequest('getResult', requestId) });
		expect(error?.message).toMatch(/ended as succeeded, but RunComfy returned no file/);
	});

	test('nothing, from a model that promises a file', async () => {
		node.emulator.set({ output: 'none' });
		const { error } = await node.run({ parameters: runModel(TEXT_TO_IMAGE, 'a lake') });
		expect(error?.message).toMatch(/ended as succeeded, but RunComfy returned no file/);
	});

	test('Submit: the request at once, under the model it was for', async () => {
		const parameters = { ...runModel(TEXT_TO_IMAGE, 'a lake'), operation: 'submit' };
		const { items } = await node.run({ items: inputItems(2), parameters });
		expect(jsonOf(items).map(({ request_id: id }) => id)).toEqual(node.emulator.requests().map(({ id }) => id));
		expect(node.emulator.modelCount(TEXT_TO_IMAGE)).toMatchObject({ submitsAccepted: 2 });
		expect(node.emulator.counts().resultReads).toBe(0);
	});
});
