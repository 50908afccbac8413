/** Background → Submit: buys, and gives the request at once. */
import { describe, expect, test } from '@jest/globals';

import { TINY_PNG } from '../emulator/tinyFiles.mts';
import { binaryItem } from '../engine/index.mts';
import { inputItems } from './fixture.mts';
import { errorShown, inputIndexOf, jsonOf, onRequest, useFixture } from './fixture.mts';

const node = useFixture();

const SUBMIT = { operation: 'submit' };

describe('Submit', () => {
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

	test('sends the same input as Replace and Wait', async () => {
		await node.run({
			parameters: { ...SUBMIT, modelOptions: { colorPalette: 'Melon', seed: 5, extraFields: '{"x": [1]}' } },
		});
		expect(node.emulator.requests()[0].input).toEqual({
			image: 'https://images.example.com/shoe.jpg',
			prompt: 'on a marble table',
			color_palette: { name: 'Melon' },
			seed: 5,
			x: [1],
		});
	});

	test('takes a file, too', async () => {
		const png = TINY_PNG.bytes;
		const item = await binaryItem({}, 'data', png, { fileName: 'a.png', mimeType: 'image/png' });
		await node.run({ items: [item], parameters: { ...SUBMIT, imageSource: 'binary' } });
		expect(String(node.emulator.requests()[0].input.image)).toMatch(/^data:image\/png;base64,/);
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
		expect(error?.description).toMatch(/a retry does not charge (it|them) again/);
	});
});
