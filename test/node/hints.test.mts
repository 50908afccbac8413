/** What the output pane says above the items, in n8n's engine. */
import { describe, expect, test } from '@jest/globals';

import { inputItems, onRequest, useFixture } from './fixture.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

/** Every second item has no photo. */
const HALF_BAD = { imageUrl: '={{ $itemIndex % 2 ? "" : "https://images.example.com/shoe.jpg" }}' };

const hintsOf = ({ finished }: Awaited<ReturnType<typeof node.run>>) =>
	finished.hints.map(({ type, message }) => [type, message.split('<br>')[0]]);

describe('a batch', () => {
	test('shows its pictures, each with a link', async () => {
		const { finished } = await node.run({ items: inputItems(3) });
		const [{ message, location, type }] = finished.hints;
		expect([type, location]).toEqual(['info', 'outputPane']);
		for (const { outputs } of node.emulator.requests()) {
			expect(message).toContain(`<a href="${outputs[0]}" target="_blank"><img src="${outputs[0]}"`);
		}
		expect(message).toMatch(/^3 pictures, \$0\.18 in total<br>/);
	});

	test('with Simplify off as well', async () => {
		node.emulator.set({ output: 'images', outputCount: 2 });
		const { finished } = await node.run({ items: inputItems(2), parameters: { simplify: false } });
		expect(finished.hints[0].message.match(/<img /g)).toHaveLength(4);
		expect(finished.hints[0].message).toMatch(/^4 pictures, /);
	});

	test('a file from elsewhere has no preview', async () => {
		node.emulator.set({ fileBase: 'http://127.0.0.1:9' });
		const { finished } = await node.run();
		expect(finished.hints.map(({ message }) => message)).toEqual(['1 picture, $0.06 in total']);
	});

	test('says what failed', async () => {
		const run = await node.run({ items: inputItems(5), parameters: HALF_BAD, onError: 'continueRegularOutput' });
		expect(hintsOf(run)).toEqual([
			['warning', expect.stringMatching(/^2 of 5 items failed: items 1 and 3\. First reason: .*Image URL.*\.$/)],
			['info', '3 pictures, $0.18 in total'],
		]);
	});

	test.each([
		['Submit', { operation: 'submit', imageUrl: 'photos/cup.jpg' }],
		['Get Status', onRequest('getStatus', 'not an id')],
		['Cancel', onRequest('cancel', 'not an id')],
		['Get Result', onRequest('getResult', 'not an id')],
		['a credential that cannot be used', {}],
	])('says so for every operation: %s', async (what, parameters) => {
		const token = what.startsWith('a credential') ? '' : undefined;
		const run = await node.run({ items: inputItems(2), parameters, token, onError: 'continueRegularOutput' });
		expect(hintsOf(run)).toEqual([
			['warning', expect.stringMatching(/^2 of 2 items failed: items 0 and 1\. First reason: .+\.$/)],
		]);
	});

	test('says nothing where there is nothing to say', async () => {
		expect(hintsOf(await node.run({ parameters: { operation: 'submit' } }))).toEqual([]);
	});
});

describe('a batch that ends for one item', () => {
	test("names the others' requests and files in the error's details", async () => {
		node.emulator.fault('submit', { kind: 'status', status: 422, body: { detail: 'no' } }, { next: 1 });
		const { error } = await node.run({
			items: inputItems(4),
			parameters: { options: { maxInFlight: 4 } },
		});
		const { messages } = error as unknown as { messages: string[] };
		const done = node.emulator.requests();
		expect(done.length).toBeGreaterThan(0);
		for (const { id, outputs } of done) {
			expect(messages).toContainEqual(
				expect.stringMatching(new RegExp(`^Item \\d: request ${id} is done: ${outputs[0]}$`)),
			);
		}
		expect(error?.description).toMatch(/in the error's details/);
	});
});

describe('a model that works from an image', () => {
	const EDIT = 'bytedance/seedream-4-5/edit';
	const warning =
		"2 items have no image, although this model works from one: fill in the model's input for it, or add a file under Files. Without it the model runs on the prompt alone.";

	test.each(['runAndWait', 'checkInputs'])('%s warns where none is given', async (operation) => {
		const parameters = { ...runModel(EDIT, 'at night'), operation };
		const run = await node.run({ items: inputItems(2), parameters });
		expect(run.error).toBeUndefined();
		expect(hintsOf(run)).toContainEqual(['warning', warning]);
	});

	test('says nothing where one is given, or where the model needs none', async () => {
		const images = { images: ['https://images.example.com/shoe.jpg'] };
		const runs = [runModel(EDIT, 'at night', images), runModel(TEXT_TO_IMAGE, 'at night')];
		for (const parameters of runs) {
			const run = await node.run({ parameters });
			expect(run.error).toBeUndefined();
			expect(hintsOf(run).map(([type]) => type)).toEqual(['info']);
		}
	});
});
