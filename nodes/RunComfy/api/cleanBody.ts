/** Removes the token and files from answers: RunComfy, and proxies in between, may echo what they were sent. */

import { isFileOfBytes, isListOfBytes, isListOfLines, leftOut, withoutPayloads } from '../errors/cleanText';

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
		: [
				...new Set([
					token,
					token.replaceAll('/', '\\/'),
					JSON.stringify(token).slice(1, -1),
					encodeURIComponent(token),
				]),
			];

class Cleaner {
	private readonly secrets: string[];

	/** `keepsFiles`: only the token is removed. */
	constructor(
		private readonly token: string,
		private readonly keepsFiles = false,
	) {
		this.secrets = writingsOf(token);
	}

	text(value: string): string {
		if (value.length < MIN_SECRET_CHARACTERS) return value;
		let clean = value;
		for (const secret of this.secrets) {
			if (clean.includes(secret)) clean = clean.replaceAll(secret, TOKEN_LEFT_OUT);
		}
		return this.keepsFiles ? clean : withoutPayloads(clean);
	}

	/** A value without secrets is returned as it is, not copied. */
	value(value: unknown, depth = 0): unknown {
		if (typeof value === 'string') return this.text(value);
		if (typeof value !== 'object' || value === null) return value;
		if (depth > MAX_BODY_DEPTH) return TOO_DEEP;
		return Array.isArray(value) ? this.list(value, depth) : this.object(value as Record<string, unknown>, depth);
	}

	private list(list: unknown[], depth: number): unknown {
		if (typeof list[0] === 'number' && this.isSecret(list)) return leftOut(list.length, 'byte');
		if (!this.keepsFiles && typeof list[0] === 'string' && isListOfLines(list)) return leftOut(list.join('').length);
		let copy: unknown[] | undefined;
		for (let index = 0; index < list.length; index += 1) {
			const clean = this.value(list[index], depth + 1);
			if (clean !== list[index]) (copy ??= [...list])[index] = clean;
		}
		return copy ?? list;
	}

	private object(object: Record<string, unknown>, depth: number): unknown {
		const keys = Object.keys(object);
		// How JSON writes an array of bytes.
		if (keys[0] === '0' && typeof object[0] === 'number' && this.isSecret(Object.values(object))) {
			return leftOut(keys.length, 'byte');
		}
		let entries: Array<[string, unknown]> | undefined;
		for (const [index, key] of keys.entries()) {
			const [cleanKey, clean] = [this.text(key), this.value(object[key], depth + 1)];
			if (cleanKey !== key || clean !== object[key]) {
				entries ??= keys.slice(0, index).map((before) => [before, object[before]]);
			}
			entries?.push([cleanKey, clean]);
		}
		return entries === undefined ? object : Object.fromEntries(entries);
	}

	/** Whether a list of numbers is a file, or has the token in it. */
	private isSecret(list: unknown[]): boolean {
		if (!this.keepsFiles && isFileOfBytes(list)) return true;
		if (this.secrets.length === 0 || list.length < this.token.length || !isListOfBytes(list)) return false;
		return String.fromCharCode(...(list as number[])).includes(this.token);
	}
}

/**
 * The body of an answer without the token and without the content of files: in texts, keys and lists of bytes. Files in its
 * `output` stay: they may be what was paid for. `withoutFiles` takes them out of what is shown.
 */
export function cleanBody(body: unknown, token: string): unknown {
	const clean = new Cleaner(token).value(body);
	const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
	if (clean === body || !isObject || !Object.hasOwn(body, 'output')) return clean;
	return { ...(clean as object), output: new Cleaner(token, true).value((body as { output: unknown }).output) };
}

/** A value without the content of files. */
export const withoutFiles = (value: unknown): unknown => new Cleaner('').value(value);
