/** Model → Run and Wait and Submit: every model of the catalogue, and what its request gives. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { KNOWN_MODELS, type Switches } from '../emulator/emulator.mts';
import { type Fixture, inputItems, jsonOf, onRequest, openFixture, quickPolicies, useFixture } from './fixture.mts';
import {
	asTyped,
	byId,
	fieldsFor,
	IMAGE_TO_TEXT,
	mapper,
	runModel,
	sampleFor,
	TEXT_TO_IMAGE,
} from './modelFixture.mts';
import { type Clock, systemClock } from '../../nodes/RunComfy/timing/clock.ts';
import { pause, untilTrue } from '../lib/until.mts';

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
		expect(error?.message).toMatch(/succeeded, but RunComfy returned no file/);
	});

	test('nothing, from a model that promises a file', async () => {
		node.emulator.set({ output: 'none' });
		const { error } = await node.run({ parameters: runModel(TEXT_TO_IMAGE, 'a lake') });
		expect(error?.message).toMatch(/succeeded, but RunComfy returned no file/);
	});

	test('Submit: the request at once, under the model it was for', async () => {
		const parameters = { ...runModel(TEXT_TO_IMAGE, 'a lake'), operation: 'submit' };
		const { items } = await node.run({ items: inputItems(2), parameters });
		expect(jsonOf(items).map(({ request_id: id }) => id)).toEqual(node.emulator.requests().map(({ id }) => id));
		expect(node.emulator.modelCount(TEXT_TO_IMAGE)).toMatchObject({ submitsAccepted: 2 });
		expect(node.emulator.counts().resultReads).toBe(0);
	});
});

/** How often the catalogue is read: once a model and run, kept for a minute, and never for Background. */
describe('reads of the catalogue', () => {
	/** A clock that can be set forward. */
	class LateClock implements Clock {
		lateMs = 0;

		now = () => systemClock.now() + this.lateMs;

		wallMs = () => systemClock.wallMs() + this.lateMs;

		sleep = systemClock.sleep;

		alarm = systemClock.alarm;
	}

	const OTHER = 'emulator/text-to-image';

	let clock: LateClock;
	let node: Fixture;
	beforeEach(async () => {
		clock = new LateClock();
		const policies = quickPolicies();
		Object.assign(policies.call, { readTimeoutMs: 5_000, submitTimeoutMs: 10_000, singleCallWindowMs: 10_000 });
		node = await openFixture({ queueMs: 0, runMs: 0, spreadMs: 0, clock, policies });
	});
	afterEach(async () => await node.close());

	async function readBegun() {
		await untilTrue(() => node.emulator.counts().modelReads > 0);
	}

	const readsOf = (modelId: string) => node.emulator.modelCount(modelId).reads;

	test.each([
		['Run and Wait', 'runAndWait'],
		['Submit', 'submit'],
		['Get', 'get'],
	])('%s: 30 items of one model read it once', async (_name, operation) => {
		const { items, error } = await node.run({
			items: inputItems(30),
			parameters: { ...runModel(TEXT_TO_IMAGE, 'a lake'), operation },
		});
		expect([error, items.length]).toEqual([undefined, 30]);
		expect(node.emulator.counts()).toMatchObject({ modelReads: 1, submitsReceived: operation === 'get' ? 0 : 30 });
	});

	test('a model of each item: each is read once', async () => {
		const ids = [TEXT_TO_IMAGE, OTHER];
		const items = [0, 1, 0, 1].map((which) => ({ json: { id: ids[which] } }));
		await node.run({ items, parameters: runModel('={{ $json.id }}', 'a lake') });
		for (const id of ids) expect(node.emulator.modelCount(id)).toMatchObject({ reads: 1, submitsAccepted: 2 });
	});

	test('runs within a minute share a reading, later ones read anew', async () => {
		const parameters = runModel(TEXT_TO_IMAGE, 'a lake');
		await node.run({ parameters });
		await node.run({ parameters });
		clock.lateMs = 59_000;
		await node.run({ parameters });
		expect(readsOf(TEXT_TO_IMAGE)).toBe(1);
		clock.lateMs = 61_500;
		await node.run({ parameters });
		expect(readsOf(TEXT_TO_IMAGE)).toBe(2);
	});

	test('runs at the same time share a reading under way', async () => {
		node.emulator.fault('model', { kind: 'slow', ms: 150 });
		const runs = await Promise.all([1, 2, 3].map(() => node.run({ parameters: runModel(TEXT_TO_IMAGE, 'a lake') })));
		expect(runs.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
		expect(readsOf(TEXT_TO_IMAGE)).toBe(1);
	});

	test('a Stop of one leaves the others their reading', async () => {
		node.emulator.fault('model', { kind: 'slow', ms: 1_500 });
		const parameters = runModel(TEXT_TO_IMAGE, 'a lake');
		const stopped = node.start({ parameters });
		await readBegun();
		const other = node.run({ parameters });
		await pause(50);
		stopped.stop();
		expect((await stopped.result).items).toEqual([]);
		const { items, error } = await other;
		expect([error, items.length]).toEqual([undefined, 1]);
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});

	test('Stop while the catalogue is read: nothing is bought, and the node ends without it', async () => {
		// Longer than this test may take.
		node.policies.call.readTimeoutMs = 600_000;
		node.emulator.fault('model', { kind: 'hang', effect: 'before' });
		const run = node.start({ items: inputItems(3), parameters: runModel(TEXT_TO_IMAGE, 'a lake') });
		await readBegun();
		run.stop();
		expect((await run.result).items).toEqual([]);
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});

	test('a reading that failed is not kept', async () => {
		node.emulator.fault('model', { kind: 'status', status: 404, body: { detail: 'gone' } }, { next: 1 });
		const parameters = runModel(TEXT_TO_IMAGE, 'a lake');
		expect((await node.run({ parameters })).error?.message).toMatch(/does not know the model/);
		expect((await node.run({ parameters })).error).toBeUndefined();
	});

	test('a reading that fails for a moment is made again', async () => {
		node.emulator.fault('model', { kind: 'status', status: 503 }, { next: 2 });
		expect((await node.run({ parameters: runModel(TEXT_TO_IMAGE, 'a lake') })).error).toBeUndefined();
		expect(readsOf(TEXT_TO_IMAGE)).toBe(3);
	});

	test('Background makes no call more than a submit and its looks', async () => {
		await node.run({ items: inputItems(5) });
		const { modelReads, balanceReads, submitsReceived } = node.emulator.counts();
		expect({ modelReads, balanceReads, submitsReceived }).toEqual({
			modelReads: 0,
			balanceReads: 0,
			submitsReceived: 5,
		});
	});

	describe('the rate limit counts readings', () => {
		test('no more calls in a second than it allows', async () => {
			Object.assign(node.policies.rateLimit, { callsPerShortWindow: 4, shortWindowMs: 300 });
			const limited = await openFixture({ policies: node.policies, queueMs: 0, runMs: 0, spreadMs: 0 });
			try {
				const ids = [
					TEXT_TO_IMAGE,
					OTHER,
					'emulator/inference/upscale',
					'sync/react-1',
					'wan-ai/wan-2.7/edit',
					IMAGE_TO_TEXT,
				];
				const items = [...ids, ...ids].map((id) => ({ json: { id } }));
				const { error } = await limited.run({
					items,
					parameters: { resource: 'model', operation: 'get', ...byId('={{ $json.id }}') },
				});
				expect(error).toBeUndefined();
				const times = limited.emulator
					.calls()
					.map(({ atMs }) => atMs)
					.sort((a, b) => a - b);
				expect(times).toHaveLength(6);
				for (let first = 0; first + 4 < times.length; first += 1) {
					expect(times[first + 4] - times[first]).toBeGreaterThanOrEqual(290);
				}
			} finally {
				await limited.close();
			}
		});
	});
});
