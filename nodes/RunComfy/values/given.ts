/**
 * Whether a parameter counts as left out: an expression or the cell of a table gives an empty text or null for what is not
 * there.
 */
export const isNotGiven = (value: unknown): value is undefined | null | '' =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
