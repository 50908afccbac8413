/** What the product stands on, as functions of a place on it: across and away from the viewer, in product widths. */
import { layered, smoothStep, valueNoise } from './noise.mts';
import type { Random } from './random.mts';

// Looked up once: inside a test runner each look at a global takes longer than the sum it is for.
const { abs, floor, min, sin } = Math;

export type Rgb = [red: number, green: number, blue: number];

export interface Surface {
	colorAt(across: number, away: number): Rgb;
	/** Share of light that it mirrors, 0 to 1. */
	gloss: number;
	/** How gradually its far end goes over into what lies behind, as a share of the height: an edge or open ground. */
	farEnd: number;
}

const EDGE = 0.006;
const OPEN_GROUND = 0.07;

const mix = (a: Rgb, b: Rgb, share: number): Rgb => [
	a[0] + (b[0] - a[0]) * share,
	a[1] + (b[1] - a[1]) * share,
	a[2] + (b[2] - a[2]) * share,
];
const times = ([red, green, blue]: Rgb, factor: number): Rgb => [red * factor, green * factor, blue * factor];

function marble(random: Random): Surface {
	const noise = valueNoise(random);
	const broad = layered(noise, 3);
	const fine = layered(noise, 5);
	const tilt = 0.5 + random();
	return {
		gloss: 0.3,
		farEnd: EDGE,
		colorAt(across, away) {
			const bend = fine(across * 1.3, away * 1.3) - 0.5;
			const along = across * 0.9 + away * tilt + bend * 1.9;
			// Veins run one way, waver, and fade in and out.
			const vein = abs(sin(along * 2.1 + broad(across * 0.5, away * 0.5) * 6));
			const thin = abs(sin(along * 5.3 - across * 2 + bend * 7));
			const cloud = broad(across * 0.7 + 80, away * 0.7);
			const here = smoothStep(0.42, 0.62, broad(across * 1.1 + 11, away * 1.1 + 31));
			let color = mix([240, 238, 235], [212, 211, 210], smoothStep(0.3, 0.75, cloud));
			color = mix(color, [168, 168, 170], (1 - smoothStep(0, 0.5, vein)) * 0.4);
			color = mix(color, [128, 127, 129], (1 - smoothStep(0, 0.06, vein)) * 0.5 * here);
			return mix(color, [176, 170, 162], (1 - smoothStep(0, 0.05, thin)) * 0.3 * (1 - here));
		},
	};
}

function planks(random: Random, dark: Rgb, light: Rgb, gloss: number): Surface {
	const noise = valueNoise(random);
	const grain = layered(noise, 4);
	const width = 0.62;
	const shift = random() * width;
	return {
		gloss,
		farEnd: EDGE,
		colorAt(across, away) {
			const board = floor((away + shift) / width);
			const inBoard = (away + shift) / width - board;
			const own = noise(board * 7.3 + 0.5, 3.5);
			const wave = grain(across * 0.35 + board * 31, inBoard * 1.6 + board * 5) * 5;
			const rings = abs(((wave + inBoard * 2.2) % 1) - 0.5) * 2;
			const fibre = grain(across * 1.6 + board * 13, inBoard * 26 + board * 3);
			let color = mix(dark, light, 0.25 + 0.45 * own + 0.3 * (rings - 0.5) + 0.5 * (fibre - 0.5));
			const seam = min(inBoard, 1 - inBoard) * width;
			color = times(color, 0.45 + 0.55 * smoothStep(0, 0.014, seam));
			return times(color, 0.94 + 0.12 * noise(across * 0.8, away * 0.8));
		},
	};
}

function mottled(random: Random, dark: Rgb, light: Rgb, scale: number, gloss: number, farEnd = EDGE): Surface {
	const noise = valueNoise(random);
	const broad = layered(noise, 3);
	const fine = layered(noise, 4);
	return {
		gloss,
		farEnd,
		colorAt(across, away) {
			const patch = broad(across * scale, away * scale);
			const speck = fine(across * scale * 14, away * scale * 14);
			return mix(dark, light, smoothStep(0.15, 0.85, 0.62 * patch + 0.38 * speck));
		},
	};
}

/** Tufts that lean every way: moss, and grass when they are long. */
function growing(random: Random, dark: Rgb, light: Rgb, dry: Rgb, length: number): Surface {
	const noise = valueNoise(random);
	const broad = layered(noise, 3);
	return {
		gloss: 0,
		farEnd: OPEN_GROUND,
		colorAt(across, away) {
			const lean = (broad(across * 2, away * 2) - 0.5) * 2;
			const blade = noise(across * 46 + lean * 5, (away * 46) / length + lean * 4);
			const tuft = broad(across * 5 + 20, away * 5);
			const patch = broad(across * 0.9 + 50, away * 0.9);
			const color = mix(dark, light, smoothStep(0.15, 0.9, 0.5 * blade + 0.5 * tuft));
			return mix(color, dry, smoothStep(0.55, 0.8, patch) * 0.55);
		},
	};
}

function sand(random: Random): Surface {
	const noise = valueNoise(random);
	const broad = layered(noise, 3);
	return {
		gloss: 0,
		farEnd: OPEN_GROUND,
		colorAt(across, away) {
			const bend = broad(across * 0.8, away * 0.8) * 3;
			const ripple = sin((away * 2.4 + across * 0.5 + bend) * 4.2) * 0.5 + 0.5;
			const grit = noise(across * 90, away * 90);
			return mix([186, 158, 118], [236, 214, 176], 0.25 + 0.45 * ripple + 0.3 * grit);
		},
	};
}

function linen(random: Random): Surface {
	const noise = valueNoise(random);
	const broad = layered(noise, 3);
	return {
		gloss: 0,
		farEnd: EDGE,
		colorAt(across, away) {
			const thread = 0.5 + 0.25 * (noise(across * 9, away * 120) + noise(across * 120, away * 9) - 1);
			const fold = broad(across * 0.7 + away * 0.5, away * 0.4) - 0.5;
			return times(mix([206, 198, 184], [238, 232, 222], thread), 1 + fold * 0.3);
		},
	};
}

/** Seamless paper or a plain painted board. */
export function plain(color: Rgb, gloss = 0.05): Surface {
	return { gloss, farEnd: EDGE, colorAt: () => color };
}

/** Every ground by its name. */
export const SURFACES = {
	board: (random) => mottled(random, [226, 222, 214], [242, 239, 233], 0.5, 0.12),
	concrete: (random) => mottled(random, [128, 127, 124], [184, 182, 178], 0.8, 0.06),
	darkWood: (random) => planks(random, [52, 33, 21], [118, 78, 48], 0.16),
	grass: (random) => growing(random, [38, 62, 22], [134, 168, 66], [168, 160, 84], 3),
	linen,
	marble,
	moss: (random) => growing(random, [28, 42, 18], [110, 132, 52], [92, 72, 44], 1),
	sand,
	slate: (random) => mottled(random, [30, 32, 35], [70, 73, 78], 1.1, 0.2),
	snow: (random) => mottled(random, [206, 218, 232], [248, 250, 252], 0.9, 0.05, OPEN_GROUND),
	stone: (random) => mottled(random, [92, 84, 76], [198, 188, 174], 2.4, 0.04),
	wood: (random) => planks(random, [128, 84, 48], [214, 164, 110], 0.12),
} satisfies Record<string, (random: Random) => Surface>;

export type SurfaceName = keyof typeof SURFACES;
