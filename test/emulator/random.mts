import { randomBytes } from 'node:crypto';

const UINT32_RANGE = 2 ** 32;

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** Same seed, same numbers (a 32-bit Weyl sequence, mixed), so that a run can be played again. Not for secrets. */
export function seededRandom(seed: number): Random {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x9e3779b9) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
		mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
		return ((mixed ^ (mixed >>> 16)) >>> 0) / UINT32_RANGE;
	};
}

/** A seed nobody chose. */
export function freshSeed(): number {
	return randomBytes(4).readUInt32LE();
}

/** An id in the form of a version 4 UUID, which is what RunComfy's request ids look like. */
export function uuid(random: Random): string {
	let hex = '';
	for (let word = 0; word < 4; word++) {
		hex += Math.floor(random() * UINT32_RANGE)
			.toString(16)
			.padStart(8, '0');
	}
	const variant = '89ab'[Math.floor(random() * 4)];
	return [
		hex.slice(0, 8),
		hex.slice(8, 12),
		`4${hex.slice(13, 16)}`,
		`${variant}${hex.slice(17, 20)}`,
		hex.slice(20),
	].join('-');
}
