/** What is wrong with a file of the input. */
import { quote } from './foreignText';
import { RunComfyError } from './RunComfyError';
import { asSentence } from './sentences';
import { wrongShape } from './wrongShape';

const MAX_FIELD_NAME_CHARACTERS = 60;

const fieldName = (name: string) => quote(name, MAX_FIELD_NAME_CHARACTERS);

export const fileMissing = (name: string, field: string, available: string[], noun: string) =>
	new RunComfyError(
		`'${name}': the input item has no file in the field '${fieldName(field)}'`,
		available.length === 0
			? `The item carries no file at all. Put a node before this one that reads or downloads the ${noun}.`
			: `The item has files in: ${quote(available.join(', '))}.`,
	);

export const notAFile = (name: string, value: unknown) =>
	new RunComfyError(
		`'${name}' must be the name of a field, or a file`,
		`${wrongShape(value)} Write the name of the field that holds the file: data, say. For a file of another node, let an expression give it, as in {{ $('Node').item.binary.data }}.`,
	);

export const fileUnreadable = (field: string, reason: string) =>
	new RunComfyError(
		`The file in '${fieldName(field)}' could not be read`,
		`n8n said: ${asSentence(quote(reason))} Nothing was submitted for this item.`,
	);

/** What can be wrong with a file. */
export const FILE_FAULT = {
	empty: 'is empty',
	incomplete: 'is not complete: its end is missing',
	notAnImage: 'is not a JPEG, PNG or WebP image',
	tooLarge: (size: string) => `is too large: ${size}`,
};

/** `accepted`: what is taken, as a sentence. */
export const fileWrong = (field: string, problem: string, accepted: string) =>
	new RunComfyError(
		`The file in '${fieldName(field)}' ${problem}`,
		`${accepted} The content counts, not the name of the file.`,
	);

const MEGABYTE = 1024 * 1024;

/** Megabytes to one decimal, and never so rounded that a size over the limit reads like the limit. */
export function sizeOver(bytes: number, maxBytes: number): string {
	const rounded = (bytes / MEGABYTE).toFixed(1);
	return Number(rounded) * MEGABYTE > maxBytes ? `${rounded} MB` : `a little over ${maxBytes / MEGABYTE} MB`;
}
