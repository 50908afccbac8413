/** Several results of one item, each with another seed. */
import { createHash } from 'node:crypto';

import type { SeedInput } from './job';

/**
 * The seed of a variant, counted from 1. A given seed and the ones after it, back to the smallest beyond the largest; where
 * none is given, one made from the purchase's identity, so that every try makes the same.
 */
export function seedOf(identity: string, variant: number, { given, min, max }: SeedInput): number {
	const span = max - min + 1;
	if (given !== undefined) return min + ((given - min + variant - 1) % span);
	const digest = createHash('sha256').update(identity).digest();
	return min + (((digest.readUIntBE(0, 6) % span) + variant - 1) % span);
}
