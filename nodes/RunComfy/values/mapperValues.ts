/** What a person filled into the resource mapper. */
import { isPlainObject } from './schema';

/**
 * The inputs of the mapper's parameter as n8n gives it, expressions resolved: those that have a value and are shown.
 * Some editors keep `false` for every switch, those under "Add field" too, and it would be sent though nobody saw it.
 * Never throws; a value written by hand, without the saved fields, counts as it is.
 */
export function shownValues(parameter: unknown): Record<string, unknown> {
	const { value, schema } = isPlainObject(parameter) ? parameter : {};
	const fields: unknown[] = Array.isArray(schema) ? schema : [];
	const hidden = new Set(fields.flatMap((field) => (isPlainObject(field) && field.removed === true ? [field.id] : [])));
	const values = isPlainObject(value) ? Object.entries(value) : [];
	return Object.fromEntries(values.filter(([name, given]) => given !== null && !hidden.has(name)));
}
