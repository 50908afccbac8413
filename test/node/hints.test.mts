/** What the output pane says above the items, in n8n's engine. */
import { describe, expect, test } from '@jest/globals';

import { asUsd } from '../../nodes/RunComfy/errors/sentences.ts';
import {
	type Fixture,
	inputItems,
	jsonOf,
	onRequest,
	openFixture,
	patientPolicies,
	REFUSED,
	useFixture,
} from './fixture.mts';
import { IMAGE_TO_TEXT, runModel, TEXT_TO_IMAGE } from './modelFixture.mts';
import { usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import type { NodeRun } from '../engine/index.mts';

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

describe('the sum', () => {
	test('has what a text cost', async () => {
		node.emulator.set({ validation: 'lenient' });
		const inputs = '{"image_url": "https://media.example.com/image-1"}';
		const value = `={{ $json.sku === "sku-0" ? "${TEXT_TO_IMAGE}" : "${IMAGE_TO_TEXT}" }}`;
		const run = await node.run({
			items: inputItems(2),
			parameters: {
				...runModel('', 'a cat', inputs, { options: { checkInputs: false } }),
				modelId: { __rl: true, mode: 'id', value },
			},
		});
		const costs = jsonOf(run.items).map(({ cost }) => Number(cost));
		expect(Math.min(...costs)).toBeGreaterThan(0);
		expect(hintsOf(run)).toEqual([['info', `1 picture, ${asUsd(costs[0] + costs[1])} in total`]]);
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

	test('writes into the log why the others failed', async () => {
		node.emulator.fault('submit', REFUSED);
		const { error, logs } = await node.run({ items: inputItems(3), parameters: { options: { maxInFlight: 3 } } });
		expect(error?.message).toContain('RunComfy refused the input: no');
		const told = logs.filter(({ message }) => message.startsWith('RunComfy, item'));
		expect(told).toEqual(
			[1, 2].map((index) =>
				expect.objectContaining({ level: 'warn', message: `RunComfy, item ${index}: RunComfy refused the input: no` }),
			),
		);
	});
});

describe('a model that works from an image', () => {
	const EDIT = 'bytedance/seedream-4-5/edit';
	const warning =
		"2 items have no image, although this model works from one: fill in the model's input for it, or add a file under Files. Without one, the model uses only the prompt.";

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

/** How far a long batch is: lines in n8n's log now and then, and one at its end. */
describe('progress in the log', () => {
	const PROGRESS = /^RunComfy: (\d+) of (\d+) finished, (\d+) failed, \$(\d+\.\d\d)\.$/;

	/** Jobs last so much longer than the pause between two lines that some are told however slow the machine is. */
	const TELL_EVERY_MS = 50;
	const JOB_MS = 1_500;

	const TEST_TIMEOUT_MS = 30_000;

	async function withFixture<T>(tellEveryMs: number, body: (fixture: Fixture) => Promise<T>): Promise<T> {
		const fixture = await openFixture({
			policies: { ...patientPolicies(), batch: { ...usualPolicies.batch, tellEveryMs } },
			runMs: JOB_MS,
			spreadMs: 0,
		});
		try {
			return await body(fixture);
		} finally {
			await fixture.close();
		}
	}

	/** The numbers of each progress line, as they were told, and the level of all lines. */
	function told({ logs }: NodeRun) {
		const lines = logs.filter(({ message }) => message.startsWith('RunComfy:'));
		const numbers = lines.map(({ message }) => PROGRESS.exec(message)?.slice(1) ?? message);
		return { numbers, levels: [...new Set(lines.map(({ level }) => level))] };
	}

	test(
		'a batch that lasts longer than the pause between two lines: how far it is, and all of it at the end',
		async () => {
			const run = await withFixture(TELL_EVERY_MS, async (fixture) => {
				fixture.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
				return await fixture.run({ items: inputItems(3), onError: 'continueRegularOutput' });
			});
			const { numbers, levels } = told(run);
			expect(levels).toEqual(['info']);
			// Two on the way at least, since it goes on telling, and the last one.
			expect(numbers.length).toBeGreaterThanOrEqual(3);
			expect(numbers.length).toBeLessThanOrEqual(1 + Math.ceil(TEST_TIMEOUT_MS / TELL_EVERY_MS));
			expect(numbers[0]).toEqual(['0', '3', '0', '0.00']);
			// What failed is counted apart, and what it cost not at all.
			expect(numbers.at(-1)).toEqual(['2', '3', '1', '0.12']);
		},
		TEST_TIMEOUT_MS,
	);

	test(
		'a short batch tells nothing',
		async () => {
			const run = await withFixture(TEST_TIMEOUT_MS, async (fixture) => await fixture.run({ items: inputItems(3) }));
			expect(told(run).numbers).toEqual([]);
		},
		TEST_TIMEOUT_MS,
	);

	test('tells every 30 seconds', () => expect(usualPolicies.batch.tellEveryMs).toBe(30_000));
});
