import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { type Fixture, inputItems, openFixture } from './fixture.mts';

let fixture: Fixture;
beforeAll(async () => {
	fixture = await openFixture();
});
afterEach(() => {
	fixture.emulator.reset();
	fixture.emulator.resetSwitches();
});
afterAll(async () => await fixture.close());

describe('Replace and Wait', () => {
	test('twenty items are twenty submits, and twenty pictures in the order of the input', async () => {
		const { items, error } = await fixture.run({
			items: inputItems(20),
			parameters: { prompt: '={{ "scene " + $json.sku }}' },
		});

		expect(error).toBeUndefined();
		expect(fixture.emulator.counts()).toMatchObject({ submitsReceived: 20, submitsAccepted: 20 });
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(inputItems(20).map((_, item) => ({ item })));
		const bought = new Map(fixture.emulator.requests().map(({ id, input }) => [id, input.prompt]));
		items.forEach(({ json }, index) => {
			expect(bought.get(String(json.request_id))).toBe(`scene sku-${index}`);
			expect(json).toMatchObject({ status: 'succeeded', index: 0, cost: 0.06 });
		});
	});
});
