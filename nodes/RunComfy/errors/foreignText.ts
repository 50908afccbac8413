/** Longest quotation of somebody else's words in an error: enough to be understood, too short to drown the advice. */
const MAX_QUOTE_CHARACTERS = 500;

/** Base64 without a head: no word is as long as the first, no key or signature in a URL as long as the second. */
const LONG_RUN = /[A-Za-z0-9+/=_\\-]{100,}/g;
const PAYLOAD_RUN = /[A-Za-z0-9+/=_\\-]{1000,}/g;

/** A data URI up to this length is left alone: it cannot hold a picture. */
const MAX_HARMLESS_DATA_URI_CHARACTERS = 64;

/**
 * Words that make n8n replace a whole error message by one of its own, wherever and in whatever letter case they
 * occur. Source: COMMON_ERRORS in n8n-workflow's NodeError.
 */
const N8N_TRIGGER_WORDS =
	/(E)(CONNREFUSED|CONNRESET|NOTFOUND|TIMEDOUT|RRADDRINUSE|ADDRNOTAVAIL|CONNABORTED|HOSTUNREACH|AI_AGAIN|NOENT|ISDIR|NOTDIR|ACCES|EXIST|PERM)|(GET)(ADDRINFO)/gi;

const leftOut = (run: string) => `(${run.length} characters left out)`;

/** Replaces the payload of every data URI, and any base64 as long, so that no picture gets into an item, an error or a log. */
export function withoutPayloads(text: string): string {
	const withoutUris = text.replace(
		/(data:[\w.+-]+\/[\w.+-]+;base64,)([A-Za-z0-9+/=_-]+)/g,
		(uri, head: string, payload: string) =>
			uri.length <= MAX_HARMLESS_DATA_URI_CHARACTERS ? uri : `${head}${leftOut(payload)}`,
	);
	return withoutUris.replace(PAYLOAD_RUN, leftOut);
}

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
	const clean = withoutTriggerWords(withoutPayloads(text))
		.replace(LONG_RUN, leftOut)
		// \p{C} is all of Unicode's control, format and unassigned characters.
		.replace(/\p{C}+/gu, ' ')
		.replace(/\s+/g, ' ')
		.trim();
	const characters = Array.from(clean);
	return characters.length <= maxCharacters ? clean : `${characters.slice(0, maxCharacters).join('')}…`;
}
