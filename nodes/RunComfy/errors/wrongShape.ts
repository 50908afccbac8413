/** What to write in place of a value that is not of the shape its field takes. */
import { quote } from './foreignText';

/** So many of an object's fields are told: the one that is meant is mostly among the first. */
const MAX_FIELDS_TOLD = 12;

const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where an object keeps what is wanted, if a name of it says so. */
const likelyField = (value: unknown): string => {
	if (!isRecord(value)) return '';
	const name = ['url', 'src', 'href', 'text', 'value', 'name'].find((field) => typeof value[field] === 'string');
	return name === undefined ? '' : `.${name}`;
};

/** Says of which kind a value is, and how an expression gets from it to the text that is wanted. */
export function wrongShape(value: unknown): string {
	if (Array.isArray(value)) {
		if (value.length === 0) return 'It is an empty list.';
		const entry = `[0]${likelyField(value[0])}`;
		return `It is a list: put ${entry} behind the field's name for its first entry, as in {{ $json.field${entry} }}, or make items of it with the node Split Out.`;
	}
	if (isRecord(value)) {
		if ('mimeType' in value && likelyField(value) !== '.url') return 'It is a file, or what describes one.';
		const names = Object.keys(value);
		const told = quote(names.slice(0, MAX_FIELDS_TOLD).join(', '));
		const field = likelyField(value) || (names.length > 0 ? `.${quote(names[0], 60)}` : '');
		return field === ''
			? 'It is an empty object.'
			: `It is an object with the fields ${told}: put ${field} behind its name, as in {{ $json.field${field} }}.`;
	}
	if (typeof value === 'number' || typeof value === 'bigint') return `It is the number ${value}.`;
	if (typeof value === 'boolean') return `It is the switch ${value}.`;
	return typeof value === 'string' ? 'It is text.' : 'It is nothing that can be sent.';
}
