/** Removes the token and files from answers: RunComfy, and proxies in between, may echo what they were sent. */

import { isListOfBytes, leftOut, MIN_FILE_BYTES, withoutPayloads } from '../errors/cleanText';

/** A shorter token is no token, and removing it would garble other text. */
const MIN_SECRET_CHARACTERS = 6;

/** How deep a body is read: no answer is deeper, and recursion has a limit. */
const MAX_BODY_DEPTH = 40;

const TOKEN_LEFT_OUT = '(API token)';

const TOO_DEEP = '(nested too deeply)';

/** Without the token as it may appear in text: plain, escaped as JSON, or URL-encoded. */
function withoutToken(text: string, token: string): string {
	if (token.length < MIN_SECRET_CHARACTERS || text.length < token.length) return text;
	const escaped = JSON.stringify(token).slice(1, -1);
	return [token, token.replaceAll('/', '\\/'), escaped, encodeURIComponent(token)].reduce(
		(clean, secret) => clean.replaceAll(secret, TOKEN_LEFT_OUT),
		text,
	);
}

/** A copy of a JSON value without the token and, unless `keepsFiles`, without the content of files. */
function cleaned(value: unknown, token: string, keepsFiles = false, depth = 0): unknown {
	if (typeof value === 'string') return cleanedText(value, token, keepsFiles);
	if (typeof value !== 'object' || value === null) return value;
	if (depth > MAX_BODY_DEPTH) return TOO_DEEP;
	// JSON writes an array of bytes as a list, or as an object by index.
	const bytes = Array.isArray(value) || '0' in value ? Object.values(value) : [];
	if (isListOfBytes(bytes)) {
		const hasToken = token.length >= MIN_SECRET_CHARACTERS && Buffer.from(bytes).includes(token);
		if (hasToken || (!keepsFiles && bytes.length >= MIN_FILE_BYTES)) return leftOut(bytes.length, 'byte');
	}
	const inner = (part: unknown) => cleaned(part, token, keepsFiles, depth + 1);
	return Array.isArray(value)
		? value.map(inner)
		: Object.fromEntries(
				Object.entries(value).map(([key, part]) => [cleanedText(key, token, keepsFiles), inner(part)]),
			);
}

function cleanedText(text: string, token: string, keepsFiles: boolean): string {
	const clean = withoutToken(text, token);
	return keepsFiles ? clean : withoutPayloads(clean);
}

/**
 * The body of an answer without the token and without the content of files. Files in its `output` stay: they may be what was
 * paid for. `withoutFiles` takes them out of what is shown.
 */
export function cleanBody(body: unknown, token: string): unknown {
	const clean = cleaned(body, token);
	const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
	if (!isObject || !Object.hasOwn(body, 'output')) return clean;
	return { ...(clean as object), output: cleaned((body as { output: unknown }).output, token, true) };
}

/** A value without the content of files. */
export const withoutFiles = (value: unknown): unknown => cleaned(value, '');
