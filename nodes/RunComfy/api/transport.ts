/** The only file that speaks HTTP: one call to RunComfy with the token, one fetch of a file without it. */

import type { IDataObject, IExecuteFunctions, IHttpRequestMethods, IHttpRequestOptions } from 'n8n-workflow';

import { version } from '../../../package.json';
import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';
import { NO_ANSWER_IN_TIME, type Reply } from './answers';
import { cleanBody } from './cleanBody';
import type { Caller, Connection } from './connection';
import { faultOf } from './fault';
import { CREDENTIAL_TYPE } from './service';

export interface Call {
	method: IHttpRequestMethods;
	url: string;
	query?: IDataObject;
	body?: IDataObject;
}

/** When a call under way is given up: after so many milliseconds, and at the Stop given, or so many milliseconds after it. */
export interface GiveUp {
	timeoutMs: number;
	stop?: Stop;
	msAfterStop?: number;
}

interface HelperAnswer {
	statusCode: number;
	headers?: Record<string, unknown>;
	body: unknown;
}

/** An abort signal that fires when a call is to be given up; `aborted` rejects then. */
function abortSignal(clock: Clock, { timeoutMs, stop, msAfterStop = 0 }: GiveUp) {
	const controller = new AbortController();
	const abort = () => controller.abort();
	const switchOffs = [clock.alarm(timeoutMs, abort)];
	const afterStop = () => (msAfterStop === 0 ? abort() : switchOffs.push(clock.alarm(msAfterStop, abort)));
	if (stop !== undefined) switchOffs.push(stop.onStop(afterStop));
	const { signal } = controller;
	// n8n's helper may be doing something that the signal does not end.
	const aborted = new Promise<never>((_resolve, reject) => {
		signal.addEventListener('abort', () => reject(new Error(NO_ANSWER_IN_TIME)), { once: true });
	});
	return { signal, aborted, forget: () => switchOffs.forEach((switchOff) => switchOff()) };
}

/**
 * Makes one call to RunComfy with the credential's token. Never throws, never repeats, never follows a redirect (n8n
 * would take the token along). Goes out even after a Stop.
 */
export async function callRunComfy(
	{ caller, connection, clock }: { caller: Caller; connection: Connection; clock: Clock },
	call: Call,
	giveUp: GiveUp,
): Promise<Reply> {
	const { signal, aborted, forget } = abortSignal(clock, giveUp);
	// n8n's helper overwrites the options' abortSignal with the execution's, which is already aborted after a Stop.
	const abortable = Object.create(caller, { getExecutionCancelSignal: { value: () => signal } }) as IExecuteFunctions;
	const options: IHttpRequestOptions = {
		method: call.method,
		url: call.url,
		headers: { 'User-Agent': `n8n-nodes-runcomfy/${version}` },
		...(call.query && { qs: call.query }),
		...(call.body && { body: call.body }),
		json: true,
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		timeout: giveUp.timeoutMs,
	};
	// Without it, n8n's helper reads the credential from its database before each call, however long that takes: the call
	// would then leave long after its permit.
	const credential = { credentialsDecrypted: connection.credential };
	const chunks: Uint8Array[] = [];
	try {
		const answering = caller.helpers.httpRequestWithAuthentication.call(
			abortable,
			CREDENTIAL_TYPE,
			options,
			credential,
		);
		const { statusCode, headers, body: given } = (await Promise.race([answering, aborted])) as HelperAnswer;
		const { body, tooLarge } = await Promise.race([readBody(given, connection.token, signal, { chunks }), aborted]);
		const clean = cleanBody(body, connection.token);
		return { kind: 'answer', answer: { httpStatus: statusCode, headers: headers ?? {}, body: clean, tooLarge } };
	} catch (error) {
		const fault = signal.aborted ? ({ code: NO_ANSWER_IN_TIME, step: 'later' } as const) : faultOf(error);
		// Searched for a request ID, and never shown.
		const received = Buffer.concat(chunks).subarray(0, MAX_PAGE_CHARACTERS).toString('utf8');
		return { kind: 'fault', ...fault, ...(received !== '' && { received }) };
	} finally {
		forget();
	}
}

// ---- The body of an answer -------------------------------------------------------------------------------------------

/** An answer echoes what was sent, and a body that is sent has 64 MiB at most: a larger one is not RunComfy's. */
export const MAX_ANSWER_BYTES = 80 * 1024 * 1024;

/** A body that is not JSON is usually an HTML page: its beginning is enough to recognize it. */
const MAX_PAGE_CHARACTERS = 20_000;

interface BodyStream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

interface Body {
	/** Parsed JSON, or the beginning of the text where it was none. */
	body: unknown;
	/** It went on beyond the limit, and was not read. */
	tooLarge?: true;
}

const isStream = (given: unknown): given is BodyStream =>
	typeof given === 'object' && given !== null && Symbol.asyncIterator in given;

/** Cuts a page, but not within the token: a half of it would not be recognized. */
function beginningOf(text: string, token: string): string {
	if (text.length <= MAX_PAGE_CHARACTERS) return text;
	const at = text.lastIndexOf(token, MAX_PAGE_CHARACTERS);
	return text.slice(0, at > MAX_PAGE_CHARACTERS - token.length ? at : MAX_PAGE_CHARACTERS);
}

/** Matches JSON strings, which are kept, and bare NaN or Infinity, which become null. */
const TEXT_OR_NO_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g;

const parseLenient = (text: string): unknown =>
	JSON.parse(
		/\b(NaN|Infinity)\b/.test(text)
			? text.replace(TEXT_OR_NO_NUMBER, (part) => (part.startsWith('"') ? part : 'null'))
			: text,
	) as unknown;

function parseBody(text: string, token: string): unknown {
	try {
		return parseLenient(text);
	} catch {
		return beginningOf(text, token);
	}
}

/**
 * The whole body, parsed. n8n's helper sets no bound of its own, so it is asked for a stream; where it gives something else
 * (an evaluation's made-up answer), that is taken as it is. `chunks`: where its parts are put as they come. Throws the
 * connection's errors, and throws when `signal` aborts.
 */
async function readBody(
	given: unknown,
	token: string,
	signal: AbortSignal,
	{ maxBytes = MAX_ANSWER_BYTES, chunks = [] }: { maxBytes?: number; chunks?: Uint8Array[] },
): Promise<Body> {
	if (!isStream(given)) return { body: given };
	const giveUp = () => given.destroy();
	signal.addEventListener('abort', giveUp, { once: true });
	let bytes = 0;
	try {
		for await (const chunk of given) {
			bytes += chunk.length;
			if (bytes > maxBytes) return { body: '', tooLarge: true };
			chunks.push(chunk);
		}
		signal.throwIfAborted();
	} finally {
		signal.removeEventListener('abort', giveUp);
		given.destroy();
	}
	const text = Buffer.concat(chunks).toString('utf8');
	return { body: parseBody(text.startsWith('\ufeff') ? text.slice(1) : text, token) };
}

// ---- Files -----------------------------------------------------------------------------------------------------------

/**
 * Fetches a JSON file, without the token and without following redirects. Undefined where it is not there, too large, or not
 * here in time. Never throws.
 */
export async function fetchJson(
	{ caller, connection, clock }: { caller: Caller; connection: Connection; clock: Clock },
	url: string,
	{ timeoutMs, maxBytes }: { timeoutMs: number; maxBytes: number },
): Promise<unknown> {
	const { signal, aborted, forget } = abortSignal(clock, { timeoutMs });
	try {
		const { httpStatus, stream } = await Promise.race([openFile(caller, url, signal), aborted]);
		if (httpStatus === 200) {
			const { body } = await Promise.race([readBody(stream, connection.token, signal, { maxBytes }), aborted]);
			return typeof body === 'object' ? body : undefined;
		}
		stream.destroy();
		return undefined;
	} catch {
		return undefined;
	} finally {
		forget();
	}
}

/** The body of a download: as much of Node's readable stream as is used. Its constructor makes one from a generator. */
export interface FileStream extends AsyncIterable<Buffer> {
	on(event: 'error', listener: () => void): void;
	destroy(error?: Error): void;
	constructor: { from(chunks: AsyncIterable<Buffer>, options: { highWaterMark: number }): FileStream };
}

export interface FileAnswer {
	httpStatus: number;
	headers: Record<string, unknown>;
	stream: FileStream;
}

/** Begins to fetch a file, without the token and without following redirects. Throws what n8n's helper throws. */
export async function openFile(caller: Caller, url: string, signal: AbortSignal): Promise<FileAnswer> {
	const { statusCode, headers, body } = (await caller.helpers.httpRequest({
		method: 'GET',
		url,
		// A compressed body has another length than the declared one.
		headers: { 'Accept-Encoding': 'identity' },
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		abortSignal: signal,
	})) as { statusCode: number; headers?: Record<string, unknown>; body: FileStream };
	return { httpStatus: statusCode, headers: headers ?? {}, stream: body };
}
