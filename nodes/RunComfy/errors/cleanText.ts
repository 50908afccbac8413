/**
 * Text from outside made fit to be shown: files written as text are left out, in time that grows with the text's length only,
 * and words that n8n would replace a whole message for are broken up.
 */

/** A data URI up to this length is left alone: it cannot hold a picture. */
const MAX_HARMLESS_DATA_URI_CHARACTERS = 64;

/** No word and no key is as long as this; a picture in base64 is longer. */
const MIN_PAYLOAD_CHARACTERS = 1_000;

/** Base64 in lines has 64 or 76 characters in each but the last; a list of words has fewer. */
const MIN_LINE_CHARACTERS = 40;

/** Servers take no longer head than this, so nothing longer is an address. Source: Node's own limit, 16 KiB. */
const MAX_ADDRESS_CHARACTERS = 16_384;

/** The lines of base64 in a message: MIME's. */
const MIME_LINE_CHARACTERS = 76;

/** A list of bytes longer than a table of all byte values is a file. */
const MIN_LISTED_BYTES = 257;

const HEAD_END = ';base64,';

/** A data URI's head is short: its type and a parameter or two. */
const MAX_URI_HEAD_CHARACTERS = 200;

const tableOf = (characters: string): Uint8Array => {
	const table = new Uint8Array(128);
	for (const character of characters) table[character.charCodeAt(0)] = 1;
	return table;
};

const DIGITS = '0123456789';

/** Both alphabets of base64, and the backslash that some writers of JSON put before a slash. */
const BASE64 = tableOf(`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGITS}+/=_-\\`);
const BASE64_LINES = tableOf(`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGITS}+/=_-\\\r\n`);
const BYTES = tableOf(`${DIGITS}, \t\r\n`);
/** What an address ends at, in a text. */
const BESIDE_ADDRESS = tableOf(' \t\r\n"\'`<>|');

export const leftOut = (amount: number, what = 'character'): string =>
	`(${amount} ${what}${amount === 1 ? '' : 's'} left out)`;

const isIn = (table: Uint8Array, text: string, index: number): boolean => table[text.charCodeAt(index)] === 1;

function endOfRun(table: Uint8Array, text: string, start: number): number {
	let end = start;
	while (end < text.length && isIn(table, text, end)) end += 1;
	return end;
}

type Range = readonly [start: number, end: number];

/**
 * The runs of at least `minCharacters` of a table's characters. Looks at every `minCharacters`th character first, and goes
 * back only from there: most of a text without such a run is never looked at.
 */
function runsIn(table: Uint8Array, text: string, minCharacters: number): Range[] {
	const runs: Range[] = [];
	let start = 0;
	while (start + minCharacters <= text.length) {
		let at = start + minCharacters - 1;
		while (at >= start && isIn(table, text, at)) at -= 1;
		if (at >= start) {
			start = at + 1;
		} else {
			const end = endOfRun(table, text, start + minCharacters);
			runs.push([start, end]);
			start = end + 1;
		}
	}
	return runs;
}

/** Joins what is between the ranges, with a word in the place of each. */
function replaceRanges(text: string, ranges: Range[], word: (range: Range) => string): string {
	if (ranges.length === 0) return text;
	const parts: string[] = [];
	let done = 0;
	for (const range of ranges) {
		parts.push(text.slice(done, range[0]), word(range));
		done = range[1];
	}
	parts.push(text.slice(done));
	return parts.join('');
}

/** Whether a run is part of a web address: signed ones have parts as long as a small picture. */
function isInAddress(text: string, [start, end]: Range): boolean {
	if (endOfRun(BASE64, text, start) < end) return false;
	let from = start;
	const first = Math.max(0, end - MAX_ADDRESS_CHARACTERS);
	while (from > first && !isIn(BESIDE_ADDRESS, text, from - 1)) from -= 1;
	return end - from <= MAX_ADDRESS_CHARACTERS && /https?:\/\//i.test(text.slice(from, start + 8));
}

/** The parts of a run that are lines of base64: as long as a picture together, each longer than a word. */
function payloadsInRun(text: string, [start, end]: Range): Range[] {
	const found: Range[] = [];
	let from = -1;
	let at = start;
	const close = (to: number) => {
		if (from >= 0 && to - from >= MIN_PAYLOAD_CHARACTERS) found.push([from, to]);
		from = -1;
	};
	while (at < end) {
		const lineEnd = Math.min(end, endOfRun(BASE64, text, at));
		const isLong = lineEnd - at >= MIN_LINE_CHARACTERS;
		if (isLong && from < 0) from = at;
		// What ends in '=' is the last line of base64, however short.
		if (!isLong && from >= 0) close(lineEnd > at && text[lineEnd - 1] === '=' ? lineEnd : at - 1);
		at = lineEnd + 1;
		while (at < end && !isIn(BASE64, text, at)) at += 1;
	}
	close(end);
	return found;
}

/** The payload of a data URI that begins at `start`, over all its lines. */
function endOfPayload(text: string, start: number): number {
	let end = endOfRun(BASE64, text, start);
	for (;;) {
		let next = end;
		while (text[next] === '\r' || text[next] === '\n') next += 1;
		const lineEnd = next === end ? end : endOfRun(BASE64, text, next);
		if (lineEnd - next < MIN_LINE_CHARACTERS && (lineEnd === next || text[lineEnd - 1] !== '=')) return end;
		end = lineEnd;
	}
}

function dataUriPayloads(text: string): Range[] {
	const found: Range[] = [];
	let at = text.includes('data:') ? text.indexOf(HEAD_END) : -1;
	while (at >= 0) {
		const start = at + HEAD_END.length;
		const before = Math.max(0, at - MAX_URI_HEAD_CHARACTERS);
		const head = text.slice(before, at).lastIndexOf('data:');
		const end = endOfPayload(text, start);
		const isLong = end - before - head > MAX_HARMLESS_DATA_URI_CHARACTERS;
		if (head >= 0 && isLong) found.push([start, end]);
		at = text.indexOf(HEAD_END, end);
	}
	return found;
}

/** Enough of a list to see what it is. */
const LIST_SAMPLE_CHARACTERS = 4 * MIN_LISTED_BYTES;

const isByteText = (text: string): boolean => /^\s*\d{1,3}\s*$/.test(text) && Number(text) <= 255;

function numberOfCommas(text: string, [start, end]: Range): number {
	let commas = 0;
	for (let at = text.indexOf(',', start); at >= 0 && at < end; at = text.indexOf(',', at + 1)) commas += 1;
	return commas;
}

function isByteList(text: string, range: Range): boolean {
	const [start, end] = range;
	const first = text.slice(start, Math.min(end, start + LIST_SAMPLE_CHARACTERS)).split(',');
	return first.slice(1, -1).every(isByteText) && numberOfCommas(text, range) + 1 >= MIN_LISTED_BYTES;
}

/**
 * Replaces the payload of every data URI, any base64 as long as a picture (in one piece or in lines), and lists of bytes,
 * so that no picture gets into an item, an error or a log. Addresses stay whole. The same text where there is nothing.
 */
export function withoutPayloads(text: string): string {
	if (text.length <= MAX_HARMLESS_DATA_URI_CHARACTERS) return text;
	const characters = ([start, end]: Range) => leftOut(end - start);
	const withoutUris = replaceRanges(text, dataUriPayloads(text), characters);
	const payloads = runsIn(BASE64_LINES, withoutUris, MIN_PAYLOAD_CHARACTERS)
		.flatMap((run) => payloadsInRun(withoutUris, run))
		.filter((range) => !isInAddress(withoutUris, range));
	const withoutBase64 = replaceRanges(withoutUris, payloads, characters);
	// The shortest list of so many bytes: digits and commas in turn.
	const lists = runsIn(BYTES, withoutBase64, 2 * MIN_LISTED_BYTES - 1).filter((run) => isByteList(withoutBase64, run));
	return replaceRanges(
		withoutBase64,
		lists,
		(range) => ` ${leftOut(numberOfCommas(withoutBase64, range) + 1, 'byte')} `,
	);
}

const isByte = (value: unknown): boolean =>
	typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;

/** Whether a list is a file's bytes, as numbers. */
export const isListOfBytes = (list: unknown[]): boolean => list.length > 0 && list.every(isByte);

/** Whether a list of bytes is as long as a file. */
export const isFileOfBytes = (list: unknown[]): boolean => list.length >= MIN_LISTED_BYTES && isListOfBytes(list);

/** Whether a list is base64, line by line. */
export function isListOfLines(list: unknown[]): boolean {
	if (list.length * MIME_LINE_CHARACTERS < MIN_PAYLOAD_CHARACTERS) return false;
	return list.every(
		(line, index) =>
			typeof line === 'string' &&
			(line.length === MIME_LINE_CHARACTERS || index === list.length - 1) &&
			endOfRun(BASE64, line, 0) === line.length,
	);
}

// ---- Quoting ---------------------------------------------------------------------------------------------------------

/** The longest quotation in an error: enough to be understood, too short to drown the advice. */
const MAX_QUOTE_CHARACTERS = 500;

/** More of a text is not even looked at: what is quoted of it stands at its beginning. */
const MAX_QUOTED_FROM_CHARACTERS = 20_000;

/** Base64 without a head, as short as a thumbnail's: in a quotation it says nothing. */
const LONG_RUN = /[A-Za-z0-9+/=_\\-]{100,}/g;

/** The same in lines. */
const LONG_LINES = /(?:[A-Za-z0-9+/=_\\-]{60,}[\r\n]+)+[A-Za-z0-9+/=_\\-]{60,}/g;

/** Bytes as numbers, however few: in a quotation they say nothing. */
const LISTED_BYTES = /\d{1,3}(?:\s?,\s?\d{1,3}){30,}/g;

/**
 * Words that make n8n replace a whole error message by one of its own, wherever and in whatever letter case they
 * occur. Source: COMMON_ERRORS in n8n-workflow's NodeError.
 */
const N8N_TRIGGER_WORDS =
	/(E)(CONNREFUSED|CONNRESET|NOTFOUND|TIMEDOUT|RRADDRINUSE|ADDRNOTAVAIL|CONNABORTED|HOSTUNREACH|AI_AGAIN|NOENT|ISDIR|NOTDIR|ACCES|EXIST|PERM)|(GET)(ADDRINFO)/gi;

/** The same words as people say them: codes that Node and n8n put into their texts. */
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

/** Breaks up the words for which n8n would throw a message away. */
export function breakTriggerWords(text: string): string {
	return text.replace(
		N8N_TRIGGER_WORDS,
		(_word, e?: string, rest?: string, get?: string, info?: string) => `${e ?? get}-${rest ?? info}`,
	);
}

/** Says in plain words what n8n would throw a message away for; where it is a part of another word, that is broken up. */
export function withoutTriggerWords(text: string): string {
	return breakTriggerWords(text.replace(/[A-Za-z0-9_]+/g, (word) => IN_PLAIN_WORDS[word.toUpperCase()] ?? word));
}

/**
 * Makes text from outside fit to be quoted: control characters and data URIs go, long text is cut, and words that
 * would make n8n throw the message away are broken up.
 */
export function quote(text: string, maxCharacters = MAX_QUOTE_CHARACTERS): string {
	const isWhole = text.length <= MAX_QUOTED_FROM_CHARACTERS;
	const clean = withoutTriggerWords(withoutPayloads(isWhole ? text : text.slice(0, MAX_QUOTED_FROM_CHARACTERS)))
		.replace(LONG_RUN, (run) => leftOut(run.length))
		.replace(LONG_LINES, (lines) => leftOut(lines.length))
		.replace(LISTED_BYTES, (list) => leftOut(list.split(',').length, 'byte'))
		// \p{C} is all of Unicode's control, format and unassigned characters, and halves of characters.
		.replace(/\p{C}+/gu, ' ')
		.replace(/\s+/g, ' ')
		.trim();
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
