import { mixHex, type Colors } from './palette.mts';
import type { Random } from './random.mts';

/** Shapes out of focus; few, so that the subject stays the first thing seen. */
const SHAPES = 9;

/** Where the wall ends and the floor begins, as a share of the height. */
const HORIZON = 0.74;

/** An SVG of a wall and a floor in the given colours, with soft lights and a vignette. Sizes in pixels. */
export function backdropSvg(width: number, height: number, colors: Colors, random: Random): string {
	const pick = (index: number) => colors[index % colors.length];
	const side = Math.min(width, height);
	const shapes = Array.from({ length: SHAPES }, (_, index) => {
		const cx = Math.round(random() * width);
		const cy = Math.round(random() * height * 0.8);
		const rx = Math.round(side * (0.08 + 0.22 * random()));
		const ry = Math.round(rx * (0.7 + 0.6 * random()));
		const opacity = (0.25 + 0.35 * random()).toFixed(2);
		return `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}" fill="${pick(index)}" opacity="${opacity}"/>`;
	});
	const lightX = Math.round(25 + 50 * random());
	const horizon = Math.round(height * HORIZON);
	const blur = Math.max(2, Math.round(side * 0.05));
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs>
<linearGradient id="wall" x1="0" y1="0" x2="0.35" y2="1">
<stop offset="0" stop-color="${mixHex(pick(0), '#ffffff', 0.18)}"/>
<stop offset="0.6" stop-color="${pick(0)}"/>
<stop offset="1" stop-color="${pick(1)}"/>
</linearGradient>
<linearGradient id="floor" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="${mixHex(pick(1), '#000000', 0.12)}"/>
<stop offset="1" stop-color="${mixHex(pick(1), pick(2), 0.35)}"/>
</linearGradient>
<radialGradient id="light" cx="${lightX}%" cy="30%" r="65%">
<stop offset="0" stop-color="#ffffff" stop-opacity="0.45"/>
<stop offset="1" stop-color="#ffffff" stop-opacity="0"/>
</radialGradient>
<radialGradient id="vignette" cx="50%" cy="50%" r="75%">
<stop offset="0.6" stop-color="#000000" stop-opacity="0"/>
<stop offset="1" stop-color="#000000" stop-opacity="0.28"/>
</radialGradient>
<filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="${blur}"/></filter>
<filter id="edge"><feGaussianBlur stdDeviation="0 ${Math.max(1, Math.round(blur / 3))}"/></filter>
</defs>
<rect width="100%" height="100%" fill="url(#wall)"/>
<g filter="url(#soft)">${shapes.join('')}</g>
<rect x="-10%" y="${horizon}" width="120%" height="${height}" fill="url(#floor)" filter="url(#edge)" opacity="0.85"/>
<rect width="100%" height="100%" fill="url(#light)"/>
<rect width="100%" height="100%" fill="url(#vignette)"/>
</svg>`;
}
