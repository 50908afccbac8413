/**
 * Text from outside made fit to be shown: files written as text are left out, and words that n8n would replace a whole message
 * for are broken up.
 */

/** Both alphabets of base64, and the backslash that some writers of JSON put before a slash. */
const DIGIT = '[A-Za-z0-9+/=_\\\\-]';

/** Base64 in lines has 64 or 76 characters in each; a list of words has fewer. */
const MIN_LINE_CHARACTERS = 40;

/** Written with a lookahead: a counted loop would use up the engine's stack in a text of many megabytes. */
const LINE = `(?=${DIGIT}{${MIN_LINE_CHARACTERS}})${DIGIT}*`;

/** Base64, in one piece or in lines. It begins at the edge of a word, so that no character is looked at twice. */
const BASE64 = `(?<!${DIGIT})${LINE}(?:[\\r\\n]+${LINE})*`;
const ANY_BASE64 = new RegExp(BASE64, 'g');
const DATA_URI_PAYLOAD = new RegExp(`(?<=;base64,)${BASE64}`, 'g');

/** Addresses stay whole: signed ones have parts as long as a small picture. */
const ADDRESS_OR_BASE64 = new RegExp(`https?://[^\\s"'\`<>|]*|${BASE64}`, 'gi');

/** Servers take no longer head than this, so nothing longer is an address. Source: Node's own limit, 16 KiB. */
const MAX_ADDRESS_CHARACTERS = 16_384;

/** No word and no key is as long as this; a picture in base64 is longer. */
const MIN_PAYLOAD_CHARACTERS = 1_000;

/** Bounded for the same reason: a longer list is several. */
const LISTED_BYTES = /(?<!\d)\d{1,3}(?:\s*,\s*\d{1,3}){30,50000}(?!\d)/g;

/** A list of bytes longer than a table of all byte values is a file. */
export const MIN_FILE_BYTES = 257;

export const leftOut = (amount: number, what = 'character'): string =>
	`(${amount} ${what}${amount === 1 ? '' : 's'} left out)`;

const isByte = (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;

export const isListOfBytes = (list: readonly unknown[]): list is number[] => list.length > 0 && list.every(isByte);

/**
 * Replaces the payload of every data URI, any base64 as long as a picture, and lists of bytes, so that no picture gets into an
 * item, an error or a log. Takes time that grows with the text's length only.
 */
export const withoutPayloads = (text: string): string =>
	text.length < MIN_LINE_CHARACTERS
		? text
		: text
				.replace(DATA_URI_PAYLOAD, (payload) => leftOut(payload.length))
				.replace(ADDRESS_OR_BASE64, (found) => {
					const isHarmless = found.length < MIN_PAYLOAD_CHARACTERS;
					const isAddress = found.includes('://') && found.length <= MAX_ADDRESS_CHARACTERS;
					return isHarmless || isAddress ? found : leftOut(found.length);
				})
				.replace(LISTED_BYTES, (list) => {
					const numbers = list.split(',').map(Number);
					return numbers.length >= MIN_FILE_BYTES && isListOfBytes(numbers) ? leftOut(numbers.length, 'byte') : list;
				});

// ---- Quoting ---------------------------------------------------------------------------------------------------------

/** The longest quotation in an error: enough to be understood, too short to drown the advice. */
const MAX_QUOTE_CHARACTERS = 500;

/** More of a text is not even looked at: what is quoted of it stands at its beginning. */
const MAX_QUOTED_FROM_CHARACTERS = 20_000;

/** Base64 as short as a thumbnail's: in a quotation it says nothing. Bytes as numbers say nothing, however few. */
const MAX_QUOTED_BASE64_CHARACTERS = 100;

/**
 * Words that make n8n replace a whole error message by one of its own, wherever and in whatever letter case they occur, and
 * how people say them. Source: COMMON_ERRORS in n8n-workflow's NodeError.
 */
const IN_PLAIN_WORDS: Record<string, string> = {
	ECONNREFUSED: 'connection refused',
	ECONNRESET: 'connection reset',
	ENOTFOUND: 'host not found',
	ETIMEDOUT: 'timed out',
	ERRADDRINUSE: 'address in use',
	EADDRNOTAVAIL: 'address not available',
	ECONNABORTED: 'connection aborted',
	EHOSTUNREACH: 'host unreachable',
	EAI_AGAIN: 'host name not resolved',
	ENOENT: 'no such file',
	EISDIR: 'a folder and no file',
	ENOTDIR: 'no folder',
	EACCES: 'access denied',
	EEXIST: 'there already',
	EPERM: 'not permitted',
	GETADDRINFO: 'host name look-up',
};

const TRIGGER_WORD = new RegExp(Object.keys(IN_PLAIN_WORDS).join('|'), 'gi');

/** Breaks up the words for which n8n would throw a message away. */
export const breakTriggerWords = (text: string): string =>
	text.replace(TRIGGER_WORD, (word) => `${word[0]}-${word.slice(1)}`);

/**
 * Makes text from outside fit to be quoted: control characters and files go, long text is cut, and what would make n8n throw
 * the message away is said in plain words, or broken up where it is part of another word.
 */
export function quote(text: string, maxCharacters = MAX_QUOTE_CHARACTERS): string {
	const isWhole = text.length <= MAX_QUOTED_FROM_CHARACTERS;
	const shown = text
		.slice(0, MAX_QUOTED_FROM_CHARACTERS)
		.replace(/\w+/g, (word) => IN_PLAIN_WORDS[word.toUpperCase()] ?? word)
		.replace(ANY_BASE64, (run) => (run.length < MAX_QUOTED_BASE64_CHARACTERS ? run : leftOut(run.length)))
		.replace(LISTED_BYTES, (list) => leftOut(list.split(',').length, 'byte'))
		// \p{C} is all of Unicode's control, format and unassigned characters, and halves of characters.
		.replace(/\p{C}+/gu, ' ')
		.replace(/\s+/g, ' ')
		.trim();
	const clean = breakTriggerWords(shown);
	const characters = Array.from(clean);
	if (characters.length > maxCharacters) return `${characters.slice(0, maxCharacters).join('')}…`;
	return isWhole || clean === '' ? clean : `${clean}…`;
}

// ---- HTML ------------------------------------------------------------------------------------------------------------

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that stays text where it is rendered as HTML. */
export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (sign) => SIGNS[sign]);

/** The same within a quoted attribute. */
export const escapeAttribute = (text: string): string => text.replace(/[&<>"']/g, (sign) => SIGNS[sign]);
