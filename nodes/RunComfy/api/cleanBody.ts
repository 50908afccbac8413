/** Removes the token and files from answers: RunComfy, and proxies in between, may echo what they were sent. */

import { isListOfBytes, leftOut, MIN_FILE_BYTES, withoutPayloads } from '../errors/cleanText';

/** A shorter token is no token, and removing it would garble other text. */
const MIN_SECRET_CHARACTERS = 6;

/** How deep a body is read: no answer is deeper, and recursion has a limit. */
const MAX_BODY_DEPTH = 40;

const TOKEN_LEFT_OUT = '(API token)';

const TOO_DEEP = '(nested too deeply)';

/** The token as it may appear in text: plain, escaped as JSON, or URL-encoded. */
const writingsOf = (token: string): string[] =>
	token.length < MIN_SECRET_CHARACTERS
		? []
		: [token, token.replaceAll('/', '\\/'), JSON.stringify(token).slice(1, -1), encodeURIComponent(token)];

/** A copy of a JSON value without the secrets and, unless `keepsFiles`, without the content of files. */
function cleaned(value: unknown, secrets: string[], keepsFiles = false, depth = 0): unknown {
	if (typeof value === 'string') return cleanedText(value, secrets, keepsFiles);
	if (typeof value !== 'object' || value === null) return value;
	if (depth > MAX_BODY_DEPTH) return TOO_DEEP;
	// JSON writes an array of bytes as a list, or as an object by index.
	const bytes: unknown[] = Array.isArray(value) ? value : '0' in value ? Object.values(value) : [];
	if (isListOfBytes(bytes)) {
		const hasSecret = secrets.some((secret) => Buffer.from(bytes).includes(secret));
		if (hasSecret || (!keepsFiles && bytes.length >= MIN_FILE_BYTES)) return leftOut(bytes.length, 'byte');
	}
	const inner = (part: unknown) => cleaned(part, secrets, keepsFiles, depth + 1);
	return Array.isArray(value)
		? value.map(inner)
		: Object.fromEntries(
				Object.entries(value).map(([key, part]) => [cleanedText(key, secrets, keepsFiles), inner(part)]),
			);
}

function cleanedText(text: string, secrets: string[], keepsFiles: boolean): string {
	const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, TOKEN_LEFT_OUT), text);
	return keepsFiles ? clean : withoutPayloads(clean);
}

/**
 * The body of an answer without the token and without the content of files. Files in its `output` stay: they may be what was
 * paid for. `withoutFiles` takes them out of what is shown.
 */
export function cleanBody(body: unknown, token: string): unknown {
	const secrets = writingsOf(token);
	const clean = cleaned(body, secrets);
	const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
	if (!isObject || !Object.hasOwn(body, 'output')) return clean;
	return { ...(clean as object), output: cleaned((body as { output: unknown }).output, secrets, true) };
}

/** A value without the content of files. */
export const withoutFiles = (value: unknown): unknown => cleaned(value, []);
