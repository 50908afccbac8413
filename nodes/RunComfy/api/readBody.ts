/** Reads an answer's body as it comes, and no more of it than an answer can have. */

/** An answer echoes what was sent, and a body that is sent has 64 MiB at most: what is larger is none of RunComfy's. */

export const MAX_ANSWER_BYTES = 80 * 1024 * 1024;

/** What is no JSON is a page for people: its beginning tells what it is. */
const MAX_PAGE_CHARACTERS = 20_000;

/** A body on its way. */
interface BodyStream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

export interface Body {
	/** Parsed JSON, or the beginning of the text where it was none. */
	body: unknown;
	/** It went on beyond all bounds; then there is no body. */
	tooLarge?: true;
}

const isStream = (given: unknown): given is BodyStream =>
	typeof given === 'object' && given !== null && Symbol.asyncIterator in given;

/** Cuts a page, but not within the token: a half of it would not be known for what it is. */
function beginningOf(text: string, token: string): string {
	if (text.length <= MAX_PAGE_CHARACTERS) return text;
	const at = text.lastIndexOf(token, MAX_PAGE_CHARACTERS);
	return text.slice(0, at > MAX_PAGE_CHARACTERS - token.length ? at : MAX_PAGE_CHARACTERS);
}

/** Texts, which are kept, and what some writers of JSON put where there is no number. */
const TEXT_OR_NO_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g;

const asJson = (text: string): unknown =>
	JSON.parse(
		/\b(NaN|Infinity)\b/.test(text)
			? text.replace(TEXT_OR_NO_NUMBER, (part) => (part.startsWith('"') ? part : 'null'))
			: text,
	) as unknown;

function parsed(text: string, token: string): unknown {
	try {
		return asJson(text);
	} catch {
		return beginningOf(text, token);
	}
}

/**
 * The whole body, parsed. n8n's helper sets no bound of its own, so it is asked for a stream; where it gives something else
 * (an evaluation's made-up answer), that is taken as it is. Throws what the connection throws, and when `signal` fires.
 */
export async function readBody(given: unknown, token: string, signal: AbortSignal): Promise<Body> {
	if (!isStream(given)) return { body: given };
	const giveUp = () => given.destroy();
	signal.addEventListener('abort', giveUp, { once: true });
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	try {
		for await (const chunk of given) {
			bytes += chunk.length;
			if (bytes > MAX_ANSWER_BYTES) return { body: '', tooLarge: true };
			chunks.push(chunk);
		}
		signal.throwIfAborted();
	} finally {
		signal.removeEventListener('abort', giveUp);
		given.destroy();
	}
	const text = Buffer.concat(chunks).toString('utf8');
	return { body: parsed(text.startsWith('\ufeff') ? text.slice(1) : text, token) };
}
