/** Puts a product into a scene: one SVG, drawn by sharp. */
import { join } from 'node:path';

import type { Pixels } from './cutout.mts';
import type { Scene } from './scene.mts';

/** Where a product stands in the scenes' pictures, from their top, and from where their light comes. */
const STAND = 0.687;
const LIGHT_FROM = { marble: 'left', studio: 'left', wood: 'right' } as const;

/** How far a shadow falls aside, and how flat it lies, for each pixel of height. */
const ASIDE = 0.85;
const FLATNESS = 0.26;

const SHADOW_SCALE = 1 / 3;

/** Where a product is in its picture, in pixels. */
interface Box {
	left: number;
	right: number;
	top: number;
	bottom: number;
}

/** @returns a PNG of the product's size. */
export async function compose(subject: Pixels, scene: Scene): Promise<Buffer> {
	const { data, width, height } = subject;
	const box = boxOf(subject);
	const { default: sharp } = await import('sharp');
	return await sharp(await backdrop(subject, box, scene))
		.composite([{ input: await shadows(subject, box, scene) }, { input: data, raw: { width, height, channels: 4 } }])
		.removeAlpha()
		.png()
		.toBuffer();
}

/** The scene, scaled and shifted so that its ground is under the product. */
async function backdrop({ width, height }: Pixels, { left, right, bottom }: Box, scene: Scene): Promise<Buffer> {
	const { default: sharp } = await import('sharp');
	const side = Math.ceil(Math.max(width, bottom / STAND, (height - bottom) / (1 - STAND)) * scene.zoom);
	const within = (value: number, most: number) => Math.max(0, Math.min(most, Math.round(value)));
	const area = {
		left: within((side - left - right) / 2, side - width),
		top: within(side * STAND - bottom, side - height),
		width,
		height,
	};
	const picture = sharp(join(import.meta.dirname, 'media', `${scene.place}.webp`)).resize(side, side, {
		kernel: 'cubic',
	});
	const cut = await picture.flop(scene.isFlopped).png({ compressionLevel: 1 }).toBuffer();
	const tints = scene.tints.map(({ color, opacity }) => ({
		input: Buffer.from(
			`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${color}" opacity="${opacity}"/></svg>`,
		),
		blend: 'multiply' as const,
	}));
	return await sharp(cut).extract(area).composite(tints).png({ compressionLevel: 1 }).toBuffer();
}

/** Three shadows: a thin dark one where it touches the ground, one around it, and the long soft one of the light. */
async function shadows(subject: Pixels, { top, bottom }: Box, scene: Scene): Promise<Buffer> {
	const { data, width, height } = subject;
	const size = bottom - top;
	const isFromLeft = (LIGHT_FROM[scene.place] === 'left') !== scene.isFlopped;
	// Flattened onto the ground and drawn away from the light, around the row on which the product stands.
	const lie = (aside: number, flatness: number) =>
		`matrix(1 0 ${aside} ${flatness} ${-aside * bottom} ${bottom * (1 - flatness)})`;
	// Drawn wider than the picture, since a blur fades at the edge of what is drawn, and smaller, since it is soft.
	const margin = Math.ceil(size * 0.15);
	const [wide, high] = [width + 2 * margin, height + 2 * margin];
	const whole = `x="${-margin}" y="${-margin}" width="${wide}" height="${high}"`;
	const soft = (id: string, blur: number, opacity: number) =>
		`<filter id="${id}" filterUnits="userSpaceOnUse" ${whole} color-interpolation-filters="sRGB">
			<feColorMatrix values="0 0 0 0 0.06  0 0 0 0 0.05  0 0 0 0 0.05  0 0 0 ${opacity} 0"/>
			<feGaussianBlur stdDeviation="${blur}"/></filter>`;
	const { default: sharp } = await import('sharp');
	const product = await sharp(data, { raw: { width, height, channels: 4 } })
		.resize(Math.ceil(width * SHADOW_SCALE))
		.png()
		.toBuffer();
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-margin} ${-margin} ${wide} ${high}"
		width="${Math.ceil(wide * SHADOW_SCALE)}" height="${Math.ceil(high * SHADOW_SCALE)}"><defs>
		<image id="p" width="${width}" height="${height}" href="data:image/png;base64,${product.toString('base64')}"/>
		<linearGradient id="low" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="${bottom - size * 0.16}"
			y2="${bottom - size * 0.02}"><stop stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient>
		<mask id="foot" maskUnits="userSpaceOnUse" ${whole}><rect ${whole} fill="url(#low)"/></mask>
		${soft('long', size * 0.035, 0.42)}${soft('around', size * 0.05, 0.5)}${soft('touch', size * 0.012, 0.8)}</defs>
		<g filter="url(#long)"><use href="#p" transform="${lie(isFromLeft ? -ASIDE : ASIDE, FLATNESS)}"/></g>
		<g filter="url(#around)"><use href="#p" transform="${lie(0, 0.12)}"/></g>
		<g filter="url(#touch)"><use href="#p" mask="url(#foot)" transform="translate(0 ${size * 0.012})"/></g></svg>`;
	// Drawn, then enlarged: in one go sharp would draw it large.
	const small = await sharp(Buffer.from(svg)).png().toBuffer();
	const large = await sharp(small).resize(wide, high, { fit: 'fill' }).png({ compressionLevel: 1 }).toBuffer();
	return await sharp(large)
		.extract({ left: margin, top: margin, width, height })
		.png({ compressionLevel: 1 })
		.toBuffer();
}

/** Less of a pixel than this is the product's soft edge. */
const SOLID_ALPHA = 128;

function boxOf({ data, width, height }: Pixels): Box {
	const box = { left: width, right: 0, top: height, bottom: 0 };
	for (let y = 0, at = 3; y < height; y++) {
		for (let x = 0; x < width; x++, at += 4) {
			if (data[at] < SOLID_ALPHA) continue;
			if (x < box.left) box.left = x;
			if (x > box.right) box.right = x;
			if (y < box.top) box.top = y;
			box.bottom = y + 1;
		}
	}
	return box.bottom === 0 ? { left: 0, right: width, top: 0, bottom: height } : box;
}
