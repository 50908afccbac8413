import { findGround, type Ground, type Pixels } from './ground.mts';

/** Closer to the ground than noise × this (and at least the minimum) is ground. */
const NOISE_FACTOR = 3.5;
const MIN_TOLERANCE = 14;
const MAX_TOLERANCE = 40;

/** Width in pixels of the rim whose pixels may be a mixture of subject and ground. */
const RIM = 3;

/** How far a rim pixel looks for the subject's pure colour. */
const REACH = 5;

/** Specks below this share of the picture are dust on the ground. */
const DUST_SHARE = 0.0004;

/**
 * Enclosed gaps up to this share show the ground between leaves or handles; larger light areas belong to the
 * subject.
 */
const GAP_SHARE = 0.04;

/** A gap's mean distance from the ground, as a share of the tolerance, is below this. */
const GAP_LIKENESS = 0.6;

/** More than this share of see-through pixels: the picture has been cut out before. */
const CUT_OUT_SHARE = 0.02;

const GROUND = 0;
const SUBJECT = 1;
const RIM_MARK = 2;

/** Makes everything but the subject transparent, in place. The ground must be plain; a busy one is cut badly. */
export function cutSubject(pixels: Pixels): void {
	if (isCutOut(pixels)) return;
	const ground = findGround(pixels);
	const tolerance = Math.min(MAX_TOLERANCE, Math.max(MIN_TOLERANCE, ground.noise * NOISE_FACTOR));
	const off = distances(pixels, ground);
	const marks = floodFromBorder(pixels, off, tolerance);
	openGaps(pixels, off, marks, tolerance);
	removeDust(pixels, marks);
	markRim(pixels, marks);
	applyAlpha(pixels, ground, off, marks);
}

function isCutOut({ data }: Pixels): boolean {
	let clear = 0;
	for (let at = 3; at < data.length; at += 4) if (data[at] < 128) clear += 1;
	return clear > (data.length / 4) * CUT_OUT_SHARE;
}

function distances({ data, width, height }: Pixels, ground: Ground): Float32Array {
	const off = new Float32Array(width * height);
	const color = new Float64Array(3);
	for (let y = 0, index = 0; y < height; y++) {
		for (let x = 0; x < width; x++, index++) {
			ground.colorAt(x, y, color);
			const at = index * 4;
			const red = data[at] - color[0];
			const green = data[at + 1] - color[1];
			const blue = data[at + 2] - color[2];
			off[index] = Math.sqrt(red * red + green * green + blue * blue);
		}
	}
	return off;
}

/** Ground is what can be walked to from the border, so that light parts inside the subject stay. */
function floodFromBorder({ width, height }: Pixels, off: Float32Array, tolerance: number): Uint8Array {
	const marks = new Uint8Array(width * height).fill(SUBJECT);
	const queue = new Int32Array(width * height);
	let tail = 0;
	const visit = (index: number) => {
		if (marks[index] === SUBJECT && off[index] <= tolerance) {
			marks[index] = GROUND;
			queue[tail++] = index;
		}
	};
	for (let x = 0; x < width; x++) {
		visit(x);
		visit((height - 1) * width + x);
	}
	for (let y = 0; y < height; y++) {
		visit(y * width);
		visit(y * width + width - 1);
	}
	for (let head = 0; head < tail; head++) {
		const index = queue[head];
		const x = index % width;
		if (x > 0) visit(index - 1);
		if (x < width - 1) visit(index + 1);
		if (index >= width) visit(index - width);
		if (index < width * (height - 1)) visit(index + width);
	}
	return marks;
}

function openGaps(pixels: Pixels, off: Float32Array, marks: Uint8Array, tolerance: number): void {
	const maxArea = marks.length * GAP_SHARE;
	const belongs = (index: number) => marks[index] === SUBJECT && off[index] <= tolerance;
	forEachRegion(pixels, belongs, (region) => {
		let sum = 0;
		for (const index of region) sum += off[index];
		// A highlight differs from the ground somewhere; a gap is the ground all over.
		const isGap = region.length <= maxArea && sum / region.length < tolerance * GAP_LIKENESS;
		if (isGap) for (const index of region) marks[index] = GROUND;
	});
}

function removeDust(pixels: Pixels, marks: Uint8Array): void {
	const minArea = marks.length * DUST_SHARE;
	forEachRegion(
		pixels,
		(index) => marks[index] === SUBJECT,
		(region) => {
			if (region.length < minArea) for (const index of region) marks[index] = GROUND;
		},
	);
}

function forEachRegion(
	{ width, height }: Pixels,
	belongs: (index: number) => boolean,
	visit: (region: Int32Array) => void,
): void {
	const seen = new Uint8Array(width * height);
	const queue = new Int32Array(width * height);
	for (let start = 0; start < seen.length; start++) {
		if (seen[start] === 1 || !belongs(start)) continue;
		let tail = 0;
		const add = (index: number) => {
			if (seen[index] === 0 && belongs(index)) {
				seen[index] = 1;
				queue[tail++] = index;
			}
		};
		add(start);
		for (let head = 0; head < tail; head++) {
			const index = queue[head];
			const x = index % width;
			if (x > 0) add(index - 1);
			if (x < width - 1) add(index + 1);
			if (index >= width) add(index - width);
			if (index < width * (height - 1)) add(index + width);
		}
		visit(queue.subarray(0, tail));
	}
}

/** Marks the subject's outermost pixels. */
function markRim({ width, height }: Pixels, marks: Uint8Array): void {
	for (let layer = 0; layer < RIM; layer++) {
		const outer: number[] = [];
		for (let index = 0; index < marks.length; index++) {
			if (marks[index] !== SUBJECT) continue;
			const x = index % width;
			const touches =
				(x > 0 && marks[index - 1] !== SUBJECT) ||
				(x < width - 1 && marks[index + 1] !== SUBJECT) ||
				(index >= width && marks[index - width] !== SUBJECT) ||
				(index < width * (height - 1) && marks[index + width] !== SUBJECT);
			if (touches) outer.push(index);
		}
		for (const index of outer) marks[index] = RIM_MARK;
	}
}

/**
 * A rim pixel is a mixture: colour = alpha × subject + (1 − alpha) × ground. With the subject's colour taken from
 * near by this gives alpha, and the subject's share of the colour without the old ground shining through.
 */
function applyAlpha(pixels: Pixels, ground: Ground, off: Float32Array, marks: Uint8Array): void {
	const { data, width, height } = pixels;
	const source = Uint8Array.from(data);
	const old = new Float64Array(3);
	const pure = new Float64Array(3);
	for (let index = 0; index < marks.length; index++) {
		const at = index * 4;
		if (marks[index] === GROUND) {
			data[at + 3] = 0;
			continue;
		}
		if (marks[index] === SUBJECT) continue;
		const x = index % width;
		const y = (index - x) / width;
		ground.colorAt(x, y, old);
		subjectColorNear(source, width, height, off, marks, x, y, pure);
		let along = 0;
		let length = 0;
		for (let channel = 0; channel < 3; channel++) {
			const reach = pure[channel] - old[channel];
			along += (source[at + channel] - old[channel]) * reach;
			length += reach * reach;
		}
		const alpha = length < 1 ? 1 : Math.min(1, Math.max(0, along / length));
		data[at + 3] = Math.round(alpha * 255);
		for (let channel = 0; channel < 3; channel++) {
			const clean = (source[at + channel] - (1 - alpha) * old[channel]) / Math.max(alpha, 0.05);
			// Where little of the subject is left its own colour cannot be told from noise: take the neighbour's.
			const mixed = alpha * clean + (1 - alpha) * pure[channel];
			data[at + channel] = Math.round(Math.min(255, Math.max(0, mixed)));
		}
	}
}

/** Mean of the pure subject pixels around; in parts too thin to have any, the pixel least like the ground. */
function subjectColorNear(
	source: Uint8Array,
	width: number,
	height: number,
	off: Float32Array,
	marks: Uint8Array,
	x: number,
	y: number,
	into: Float64Array,
): void {
	into.fill(0);
	let count = 0;
	let farthest = y * width + x;
	for (let ny = Math.max(0, y - REACH); ny <= Math.min(height - 1, y + REACH); ny++) {
		for (let nx = Math.max(0, x - REACH); nx <= Math.min(width - 1, x + REACH); nx++) {
			const index = ny * width + nx;
			if (marks[index] === SUBJECT) {
				for (let channel = 0; channel < 3; channel++) into[channel] += source[index * 4 + channel];
				count += 1;
			} else if (marks[index] === RIM_MARK && off[index] > off[farthest]) {
				farthest = index;
			}
		}
	}
	for (let channel = 0; channel < 3; channel++) {
		into[channel] = count > 0 ? into[channel] / count : source[farthest * 4 + channel];
	}
}
