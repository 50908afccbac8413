/** Addresses of media, as people and tables give them. */
import * as say from '../errors/modelInputRules';
import { parseJson } from './convert';

/** No URL is as long, and a longer text is not searched for one. */
const MAX_URL_CHARACTERS = 20_000;

/** A field of the mapper is one line high, so that several addresses end up side by side. Bounded for the pattern's sake. */
const BETWEEN_ADDRESSES = /[\s,;]{1,20}(?=https?:\/\/|data:)/i;

/** Whether a text is an address of the web. */
export const isWebAddress = (text: string) =>
	text.length <= MAX_URL_CHARACTERS && /^https?:\/\//i.test(text) && URL.canParse(text);

/**
 * The addresses in a value: a list, a JSON list, or a text with one a line or several in a row. Not yet checked. A rule
 * if there is anything else in it. Never throws.
 */
export function addressesIn(value: unknown): string[] | { rule: string } {
	const parsed = typeof value === 'string' && value.trim().startsWith('[') ? parseJson(value) : value;
	if (typeof parsed === 'string') {
		return parsed.split(/\r?\n/).flatMap((line) => line.split(BETWEEN_ADDRESSES).flatMap((part) => bare(part) || []));
	}
	if (!Array.isArray(parsed)) return { rule: say.mustBeAddresses() };
	const entries: unknown[] = parsed.filter((entry) => entry !== null && entry !== undefined && entry !== '');
	return entries.every((entry) => typeof entry === 'string')
		? entries.map((entry) => entry.trim())
		: { rule: say.mustBeAddresses() };
}

/** Without blanks and the comma that stood between it and the next one. */
function bare(text: string): string {
	const trimmed = text.trim();
	return trimmed.endsWith(',') || trimmed.endsWith(';') ? trimmed.slice(0, -1).trimEnd() : trimmed;
}
