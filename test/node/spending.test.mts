/** Maximum Cost, variants and test runs: what is bought, counted at the server. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { inputItems, jsonOf, openFixture, useFixture } from './fixture.mts';

const fixture = useFixture({ queueMs: 5, runMs: 10 });

const bought = () => fixture.emulator.counts().submitsAccepted;
const options = (given: INodeParameters): INodeParameters => ({ options: given });

describe('Maximum Cost (USD)', () => {
	test('enough for all: one price read, all bought', async () => {
		const { items } = await fixture.run({ items: inputItems(5), parameters: options({ maxCost: 0.3 }) });
		expect(items).toHaveLength(5);
		expect(bought()).toBe(5);
		expect(fixture.emulator.counts().modelReads).toBe(1);
	});

	test('without a limit nothing is read besides', async () => {
		await fixture.run({ items: inputItems(3) });
		expect(fixture.emulator.counts().modelReads).toBe(0);
	});

	test('the estimate of all is too much: nothing is bought, the sum is said', async () => {
		const { error } = await fixture.run({ items: inputItems(5), parameters: options({ maxCost: 0.29 }) });
		expect(error?.message).toContain("'Maximum Cost (USD)' of $0.29 is not enough: 5 requests would cost about $0.30");
		expect(bought()).toBe(0);
	});

	test('no price to be had: nothing is bought', async () => {
		// An account of its own: a price that was read is kept for a minute.
		const other = await openFixture();
		other.emulator.set({ priceTold: 'missing' });
		const { error } = await other.run({ parameters: options({ maxCost: 5 }) });
		expect(error?.message).toContain('cannot be told before');
		expect(other.emulator.counts().submitsReceived).toBe(0);
		await other.close();
	});

	test('dearer than said: it stops before the limit is crossed, each item left out says so, the others are delivered', async () => {
		fixture.emulator.set({ costFactor: 4 });
		const { items } = await fixture.run({
			items: inputItems(20),
			parameters: options({ maxCost: 1.2, maxInFlight: 2 }),
			onError: 'continueRegularOutput',
		});
		const all = jsonOf(items);
		expect(all).toHaveLength(20);
		const pictures = all.filter(({ image_url: url }) => url !== undefined);
		expect(pictures).toHaveLength(bought());
		// Two were in flight before it was known that one costs 0.24 instead of 0.06.
		expect(bought() * 0.24).toBeLessThanOrEqual(1.2 + 0.24);
		for (const { error } of all.filter((json) => json.error !== undefined)) {
			expect(JSON.stringify(error)).toContain("was not submitted: 'Maximum Cost (USD)' of $1.20 would be exceeded");
		}
	});

	test('what RunComfy refused takes nothing of the limit', async () => {
		let submits = 0;
		fixture.emulator.set({ costFactor: 2 });
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'submit' && ++submits === 1 ? { kind: 'status', status: 400, body: { message: 'no' } } : undefined;
		// Three pictures for twice the price that was told are the whole limit.
		const { items } = await fixture.run({
			items: inputItems(4),
			parameters: options({ maxCost: 0.36, maxInFlight: 1 }),
			onError: 'continueRegularOutput',
		});
		fixture.emulator.onCall = undefined;
		expect(bought()).toBe(3);
		expect(jsonOf(items).filter(({ image_url: url }) => url !== undefined)).toHaveLength(3);
	});

	test('over the tries and the retry of an execution it is one limit', async () => {
		const parameters = options({ maxCost: 0.2 });
		fixture.emulator.onCall = ({ phase, nth }) =>
			phase === 'result' && nth === 1 ? { kind: 'status', status: 400, body: { message: 'no' } } : undefined;
		const { finished } = await fixture.run({ items: inputItems(3), parameters });
		fixture.emulator.onCall = undefined;
		const { items } = await fixture.run({ items: inputItems(3), parameters, retryOf: finished });
		expect(items).toHaveLength(3);
		expect(bought()).toBe(3);
	});

	test('a cost that is told later is asked for once more', async () => {
		fixture.policies.call.lateCostPauseMs = 50;
		fixture.emulator.set({ cost: 'later' });
		const { items } = await fixture.run({ parameters: options({ maxCost: 1 }) });
		expect(items[0].json.cost).toBe(0.06);
	});

	test.each([0, -1, 'five', {}, true])('%j is no amount', async (maxCost) => {
		const { error } = await fixture.run({ parameters: options({ maxCost } as INodeParameters) });
		expect(error?.message).toContain("'Maximum Cost (USD)' must be an amount above 0");
		expect(bought()).toBe(0);
	});
});

describe('Variants', () => {
	test('three of each item, with seeds one after the other, in order', async () => {
		const parameters = { modelOptions: { seed: 7 }, ...options({ variants: 3 }) };
		const { items } = await fixture.run({ items: inputItems(2), parameters });
		expect(jsonOf(items).map(({ variant, seed }) => [variant, seed])).toEqual([
			[1, 7],
			[2, 8],
			[3, 9],
			[1, 7],
			[2, 8],
			[3, 9],
		]);
		expect(bought()).toBe(6);
		const seeds = fixture.emulator.requests().map(({ id }) => fixture.emulator.body(id)?.seed);
		expect(seeds.sort()).toEqual([7, 7, 8, 8, 9, 9]);
	});

	test('without a seed one is made up, the same on every try', async () => {
		fixture.emulator.onCall = ({ phase, nth }) =>
			phase === 'result' && nth === 1 ? { kind: 'status', status: 400, body: { message: 'no' } } : undefined;
		const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
		const { items } = await fixture.run({ parameters: options({ variants: 2 }), ...tries });
		const [one, two] = jsonOf(items).map(({ seed }) => Number(seed));
		expect(two).toBe(one + 1);
		expect(bought()).toBe(2);
	});

	test('one is as ever: no seed is made up, no field is added', async () => {
		const { items } = await fixture.run({ parameters: options({ variants: 1 }) });
		expect(items[0].json).not.toHaveProperty('variant');
		expect(items[0].json).not.toHaveProperty('seed');
		expect(fixture.emulator.body(String(items[0].json.request_id))).not.toHaveProperty('seed');
	});

	test('each counts against the limit', async () => {
		const { error } = await fixture.run({ items: inputItems(2), parameters: options({ variants: 3, maxCost: 0.35 }) });
		expect(error?.message).toContain('6 requests would cost about $0.36');
		expect(bought()).toBe(0);
	});

	test.each([0, 9, 1.5])('%p is refused', async (variants) => {
		const { error } = await fixture.run({ parameters: options({ variants }) });
		expect(error?.message).toContain("'Variants' must be a whole number from 1 to 8");
	});
});

describe('Reuse in Test Runs', () => {
	const manual = { mode: 'manual' as const };
	// What one test has bought must not be there for the next.
	let nth = 0;
	const prompt = () => `reuse ${(nth += 1)}`;

	test('the same again costs nothing; with a download too; another prompt is bought; production always is', async () => {
		const parameters = { prompt: prompt() };
		const paid: number[] = [];
		const run = async (more: INodeParameters, mode: 'manual' | 'trigger' = 'manual') => {
			const before = bought();
			const { items } = await fixture.run({ items: inputItems(2), parameters: { ...parameters, ...more }, mode });
			expect(items.map(({ json }) => json.image_url)).toEqual([expect.any(String), expect.any(String)]);
			paid.push(bought() - before);
		};
		await run({});
		await run({});
		await run(options({ downloadImages: true }));
		await run({ prompt: `${parameters.prompt}, brighter` });
		await run({}, 'trigger');
		await run(options({ reuseInTestRuns: false }));
		expect(paid).toEqual([2, 0, 0, 2, 2, 2]);
	});

	test('says so on the output pane', async () => {
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters, ...manual });
		const { finished } = await fixture.run({ parameters, ...manual });
		expect(JSON.stringify(finished.hints)).toMatch(
			/1 of 1 result taken from the run at \d\d:\d\d: nothing was paid for it/,
		);
	});

	test('two equal items are two pictures', async () => {
		const parameters = { prompt: prompt() };
		const ids = async () => {
			const { items } = await fixture.run({ items: [{ json: {} }, { json: {} }], parameters, ...manual });
			return items.map(({ json }) => json.request_id).sort();
		};
		const first = await ids();
		expect(new Set(first).size).toBe(2);
		expect(await ids()).toEqual(first);
		expect(bought()).toBe(2);
	});

	test('after a batch that failed only what failed is bought again', async () => {
		const parameters = { prompt: prompt() };
		fixture.emulator.onCall = ({ phase, requestId }) =>
			phase === 'result' && fixture.emulator.requests()[1]?.id === requestId
				? { kind: 'status', status: 200, body: { request_id: requestId, status: 'failed', error: 'held back' } }
				: undefined;
		await fixture.run({ items: inputItems(3), parameters, ...manual });
		fixture.emulator.onCall = undefined;
		const { items } = await fixture.run({ items: inputItems(3), parameters, ...manual });
		expect(items).toHaveLength(3);
		expect(bought()).toBe(4);
	});

	test('what RunComfy no longer knows is bought after all', async () => {
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters, ...manual });
		fixture.emulator.reset();
		const { items } = await fixture.run({ parameters, ...manual });
		expect(items[0].json.image_url).toEqual(expect.any(String));
		expect(bought()).toBe(1);
	});

	test('costs nothing under a limit either', async () => {
		const parameters = { prompt: prompt(), ...options({ maxCost: 0.12 }) };
		await fixture.run({ items: [{ json: {} }, { json: {} }], parameters, ...manual });
		const { items, error } = await fixture.run({
			items: [{ json: {} }, { json: {} }],
			parameters: { ...parameters, ...options({ maxCost: 0.01 }) },
			...manual,
		});
		expect(error).toBeUndefined();
		expect(items).toHaveLength(2);
		expect(bought()).toBe(2);
		const third = await fixture.run({
			items: [{ json: {} }, { json: {} }, { json: {} }],
			parameters: { ...parameters, ...options({ maxCost: 0.01 }) },
			...manual,
		});
		expect(third.error?.message).toContain('1 request would cost about $0.06');
		expect(bought()).toBe(2);
	});

	test('switched off, what is there counts in the estimate', async () => {
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters, ...manual });
		const { error } = await fixture.run({
			items: [{ json: {} }, { json: {} }],
			parameters: { ...parameters, ...options({ maxCost: 0.07, reuseInTestRuns: false }) },
			...manual,
		});
		expect(error?.message).toContain('2 requests would cost about $0.12');
		expect(bought()).toBe(1);
	});

	test('Submit takes up too', async () => {
		const parameters = { prompt: prompt(), operation: 'submit' };
		const first = await fixture.run({ parameters, ...manual });
		const second = await fixture.run({ parameters, ...manual });
		expect(second.items[0].json.request_id).toBe(first.items[0].json.request_id);
		expect(bought()).toBe(1);
	});
});

describe('Check Inputs', () => {
	test('says what would be bought and for how much, and buys nothing', async () => {
		const { items, finished } = await fixture.run({ items: inputItems(2), parameters: { operation: 'checkInputs' } });
		expect(items[0].json).toEqual({
			ok: true,
			problems: [],
			model_id: 'ideogram/ideogram-v3/replace-background',
			inputs: { image: expect.any(String), prompt: 'on a marble table' },
			estimated_cost_usd: 0.06,
			price: '$0.06 per output',
		});
		expect(JSON.stringify(finished.hints)).toMatch(
			/2 of 2 items can be bought.*about \$0\.12.*balance is \$.*suffices/,
		);
		expect(fixture.emulator.counts().submitsReceived).toBe(0);
	});

	test('variants are counted', async () => {
		const parameters = { operation: 'checkInputs', ...options({ variants: 3 }) };
		const { items, finished } = await fixture.run({ items: inputItems(2), parameters });
		expect(items.map(({ json }) => json.estimated_cost_usd)).toEqual([0.18, 0.18]);
		expect(JSON.stringify(finished.hints)).toMatch(/about \$0\.36/);
	});

	test('a bad item is told and stops nobody', async () => {
		const parameters = { operation: 'checkInputs', prompt: '={{ $json.sku === "sku-1" ? "" : "a lake" }}' };
		const { items, finished } = await fixture.run({ items: inputItems(3), parameters });
		expect(items.map(({ json }) => json.ok)).toEqual([true, false, true]);
		expect(JSON.stringify(finished.hints)).toMatch(/2 of 3 items can be bought.*see problems in the items.*\$0\.12/);
		expect(items[1].json.problems).toEqual([expect.stringContaining("'Prompt'")]);
		expect(fixture.emulator.counts().submitsReceived).toBe(0);
	});

	test('where nothing can be bought no price is told', async () => {
		const { finished } = await fixture.run({ parameters: { operation: 'checkInputs', prompt: '={{ "" }}' } });
		const [{ message }] = finished.hints;
		expect(message).toMatch(
			/^0 of 1 item can be bought; nothing was bought now. See problems in the item. Your balance is \$[\d.]+\.$/,
		);
		expect(message).not.toContain('cost');
	});
});
