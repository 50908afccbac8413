import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { asUsd } from '../../nodes/RunComfy/errors/sentences.ts';
import { priceInShort, priceInWords, estimateOf, readPrice, usdIn } from '../../nodes/RunComfy/purchase/estimate.ts';

const output = { usd: 0.06, unit: 'output' };
const second = { usd: 0.1, unit: 'second' };

const estimateUsd = (...of: Parameters<typeof estimateOf>) => estimateOf(...of).usd;

describe('the price of a model', () => {
	test.each([
		[{ base_price_usd: 0.06, price_unit: 'output' }, output],
		[{ base_price_usd: '0.06', price_unit: 'output' }, output],
		[
			{ base_price_usd: 0, price_unit: 'second' },
			{ usd: 0, unit: 'second' },
		],
		[
			{ base_price_usd: 0.06, price_unit: 'image' },
			{ usd: 0.06, unit: 'image' },
		],
	])('%j is one', (model, price) => expect(readPrice(model)).toEqual(price));

	test.each([
		[{ price_unit: 'output' }],
		[{ base_price_usd: -1, price_unit: 'output' }],
		[{ base_price_usd: 'six cents', price_unit: 'output' }],
		[{ base_price_usd: 1e300, price_unit: 'output' }],
		[{ base_price_usd: '9'.repeat(400), price_unit: 'output' }],
		[{ base_price_usd: 1e-9, price_unit: 'output' }],
		[{ base_price_usd: NaN, price_unit: 'output' }],
		[{ base_price_usd: Infinity, price_unit: 'output' }],
		[{ base_price_usd: null, price_unit: 'output' }],
		[{ base_price_usd: true, price_unit: 'output' }],
		[{ base_price_usd: 0.06 }],
		[{ base_price_usd: 0.06, price_unit: '<b>output</b>' }],
		[{ base_price_usd: 0.06, price_unit: '2 outputs' }],
		[{ base_price_usd: 0.06, price_unit: 'output>' }],
		[{ base_price_usd: 0.06, price_unit: 'o'.repeat(21) }],
		[{ base_price_usd: 0.06, price_unit: 7 }],
		[null],
		[undefined],
		['0.06'],
	])('%j is none', (model) => expect(readPrice(model)).toBeUndefined());

	test.each([
		[output, '$0.06 per output'],
		[{ usd: 0.3, unit: 'second' }, '$0.30 per second'],
		[{ usd: 0.044, unit: 'output' }, '$0.044 per output'],
		[{ usd: 0.0004, unit: 'second' }, '$0.0004 per second'],
		[{ usd: 0, unit: 'output' }, '$0.00 per output'],
		[{ usd: 12, unit: 'output' }, '$12.00 per output'],
	])('%j in words: %s', (price, words) => expect(priceInWords(price)).toBe(words));

	test.each([
		[output, '$0.06'],
		[{ usd: 0.06, unit: 'image' }, '$0.06'],
		[{ usd: 0.1075, unit: 'second' }, '$0.1075/s'],
		[{ usd: 0.3, unit: 'minute' }, '$0.30/minute'],
	])('%j in short: %s', (price, words) => expect(priceInShort(price)).toBe(words));
});

describe('the estimate', () => {
	test.each([
		[output, {}, 0.06],
		[output, { num_images: 3 }, 0.18],
		[output, { max_images: '4', duration: 5 }, 0.24],
		[output, { num_outputs: 2, number_of_images: 2 }, 0.24],
		[output, { num_images: 'many' }, undefined],
		[output, { num_images: 0 }, undefined],
		[output, { num_images: null }, 0.06],
		[output, { num_inference_steps: 50, max_length: 9 }, 0.06],
		[second, { duration: 5 }, 0.5],
		[second, { duration: '8' }, 0.8],
		[second, { duration: 3 }, 0.3],
		[second, { duration: 5, num_videos: 2 }, 1],
		[second, { duration: 'auto' }, undefined],
		[second, { duration: -5 }, undefined],
		[second, {}, undefined],
		[{ usd: 0, unit: 'output' }, {}, 0],
		[{ usd: 1, unit: 'megapixel' }, { duration: 5 }, undefined],
		[{ usd: 1, unit: 'image' }, { num_images: 2 }, 2],
		[second, { duration: ' 12.75 ' }, 1.275],
		[second, { duration: '5s' }, undefined],
		[second, { duration: 'x5' }, undefined],
		[second, { duration: '5.x' }, undefined],
		[second, { duration: '' }, undefined],
		[second, { duration: true }, undefined],
		[second, { duration: [5] }, undefined],
		[second, { duration: Infinity }, undefined],
		[second, { duration: Number.NaN }, undefined],
		[output, { my_num_images: 3, num_images_wide: 3 }, 0.06],
		[output, { num_images: undefined }, 0.06],
		[undefined, {}, undefined],
	])('%j for %j is %j', (price, inputs, usd) => expect(estimateUsd(price, inputs)).toBe(usd));

	test('counts outputs that the schema makes without being asked, but no seconds', () => {
		expect(estimateUsd(output, {}, { num_images: 4, duration: 5 })).toBe(0.24);
		expect(estimateUsd(output, { num_images: 1 }, { num_images: 4 })).toBe(0.06);
		expect(estimateUsd(second, {}, { duration: 5 })).toBeUndefined();
	});

	test('is money or nothing, whatever comes', () => {
		fc.assert(
			fc.property(fc.anything(), fc.dictionary(fc.string(), fc.anything()), (model, inputs) => {
				const usd = estimateUsd(readPrice(model) ?? second, inputs);
				expect(usd === undefined || (Number.isFinite(usd) && usd >= 0)).toBe(true);
			}),
		);
	});
});

describe('an amount as RunComfy gives it', () => {
	test.each([
		[0, 0],
		['0', 0],
		['12', 12],
		['$1.50', 1.5],
		[' 12.5 ', 12.5],
		[1e-6, 1e-6],
		[1e-7, undefined],
		[1_000_000, 1_000_000],
		[1_000_001, undefined],
		['1x', undefined],
		['x1', undefined],
		['1.', undefined],
		['', undefined],
		[true, undefined],
	])('%j is %j', (given, usd) => expect(usdIn(given)).toBe(usd));
});

describe('what is said of a price beforehand', () => {
	const perOutput = '$0.06 per output';
	const perSecond = '$0.10 per second';
	test.each([
		['nothing without a price', undefined, { duration: 5 }, true, {}],
		['the estimate with the price', output, { num_images: 2 }, true, { usd: 0.12, words: perOutput }],
		['that of a length that is given', second, { duration: 5 }, true, { usd: 0.5, words: perSecond }],
		['that the length is missing', second, {}, true, { words: perSecond, missing: 'duration' }],
		[
			'that it is missing where it is no number',
			second,
			{ duration: 'auto' },
			true,
			{ words: perSecond, missing: 'duration' },
		],
		['the price alone where no input is a length', second, {}, undefined, { words: perSecond }],
		['… and where it is the number of outputs', second, { duration: 5, num_videos: 0 }, true, { words: perSecond }],
		['… which is not known', output, { num_images: 'many' }, true, { words: perOutput }],
		['… and for another unit', { usd: 1, unit: 'megapixel' }, {}, true, { words: '$1.00 per megapixel' }],
	])('%s', (_what, price, inputs, takesDuration, estimate) => {
		expect(estimateOf(price, inputs, {}, takesDuration)).toEqual(estimate);
	});

	test('the schema says how many are made without being asked', () => {
		expect(estimateOf(output, {}, { num_images: 2 })).toEqual({ usd: 0.12, words: perOutput });
	});
});

test.each([
	[0, '$0.00'],
	[0.06, '$0.06'],
	[0.3, '$0.30'],
	[12, '$12.00'],
	[1234.5, '$1234.50'],
	[0.1 + 0.2, '$0.30'],
	[0.325, '$0.325'],
	[0.025, '$0.025'],
	[1.005, '$1.005'],
	[24.99, '$24.99'],
	[0.01, '$0.01'],
	[0.0044, '$0.0044'],
	[0.000001, '$0.000001'],
	[0.0000001, '$0.00'],
	[-1.5, '-$1.50'],
	[-0.004, '-$0.004'],
])('%d is %s', (usd, words) => expect(asUsd(usd)).toBe(words));
