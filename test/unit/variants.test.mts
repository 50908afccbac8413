import { describe, expect, test } from '@jest/globals';

import { canonicalJson, type Job, type SeedInput } from '../../nodes/RunComfy/purchase/job.ts';
import { checkVariants, withSeed } from '../../nodes/RunComfy/purchase/variants.ts';

const jobWith = (seed: Partial<SeedInput> | 'unknown' | undefined): Job =>
	({
		queue: { label: 'a/model' },
		hash: 'h',
		inputs: {},
		...(seed !== undefined && {
			seed:
				seed === 'unknown'
					? seed
					: { name: 'seed', min: 0, max: 9, madeUpMax: 9, hashWith: (made: number) => `h with ${made}`, ...seed },
		}),
		makeBody: async () => ({}),
	}) as unknown as Job;

const seedOf = (seed: Partial<SeedInput>, variant: number, salt = 'salt', order = 0) =>
	withSeed(jobWith(seed), variant, 3, () => ({ hash: 'h', salt, order: order * 3 + variant - 1 })).variantSeed ?? NaN;

test('a seed is in what is sent, shown and hashed, beside all else of the job', async () => {
	const plain = {
		...jobWith({ given: 7 }),
		inputs: { prompt: 'a', seed: 7 },
		makeBody: async () => ({ prompt: 'a', seed: 7, image: 'x' }),
	};
	const job = withSeed(plain, 2, 3, () => ({ hash: 'h', salt: 'salt', order: 0 }));
	expect(job).toMatchObject({ hash: 'h with 8', variantSeed: 8, inputs: { prompt: 'a', seed: 8 }, queue: plain.queue });
	expect(await job.makeBody()).toEqual({ prompt: 'a', seed: 8, image: 'x' });
});

describe('seeds', () => {
	test.each([
		[{ given: 7 }, [7, 8, 9]],
		[{ given: '8' }, [8, 9, 0]],
		[{ given: 9, min: 4 }, [9, 4, 5]],
		[{ given: 4, min: 4 }, [4, 5, 6]],
		[{ given: ' 12 ', max: 20 }, [12, 13, 14]],
		[{ given: '-2', min: -3 }, [-2, -1, 0]],
		[{ given: 3_000_000_000, max: 4_000_000_000 }, [3_000_000_000, 3_000_000_001, 3_000_000_002]],
	])('%j', (seed, expected) => {
		expect([1, 2, 3].map((variant) => seedOf(seed, variant))).toEqual(expected);
	});

	test('made up: all different, within the bounds, the same for the same base', () => {
		for (const base of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
			const made = [1, 2, 3].map((variant) => seedOf({ min: 2, max: 4 }, variant, base));
			expect([...made].sort()).toEqual([2, 3, 4]);
			expect(made).toEqual([1, 2, 3].map((variant) => seedOf({ min: 2, max: 4 }, variant, base)));
		}
	});

	test('made up: what from goes along, and all of it decides; one that is given is made from nothing', () => {
		const wide = { max: 1e9, madeUpMax: 1e9 };
		const source = { hash: 'h', salt: 'salt', order: 0 };
		const made = withSeed(jobWith(wide), 1, 3, () => source);
		expect(made.seedSource).toEqual(source);
		for (const other of [
			{ ...source, hash: 'another' },
			{ ...source, salt: 'another' },
		]) {
			expect(withSeed(jobWith(wide), 1, 3, () => other).variantSeed).not.toBe(made.variantSeed);
		}
		expect(withSeed(jobWith({ given: 7 }), 1, 3, () => source)).not.toHaveProperty('seedSource');
	});

	test('made up: no larger than what every service takes, unless the model wants larger ones', () => {
		for (const base of ['a', 'b', 'c', 'd', 'e']) {
			expect(seedOf({ max: 1e12, madeUpMax: 5 }, 1, base)).toBeLessThanOrEqual(5);
			expect(seedOf({ min: 10, max: 12, madeUpMax: 5 }, 1, base)).toBeGreaterThanOrEqual(10);
			for (const madeUpMax of [10, 11, 12]) {
				const made = [1, 2, 3].map((variant) => seedOf({ min: 10, max: 1e12, madeUpMax }, variant, base));
				expect(new Set(made).size).toBe(3);
				expect(made.every((seed) => seed <= 12)).toBe(madeUpMax === 12);
			}
		}
	});

	test.each<[what: string, seed: Partial<SeedInput>, orders: number]>([
		['the smallest seed near the largest that is made up', { min: 99, max: 1e12, madeUpMax: 100 }, 1],
		['the smallest seed is the largest that is made up', { min: 100, max: 1e12, madeUpMax: 100 }, 1],
		['just as many as equal items want', { max: 8 }, 3],
	])('made up: all different, %s', (_what, seed, orders) => {
		for (const salt of ['a', 'b', 'c', 'd', 'e']) {
			const made = Array.from({ length: orders }, (_, order) => [1, 2, 3].map((nth) => seedOf(seed, nth, salt, order)));
			expect(new Set(made.flat()).size).toBe(orders * 3);
		}
		if (seed.max === 8) expect(() => seedOf(seed, 1, 'a', orders)).toThrow('takes only 9 different seeds');
	});

	test('given: the largest whole number is followed by the smallest seed', () => {
		const given = Number.MAX_SAFE_INTEGER;
		const made = [1, 2, 3].map((variant) => seedOf({ given, max: given, madeUpMax: given }, variant));
		expect(made).toEqual([given, 0, 1]);
	});

	test('the hash is that of what is sent, whichever variant it is', () => {
		const hashOf = (given: number, variant: number) =>
			withSeed(jobWith({ given }), variant, 3, () => {
				throw new Error('Nothing is made up');
			}).hash;
		expect([hashOf(7, 2), hashOf(8, 1)]).toEqual(['h with 8', 'h with 8']);
	});

	test.each([
		[undefined, 'takes no seed'],
		['unknown' as const, 'it is not known whether'],
		[{ max: 1 }, 'takes only 2 different seeds'],
		[{ given: -1 }, 'with the seed -1'],
		[{ given: 10 }, 'with the seed 10'],
		[{ given: 1.5 }, 'with the seed 1.5'],
		[{ given: '7a' }, 'with the seed 7a'],
		[{ given: 'a7' }, 'with the seed a7'],
		[{ given: '' }, 'with the seed '],
		[{ given: null }, 'with the seed null'],
		[{ given: true }, 'with the seed true'],
		[{ given: 2 ** 53, max: 2 ** 54 }, 'with the seed 9007199254740992'],
		[{ min: 5, max: 6 }, 'takes only 2 different seeds'],
	])('%j is refused', (seed, message) => {
		expect(() => checkVariants(jobWith(seed), 3)).toThrow(message);
		expect(() => checkVariants(jobWith(seed), 1)).not.toThrow();
	});
});

test('what is sent decides, not the order in which it was written', () => {
	expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: 'x' })).toBe('{"a":"x","b":[{"c":2,"d":1}]}');
	expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
});
