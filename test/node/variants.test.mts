/** Variants: which seeds are sent, counted and read at the server. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { TINY_FILES } from '../emulator/sampleFiles.mts';
import { binaryItem, nodeOf, START, type WorkflowJson } from '../engine/index.mts';
import { testClock } from '../lib/testClock.mts';
import { FLUX, openDeployments, runDeployment } from './deploymentFixture.mts';
import { inputItems, NODE_TYPE, openFixture, patientPolicies, REFUSED, REPLACE, useFixture } from './fixture.mts';
import { modelOf, runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const policies = patientPolicies();
// A model may be another one in the next test.
policies.batch.catalogueKeptMs = 0;
const fixture = useFixture({ queueMs: 5, runMs: 10, policies });

const bought = () => fixture.emulator.counts().submitsReceived;
const seeds = () => fixture.emulator.requests().map(({ id }) => Number(fixture.emulator.body(id)?.seed));
const variants = (number: number, more: INodeParameters = {}) => ({ options: { variants: number }, ...more });

/** The same object, the second time with its keys the other way round. */
const inOrder = (nth: number, object: object) =>
	Object.fromEntries(nth === 0 ? Object.entries(object) : Object.entries(object).reverse());

const UPSCALE = 'emulator/inference/upscale';
const PICTURE = 'https://images.example.com/a.png';
const PNG = TINY_FILES.png.bytes;

let nth = 0;
const prompt = () => `variant ${(nth += 1)}`;

describe('made-up seeds', () => {
	test.each<[what: string, items: number, given: INodeParameters]>([
		['twice', 2, {}],
		['of a model', 3, runModel(TEXT_TO_IMAGE, 'equal')],
		['in Submit', 4, { operation: 'submit' }],
	])('equal items have different ones: %s', async (_what, count, given) => {
		const items = Array.from({ length: count }, () => ({ json: {} }));
		await fixture.run({ items, parameters: { ...variants(2), ...given } });
		expect(new Set(seeds()).size).toBe(2 * count);
	});

	test('also where the first wants more variants than the second', async () => {
		const options = { variants: '={{ $itemIndex === 0 ? 3 : 2 }}' };
		await fixture.run({ items: [{ json: {} }, { json: {} }], parameters: { options } });
		expect([bought(), new Set(seeds()).size]).toEqual([5, 5]);
	});

	test.each([
		[2, 3, 6],
		[2, 8, 16],
		[3, 2, 6],
	])('also where there are %i variants, and %i in Retry', async (before, after, expected) => {
		const items = [{ json: {} }, { json: {} }];
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'result' ? { kind: 'status', status: 400, body: { message: 'no' } } : undefined;
		const { finished } = await fixture.run({ items, parameters: variants(before) });
		fixture.emulator.onCall = undefined;
		await fixture.run({ items, parameters: variants(after), retryOf: finished });
		expect([bought(), new Set(seeds()).size]).toEqual([expected, expected]);
	});

	test.each(['manual', 'trigger'] as const)('so have the passes of a loop (%s)', async (mode) => {
		const parameters = variants(2, { prompt: prompt() });
		await fixture.runPasses(3, { items: [{ json: {} }], parameters, mode });
		expect(new Set(seeds()).size).toBe(6);
	});

	test('the next execution in production has other ones', async () => {
		const parameters = variants(2, { prompt: prompt() });
		await fixture.run({ parameters, mode: 'trigger' });
		await fixture.run({ parameters, mode: 'trigger' });
		expect(new Set(seeds()).size).toBe(4);
	});

	test.each<[what: string, given: (text: string, nth: number) => INodeParameters]>([
		['the item has another time', (text) => ({ prompt: text })],
		['the file is read again', (text) => ({ prompt: text, imageSource: 'binary' })],
		[
			'the JSON has its keys in another order',
			(text, at) => runModel(TEXT_TO_IMAGE, text, inOrder(at, { image_size: 'square', seed: 5 })),
		],
		[
			'and so have the Extra Fields',
			(text, at) => ({
				prompt: text,
				modelOptions: { extraFields: JSON.stringify(inOrder(at, { magic_prompt: 'ON', rendering_speed: 'TURBO' })) },
			}),
		],
	])('a run from the editor finds what the one before bought, although %s', async (_what, given) => {
		const text = prompt();
		for (const at of [0, 1]) {
			const items = [await binaryItem({ at: `10:0${at}` }, 'data', PNG, { fileName: 'a.png', mimeType: 'image/png' })];
			await fixture.run({ items, parameters: { ...given(text, at), ...variants(2) }, mode: 'manual' });
		}
		expect(bought()).toBe(2);
	});

	test('a run from the editor that may reuse nothing has other ones than the run before', async () => {
		const parameters = { prompt: prompt(), options: { variants: 2, reuseInTestRuns: false } };
		await fixture.run({ parameters, mode: 'manual' });
		await fixture.run({ parameters, mode: 'manual' });
		expect(new Set(seeds()).size).toBe(4);
	});

	test('are the same on every attempt, and in Retry execution', async () => {
		const refused = { kind: 'status', status: 400, body: { message: 'no' } } as const;
		const tries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		// The first variant is bought; the second one only by the second attempt, or by Retry.
		fixture.emulator.onCall = ({ phase, nth: call }) => (phase === 'submit' && call > 1 ? refused : undefined);
		const first = await fixture.run({ parameters: variants(2), ...tries });
		const [one] = seeds();
		fixture.emulator.onCall = undefined;
		await fixture.run({ parameters: variants(2), retryOf: first.finished });
		expect(seeds()).toEqual([one, one + 1]);
	});
});

describe('two equal nodes in each of two executions at once', () => {
	const to = (node: string) => ({ node, type: 'main' as const, index: 0 });
	const workflow = (): WorkflowJson => {
		const parameters = { ...REPLACE, ...variants(2, { prompt: prompt() }) };
		const node = { type: NODE_TYPE, parameters, executeOnce: true };
		return {
			nodes: [nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }), nodeOf('One', node), nodeOf('Two', node)],
			connections: { [START]: { main: [[to('One')]] }, One: { main: [[to('Two')]] } },
		};
	};

	test.each([
		['test runs share what they buy', 'manual', false, 4],
		['also where one of them is over before the second node of the other begins', 'manual', true, 4],
		['executions in production share nothing', 'trigger', false, 8],
		['nor one after the other', 'trigger', true, 8],
	] as const)('%s, and no seed is sent twice', async (_what, mode, isHeld, expected) => {
		const given = workflow();
		const credentials = { runComfyApi: fixture.credential };
		const first = fixture.engine.start(given, { mode, credentials });
		let nodes = 0;
		// Each node reads it once.
		const beforeCredential = async () => {
			nodes += 1;
			if (nodes === 2 && isHeld) await first.finished;
		};
		const second = fixture.engine.start(given, { mode, credentials, beforeCredential });
		const statuses = [(await first.finished).status, (await second.finished).status];
		expect(statuses).toEqual(['success', 'success']);
		expect([bought(), new Set(seeds()).size]).toEqual([expected, expected]);
	});
});

describe('made-up seeds of test runs, once nothing is left to reuse', () => {
	const BEYOND_AN_HOUR_MS = 3_700_000;
	const jumpingClock = () => {
		const clock = testClock();
		let offsetMs = 0;
		return { ...clock, now: () => clock.now() + offsetMs, jump: (ms: number) => void (offsetMs += ms) };
	};

	test('variants are other pictures', async () => {
		const clock = jumpingClock();
		const { run, emulator, close } = await openFixture({ clock, policies: patientPolicies(), spreadMs: 0 });
		const parameters = variants(2, { prompt: prompt() });
		await run({ parameters, mode: 'manual' });
		clock.jump(BEYOND_AN_HOUR_MS);
		await run({ parameters, mode: 'manual' });
		const sent = emulator.requests().map(({ id }) => emulator.body(id)?.seed);
		await close();
		expect(sent).toHaveLength(4);
		expect(new Set(sent).size).toBe(4);
	});

	test('Randomize Seeds of a deployment too', async () => {
		const clock = jumpingClock();
		const { run, emulator, close } = await openDeployments({ clock });
		const parameters = runDeployment(FLUX, { '6': { inputs: { text: 'a' } } }, { options: { randomizeSeeds: true } });
		await run({ parameters, mode: 'manual' });
		// Within the hour it is found.
		await run({ parameters, mode: 'manual' });
		clock.jump(BEYOND_AN_HOUR_MS);
		await run({ parameters, mode: 'manual' });
		const sent = emulator.deployments.runs().map(({ body }) => JSON.stringify(body));
		await close();
		expect(sent).toHaveLength(2);
		expect(new Set(sent).size).toBe(2);
	});
});

describe('a model of few or large seeds: all are different', () => {
	test.each([
		['the smallest is near the largest that is made up', { minimum: 2_147_483_646, maximum: 4_294_967_295 }, 4, 1, {}],
		['the largest whole number is given', { minimum: 0 }, 3, 1, { seed: Number.MAX_SAFE_INTEGER }],
		['equal items want all there are', { minimum: 0, maximum: 9 }, 2, 5, {}],
	])('%s', async (_what, seed, number, items, inputs) => {
		const model = structuredClone(modelOf(TEXT_TO_IMAGE)) as unknown as {
			input_schema: { properties: Record<string, unknown> };
		};
		model.input_schema.properties.seed = { type: 'integer', title: 'Seed', ...seed };
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'model' ? { kind: 'status', status: 200, body: model } : undefined;
		const parameters = runModel(TEXT_TO_IMAGE, prompt(), inputs, { options: { variants: number } });
		const { error } = await fixture.run({ items: inputItems(items), parameters });
		expect(error?.message).toBeUndefined();
		expect(bought()).toBe(items * number);
		expect(new Set(seeds()).size).toBe(items * number);
	});
});

test.each<[what: string, number: number, items: number, inputs: object]>([
	['of one item', 4, 1, {}],
	['of equal items together', 2, 2, {}],
	['with a given seed', 4, 1, { seed: 1 }],
])('a model of three seeds: more variants than that are refused: %s', async (_what, number, count, inputs) => {
	const model = structuredClone(modelOf(TEXT_TO_IMAGE)) as unknown as {
		input_schema: { properties: Record<string, unknown> };
	};
	model.input_schema.properties.seed = { type: 'integer', title: 'Seed', minimum: 0, maximum: 2 };
	fixture.emulator.onCall = ({ phase }) =>
		phase === 'model' ? { kind: 'status', status: 200, body: model } : undefined;
	const parameters = runModel(TEXT_TO_IMAGE, prompt(), inputs, { options: { variants: number } });
	const { error } = await fixture.run({ items: Array.from({ length: count }, () => ({ json: {} })), parameters });
	expect(error?.message).toContain('takes only 3 different seeds');
	expect(bought()).toBe(0);
});

describe('a given seed', () => {
	test.each([
		['Variants raised', [7, 1], [7, 2], 2],
		['Variants lowered', [7, 2], [7, 1], 2],
		['the seed moved on by one', [7, 2], [8, 2], 3],
	])(
		'in a run from the editor, %s: what was sent already is not bought again',
		async (_what, before, after, expected) => {
			const text = prompt();
			const run = async ([seed, number]: number[]) =>
				await fixture.run({
					parameters: variants(number, { prompt: text, modelOptions: { seed } }),
					mode: 'manual',
				});
			await run(before);
			const { items } = await run(after);
			expect([bought(), new Set(seeds()).size]).toEqual([expected, expected]);
			if (after[1] > 1) expect(items.map(({ json }) => json.seed)).toEqual([after[0], after[0] + 1]);
		},
	);

	test.each([7, '7'])('%j in Extra Fields is the first', async (seed) => {
		const modelOptions = { extraFields: JSON.stringify({ seed }) };
		await fixture.run({ parameters: variants(2, { modelOptions }) });
		expect(seeds().sort()).toEqual([7, 8]);
	});

	test.each([-1, 'x', 3_000_000_000])('%j that cannot be followed by others is refused', async (seed) => {
		const modelOptions = { extraFields: JSON.stringify({ seed }) };
		const { error } = await fixture.run({ parameters: variants(2, { modelOptions }) });
		expect(error?.message).toContain(`'Number of Variants' cannot be more than 1 with the seed ${seed}`);
		expect(bought()).toBe(0);
	});
});

test('Variants raised before Retry: the request that is there is the first of them', async () => {
	fixture.emulator.onCall = ({ phase }) =>
		phase === 'result' ? { kind: 'status', status: 400, body: { message: 'no' } } : undefined;
	const parameters = { prompt: prompt() };
	const first = await fixture.run({ parameters });
	fixture.emulator.onCall = undefined;
	const { items } = await fixture.run({ parameters: { ...parameters, ...variants(2) }, retryOf: first.finished });
	expect(items).toHaveLength(2);
	expect(bought()).toBe(2);
});

test('Variants lowered before Retry: the one that is paid comes out too, and nothing more is bought', async () => {
	fixture.faultsInTurn('submit', REFUSED);
	const parameters = { prompt: prompt() };
	const first = await fixture.run({ parameters: { ...parameters, ...variants(2) } });
	const [paid] = fixture.emulator.requests().map(({ id }) => id);
	fixture.emulator.onCall = undefined;
	const { items } = await fixture.run({ parameters, retryOf: first.finished });
	expect(items.map(({ json }) => json.request_id)).toContain(paid);
	expect(items).toHaveLength(2);
	expect(fixture.emulator.counts().submitsAccepted).toBe(2);
});

test('an error counts items, not their variants', async () => {
	fixture.faultsInTurn('submit', undefined, undefined, undefined, REFUSED);
	const { error } = await fixture.run({
		items: inputItems(4),
		parameters: { options: { variants: 2, maxInFlight: 1 } },
	});
	// Of the second item one variant is done and the other refused; two items were never submitted.
	expect(error?.description).toContain('1 other item is finished');
	expect(error?.description).toContain('2 other items were not submitted');
});

describe('an item of which one variant is refused', () => {
	const NOT_CHARGED = 'You were not charged for this attempt.';
	const refuse = (isRefused: (nth: number) => boolean, status = 422, body: unknown = { detail: 'no' }) => {
		let submits = 0;
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'submit' && isRefused((submits += 1)) ? { kind: 'status', status, body } : undefined;
	};
	const ids = () => fixture.emulator.requests().map(({ id }) => id);
	const oneByOne = (number: number) => ({ options: { variants: number, maxInFlight: 1 } });

	test.each([
		['the input', 422, { detail: 'no' }],
		['the token', 401, { message: 'bad token' }],
		['the model', 404, { message: 'no such model' }],
		['something in between', 403, '<html>no</html>'],
		['the balance', 402, { message: 'broke' }],
	])('the error says first that the others are paid and kept, and names them: %s', async (_what, status, body) => {
		refuse((nth) => nth === 3, status, body);
		const { error } = await fixture.run({ parameters: oneByOne(4) });
		expect(ids()).toHaveLength(2);
		const { description, messages } = error as unknown as { description: string; messages: string[] };
		expect(description).toMatch(/^2 other variants are finished; a retry does not charge for them again\. /);
		expect(description).toContain('1 other variant was not submitted.');
		for (const id of ids()) expect(messages.join()).toContain(`request ${id} is done`);
	});

	test('in a batch the error counts its variants apart from the other items', async () => {
		refuse((nth) => nth === 4);
		const { error } = await fixture.run({ items: inputItems(2), parameters: oneByOne(4) });
		expect(error?.description).toMatch(
			/^3 other variants are finished; [^.]*\. You were not charged for this attempt\./,
		);
		expect(error?.description).toContain('1 other item was not submitted.');
	});

	test('several that fail are one item that failed', async () => {
		refuse(() => true);
		const { finished } = await fixture.run({ onError: 'continueRegularOutput', parameters: variants(3) });
		expect(finished.hints.map(({ message }) => message).join()).toMatch(/^1 of 1 item failed: item 0\. First reason: /);
	});

	test.each([
		['is refused', { variants: 2 }, 0.06, 2],
		['does not fit under the limit', { variants: 2, maxCost: 0.15 }, 0.12, 0],
	])(
		'Continue On Fail, one %s: only the attempt is called free of charge',
		async (_what, options, costUsd, refused) => {
			fixture.emulator.set({ costUsd });
			refuse((nth) => nth === refused);
			const { items } = await fixture.run({
				onError: 'continueRegularOutput',
				parameters: { options: { ...options, maxInFlight: 1 } },
			});
			expect(ids()).toHaveLength(1);
			const errors = items.flatMap(({ json: { error } }) =>
				error === undefined ? [] : [error as { description: string }],
			);
			expect(errors.map(({ description }) => description.startsWith(NOT_CHARGED))).toEqual([true]);
		},
	);
});

test.each<[operation: string, isRead: boolean, words: string]>([
	['runAndWait', false, 'it is not known whether'],
	['submit', false, 'it is not known whether'],
	['runAndWait', true, 'takes no seed'],
])(
	'variants of a model: %s, schema read: %j, and the error says what is the case',
	async (operation, checkInputs, words) => {
		const parameters = { ...runModel(UPSCALE, '', { image: PICTURE }), operation };
		const { error } = await fixture.run({ parameters: { ...parameters, options: { variants: 2, checkInputs } } });
		expect(error?.message).toContain(words);
		expect(bought()).toBe(0);
	},
);
