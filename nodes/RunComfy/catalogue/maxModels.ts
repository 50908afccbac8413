/** A catalogue with more entries than this would be another one. It also ends a list that never ends by itself. */
export const MAX_MODELS = 20_000;
