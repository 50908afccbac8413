/** RunComfy's own words in an answer: found, and made into a text of a size that can be shown. */

import { asPlainObject } from '../errors/shape';

/** More of a value is not turned into text: an answer may have a hundred thousand entries. */
const MAX_ANSWER_TEXT_CHARACTERS = 20_000;
const MAX_PARTS = 500;
const MAX_SHOWN_DEPTH = 6;

/** Fields of a refusal that an error lists. */
const MAX_FIELD_ERRORS = 50;

/** A copy of a value, cut to what a person would read. */
function shorten(value: unknown, left: { parts: number }, depth: number): unknown {
	left.parts -= 1;
	if (typeof value === 'string') return value.slice(0, MAX_ANSWER_TEXT_CHARACTERS);
	if (typeof value !== 'object' || value === null) return value;
	if (depth >= MAX_SHOWN_DEPTH) return '…';
	const short = (entry: unknown) => (left.parts > 0 ? [shorten(entry, left, depth + 1)] : []);
	if (Array.isArray(value)) return value.slice(0, left.parts).flatMap(short);
	const object = value as Record<string, unknown>;
	const keys = Object.keys(object).slice(0, left.parts);
	return Object.fromEntries(keys.flatMap((key) => short(object[key]).map((entry) => [key, entry])));
}

/** A value as text, its beginning if it is large: text as it is, anything else as JSON. */
export function asText(value: unknown): string {
	if (typeof value === 'string') return value.slice(0, MAX_ANSWER_TEXT_CHARACTERS);
	if (value === undefined || value === null) return '';
	return (JSON.stringify(shorten(value, { parts: MAX_PARTS }, 0)) ?? '').slice(0, MAX_ANSWER_TEXT_CHARACTERS);
}

const EMPTY_TEXTS = ['', '{}', '[]', 'false', '0', '""'];

/** The text of a value; empty for one that only means nothing. */
const meaningfulText = (value: unknown): string => {
	const text = asText(value);
	return EMPTY_TEXTS.includes(text.trim()) ? '' : text;
};

/** Errors of a list that are shown. */
const MAX_ERRORS = 5;

/**
 * RunComfy's words for an `error`: a text, an object with a message, a list of them, or anything else. Of an object with a
 * message only that is shown: the rest is for developers.
 */
const wordsOfError = (error: unknown): string => {
	if (Array.isArray(error) && error.length > 0) {
		const words = error.slice(0, MAX_ERRORS).map(wordsOfError).filter(Boolean);
		return [...new Set(words)].join('; ');
	}
	const { message, error_message: errorMessage, error: inner, details } = asPlainObject(error);
	const words = [inner, details].find((one): one is string => typeof one === 'string' && one.trim() !== '');
	return meaningfulText(message) || meaningfulText(errorMessage) || meaningfulText(words) || meaningfulText(error);
};

/** Whether an answer reports an error. */
export const hasError = (body: unknown): boolean => wordsOfError(asPlainObject(body).error) !== '';

/** RunComfy's own words for an error, read in the order its documents give; empty where there are none. */
export function errorWordsIn(body: unknown): string {
	if (typeof body === 'string') return asText(body);
	const { error_message: errorMessage, message, error, detail } = asPlainObject(body);
	const details = fieldErrorsIn(body);
	return (
		meaningfulText(errorMessage) ||
		meaningfulText(message) ||
		wordsOfError(error) ||
		details.join('; ') ||
		meaningfulText(detail)
	);
}

/** Whether a body says why something was refused, in words or by a code. */
export const hasReason = (body: unknown): boolean => {
	const { error_code: errorCode, code } = asPlainObject(body);
	return errorWordsIn(body) !== '' || meaningfulText(errorCode) !== '' || meaningfulText(code) !== '';
};

/**
 * What a refusal says field by field, as `field: what is wrong`, where `detail` is a list of the usual kind, or the whole body
 * is one.
 */
export function fieldErrorsIn(body: unknown): string[] {
	const detail = Array.isArray(body) ? body : asPlainObject(body).detail;
	if (!Array.isArray(detail)) return [];
	return detail.slice(0, MAX_FIELD_ERRORS).map((entry) => {
		const { loc, msg } = asPlainObject(entry);
		const parts = Array.isArray(loc) ? loc.slice(0, MAX_SHOWN_DEPTH).filter((part) => part !== 'body') : [];
		const field = parts.map(asText).join('.');
		return field !== '' && typeof msg === 'string' ? `${field}: ${msg}` : asText(entry);
	});
}
