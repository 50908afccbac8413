/** What a prompt and its palette ask for: one of the built-in scenes, and its colors. */
import { hashText, seededRandom } from './random.mts';

/** A picture in `media/`. */
export type Place = 'marble' | 'studio' | 'wood';

export interface Scene {
	place: Place;
	/** Mirrored: the light comes from the other side. */
	isFlopped: boolean;
	/** How much closer the camera is, from 1 on. */
	zoom: number;
	/** Colors laid over everything but the product. */
	tints: Array<{ color: string; opacity: number }>;
}

const PLACES: ReadonlyArray<[Place, RegExp]> = [
	['studio', /studio|plain|seamless|paper|backdrop|gradient|minimal/],
	['marble', /marble|kitchen|stone|bathroom|\bspa\b|window|luxury|elegant/],
	['wood', /wood|oak|walnut|plank|table|desk|caf[eé]|coffee|restaurant|\bbar\b|rustic|shelf|floor/],
];

/** Words in a prompt that are names of colors in CSS as well. */
const COLOR_WORD =
	/\b(beige|blue|brown|coral|crimson|cyan|gold|gray|green|grey|ivory|lavender|magenta|navy|orange|pink|purple|red|salmon|silver|teal|turquoise|violet|yellow)\b/;

/** How this emulator sees the preset names; how the real model does is its own affair. */
const PALETTES: Readonly<Record<string, string>> = {
	ember: '#f0703a',
	fresh: '#7fd1ae',
	jungle: '#4f9d5e',
	magic: '#9b6dd6',
	melon: '#ff8f7f',
	mosaic: '#f4b94d',
	pastel: '#f6c6e0',
	ultramarine: '#4a6fd8',
};

const HOURS: ReadonlyArray<[RegExp, Scene['tints'][number]]> = [
	[/night|moonlight|moody|dramatic|\bdark\b/, { color: '#1b2140', opacity: 0.72 }],
	[/sunset|evening|dusk|golden hour|sunrise/, { color: '#ff9d5c', opacity: 0.45 }],
];

const PALETTE_OPACITY = 0.85;

/** The scene for a model's input; `index` tells its pictures apart. */
export function readScene(input: Record<string, unknown>, index: number): Scene {
	const words = String(input.prompt ?? '').toLowerCase();
	const random = seededRandom(hashText(`${words} ${String(input.seed)} ${index}`));
	const place = PLACES.find(([, pattern]) => pattern.test(words))?.[0] ?? 'studio';
	const color = paletteColor(input.color_palette) ?? COLOR_WORD.exec(words)?.[0];
	const hour = HOURS.find(([pattern]) => pattern.test(words))?.[1];
	return {
		place,
		isFlopped: /light from the right/.test(words) || (!/light from the left/.test(words) && index % 2 === 1),
		zoom: 1 + random() * 0.15,
		tints: [
			...(color === undefined ? [] : [{ color, opacity: PALETTE_OPACITY }]),
			...(hour === undefined ? [] : [hour]),
		],
	};
}

/** The main color of a palette. */
function paletteColor(palette: unknown): string | undefined {
	const { name, members } = (palette ?? {}) as { name?: unknown; members?: unknown };
	if (!Array.isArray(members)) return PALETTES[String(name).toLowerCase()];
	const colors = members.map((member: unknown) => {
		const { color_hex: hex, color_weight: weight } = (member ?? {}) as Record<string, unknown>;
		return { hex: String(hex).replace(/^#?/, '#'), weight: Number(weight ?? 0) };
	});
	return colors.filter(({ hex }) => /^#[0-9a-f]{6}$/i.test(hex)).toSorted((a, b) => b.weight - a.weight)[0]?.hex;
}
