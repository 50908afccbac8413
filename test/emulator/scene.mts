/** What a prompt asks for, read by its words: a place, a ground, a light. */
import type { Random } from './random.mts';
import type { SurfaceName } from './surfaces.mts';

/** The photographs in `scenes/`; `studio` is plain paper. */
export type Place =
	| 'cafe'
	| 'city'
	| 'evening'
	| 'field'
	| 'forest'
	| 'harbour'
	| 'home'
	| 'loft'
	| 'park'
	| 'sea'
	| 'showroom'
	| 'sky'
	| 'studio'
	| 'workshop';

export interface Scene {
	place: Place;
	/** Undefined: the paper of the studio goes on under the product. */
	surface: SurfaceName | undefined;
	/** Multiplies red, green and blue of everything but the product. */
	tint: [red: number, green: number, blue: number];
	/** Where the light comes from: −1 left, 1 right. */
	side: -1 | 1;
	/** Sun through a window lies on the ground. */
	hasSunlight: boolean;
	/** An evening's glow over the horizon, 0 to 1. */
	glow: number;
	/** 0 clear to 1 white. */
	fog: number;
}

/** The first line that has one of the prompt's words wins; the more particular ones stand above. */
const PLACES: ReadonlyArray<[Place, SurfaceName | undefined, RegExp]> = [
	['home', 'wood', /kitchen|home|house|living|window|bedroom|bathroom|\broom\b|breakfast|cozy|interior|sill/],
	['cafe', 'darkWood', /caf[eé]|coffee|restaurant|bar\b|bistro|shop|store|mall|bokeh|christmas|party|bakery/],
	['forest', 'moss', /forest|wood(s|land)\b|trees?\b|jungle|moss|leaves|nature/],
	['sea', 'sand', /beach|shore|sand\b|sandy/],
	['sea', 'stone', /\bsea\b|ocean|lake|water|coast|waves|pool|river/],
	['harbour', 'wood', /harbou?r|pier|dock|port\b|boats?/],
	['field', 'wood', /field|farm|countryside|autumn|fall\b|meadow|harvest|sunrise|vineyard/],
	['park', 'grass', /park|garden|grass|lawn|picnic|spring|summer/],
	['loft', 'concrete', /loft|warehouse|industrial|concrete|factory|garage|brick/],
	['workshop', 'wood', /workshop|workbench|studio desk|craft|atelier/],
	['city', 'concrete', /city|street|urban|skyline|sidewalk|pavement|downtown|road/],
	['evening', 'stone', /desert|mountain|sunset|dusk|evening|twilight|canyon|rock|hills?\b/],
	['sky', 'board', /sky|clouds?|heaven|air\b/],
	['showroom', 'marble', /showroom|gallery|office|lobby|hotel|hall|museum|luxury|spa\b/],
];

const GROUNDS: ReadonlyArray<[SurfaceName, RegExp]> = [
	['linen', /linen|cloth|fabric|silk|textile|blanket/],
	['marble', /marble/],
	['darkWood', /(dark|walnut|rustic|mahogany)[\w\s,]{0,12}(wood|table|oak)|walnut|mahogany/],
	['wood', /wood(en)?\b|oak|plank|timber|table|desk|bench|pine\b/],
	['moss', /moss/],
	['grass', /grass|lawn/],
	['sand', /\bsand|beach|dune/],
	['snow', /snow|ice\b|icy/],
	['slate', /slate|black stone|granite|basalt/],
	['concrete', /concrete|cement|pavement/],
	['stone', /stone|rock|pebble|travertine|terracotta/],
	['board', /pedestal|podium|plinth|shelf|counter/],
];

/** Where a ground is usually found, for prompts that name nothing else. */
const PLACE_OF_GROUND: Record<SurfaceName, Place> = {
	board: 'studio',
	concrete: 'loft',
	darkWood: 'cafe',
	grass: 'park',
	linen: 'home',
	marble: 'home',
	moss: 'forest',
	sand: 'sea',
	slate: 'studio',
	snow: 'field',
	stone: 'evening',
	wood: 'home',
};

/** Words that put the product before something and not onto it. */
const PLAIN = /studio|plain|seamless|paper|backdrop|solid|gradient|minimal/;

/** Reads a prompt. What it leaves open is chosen by `random`. */
export function readScene(prompt: string, random: Random): Scene {
	const words = prompt.toLowerCase();
	const found = PLACES.find(([, , pattern]) => pattern.test(words));
	const ground = GROUNDS.find(([, pattern]) => pattern.test(words))?.[0];
	const place = found?.[0] ?? (ground === undefined ? 'studio' : PLACE_OF_GROUND[ground]);
	const isPlain = place === 'studio' || PLAIN.test(words);
	const side = /(from|on) the left/.test(words) ? -1 : /(from|on) the right/.test(words) ? 1 : random() < 0.5 ? -1 : 1;
	return {
		place: isPlain ? 'studio' : place,
		surface: ground ?? (isPlain ? undefined : found?.[1]),
		side,
		...lightOf(words),
	};
}

function lightOf(words: string): Pick<Scene, 'tint' | 'hasSunlight' | 'glow' | 'fog'> {
	const fog = /fog|mist|haze|hazy|smoke/.test(words) ? 0.42 : 0;
	const isNight = /night|midnight|moonlight|moody|dramatic|low.key/.test(words);
	const isEvening = /sunset|evening|dusk|golden hour|twilight/.test(words);
	const isMorning = /morning|sunrise|dawn|sunlight|sunny|sun\b|daylight|window/.test(words);
	const isCold = /winter|snow|cold|ice|icy|frost/.test(words);
	if (isNight) return { tint: [0.42, 0.44, 0.52], hasSunlight: false, glow: 0, fog };
	if (isEvening) return { tint: [1.04, 0.84, 0.66], hasSunlight: false, glow: 1, fog };
	if (isMorning) return { tint: [1.05, 1, 0.92], hasSunlight: true, glow: 0, fog };
	if (isCold) return { tint: [0.96, 1, 1.07], hasSunlight: false, glow: 0, fog };
	return { tint: [1, 1, 1], hasSunlight: false, glow: 0, fog };
}
