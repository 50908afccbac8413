/** Several results of one item, each with a different seed. */

import { createHash } from 'node:crypto';

import { noSeed, seedsUnknown, seedUnusable, tooFewSeeds } from '../errors/spendingErrors';
import type { Job, SeedInput } from './job';

const wholeNumber = (value: unknown): number | undefined => {
	const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
};

/** The seeds a job can have. Throws a RunComfyError where there are fewer than `variants`, or the given one cannot be used. */
function seedsOf({ seed, queue }: Job, variants: number): SeedInput & { first?: number } {
	if (seed === undefined) throw noSeed(queue.label);
	if (seed === 'unknown') throw seedsUnknown(queue.label);
	const { given, min, max } = seed;
	const first = wholeNumber(given);
	if (given !== undefined && (first === undefined || first < min || first > max)) {
		throw seedUnusable(String(given), min, max);
	}
	if (max - min + 1 < variants) throw tooFewSeeds(queue.label, max - min + 1);
	return { ...seed, ...(first !== undefined && { first }) };
}

/** Throws a RunComfyError where an item cannot have that many variants. */
export function checkVariants(job: Job, variants: number): void {
	if (variants > 1) seedsOf(job, variants);
}

/**
 * The job of one variant, counted from 1: with the given seed or one of those after it, from the largest back to the
 * smallest. Where none is given, the seeds are made up from `base`: the same base, the same seeds.
 */
export function withSeed(job: Job, variant: number, variants: number, base: () => string): Job {
	const { name, min, max, madeUpMax, first } = seedsOf(job, variants);
	const isEnough = madeUpMax - min + 1 >= variants;
	const top = first === undefined && isEnough ? Math.min(max, madeUpMax) : max;
	const offset = first === undefined ? numberFrom(base()) : first - min;
	const seed = min + ((offset + variant - 1) % (top - min + 1));
	return {
		...job,
		hash: `${job.hash} ${seed}`,
		variantSeed: seed,
		inputs: { ...job.inputs, [name]: seed },
		makeBody: async () => ({ ...(await job.makeBody()), [name]: seed }),
	};
}

/** A whole number of 48 bits. */
const numberFrom = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 6);
