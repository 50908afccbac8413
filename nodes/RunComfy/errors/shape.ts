/** What shape a value has, and how an expression gets from it to what is wanted. */

import type { IDataObject } from 'n8n-workflow';

import { quote } from './cleanText';

export type PlainObject = Record<string, unknown>;

export const isPlainObject = (value: unknown): value is PlainObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value itself, or an empty object for anything else: for reading fields that may not be there. */
export const asPlainObject = (value: unknown): PlainObject => (isPlainObject(value) ? value : {});

/** The fields without those that are undefined. */
export const definedFields = (fields: Record<string, unknown>): IDataObject =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as IDataObject;

/** The field that is meant is mostly among an object's first ones. */
const MAX_FIELDS_SHOWN = 12;

/** Where an object keeps what is wanted, if one of its names says so. */
export const likelyField = (value: unknown): string => {
	if (!isPlainObject(value)) return '';
	const name = ['url', 'src', 'href', 'text', 'value', 'name'].find((field) => typeof value[field] === 'string');
	return name === undefined ? '' : `.${name}`;
};

/** Says what kind of value it is, and how an expression gets from it to the text that is wanted. */
export function wrongShape(value: unknown): string {
	if (Array.isArray(value)) {
		if (value.length === 0) return 'It is an empty list.';
		const entry = `[0]${likelyField(value[0])}`;
		return `It is a list: add ${entry} after the field's name to get its first entry, as in {{ $json.field${entry} }}, or turn the list into items with the Split Out node.`;
	}
	if (isPlainObject(value)) {
		if ('mimeType' in value && likelyField(value) !== '.url') return 'It is a file, or a description of one.';
		const names = Object.keys(value);
		const shown = quote(names.slice(0, MAX_FIELDS_SHOWN).join(', '));
		const field = likelyField(value) || (names.length > 0 ? `.${quote(names[0], 60)}` : '');
		return field === ''
			? 'It is an empty object.'
			: `It is an object with the fields ${shown}: add ${field} after its name, as in {{ $json.field${field} }}.`;
	}
	if (typeof value === 'number' || typeof value === 'bigint') return `It is the number ${value}.`;
	if (typeof value === 'boolean') return `It is the boolean ${value}.`;
	return typeof value === 'string' ? 'It is text.' : 'It is not something that can be sent.';
}

/** Enough to recognize a value by. */
const MAX_VALUE_CHARACTERS = 60;

/** Repeats short text; describes everything else. */
export const whatItIs = (value: unknown): string =>
	typeof value === 'string' ? `It is '${quote(value, MAX_VALUE_CHARACTERS)}'.` : wrongShape(value);
