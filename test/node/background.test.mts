/** Background → Replace and Wait: what is bought, and that each input gets its own picture back. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { REPLACE_BACKGROUND_ID } from '../emulator/emulator.mts';
import {
	errorShown,
	IMAGE_URL,
	inputIndexOf,
	inputItems,
	jsonOf,
	NOT_READY,
	onRequest,
	useFixture,
} from './fixture.mts';

const node = useFixture();

const boughtInputs = () => node.emulator.requests().map(({ input }) => input);

describe('Replace and Wait', () => {
	test('twenty items are twenty submits, and twenty pictures in the order of the input', async () => {
		const { items, error } = await node.run({
			items: inputItems(20),
			parameters: { prompt: '={{ "scene " + $json.sku }}' },
		});

		expect(error).toBeUndefined();
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 20, submitsAccepted: 20, cancels: 0 });
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(inputItems(20).map((_, item) => ({ item })));
		const bought = new Map(node.emulator.requests().map(({ id, input }) => [id, input.prompt]));
		items.forEach(({ json }, index) => {
			expect(bought.get(String(json.request_id))).toBe(`scene sku-${index}`);
			expect(json).toMatchObject({ status: 'succeeded', index: 0, cost: 0.06 });
		});
	});

	test('a single item: one picture of the model that was asked for', async () => {
		const { items } = await node.run();
		const [request] = node.emulator.requests();
		expect(request).toMatchObject({
			modelId: REPLACE_BACKGROUND_ID,
			input: { image: IMAGE_URL, prompt: 'on a marble table' },
		});
		expect(jsonOf(items)).toEqual([
			{
				request_id: request.id,
				status: 'succeeded',
				image_url: request.outputs[0],
				index: 0,
				model_id: REPLACE_BACKGROUND_ID,
				created_at: expect.any(String),
				finished_at: expect.any(String),
				cost: 0.06,
			},
		]);
	});

	test('requests that end in another order come back in the order of the input', async () => {
		node.emulator.onCall = ({ phase, input }) => {
			const number = Number(/\d+$/.exec(String(input?.prompt))?.[0]);
			if (phase === 'submit') node.emulator.set({ runMs: (6 - number) * 25 }, { next: 1 });
			return undefined;
		};
		const { items } = await node.run({
			items: inputItems(6),
			parameters: { prompt: '={{ "scene " + $json.sku }}' },
		});
		const bought = new Map(node.emulator.requests().map(({ id, input }) => [id, input.prompt]));
		expect(items.map(({ json }) => bought.get(String(json.request_id)))).toEqual(
			inputItems(6).map(({ json }) => `scene ${json.sku}`),
		);
		expect(items.map(inputIndexOf)).toEqual([0, 1, 2, 3, 4, 5]);
	});

	test('no item, no call', async () => {
		const { items, error } = await node.run({ items: [] });
		expect(error).toBeUndefined();
		expect(items).toEqual([]);
		expect(node.emulator.counts().total).toBe(0);
	});

	test('completed is not taken for success: only the result says how it ended', async () => {
		node.emulator.set({ earlyResult: '400', jobOutcome: 'failed', failureTold: 'result' });
		const { error } = await node.run();
		expect(error?.message).toMatch(/^Request \S+ failed: /);
	});

	test('works where early results are refused, and asks the status from then on', async () => {
		const asked = new Set<string>();
		// No result before its status was read, however slow the machine.
		node.emulator.onCall = ({ phase, requestId = '' }) => {
			if (phase === 'status') asked.add(requestId);
			return phase === 'result' && !asked.has(requestId) ? NOT_READY : undefined;
		};
		const { items, error } = await node.run({ items: inputItems(3) });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject(Array.from({ length: 3 }, () => ({ status: 'succeeded' })));
		const { statusReads, resultReads, submitsReceived } = node.emulator.counts();
		expect(submitsReceived).toBe(3);
		// Each may find out for itself, and each reads its result at the end.
		expect(resultReads).toBeLessThanOrEqual(6);
		expect(statusReads).toBeGreaterThanOrEqual(3);
	});

	test('a request that is not known for a moment after its purchase is waited for', async () => {
		node.emulator.set({ readLagMs: 120 });
		const { items, error } = await node.run();
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
	});
});

describe("the model's input", () => {
	test.each<[string, INodeParameters, Record<string, unknown>]>([
		[
			'Custom Colors',
			{ paletteText: '#1f6feb 1, #ffffff 0.4; 00ff00\n' },
			{
				color_palette: {
					members: [
						{ color_hex: '#1F6FEB', color_weight: 1 },
						{ color_hex: '#FFFFFF', color_weight: 0.4 },
						{ color_hex: '#00FF00' },
					],
				},
			},
		],
		[
			'Custom Colors from an expression',
			{ paletteText: '={{ ["#1f6feb 1", "#ffffff"] }}' },
			{ color_palette: { members: [{ color_hex: '#1F6FEB', color_weight: 1 }, { color_hex: '#FFFFFF' }] } },
		],
		[
			'Extra Fields, which are merged last',
			{ seed: 7, extraFields: '{"seed": 8, "negative_prompt": "text"}' },
			{ seed: 8, negative_prompt: 'text' },
		],
		[
			'all of them',
			{
				colorPalette: 'Ember',
				magicPrompt: 'AUTO',
				renderingSpeed: 'QUALITY',
				seed: 7,
				style: 'Design',
				extraFields: '{"a":1}',
			},
			{
				color_palette: { name: 'Ember' },
				magic_prompt: 'AUTO',
				rendering_speed: 'QUALITY',
				seed: 7,
				style: { style_type: 'Design' },
				a: 1,
			},
		],
	])('%s', async (_what, modelOptions, sent) => {
		const { error } = await node.run({ parameters: { modelOptions } });
		expect(error).toBeUndefined();
		expect(boughtInputs()).toEqual([{ image: IMAGE_URL, prompt: 'on a marble table', ...sent }]);
	});

	test('every option may differ from item to item by an expression', async () => {
		const items = [
			{ json: { url: 'https://a.example.com/1.jpg', text: 'one', seed: 1, speed: 'TURBO' } },
			{ json: { url: 'https://a.example.com/2.jpg', text: 'two', seed: '2', speed: 'QUALITY' } },
		];
		await node.run({
			items,
			parameters: {
				imageUrl: '={{ $json.url }}',
				prompt: '={{ $json.text }}',
				modelOptions: { seed: '={{ $json.seed }}', renderingSpeed: '={{ $json.speed }}' },
			},
		});
		expect(boughtInputs()).toEqual(
			expect.arrayContaining([
				{ image: 'https://a.example.com/1.jpg', prompt: 'one', seed: 1, rendering_speed: 'TURBO' },
				{ image: 'https://a.example.com/2.jpg', prompt: 'two', seed: 2, rendering_speed: 'QUALITY' },
			]),
		);
	});
});

/** Background → Submit: buys, and gives the request at once. */
describe('Background → Submit', () => {
	const SUBMIT = { operation: 'submit' };

	test('gives the id and the three addresses, built from the base and the id', async () => {
		node.emulator.set({ urlBase: 'https://elsewhere.example' });
		const { items } = await node.run({ parameters: SUBMIT });
		const [{ id }] = node.emulator.requests();
		const base = `${node.emulator.modelApiUrl}/v1/requests/${id}`;
		expect(items).toEqual([
			{
				json: {
					request_id: id,
					status_url: `${base}/status`,
					result_url: `${base}/result`,
					cancel_url: `${base}/cancel`,
				},
				pairedItem: { item: 0 },
			},
		]);
	});

	test('does not wait: nothing is read, even if the job never ends', async () => {
		node.emulator.set({ jobOutcome: 'stuckInQueue' });
		const { items } = await node.run({ items: inputItems(12), parameters: SUBMIT });
		expect(items.map(inputIndexOf)).toEqual(inputItems(12).map((_, index) => index));
		expect(new Set(jsonOf(items).map((json) => json.request_id)).size).toBe(12);
		expect(node.emulator.counts()).toMatchObject({
			submitsReceived: 12,
			submitsAccepted: 12,
			total: 12,
			cancels: 0,
		});
	});

	test('what it gives fits into Get Result as it is', async () => {
		const { items } = await node.run({ items: inputItems(2), parameters: SUBMIT });
		const result = await node.run({
			items,
			parameters: onRequest('getResult', '={{ $json.request_id }}', { waitUntilFinished: true }),
		});
		expect(jsonOf(result.items).map((json) => [json.request_id, json.status])).toEqual(
			jsonOf(items).map((json) => [json.request_id, 'succeeded']),
		);
		expect(node.emulator.counts().submitsReceived).toBe(2);
	});

	test('an unknown outcome is never repeated, whatever the options of the other operation say', async () => {
		node.emulator.fault('submit', { kind: 'cutAfter' });
		const shown = await errorShown(node, 'continueErrorOutput', {
			parameters: { ...SUBMIT, options: { onUnknownOutcome: 'submitAgain' } },
		});
		expect(shown.message).toBe('It is not known whether RunComfy accepted this image');
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});

	test('one refused item of ten ends the node, and names what is done', async () => {
		node.emulator.onCall = ({ phase, input }) =>
			phase === 'submit' && input?.prompt === 'scene sku-9'
				? { kind: 'status', status: 422, body: { detail: 'no' } }
				: undefined;
		const { error } = await node.run({
			items: inputItems(10),
			parameters: { ...SUBMIT, prompt: '={{ "scene " + $json.sku }}' },
		});
		expect(error?.message).toBe('RunComfy refused the input: no');
		expect(error?.description).toMatch(/a retry does not charge for (it|them) again/);
	});
});
