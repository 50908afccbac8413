/** Everything in a picture but the product: what lies behind, the ground it stands on, and their light. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { layered, smoothStep, valueNoise } from './noise.mts';
import type { Random } from './random.mts';
import type { Place, Scene } from './scene.mts';
import type { Stand } from './stand.mts';
import { plain, SURFACES, type Rgb, type Surface } from './surfaces.mts';

// Looked up once: inside a test runner each look at a global takes longer than the sum it is for.
const { ceil, exp, floor, max, min, round } = Math;

/** The photographs are square, with their horizon this far down. */
const PHOTO_HORIZON = 0.62;

/** Above the far edge of a table, as a share of the height, lies the horizon of the room behind. */
const HORIZON_ABOVE_EDGE = 0.09;

/** The viewer looks down at the ground by about 18 degrees, so lengths away from them shrink to a third. */
const FORESHORTENING = 3.2;

/** The ground's lines would meet this far above its far edge, as a share of the height. */
const VANISHING_ABOVE_EDGE = 0.3;

const VIGNETTE = 0.2;

/** Grain of a camera, in steps of 255: without any, soft gradients show bands. */
const GRAIN = 2.4;

export interface Backdrop {
	/** Red, green and blue of every pixel, 0 to 255. */
	pixels: Float32Array;
	/** The ground's share of every row, 0 to 1: only there do shadows fall. */
	groundShare: Float32Array;
	gloss: number;
}

/** Paints the scene for a product that stands where `stand` says. `paper` is the colour of a studio's paper. */
export async function paintBackdrop(scene: Scene, stand: Stand, paper: Rgb, random: Random): Promise<Backdrop> {
	const { width, height } = stand;
	const surface = scene.surface === undefined ? { ...plain(paper), farEnd: 0.16 } : SURFACES[scene.surface](random);
	const behind = await paintBehind(scene, stand, paper, random);
	const ground = await paintGround(surface, scene, stand, random);
	const groundShare = new Float32Array(height);
	const pixels = new Float32Array(width * height * 3);
	for (let y = 0; y < height; y++) {
		const reach = surface.farEnd * height;
		const share = smoothStep(stand.edge - reach, stand.edge + reach, y);
		groundShare[y] = share;
		const far = 1 - smoothStep(stand.edge, stand.bottom, y);
		// A table mirrors the room more the flatter one looks at it.
		const mirrored = surface.gloss * (0.35 + 0.65 * far);
		const mirrorRow = max(0, min(height - 1, round(2 * stand.edge - y)));
		for (let x = 0; x < width * 3; x++) {
			const at = y * width * 3 + x;
			const lit = ground[at] * (1 - mirrored) + behind[mirrorRow * width * 3 + x] * mirrored;
			pixels[at] = behind[at] * (1 - share) + lit * share;
		}
	}
	grade(pixels, scene, stand, random);
	return { pixels, groundShare, gloss: surface.gloss };
}

async function paintBehind(scene: Scene, stand: Stand, paper: Rgb, random: Random): Promise<Float32Array> {
	const { width, height } = stand;
	if (scene.place === 'studio') return paintPaper(stand, paper, scene.side);
	const horizon = stand.edge - HORIZON_ABOVE_EDGE * height;
	const side = ceil(max(width * 1.1, horizon / PHOTO_HORIZON, (height - horizon) / (1 - PHOTO_HORIZON) / 2));
	const left = round((side - width) * random());
	const top = round(PHOTO_HORIZON * side - horizon);
	const isMirrored = random() < 0.5;
	const { default: sharp } = await import('sharp');
	const photo = sharp(await readFile(photoOf(scene.place))).resize(side, side, { kernel: 'cubic' });
	const scaled = await (isMirrored ? photo.flop() : photo)
		.blur(max(0.5, side / 260))
		.removeAlpha()
		.raw()
		.toBuffer();
	const pixels = new Float32Array(width * height * 3);
	for (let y = 0; y < height; y++) {
		const row = max(0, min(side - 1, y + top));
		for (let x = 0; x < width * 3; x++) pixels[y * width * 3 + x] = scaled[(row * side + left) * 3 + x];
	}
	return pixels;
}

const photoOf = (place: Place) => join(import.meta.dirname, 'scenes', `${place}.webp`);

/** A sheet of paper with a spot of light behind the product. */
function paintPaper({ width, height, middle, edge }: Stand, paper: Rgb, side: number): Float32Array {
	const pixels = new Float32Array(width * height * 3);
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const u = (x - middle - side * width * 0.18) / width;
			const v = (y - edge * 0.62) / height;
			const light = 0.8 + 0.32 * exp(-(u * u * 2.2 + v * v * 3.4));
			for (let channel = 0; channel < 3; channel++) {
				pixels[(y * width + x) * 3 + channel] = paper[channel] * light;
			}
		}
	}
	return pixels;
}

/** The ground in perspective, lit from one side, sharp only where the product stands. */
async function paintGround(surface: Surface, scene: Scene, stand: Stand, random: Random): Promise<Float32Array> {
	const { width, height, middle, bottom, edge } = stand;
	const vanishing = edge - VANISHING_ABOVE_EDGE * height;
	const unit = max(stand.productWidth, width * 0.3);
	const distance = (FORESHORTENING * (bottom - vanishing)) / unit;
	const sun = scene.hasSunlight ? sunlight(random, scene.side) : undefined;
	const first = max(0, floor(edge - height * surface.farEnd));
	const bytes = Buffer.alloc(width * height * 3);
	for (let y = first; y < height; y++) {
		const depth = (bottom - vanishing) / (y - vanishing);
		const away = distance * depth;
		for (let x = 0; x < width; x++) {
			const across = ((x - middle) / unit) * depth;
			const color = surface.colorAt(across, away);
			const u = (x - middle - scene.side * width * 0.22) / (width * 0.62);
			const v = (y - bottom) / (height * 0.3);
			let light = 0.74 + 0.34 * exp(-(u * u + v * v));
			if (sun !== undefined) light *= sun(across, away - distance);
			for (let channel = 0; channel < 3; channel++) {
				bytes[(y * width + x) * 3 + channel] = min(255, color[channel] * light);
			}
		}
	}
	return await focusOn(bytes, stand);
}

/** Where light falls through a window with bars and past some leaves: brighter than 1 in it, darker beside it. */
function sunlight(random: Random, side: number): (across: number, away: number) => number {
	const leaves = layered(valueNoise(random), 3);
	const shift = random() * 0.6;
	return (across, away) => {
		const along = across * side * 0.86 + away * 0.34 + shift;
		const over = away * 0.3 - across * side * 0.42 + shift;
		const inPane = (value: number, bar: number) => {
			const place = value - floor(value);
			return smoothStep(0, bar, place) * smoothStep(0, bar, 1 - place);
		};
		const panes = inPane(along * 0.85, 0.16) * inPane(over * 1.1 + 0.4, 0.2);
		const shade = smoothStep(0.34, 0.56, leaves(across * 1.7 + 4, away * 0.9));
		return 0.84 + 0.34 * panes * (0.35 + 0.65 * shade);
	};
}

/** As a lens with a wide opening shows it: softer the farther before or behind the product. */
async function focusOn(bytes: Buffer, { width, height, bottom, edge }: Stand): Promise<Float32Array> {
	const { default: sharp } = await import('sharp');
	const raw = { width, height, channels: 3 as const };
	const soft = async (sigma: number) => await sharp(bytes, { raw }).blur(max(0.4, sigma)).raw().toBuffer();
	const [some, much] = await Promise.all([soft(height * 0.0022), soft(height * 0.0075)]);
	const pixels = new Float32Array(width * height * 3);
	for (let y = 0; y < height; y++) {
		const behind = smoothStep(bottom - (bottom - edge) * 0.3, edge, y);
		const before = smoothStep(bottom + height * 0.05, height * 1.08, y);
		const blur = 2 * max(behind, before * 0.8);
		const [from, to, share] = blur < 1 ? [bytes, some, blur] : [some, much, blur - 1];
		for (let at = y * width * 3; at < (y + 1) * width * 3; at++) pixels[at] = from[at] * (1 - share) + to[at] * share;
	}
	return pixels;
}

/** The time of day, the weather, the lens. */
function grade(pixels: Float32Array, { tint, glow, fog }: Scene, stand: Stand, random: Random): void {
	const { width, height, middle, edge } = stand;
	const noise = Float32Array.from({ length: 4093 }, () => (random() - 0.5) * GRAIN);
	for (let y = 0; y < height; y++) {
		const above = (edge - y) / height;
		const haze = fog * smoothStep(-0.12, 0.12, above);
		for (let x = 0; x < width; x++) {
			const at = (y * width + x) * 3;
			const u = (x - width / 2) / width;
			const v = (y - height / 2) / height;
			const vignette = 1 - VIGNETTE * 2 * (u * u + v * v);
			const sun = (x - middle * 1.3) / width;
			const shine =
				glow * (0.3 + 0.7 * smoothStep(0.05, 0.1, above)) * exp(-((above - 0.09) ** 2 / 0.075 + sun * sun * 1.1));
			const grain = noise[(x * 7 + y * 131 + ((x * y) % 61)) % noise.length];
			for (let channel = 0; channel < 3; channel++) {
				let value = pixels[at + channel] * tint[channel];
				value += (255 - value) * shine * GLOW[channel];
				value += (MIST - value) * haze;
				pixels[at + channel] = min(255, max(0, value * vignette + grain));
			}
		}
	}
}

const GLOW: Rgb = [0.95, 0.5, 0.12];

const MIST = 226;
