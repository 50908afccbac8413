import { hashText, seededRandom } from './random.mts';
import type { Rgb } from './surfaces.mts';

/** Colours of a backdrop, `#rrggbb`, at least two; the first is the main one. */
export type Colors = readonly string[];

/** Our reading of the eight preset names; how the real model sees them is its own affair. */
const PRESETS: Readonly<Record<string, Colors>> = {
	ember: ['#f2a65a', '#e4572e', '#8c2f1b', '#ffd29d'],
	fresh: ['#bfe8d4', '#7fd1ae', '#4aa3df', '#f3f9d2'],
	jungle: ['#3f7d4e', '#1f4d36', '#a3b86c', '#d9e4a7'],
	magic: ['#9b6dd6', '#4b2a8c', '#f08fc0', '#5fd3e0'],
	melon: ['#ffb3a1', '#ff7f7f', '#8fd18f', '#ffe3c2'],
	mosaic: ['#f4c95d', '#2a9d8f', '#dd6e42', '#3d5a98'],
	pastel: ['#f6d6e8', '#cfe3f7', '#e2f3d8', '#fdf1cf'],
	ultramarine: ['#4a6fd8', '#1b2a8f', '#7fb4f0', '#d6e2fb'],
};

/** Words in a prompt that call for a colour; materials and places have their own. */
const COLOR_WORDS: Readonly<Record<string, string>> = {
	amber: '#ffb347',
	beige: '#e3d3b5',
	black: '#1d1d22',
	blue: '#3f6fd1',
	brown: '#7b5237',
	coral: '#ff7f66',
	cream: '#f6ead2',
	crimson: '#b1203f',
	cyan: '#4cc9dd',
	emerald: '#1f9d6b',
	gold: '#e0b040',
	golden: '#e5b84f',
	gray: '#9aa0a8',
	green: '#55a868',
	grey: '#9aa0a8',
	ivory: '#f5f1e3',
	lavender: '#b9a5e2',
	magenta: '#cf3f9f',
	mint: '#a9e0c5',
	navy: '#1f2f5c',
	orange: '#f08c3a',
	peach: '#ffc8a2',
	pink: '#f29cb7',
	purple: '#7d55b5',
	red: '#cf3a3a',
	rose: '#e58aa0',
	sand: '#dfc79c',
	silver: '#bfc5cc',
	teal: '#1f8f8a',
	turquoise: '#45c4c0',
	violet: '#8158c9',
	white: '#f4f4f2',
	yellow: '#f3d250',
};

const HEX = /^#?([0-9a-f]{6})$/i;

/** The colour of a studio's paper: of the palette; else one that the prompt names; else a quiet one of the prompt's own. */
export function paperColor(input: Record<string, unknown>): Rgb {
	const prompt = typeof input.prompt === 'string' ? input.prompt : '';
	const [color] = fromPalette(input.color_palette) ?? fromWords(prompt) ?? fromHash(prompt);
	return channelsOf(color);
}

/** Draws a picture's colours towards those of the input's palette, if it has one; light stays light and dark dark. */
export function colorByPalette(pixels: Float32Array, input: Record<string, unknown>): void {
	const palette = fromPalette(input.color_palette);
	if (palette === undefined) return;
	const main = channelsOf(palette[0]);
	const dark = main.map((value) => value * 0.12);
	const light = channelsOf(mixHex(palette[1], '#ffffff', 0.3));
	for (let at = 0; at < pixels.length; at += 3) {
		const brightness = (pixels[at] * 0.3 + pixels[at + 1] * 0.59 + pixels[at + 2] * 0.11) / 255;
		for (let channel = 0; channel < 3; channel++) {
			const toned =
				brightness < 0.5
					? dark[channel] + (main[channel] - dark[channel]) * brightness * 2
					: main[channel] + (light[channel] - main[channel]) * (brightness * 2 - 1);
			pixels[at + channel] += (toned - pixels[at + channel]) * PALETTE_STRENGTH;
		}
	}
}

const PALETTE_STRENGTH = 0.65;

function fromPalette(palette: unknown): Colors | undefined {
	if (typeof palette !== 'object' || palette === null) return undefined;
	const { name, members } = palette as { name?: unknown; members?: unknown };
	if (typeof name === 'string' && Object.hasOwn(PRESETS, name.toLowerCase())) return PRESETS[name.toLowerCase()];
	if (!Array.isArray(members)) return undefined;
	const weighted = members.flatMap((member: unknown) => {
		const { color_hex: hex, color_weight: weight } = (member ?? {}) as Record<string, unknown>;
		const match = typeof hex === 'string' ? HEX.exec(hex) : null;
		return match === null ? [] : [{ color: `#${match[1].toLowerCase()}`, weight: Number(weight ?? 0) || 0 }];
	});
	weighted.sort((a, b) => b.weight - a.weight);
	return atLeastTwo(weighted.map(({ color }) => color));
}

function fromWords(prompt: string): Colors | undefined {
	const words = prompt.toLowerCase().split(/[^a-z]+/);
	const found = words.filter((word) => Object.hasOwn(COLOR_WORDS, word)).map((word) => COLOR_WORDS[word]);
	return atLeastTwo([...new Set(found)].slice(0, 5));
}

function fromHash(prompt: string): Colors {
	const random = seededRandom(hashText(prompt));
	const hue = random() * 360;
	return [hslToHex(hue, 0.22, 0.82), hslToHex(hue + 40, 0.3, 0.6)];
}

function atLeastTwo(colors: string[]): Colors | undefined {
	if (colors.length === 0) return undefined;
	return colors.length === 1 ? [colors[0], mixHex(colors[0], '#ffffff', 0.45)] : colors;
}

/** A colour between two, `share` of the second. */
function mixHex(from: string, to: string, share: number): string {
	const end = channelsOf(to);
	return toHex(channelsOf(from).map((value, channel) => Math.round(value + (end[channel] - value) * share)));
}

function channelsOf(hex: string): Rgb {
	return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

function hslToHex(hue: number, saturation: number, lightness: number): string {
	const reach = saturation * Math.min(lightness, 1 - lightness);
	const channel = (shift: number) => {
		const k = (shift + hue / 30) % 12;
		return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
	};
	return toHex([channel(0), channel(8), channel(4)]);
}

function toHex(channels: number[]): string {
	return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
