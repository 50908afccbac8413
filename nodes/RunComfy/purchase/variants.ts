/** Several results of one item, each with a different seed. */

import { createHash } from 'node:crypto';

import { noSeed, seedsUnknown, seedUnusable, tooFewSeeds } from '../errors/submitErrors';
import type { Job, SeedInput, SeedSource } from './job';

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
 * The job of one variant, counted from 1: with the given seed or a following one, wrapping around from the largest to the
 * smallest. Where none is given, they are made up: each further purchase of the same input continues after the last seed used.
 * Throws a RunComfyError where there are too few for that.
 */
export function withSeed(job: Job, variant: number, variants: number, makeSource: () => SeedSource): Job {
	const { name, min, max, madeUpMax, first: given, hashWith } = seedsOf(job, variants);
	const source = given === undefined ? makeSource() : undefined;
	const steps = source?.order ?? variant - 1;
	const isEnough = madeUpMax - min + 1 >= steps - variant + 1 + variants;
	const top = source !== undefined && isEnough ? Math.min(max, madeUpMax) : max;
	const seeds = top - min + 1;
	if (steps >= seeds) throw tooFewSeeds(job.queue.label, seeds);
	const first = given ?? min + (numberFrom(`${source?.hash} ${source?.salt}`) % seeds);
	// Subtracted before it is added: the largest seed may be the largest whole number there is.
	const stepsToTop = top - first;
	const seed = steps <= stepsToTop ? first + steps : min + (steps - stepsToTop - 1);
	return {
		...job,
		hash: hashWith(seed),
		variantSeed: seed,
		...(source && { seedSource: source }),
		inputs: { ...job.inputs, [name]: seed },
		makeBody: async () => ({ ...(await job.makeBody()), [name]: seed }),
	};
}

/** A whole number of 48 bits. */
const numberFrom = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 6);
