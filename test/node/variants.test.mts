/** Variants: which seeds are sent, counted and read at the server. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { inputItems, useFixture } from './fixture.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const fixture = useFixture({ queueMs: 5, runMs: 10 });

const bought = () => fixture.emulator.counts().submitsReceived;
const seeds = () => fixture.emulator.requests().map(({ id }) => Number(fixture.emulator.body(id)?.seed));
const variants = (number: number, more: INodeParameters = {}) => ({ options: { variants: number }, ...more });

let nth = 0;
const prompt = () => `variant ${(nth += 1)}`;

describe('made-up seeds', () => {
	test('equal items have different ones', async () => {
		await fixture.run({ items: [{ json: {} }, { json: {} }], parameters: variants(2) });
		expect(new Set(seeds()).size).toBe(4);
	});

	test('the next execution in production has other ones', async () => {
		const parameters = variants(2, { prompt: prompt() });
		await fixture.run({ parameters, mode: 'trigger' });
		await fixture.run({ parameters, mode: 'trigger' });
		expect(new Set(seeds()).size).toBe(4);
	});

	test('a run from the editor finds what the one before bought, whatever else the items hold', async () => {
		const text = prompt();
		const run = async (at: string) =>
			await fixture.run({ items: [{ json: { at } }], parameters: variants(2, { prompt: text }), mode: 'manual' });
		await run('10:00');
		await run('10:05');
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

describe('a given seed', () => {
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

test('an error counts items, not their variants', async () => {
	let submits = 0;
	fixture.emulator.onCall = ({ phase }) =>
		phase === 'submit' && ++submits === 4 ? { kind: 'status', status: 422, body: { detail: 'no' } } : undefined;
	const { error } = await fixture.run({
		items: inputItems(4),
		parameters: { options: { variants: 2, maxInFlight: 1 } },
	});
	// Of the second item one variant is done and the other refused; two items were never submitted.
	expect(error?.description).toContain('1 other item is finished');
	expect(error?.description).toContain('2 other items were not submitted');
});

test('Model without its schema: it is not said that it takes no seed', async () => {
	const parameters = runModel(TEXT_TO_IMAGE, 'a cat', {}, { options: { variants: 2, checkInputs: false } });
	const { error } = await fixture.run({ parameters });
	expect(error?.message).toContain('it is not known whether');
	expect(bought()).toBe(0);
});
