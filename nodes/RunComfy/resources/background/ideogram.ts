/**
 * Ideogram V3 Replace Background as RunComfy offers it: its id and its limits. Source: RunComfy's API document of the
 * model, and for what that leaves open (palettes, styles, image formats) Ideogram's API reference.
 */

export const MODEL_ID = 'ideogram/ideogram-v3/replace-background';

export const IDEOGRAM_SEED_MAX = 2_147_483_647;

/** The presets in a few words, going by their names: Ideogram shows pictures made with them but publishes no color values. */
export const COLOR_PALETTES: Readonly<Record<string, string>> = {
	Ember: 'Glowing reds and oranges',
	Fresh: 'Light, clear colors',
	Jungle: 'Leafy greens',
	Magic: 'Fairy-tale colors',
	Melon: 'Melon pinks and greens',
	Mosaic: 'Many different colors',
	Pastel: 'Soft, pale colors',
	Ultramarine: 'Deep blues',
};

/** The schema's rendering speed where none is given. How long a job takes depends on it. */
export const DEFAULT_RENDERING_SPEED = 'BALANCED';

/** Ideogram takes images up to this size. */
export const IMAGE_MAX_BYTES = 10 * 1024 * 1024;
