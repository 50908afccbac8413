/** What counts as the same purchase: the place, the parameters as written and the input item, not what expressions give. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { binaryItem } from '../engine/index.mts';
import { inputItems, useFixture } from './fixture.mts';

const TRIES = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

const fixture = useFixture();

const bought = () => fixture.emulator.counts().submitsReceived;

/** The second request is held back by the safety check. */
function blockSecond() {
	fixture.emulator.onCall = ({ phase, requestId }) => {
		const isSecond = fixture.emulator.requests()[1]?.id === requestId;
		return phase === 'result' && isSecond
			? { kind: 'status', status: 200, body: { request_id: requestId, status: 'failed', error: 'held back' } }
			: undefined;
	};
}

/** Each gives another value at each look. */
const VOLATILE: Array<[what: string, parameters: INodeParameters]> = [
	['a random seed', { modelOptions: { seed: '={{ Math.floor(Math.random() * 2147483647) }}' } }],
	['the time of day in the prompt', { prompt: '=on a table at {{ $now.toMillis() }} {{ Math.random() }}' }],
	[
		'a time stamp in the address',
		{ imageUrl: '=https://images.example.com/shoe.jpg?t={{ Date.now() }}{{ Math.random() }}' },
	],
	[
		'a random choice',
		{ modelOptions: { colorPalette: '={{ ["Ember", "Fresh", "Jungle"][Math.floor(Math.random() * 3)] }}' } },
	],
	['an id made up on the way', { prompt: '=mug {{ crypto.randomUUID ? crypto.randomUUID() : Math.random() }}' }],
];

describe.each(VOLATILE)('%s', (_what, parameters) => {
	test('Retry On Fail buys each of five items once', async () => {
		blockSecond();
		await fixture.run({ items: inputItems(5), parameters, ...TRIES });
		expect(bought()).toBe(5);
	});

	test('Retry execution buys only what failed', async () => {
		blockSecond();
		const { finished } = await fixture.run({ items: inputItems(5), parameters });
		fixture.emulator.onCall = undefined;
		const { items } = await fixture.run({ items: inputItems(5), parameters, retryOf: finished });
		expect(items).toHaveLength(5);
		expect(bought()).toBe(6);
	});

	test('a cut submit is not made again', async () => {
		fixture.emulator.onCall = ({ phase }) => (phase === 'submit' ? { kind: 'cutAfter' } : undefined);
		await fixture.run({ items: inputItems(1), parameters, ...TRIES });
		expect(bought()).toBe(1);
	});
});

describe('bought anew', () => {
	const failThenRetry = async (before: object, after: object) => {
		blockSecond();
		const { finished } = await fixture.run({ items: inputItems(2), ...before });
		fixture.emulator.onCall = undefined;
		const so = bought();
		await fixture.run({ items: inputItems(2), ...after, retryOf: finished });
		return bought() - so;
	};

	test('with a prompt that was edited: both', async () => {
		expect(await failThenRetry({}, { parameters: { prompt: 'in a forest' } })).toBe(2);
	});

	test('with a Timeout that was raised: only what failed', async () => {
		expect(await failThenRetry({}, { parameters: { options: { timeout: 900 } } })).toBe(1);
	});

	test('with Simplify switched off: only what failed', async () => {
		expect(await failThenRetry({}, { parameters: { simplify: false } })).toBe(1);
	});
});

test('equal photos of two items are two pictures, once each', async () => {
	const photo = Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
		'base64',
	);
	const file = { fileName: 'shoe.png', mimeType: 'image/png' };
	const items = await Promise.all([0, 1].map(async () => await binaryItem({}, 'data', photo, file)));
	blockSecond();
	await fixture.run({ items, parameters: { imageSource: 'binary' }, ...TRIES });
	expect(bought()).toBe(2);
});
