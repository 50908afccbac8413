// Looked up once: inside a test runner each look at a global takes longer than the sum it is for.
const { floor, max, min } = Math;

/** A smooth random field over the plane, from 0 to 1; the same for the same seed. */
export type Noise = (x: number, y: number) => number;

const LATTICE = 256;

/** Value noise: random numbers on a grid, joined smoothly. */
export function valueNoise(random: () => number): Noise {
	const values = Float32Array.from({ length: LATTICE * LATTICE }, random);
	const at = (x: number, y: number) => values[(y & (LATTICE - 1)) * LATTICE + (x & (LATTICE - 1))];
	return (x, y) => {
		const left = floor(x);
		const top = floor(y);
		const u = ease(x - left);
		const v = ease(y - top);
		const above = at(left, top) * (1 - u) + at(left + 1, top) * u;
		const below = at(left, top + 1) * (1 - u) + at(left + 1, top + 1) * u;
		return above * (1 - v) + below * v;
	};
}

/** Noise over finer and finer grids, each half as strong as the one before. */
export function layered(noise: Noise, layers: number): Noise {
	return (x, y) => {
		let sum = 0;
		let weight = 0.5;
		let total = 0;
		for (let layer = 0; layer < layers; layer++) {
			sum += noise(x, y) * weight;
			total += weight;
			weight /= 2;
			x = x * 2.03 + 17.1;
			y = y * 2.03 + 5.7;
		}
		return sum / total;
	};
}

const ease = (share: number) => share * share * (3 - 2 * share);

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothStep(from: number, to: number, value: number): number {
	return ease(min(1, max(0, (value - from) / (to - from))));
}
