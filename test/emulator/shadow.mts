/** What a product does to the ground under it: it darkens it where it stands, throws a shadow, and is mirrored. */
import type { Backdrop } from './backdrop.mts';
import type { Pixels } from './ground.mts';
import type { Stand } from './stand.mts';

// Looked up once: inside a test runner each look at a global takes longer than the sum it is for.
const { exp, max, min, round } = Math;

/** The shadow of a part falls this far aside and back, for each pixel that the part is above the ground. */
const ASIDE = 0.62;
const BACK = 0.13;

/** Parts up to this share of the product's height; how soft their shadow is (of the picture's height), and how dark. */
const BANDS = [
	{ upTo: 0.12, softness: 0.009, darkness: 0.55 },
	{ upTo: 0.42, softness: 0.02, darkness: 0.46 },
	{ upTo: 1, softness: 0.042, darkness: 0.36 },
];

/** Only parts of the underside this near to the ground, in product heights, touch it. */
const TOUCHING = 0.09;

/** A mirror image fades within this share of the picture's height. */
const MIRROR_DEPTH = 0.13;

/** Darkens the ground of a backdrop, in place. `side` is where the light comes from. */
export async function castShadow(subject: Pixels, stand: Stand, backdrop: Backdrop, side: number): Promise<void> {
	const { width, height, bottom, productHeight, lowest } = stand;
	const touch = Buffer.alloc(width * height);
	const thickness = max(2, round(height * 0.008));
	for (let x = 0; x < width; x++) {
		if (lowest[x] < bottom - TOUCHING * productHeight) continue;
		for (let y = lowest[x] - thickness * 2; y <= min(height - 1, lowest[x] + thickness); y++) {
			if (y >= 0) touch[y * width + x] = 255;
		}
	}
	const bands = BANDS.map(() => Buffer.alloc(width * height));
	for (let y = 0; y <= bottom; y++) {
		const above = bottom - y;
		const band = bands[BANDS.findIndex(({ upTo }) => above / productHeight <= upTo)];
		if (band === undefined) continue;
		const row = round(bottom - productHeight * 0.02 - above * BACK);
		const shift = round(-side * above * ASIDE);
		for (let x = 0; x < width; x++) {
			const to = x + shift;
			if (row >= 0 && to >= 0 && to < width && subject.data[(y * width + x) * 4 + 3] > 128)
				band[row * width + to] = 255;
		}
	}
	const masks = await Promise.all([
		softened(touch, stand, 0.005),
		softened(touch, stand, 0.022),
		...bands.map(async (band, index) => await softened(band, stand, BANDS[index].softness)),
	]);
	const darkness = [0.6, 0.5, ...BANDS.map((band) => band.darkness)];
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			let light = 1;
			for (const [index, mask] of masks.entries()) light *= 1 - (mask[y * width + x] / 255) * darkness[index];
			const factor = 1 - (1 - light) * backdrop.groundShare[y];
			const at = (y * width + x) * 3;
			// Shadows are filled by the sky: a little bluer than what lies in the light.
			backdrop.pixels[at] *= factor;
			backdrop.pixels[at + 1] *= factor + (1 - factor) * 0.01;
			backdrop.pixels[at + 2] *= factor + (1 - factor) * 0.04;
		}
	}
}

/** Lays the product's mirror image on a ground that shines. */
export async function mirror(subject: Pixels, stand: Stand, { pixels, gloss }: Backdrop): Promise<void> {
	if (gloss === 0) return;
	const { width, height, lowest, bottom, productHeight } = stand;
	const image = Buffer.alloc(width * height * 4);
	for (let x = 0; x < width; x++) {
		if (lowest[x] < bottom - 0.25 * productHeight) continue;
		for (let below = 1; lowest[x] + below < height; below++) {
			const from = ((lowest[x] - below) * width + x) * 4;
			if (from < 0) break;
			const to = ((lowest[x] + below) * width + x) * 4;
			const fade = exp(-below / (height * MIRROR_DEPTH));
			subject.data.subarray(from, from + 3).forEach((value, channel) => (image[to + channel] = value));
			image[to + 3] = subject.data[from + 3] * gloss * fade;
		}
	}
	const { default: sharp } = await import('sharp');
	const soft = await sharp(image, { raw: { width, height, channels: 4 } })
		.blur(max(0.5, height * 0.003))
		.raw()
		.toBuffer();
	for (let pixel = 0; pixel < width * height; pixel++) {
		const alpha = soft[pixel * 4 + 3] / 255;
		for (let channel = 0; channel < 3; channel++) {
			const at = pixel * 3 + channel;
			pixels[at] += (soft[pixel * 4 + channel] - pixels[at]) * alpha;
		}
	}
}

async function softened(mask: Buffer, { width, height }: Stand, softness: number): Promise<Buffer> {
	const { default: sharp } = await import('sharp');
	return await sharp(mask, { raw: { width, height, channels: 1 } })
		.blur(max(0.5, height * softness))
		.toColourspace('b-w')
		.raw()
		.toBuffer();
}
