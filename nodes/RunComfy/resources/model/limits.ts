/** Bounds and defaults of what the resource Model shows: the editor has them, and whatever an expression gives is held to them. */

/** As n8n's own nodes have it. */
export const DEFAULT_MODELS = 50;

/** A catalogue with more entries than this would be another one. It also ends a list that never ends by itself. */
export const MAX_MODELS = 20_000;
