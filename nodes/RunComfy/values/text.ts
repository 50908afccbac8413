import { isEmpty, isInvisible, mustBeText } from '../errors/inputErrors';
import { isNotGiven } from './schema';
import { leftoverError, leftoverIn } from './leftovers';

/** Whatever is drawn as nothing, and the marks that stand for characters lost on the way. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\s\u2800\ufffc\ufffd]+/gu;

/** Line breaks that only old programs know: a cell of Excel's has the first. */
const ODD_LINE_BREAK = /[\v\f\u0085\u2028\u2029]/g;

/** Control characters less tab, line feed and carriage return; halves of a character; what is no character at all. */
const UNSENDABLE = /(?![\t\n\r])\p{Cc}|\ufeff|\p{Cs}|\p{Noncharacter_Code_Point}/gu;

/** The text without what a service could choke on: half an emoji, control characters. Everything else stays as it is. */
export const sendableText = (text: string): string => text.replace(ODD_LINE_BREAK, '\n').replace(UNSENDABLE, '');

/**
 * Reads a text from a parameter that an expression or a table may have filled; numbers count. Undefined when none was
 * given. Throws a RunComfyError that names the parameter for anything but text, and for text that no person wrote.
 */
export function readText(name: string, value: unknown): string | undefined {
	if (isNotGiven(value)) return undefined;
	if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
		throw mustBeText(name, value);
	const text = sendableText(String(value));
	if (text.replace(INVISIBLE, '') === '') throw isInvisible(name);
	const isNoNumber = typeof value === 'number' && !Number.isFinite(value);
	const leftover = isNoNumber ? { kind: 'trace' as const, found: text } : leftoverIn(text);
	if (leftover !== undefined) throw leftoverError(name, leftover);
	return text;
}

/** As `readText`, where the text must be there. `advice`: what to write. */
export function readRequiredText(name: string, value: unknown, advice: string): string {
	const text = readText(name, value);
	if (text === undefined) throw isEmpty(name, advice);
	return text;
}

/** Reads the name of a field, which becomes a key of an object: no name that objects have from birth. */
export function readFieldName(name: string, value: unknown, normally: string): string {
	const text = readText(name, value)?.trim() ?? normally;
	if (text in Object.prototype || text === 'prototype') throw leftoverError(name, { kind: 'trace', found: text });
	return text;
}
