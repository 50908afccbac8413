import { leftOut, withoutPayloads } from './cleanText';

/** Longest quotation of somebody else's words in an error: enough to be understood, too short to drown the advice. */
const MAX_QUOTE_CHARACTERS = 500;

/** More of a text is not even looked at: what is quoted of it stands at its beginning. */
const MAX_READ_CHARACTERS = 20_000;

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
 * Makes somebody else's words fit to be shown: control characters and data URIs go, long text is cut, and words that
 * would make n8n throw the message away are broken up.
 */
export function quote(text: string, maxCharacters = MAX_QUOTE_CHARACTERS): string {
	const isWhole = text.length <= MAX_READ_CHARACTERS;
	const clean = withoutTriggerWords(withoutPayloads(isWhole ? text : text.slice(0, MAX_READ_CHARACTERS)))
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
