/** Longest quotation of somebody else's words in an error: enough to be understood, too short to drown the advice. */
const MAX_QUOTE_CHARACTERS = 500;

/** A data URI up to this length is left alone: it cannot hold a picture. */
const MAX_HARMLESS_DATA_URI_CHARACTERS = 64;

/**
 * Words that make n8n replace a whole error message by one of its own, wherever and in whatever letter case they
 * occur. Source: COMMON_ERRORS in n8n-workflow's NodeError.
 */
const N8N_TRIGGER_WORDS =
	/(E)(CONNREFUSED|CONNRESET|NOTFOUND|TIMEDOUT|RRADDRINUSE|ADDRNOTAVAIL|CONNABORTED|HOSTUNREACH|AI_AGAIN|NOENT|ISDIR|NOTDIR|ACCES|EXIST|PERM)|(GET)(ADDRINFO)/gi;

/** Replaces the payload of every data URI in `text`, so that no picture ends up in an item, an error or a log. */
export function shortenDataUris(text: string): string {
	return text.replace(/(data:[\w.+-]+\/[\w.+-]+;base64,)([A-Za-z0-9+/=_-]+)/g, (uri, head: string, payload: string) =>
		uri.length <= MAX_HARMLESS_DATA_URI_CHARACTERS ? uri : `${head}(${payload.length} characters left out)`,
	);
}

/**
 * Makes somebody else's words fit to be shown: control characters and data URIs go, long text is cut, and words that
 * would make n8n throw the message away are broken up.
 */
export function quote(text: string, maxCharacters = MAX_QUOTE_CHARACTERS): string {
	const clean = shortenDataUris(text)
		// \p{C} is all of Unicode's control, format and unassigned characters.
		.replace(/\p{C}+/gu, ' ')
		.replace(/\s+/g, ' ')
		.trim()
		.replace(N8N_TRIGGER_WORDS, (_word, e?: string, rest?: string, get?: string, info?: string) =>
			`${e ?? get} ${rest ?? info}`,
		);
	const characters = Array.from(clean);
	return characters.length <= maxCharacters ? clean : `${characters.slice(0, maxCharacters).join('')}…`;
}
