/**
 * Ideogram V3 Replace Background as RunComfy offers it: its id and its limits. Source: RunComfy's API document of the
 * model, and for what that leaves open (palettes, styles, image formats) Ideogram's API reference.
 */

export const MODEL_ID = 'ideogram/ideogram-v3/replace-background';

export const IDEOGRAM_SEED_MAX = 2_147_483_647;

export const COLOR_PALETTES = ['Ember', 'Fresh', 'Jungle', 'Magic', 'Melon', 'Mosaic', 'Pastel', 'Ultramarine'];

/**
 * The presets in a few words, going by their names: Ideogram shows pictures made with them but publishes no color values.
 */
export const PALETTE_DESCRIPTIONS: Record<string, string> = {
	Ember: 'Glowing reds and oranges',
	Fresh: 'Light, clear colors',
	Jungle: 'Leafy greens',
	Magic: 'Fairy-tale colors',
	Melon: 'Melon pinks and greens',
	Mosaic: 'Many different colors',
	Pastel: 'Soft, pale colors',
	Ultramarine: 'Deep blues',
};

/** Ideogram's own palette editor has five colours. More can be sent with Extra Fields. */
export const CUSTOM_PALETTE_MAX_COLORS = 5;

/** Ideogram's bounds for the weight of a colour. */
export const COLOR_WEIGHT_MIN = 0.05;
export const COLOR_WEIGHT_MAX = 1;

/** The schema's rendering speed where none is given: it tells how long a job takes. */
export const DEFAULT_RENDERING_SPEED = 'BALANCED';

/** Ideogram takes images up to this size. */
export const IMAGE_MAX_BYTES = 10 * 1024 * 1024;
