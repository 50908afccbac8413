/** Seeds that are made up: ComfyUI by API repeats the saved ones, and then gives the same again. */

import { createHash } from 'node:crypto';

/** A seed for one input, which every sampler takes: 32 bits. The same base, the same seed. */
export const seedFor = (base: string, key: string): number =>
	createHash('sha256').update(`${base} ${key}`).digest().readUInt32BE(0);
