/** Raw pixels, four bytes each: red, green, blue, alpha. */
export interface Pixels {
	data: Buffer;
	width: number;
	height: number;
}

/** This far from the ground's color, in steps of 255, a pixel belongs to the product. */
const TOLERANCE = 26;

/** Enclosed areas up to this share of the picture are gaps, as inside a handle; larger light ones belong to the product. */
const GAP_SHARE = 0.04;

/** A gap is the ground all over: its mean distance is below this share of the tolerance. */
const GAP_LIKENESS = 0.6;

/** More than this share of see-through pixels: the picture has been cut out before. */
const CUT_OUT_SHARE = 0.02;

/** Softens the edge, and takes away the outermost pixel, which is half ground. In pixels. */
const EDGE_SOFTNESS = 1.1;

const CORNER_SHARE = 0.04;

type Color = [red: number, green: number, blue: number];

// Looked up once: inside a test runner each look at a global takes longer than the sum it is for.
const { sqrt } = Math;

/** Makes everything but the product transparent, in place. The ground must be plain; a busy one is cut badly. */
export async function cutSubject(pixels: Pixels): Promise<void> {
	if (isCutOut(pixels)) return;
	const { data, width, height } = pixels;
	const mask = maskOf(pixels);
	const { default: sharp } = await import('sharp');
	const soft = await sharp(mask, { raw: { width, height, channels: 1 } })
		.blur(EDGE_SOFTNESS)
		.linear(2, -255)
		.toColourspace('b-w')
		.raw()
		.toBuffer();
	for (let index = 0; index < soft.length; index++) data[index * 4 + 3] = soft[index];
}

function isCutOut({ data }: Pixels): boolean {
	let clear = 0;
	for (let at = 3; at < data.length; at += 4) if (data[at] < 128) clear += 1;
	return clear > (data.length / 4) * CUT_OUT_SHARE;
}

/** 255 for the product, 0 for the ground: what looks like it and reaches the border, or is a gap. */
function maskOf(pixels: Pixels): Buffer {
	const { width, height } = pixels;
	const off = distances(pixels);
	const mask = Buffer.alloc(width * height, 255);
	const seen = new Uint8Array(width * height);
	const region = new Int32Array(width * height);
	for (let start = 0; start < seen.length; start++) {
		let [length, sum, reachesBorder] = [0, 0, false];
		const visit = (index: number) => {
			if (seen[index] === 1 || off[index] > TOLERANCE) return;
			seen[index] = 1;
			region[length++] = index;
		};
		visit(start);
		for (let head = 0; head < length; head++) {
			const index = region[head];
			const x = index % width;
			sum += off[index];
			reachesBorder ||= x === 0 || x === width - 1 || index < width || index >= width * (height - 1);
			if (x > 0) visit(index - 1);
			if (x < width - 1) visit(index + 1);
			if (index >= width) visit(index - width);
			if (index < width * (height - 1)) visit(index + width);
		}
		const isGap = length <= mask.length * GAP_SHARE && sum / length < TOLERANCE * GAP_LIKENESS;
		if (reachesBorder || isGap) for (const index of region.subarray(0, length)) mask[index] = 0;
	}
	return mask;
}

/** How far each pixel is from the ground, whose color may change from corner to corner, as under a lamp. */
function distances(pixels: Pixels): Float32Array {
	const { data, width, height } = pixels;
	const corners = [
		cornerColor(pixels, 0, 0),
		cornerColor(pixels, 1, 0),
		cornerColor(pixels, 0, 1),
		cornerColor(pixels, 1, 1),
	];
	const off = new Float32Array(width * height);
	for (let index = 0; index < off.length; index++) {
		const u = (index % width) / width;
		const v = index / off.length;
		let sum = 0;
		for (let channel = 0; channel < 3; channel++) {
			const above = corners[0][channel] * (1 - u) + corners[1][channel] * u;
			const below = corners[2][channel] * (1 - u) + corners[3][channel] * u;
			sum += (data[index * 4 + channel] - above * (1 - v) - below * v) ** 2;
		}
		off[index] = sqrt(sum);
	}
	return off;
}

/** The mean of a small square in a corner; 0 is left or top, 1 right or bottom. */
function cornerColor({ data, width, height }: Pixels, right: 0 | 1, bottom: 0 | 1): Color {
	const side = Math.max(1, Math.round(Math.min(width, height) * CORNER_SHARE));
	const sum: Color = [0, 0, 0];
	for (let y = 0; y < side; y++) {
		for (let x = 0; x < side; x++) {
			const at = ((y + bottom * (height - side)) * width + x + right * (width - side)) * 4;
			for (let channel = 0; channel < 3; channel++) sum[channel] += data[at + channel] / side ** 2;
		}
	}
	return sum;
}
