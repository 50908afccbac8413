import type { Pixels } from './ground.mts';

/** Where the product is in the picture. All in pixels. */
export interface Stand {
	width: number;
	height: number;
	/** Of the product, from left to right. */
	middle: number;
	productWidth: number;
	productHeight: number;
	/** The row on which it stands. */
	bottom: number;
	/** The row where the ground ends behind it. */
	edge: number;
	/** The lowest row of the product in each column; −1 where there is none. */
	lowest: Int32Array;
}

/** Less of a pixel than this is the product's soft rim. */
const SOLID_ALPHA = 128;

/** Finds the product by its opaque pixels, and gives the ground a far edge that suits its place. */
export function findStand({ data, width, height }: Pixels): Stand {
	const lowest = new Int32Array(width).fill(-1);
	let top = height;
	let bottom = -1;
	let left = width;
	let right = -1;
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			if (data[(y * width + x) * 4 + 3] < SOLID_ALPHA) continue;
			lowest[x] = y;
			if (y < top) top = y;
			bottom = y;
			if (x < left) left = x;
			if (x > right) right = x;
		}
	}
	if (bottom < 0) [top, bottom, left, right] = [height / 2, height * 0.8, width * 0.3, width * 0.7];
	const productHeight = bottom - top + 1;
	const edge = bottom - Math.min(0.2 * height, Math.max(0.09 * height, 0.32 * productHeight));
	return {
		width,
		height,
		middle: (left + right) / 2,
		productWidth: right - left + 1,
		productHeight,
		bottom,
		edge,
		lowest,
	};
}
