/** Maximum Cost, variants and test runs: what is bought, counted at the server. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { binaryItem } from '../engine/index.mts';
import { pngBefore } from '../lib/photos.mts';
import { until } from '../lib/until.mts';
import { inputIndexOf, inputItems, jsonOf, openFixture, useFixture } from './fixture.mts';

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
		expect(error?.message).toContain("'Maximum Cost (USD)' of $0.29 is too low: 5 requests would cost about $0.30");
		expect(bought()).toBe(0);
	});

	test('no price to be had: nothing is bought', async () => {
		// An account of its own: a price that was read is kept for a minute.
		const other = await openFixture();
		other.emulator.set({ priceTold: 'missing' });
		const { error } = await other.run({ parameters: options({ maxCost: 5 }) });
		expect(error?.message).toContain('cannot be known in advance');
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
			// n8n offers no Retry for an execution that continued, and whoever simply runs it again pays for all of it again.
			expect(JSON.stringify(error)).toContain('If there is no Retry, run only these items in a new execution');
		}
	});

	test('100 photos: what is bought is delivered, each photo that was not bought says so', async () => {
		const { emulator } = fixture;
		// Together they are the limit by the catalogue; in truth a quarter of them is.
		emulator.set({ costFactor: 4 });
		const file = { fileName: 'photo.png', mimeType: 'image/png' };
		const photos = inputItems(100).map(async ({ json }) => {
			return await binaryItem(json, 'data', pngBefore(Buffer.from(String(json.sku))), file);
		});
		const { items } = await fixture.run({
			items: await Promise.all(photos),
			parameters: {
				imageSource: 'binary',
				binaryPropertyName: 'data',
				prompt: '={{ $json.sku }}',
				...options({ maxCost: 6 }),
			},
			onError: 'continueRegularOutput',
		});
		expect(items.map(inputIndexOf)).toEqual(items.map((_, index) => index));
		expect(items).toHaveLength(100);
		const pictures = items.filter(({ json }) => json.image_url !== undefined);
		const skuOf = (id: unknown) => emulator.body(String(id))?.prompt;
		for (const item of pictures) expect(skuOf(item.json.request_id)).toBe(`sku-${Number(inputIndexOf(item))}`);
		expect(pictures).toHaveLength(25);
		expect(emulator.counts()).toMatchObject({ submitsReceived: 25, submitsAccepted: 25 });
		const errors = jsonOf(items).flatMap(({ error }) => (error as unknown as { message: string } | undefined) ?? []);
		expect(errors).toHaveLength(75);
		for (const { message } of errors) {
			expect(message).toContain("This image was not submitted: 'Maximum Cost (USD)' of $6.00 would be exceeded");
		}
	});

	test('what RunComfy refused takes nothing of the limit', async () => {
		fixture.emulator.set({ costFactor: 2 });
		fixture.faultsInTurn('submit', { kind: 'status', status: 400, body: { message: 'no' } });
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

	test('a submit on its way counts once', async () => {
		fixture.faultsInTurn('submit', undefined, { kind: 'slow', ms: 150 });
		// The third is submitted when the first is over, while the second is still being answered.
		const { items } = await fixture.run({
			items: inputItems(3),
			parameters: options({ maxCost: 0.18, maxInFlight: 2 }),
		});
		expect(items).toHaveLength(3);
		expect(bought()).toBe(3);
	});

	test('a submit that has to wait is not made when the others have turned out dear meanwhile', async () => {
		const { emulator } = fixture;
		let submits = 0;
		let isTold = false;
		let afterTold = 0;
		emulator.set({ costFactor: 4 });
		emulator.onCall = ({ phase }) => {
			if (phase === 'result') isTold ||= emulator.requests()[0].state === 'succeeded';
			if (phase !== 'submit' || (submits += 1) === 1) return undefined;
			// One may have left before the answer came that tells the cost.
			return isTold && ++afterTold > 1 ? undefined : { kind: 'rateLimited' };
		};
		const { items } = await fixture.run({
			items: inputItems(2),
			parameters: options({ maxCost: 0.28, maxInFlight: 2 }),
			onError: 'continueRegularOutput',
		});
		expect(submits).toBeGreaterThan(1);
		expect(bought()).toBe(1);
		expect(JSON.stringify(items[1].json.error)).toContain('was not submitted');
	});

	test('a submit of unknown outcome goes on to count when it is repeated', async () => {
		fixture.faultsInTurn('submit', { kind: 'cutAfter' });
		const { items } = await fixture.run({
			items: inputItems(2),
			parameters: options({ maxCost: 0.12, maxInFlight: 1, onUnknownOutcome: 'submitAgain' }),
			onError: 'continueRegularOutput',
		});
		expect(bought()).toBe(2);
		expect(items[0].json.image_url).toEqual(expect.any(String));
		expect(JSON.stringify(items[1].json.error)).toContain(
			'In this execution, the node has spent $0.06; 1 request in flight or of unknown outcome',
		);
	});

	test('once that repetition was refused, it counts once', async () => {
		fixture.faultsInTurn('submit', { kind: 'cutAfter' }, { kind: 'refusedInput' });
		const { items } = await fixture.run({
			items: inputItems(2),
			parameters: options({ maxCost: 0.12, maxInFlight: 1, onUnknownOutcome: 'submitAgain' }),
			onError: 'continueRegularOutput',
		});
		expect(items[0].json.error).toBeDefined();
		expect(items[1].json.image_url).toEqual(expect.any(String));
	});

	test('a repeated submit for which there is no room says what is not known', async () => {
		fixture.emulator.fault('submit', { kind: 'cutAfter' }, { next: 1 });
		const { error } = await fixture.run({ parameters: options({ maxCost: 0.1, onUnknownOutcome: 'submitAgain' }) });
		expect(error?.message).toContain('not known whether RunComfy accepted this image');
		expect(bought()).toBe(1);
	});

	test('what a failed request has cost counts after Retry, which buys it anew', async () => {
		const { emulator } = fixture;
		emulator.set({ costFactor: 2 });
		emulator.onCall = ({ phase, requestId }) =>
			phase === 'result'
				? { kind: 'status', status: 200, body: { request_id: requestId, status: 'failed', error: 'no', cost: 0.06 } }
				: undefined;
		const run = { items: inputItems(2), parameters: options({ maxCost: 0.29, maxInFlight: 1 }) };
		const { finished } = await fixture.run(run);
		emulator.onCall = undefined;
		const { error } = await fixture.run({ ...run, retryOf: finished });
		expect(error?.message).toContain('was not submitted');
		expect(error?.description).toContain('In this execution, the node has spent $0.18. ');
		expect(bought()).toBe(2);
	});

	test('a cost that is told later is asked for once more', async () => {
		fixture.policies.call.lateCostPauseMs = 50;
		fixture.emulator.set({ cost: 'later' });
		const { items } = await fixture.run({ parameters: options({ maxCost: 1 }) });
		expect(items[0].json.cost).toBe(0.06);
	});

	test.each(['={{ undefined }}', '={{ null }}', '={{ $json.limit }}', '={{ "" }}', ''])(
		'%j is no limit, so nothing is bought',
		async (maxCost) => {
			const { error } = await fixture.run({ parameters: options({ maxCost }) });
			expect(error?.message).toBe("'Maximum Cost (USD)' is set but has no value");
			expect(bought()).toBe(0);
		},
	);

	test('of several items only that one is refused', async () => {
		const maxCost = '={{ $itemIndex === 1 ? undefined : 5 }}';
		const { items } = await fixture.run({
			items: inputItems(3),
			onError: 'continueRegularOutput',
			parameters: options({ maxCost }),
		});
		expect(items.map(({ json }) => 'error' in json)).toEqual([false, true, false]);
		expect(bought()).toBe(2);
	});

	test.each([0, -1, 'five', {}, true])('%j is no amount', async (maxCost) => {
		const { error } = await fixture.run({ parameters: options({ maxCost } as INodeParameters) });
		expect(error?.message).toContain("'Maximum Cost (USD)' must be a number that is more than 0");
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
		expect(error?.message).toContain("'Number of Variants' must be a whole number from 1 to 8");
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
		expect(JSON.stringify(finished.hints)).toMatch(/1 picture: reused from your \d\d:\d\d test run, not charged again/);
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

	test.each<[what: string, before: number, items: number, maxCost: number, given: INodeParameters]>([
		['and the rest fits', 1, 2, 0.06, {}],
		['and what does not fit is refused alone', 4, 5, 0.01, {}],
		['nor do variants', 2, 3, 0.12, { variants: 2 }],
		['nor in Submit', 3, 4, 0.01, {}],
	])('takes nothing of the limit: %s', async (what, before, count, maxCost, given) => {
		const operation = what.includes('Submit') ? 'submit' : 'replaceAndWait';
		const parameters = { operation, prompt: `={{ $json.sku }} ${prompt()}`, ...options(given) };
		const run = { parameters: { ...parameters, ...options({ ...given, maxCost }) }, ...manual };
		await fixture.run({ items: inputItems(before), parameters, ...manual });
		const { items } = await fixture.run({ items: inputItems(count), ...run, onError: 'continueRegularOutput' });
		const isTooLow = maxCost < 0.06;
		const variants = Number(given.variants ?? 1);
		expect(items.filter(({ json }) => json.error !== undefined)).toHaveLength(isTooLow ? 1 : 0);
		expect(items).toHaveLength(count * variants);
		expect(bought()).toBe(variants * (isTooLow ? before : count));
	});

	test('what an earlier pass of a loop has taken does not count as free', async () => {
		const parameters = { prompt: prompt(), ...options({ maxCost: 0.18 }) };
		const items = [{ json: {} }, { json: {} }];
		const { error } = await fixture.runPasses(2, { items, parameters, ...manual });
		expect(error?.message).toContain('2 requests would cost about $0.12');
		expect(bought()).toBe(2);
	});

	test('a repeated submit is another picture, whatever another run has bought meanwhile', async () => {
		const { emulator, policies } = fixture;
		const parameters = { prompt: prompt() };
		policies.call.submitTimeoutMs = 700;
		emulator.fault('submit', { kind: 'hang', effect: 'after' }, { next: 1 });
		const again = { ...parameters, ...options({ onUnknownOutcome: 'submitAgain' }) };
		const slow = fixture.run({ parameters: again, ...manual });
		await until('the first submit', () => bought() === 1);
		policies.call.submitTimeoutMs = 20_000;
		const quick = await fixture.run({ parameters, ...manual });
		const { items } = await slow;
		expect(items[0].json.request_id).not.toBe(quick.items[0].json.request_id);
		expect(bought()).toBe(3);
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
			/2 items are ready to run\. Nothing was charged\. Estimated cost: \$0\.12\. Balance: \$[\d.]+\."/,
		);
		expect(fixture.emulator.counts().submitsReceived).toBe(0);
	});

	test('variants are counted', async () => {
		const parameters = { operation: 'checkInputs', ...options({ variants: 3 }) };
		const { items, finished } = await fixture.run({ items: inputItems(2), parameters });
		expect(items.map(({ json }) => json.estimated_cost_usd)).toEqual([0.18, 0.18]);
		expect(JSON.stringify(finished.hints)).toMatch(/Estimated cost: \$0\.36/);
		const modelOptions = { extraFields: '{"seed": 3000000000}' };
		const refused = await fixture.run({ parameters: { ...parameters, modelOptions } });
		expect(refused.items[0].json).toMatchObject({ ok: false, problems: [expect.stringContaining('3000000000')] });
	});

	test('a bad item is told and stops nobody', async () => {
		const parameters = { operation: 'checkInputs', prompt: '={{ $json.sku === "sku-1" ? "" : "a lake" }}' };
		const { items, finished } = await fixture.run({ items: inputItems(3), parameters });
		expect(items.map(({ json }) => json.ok)).toEqual([true, false, true]);
		expect(JSON.stringify(finished.hints)).toMatch(
			/2 of 3 items are ready to run: see problems in the rest\. .*\$0\.12/,
		);
		expect(items[1].json.problems).toEqual([expect.stringContaining("'Prompt'")]);
		expect(fixture.emulator.counts().submitsReceived).toBe(0);
	});

	test('where nothing can be bought no price is told', async () => {
		const { finished } = await fixture.run({ parameters: { operation: 'checkInputs', prompt: '={{ "" }}' } });
		const [{ message }] = finished.hints;
		expect(message).toMatch(
			/^0 of 1 item is ready to run: see problems in the item\. Nothing was charged\. Balance: \$[\d.]+\.$/,
		);
		expect(message).not.toContain('cost');
	});
});
