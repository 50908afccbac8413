/** Raw pixels, four bytes each: red, green, blue, alpha. */
export interface Pixels {
	data: Uint8Array;
	width: number;
	height: number;
}

/** The plain ground of a picture: its colour may change slowly from place to place, as under a lamp. */
export interface Ground {
	/** Writes the ground's colour at a pixel into `into`. */
	colorAt(x: number, y: number, into: Float64Array): void;
	/** How far the ground's own pixels are usually off that colour (grain, compression). */
	noise: number;
}

type Sample = { x: number; y: number; color: [number, number, number] };

const MAX_SAMPLES = 4_000;

/** Share of the shorter side that counts as border. */
const BORDER_SHARE = 0.02;

/** Further off the border's median colour than this is no ground but a subject that touches the border. */
const FIRST_TOLERANCE = 60;

/** Surface terms: 1, x, y, x², y², xy. */
const TERMS = 6;

const FIT_ROUNDS = 3;

/** Fits a smooth surface per channel to the border's pixels, leaving out what does not belong to the ground. */
export function findGround(pixels: Pixels): Ground {
	const samples = borderSamples(pixels);
	const median = [0, 1, 2].map((channel) => medianOf(samples.map(({ color }) => color[channel])));
	let kept = samples.filter(({ color }) => distance(color, median) < FIRST_TOLERANCE);
	let surfaces = median.map((value) => [value, 0, 0, 0, 0, 0]);
	let noise = 0;
	for (let round = 0; round < FIT_ROUNDS; round++) {
		if (kept.length < samples.length / 3) break;
		const fitted = [0, 1, 2].map((channel) => fitSurface(kept, channel));
		if (fitted.some((surface) => surface === undefined)) break;
		surfaces = fitted as number[][];
		const off = kept.map((sample) => distance(sample.color, evaluate(surfaces, sample.x, sample.y)));
		noise = medianOf(off);
		const limit = Math.max(4, noise * 4);
		kept = kept.filter((_, index) => off[index] <= limit);
	}
	const { width, height } = pixels;
	return {
		noise,
		colorAt(x, y, into) {
			const u = x / width - 0.5;
			const v = y / height - 0.5;
			for (let channel = 0; channel < 3; channel++) {
				const s = surfaces[channel];
				into[channel] = s[0] + s[1] * u + s[2] * v + s[3] * u * u + s[4] * v * v + s[5] * u * v;
			}
		},
	};
}

function borderSamples({ data, width, height }: Pixels): Sample[] {
	const depth = Math.max(1, Math.round(Math.min(width, height) * BORDER_SHARE));
	const border = Math.max(1, 2 * depth * (width + height));
	const stride = Math.max(1, Math.floor(border / MAX_SAMPLES));
	const samples: Sample[] = [];
	let seen = 0;
	for (let y = 0; y < height; y++) {
		const isEdgeRow = y < depth || y >= height - depth;
		for (let x = 0; x < width; x++) {
			if (!isEdgeRow && x === depth) x = Math.max(x, width - depth);
			if (seen++ % stride !== 0) continue;
			const at = (y * width + x) * 4;
			samples.push({ x: x / width - 0.5, y: y / height - 0.5, color: [data[at], data[at + 1], data[at + 2]] });
		}
	}
	return samples;
}

function fitSurface(samples: Sample[], channel: number): number[] | undefined {
	const rows = Array.from({ length: TERMS }, () => new Array<number>(TERMS + 1).fill(0));
	for (const { x, y, color } of samples) {
		const terms = [1, x, y, x * x, y * y, x * y];
		for (let row = 0; row < TERMS; row++) {
			for (let column = 0; column < TERMS; column++) rows[row][column] += terms[row] * terms[column];
			rows[row][TERMS] += terms[row] * color[channel];
		}
	}
	return solve(rows);
}

/** Gauss with row exchange; undefined when the samples do not determine a surface. */
function solve(rows: number[][]): number[] | undefined {
	for (let column = 0; column < TERMS; column++) {
		let best = column;
		for (let row = column + 1; row < TERMS; row++) {
			if (Math.abs(rows[row][column]) > Math.abs(rows[best][column])) best = row;
		}
		if (Math.abs(rows[best][column]) < 1e-9) return undefined;
		[rows[column], rows[best]] = [rows[best], rows[column]];
		for (let row = 0; row < TERMS; row++) {
			if (row === column) continue;
			const factor = rows[row][column] / rows[column][column];
			for (let k = column; k <= TERMS; k++) rows[row][k] -= factor * rows[column][k];
		}
	}
	return rows.map((row, index) => row[TERMS] / row[index]);
}

function evaluate(surfaces: number[][], u: number, v: number): number[] {
	return surfaces.map((s) => s[0] + s[1] * u + s[2] * v + s[3] * u * u + s[4] * v * v + s[5] * u * v);
}

function distance(a: readonly number[], b: readonly number[]): number {
	return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function medianOf(values: number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
