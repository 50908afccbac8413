/** Puts a product into one of the scenes in `media/`, chosen by the words of a prompt. */
import { join } from 'node:path';

import type { Pixels } from './cutout.mts';

/** A scene: the words it is for, and the side its light comes from. The first is for all other words. */
const SCENES = [
	{ name: 'studio', words: /studio|plain|seamless|paper|backdrop|minimal/, light: 'left' },
	{ name: 'marble', words: /marble|kitchen|stone|bathroom|window|luxury|elegant/, light: 'left' },
	{
		name: 'wood',
		words: /wood|oak|plank|table|desk|caf[eé]|coffee|restaurant|\bbar\b|rustic|shelf|floor/,
		light: 'right',
	},
] as const;

/** Words that are names of colors in CSS as well. */
const COLOR =
	/#[0-9a-f]{6}\b|\b(beige|blue|brown|coral|crimson|cyan|gold|gray|green|grey|ivory|lavender|magenta|navy|orange|pink|purple|red|salmon|silver|teal|turquoise|violet|yellow)\b/;

/** Where a product stands in the scenes, from their top. */
const STAND = 0.687;

/** Of a picture without a product. */
const EMPTY: Pixels = { data: Buffer.alloc(900 * 900 * 4), width: 900, height: 900 };

/** How far a shadow falls aside, and how flat it lies, for each pixel of height. */
const ASIDE = 0.85;
const FLATNESS = 0.26;

/** Shadows are soft: a third of the size is enough. */
const SHADOW_SCALE = 3;

/**
 * A PNG of the product's size, or of the scene alone. `color`, else a color among the words, is laid over the scene; every
 * second picture is mirrored.
 */
export async function compose(subject: Pixels = EMPTY, prompt: string, color: string, index: number): Promise<Buffer> {
	const { default: sharp } = await import('sharp');
	const { data, width, height } = subject;
	const words = prompt.toLowerCase();
	const scene = SCENES.find((one) => one.words.test(words)) ?? SCENES[0];
	const isFlopped = index % 2 === 1;
	const { top, bottom } = rowsOf(subject);
	// The scene's ground is to be under the product.
	const side = Math.ceil(Math.max(width, bottom / STAND, (height - bottom) / (1 - STAND)));
	const background = await sharp(join(import.meta.dirname, 'media', `${scene.name}.webp`))
		.resize(side, side, { kernel: 'cubic' })
		.flop(isFlopped)
		.png({ compressionLevel: 1 })
		.toBuffer();
	const area = { left: Math.floor((side - width) / 2), top: Math.floor(side * STAND - bottom), width, height };
	const tint = COLOR.exec(color.toLowerCase())?.[0] ?? COLOR.exec(words)?.[0];
	const veil = `<rect width="100%" height="100%" fill="${tint}" opacity="0.85"/>`;
	const shadow = await shadows(subject, top, bottom, (scene.light === 'left') !== isFlopped);
	return await sharp(background)
		.extract({ ...area, top: Math.max(0, Math.min(area.top, side - height)) })
		.composite([
			...(tint === undefined ? [] : [{ input: drawing(width, height, veil), blend: 'multiply' as const }]),
			{ input: await sharp(shadow).resize(width, height, { fit: 'fill' }).png().toBuffer() },
			{ input: data, raw: { width, height, channels: 4 } },
		])
		.removeAlpha()
		.png()
		.toBuffer();
}

/** The product black and blurred: flat on the ground, away from the light, and where it touches the ground. */
async function shadows(
	{ data, width, height }: Pixels,
	top: number,
	bottom: number,
	toRight: boolean,
): Promise<Buffer> {
	const { default: sharp } = await import('sharp');
	const small = { width: Math.ceil(width / SHADOW_SCALE), height: Math.ceil(height / SHADOW_SCALE) };
	const raw = { width, height, channels: 4 as const };
	const product = await sharp(data, { raw }).resize(small.width, small.height).png().toBuffer();
	const [ground, size] = [bottom / SHADOW_SCALE, (bottom - top) / SHADOW_SCALE];
	const lying = (aside: number, flatness: number) =>
		`matrix(1 0 ${-aside} ${flatness} ${aside * ground} ${ground * (1 - flatness)})`;
	const soft = (id: string, blur: number, opacity: number) =>
		`<filter id="${id}" x="-50%" y="-50%" width="200%" height="200%" color-interpolation-filters="sRGB">
			<feColorMatrix values="0 0 0 0 0.05  0 0 0 0 0.05  0 0 0 0 0.05  0 0 0 ${opacity} 0"/>
			<feGaussianBlur stdDeviation="${blur * size}"/></filter>`;
	const drawn = drawing(
		small.width,
		small.height,
		`<defs><image id="p" width="100%" height="100%" href="data:image/png;base64,${product.toString('base64')}"/>
			${soft('long', 0.035, 0.42)}${soft('around', 0.045, 0.6)}</defs>
		<g filter="url(#long)"><use href="#p" transform="${lying(toRight ? ASIDE : -ASIDE, FLATNESS)}"/></g>
		<g filter="url(#around)"><use href="#p" transform="${lying(0, 0.12)}"/></g>`,
	);
	return await sharp(drawn).png().toBuffer();
}

const drawing = (width: number, height: number, content: string): Buffer =>
	Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`);

/** The rows that the product takes; all of them where there is none. */
function rowsOf({ data, width, height }: Pixels): { top: number; bottom: number } {
	const isSolid = (row: number) => {
		for (let at = row * width * 4 + 3; at < (row + 1) * width * 4; at += 4) if (data[at] >= 128) return true;
		return false;
	};
	const rows = Array.from({ length: height }, (_, row) => row).filter(isSolid);
	return { top: rows[0] ?? 0, bottom: (rows.at(-1) ?? height - 1) + 1 };
}
