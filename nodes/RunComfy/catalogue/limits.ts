/** Bounds and defaults of what the resource Model shows: the editor has them, and whatever an expression gives is held to them. */

/** As n8n's linter wants it of every node; it takes no name for it in the field. */
export const DEFAULT_MODELS = 50;

/** A catalogue with more entries than this would be another one. It also ends a list that never ends by itself. */
export const MAX_MODELS = 20_000;
