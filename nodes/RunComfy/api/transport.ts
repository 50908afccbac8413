/** The only file that speaks HTTP: one call to RunComfy with the token, one fetch of a file without it. */
import type { IDataObject, IExecuteFunctions, IHttpRequestMethods, IHttpRequestOptions } from 'n8n-workflow';

import { version } from '../../../package.json';
import { withoutPayloads } from '../errors/foreignText';
import { alarm } from '../timing/alarm';
import type { Stop } from '../timing/stop';
import { NO_ANSWER_IN_TIME, type Reply } from './answers';
import type { Caller } from './caller';
import type { Connection } from './connection';
import { CREDENTIAL_TYPE } from './service';

/** A token shorter than this is no token, and blanking it out would garble innocent text. */
const MIN_SECRET_CHARACTERS = 6;

/** How deep a body is cleaned; anything deeper is not RunComfy's. */
const MAX_BODY_DEPTH = 20;

export interface Call {
	method: IHttpRequestMethods;
	url: string;
	query?: IDataObject;
	body?: IDataObject;
	timeoutMs: number;
}

/** When a call under way is given up besides its own timeout: at Stop, or so many milliseconds after it. */
export interface GiveUp {
	stop: Stop;
	msAfterStop: number;
}

/** An abort signal that fires after `timeoutMs`, or `msAfterStop` after a Stop. */
function abortSignal(timeoutMs: number, giveUp: GiveUp | undefined) {
	const controller = new AbortController();
	const abort = () => controller.abort();
	const switchOffs = [alarm(timeoutMs, abort)];
	if (giveUp !== undefined) {
		const { stop, msAfterStop } = giveUp;
		switchOffs.push(stop.onStop(() => (msAfterStop === 0 ? abort() : switchOffs.push(alarm(msAfterStop, abort)))));
	}
	return { signal: controller.signal, forget: () => switchOffs.forEach((switchOff) => switchOff()) };
}

/** Finds Node's code for a fault in n8n's error or in what it wraps. The errors themselves hold the token: only this is read. */
function faultCode(thrown: unknown): string {
	let error = thrown as { code?: unknown; httpCode?: unknown; syscall?: unknown; cause?: unknown } | undefined;
	let found: string | undefined;
	for (let depth = 0; typeof error === 'object' && error !== null && depth < 5; depth += 1) {
		for (const code of [error.code, error.httpCode]) {
			if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) found ??= code;
		}
		// An unreachable network while reading or writing is no proof that nothing was sent.
		if (found !== undefined && (error.syscall === 'read' || error.syscall === 'write'))
			return `${found}_ON_${error.syscall}`;
		error = error.cause as typeof error;
	}
	return found ?? 'no code';
}

/** Takes the token and the payload of data URIs out of every string of a body: RunComfy echoes inputs. */
function withoutSecrets(value: unknown, token: string, depth = 0): unknown {
	if (typeof value === 'string') {
		const clean = withoutPayloads(value);
		return token.length < MIN_SECRET_CHARACTERS ? clean : clean.replaceAll(token, '(API token)');
	}
	if (typeof value !== 'object' || value === null) return value;
	if (depth > MAX_BODY_DEPTH) return null;
	if (Array.isArray(value)) return value.map((entry) => withoutSecrets(entry, token, depth + 1));
	return Object.fromEntries(
		Object.entries(value).map(([key, entry]) => [key, withoutSecrets(entry, token, depth + 1)]),
	);
}

/**
 * Makes one call to RunComfy with the credential's token. Never throws, never repeats, never follows a redirect (n8n
 * would take the token along). Goes out even after a Stop, unless `giveUp` says otherwise.
 */
export async function callRunComfy(
	caller: Caller,
	connection: Connection,
	call: Call,
	giveUp?: GiveUp,
): Promise<Reply> {
	const { signal, forget } = abortSignal(call.timeoutMs, giveUp);
	// n8n's helper overwrites the options' abortSignal with the execution's, which is already aborted after a Stop.
	const abortable = Object.create(caller, { getExecutionCancelSignal: { value: () => signal } }) as IExecuteFunctions;
	const options: IHttpRequestOptions = {
		method: call.method,
		url: call.url,
		headers: { 'User-Agent': `n8n-nodes-runcomfy/${version}` },
		...(call.query && { qs: call.query }),
		...(call.body && { body: call.body }),
		json: true,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		timeout: call.timeoutMs,
	};
	try {
		const { statusCode, headers, body } = (await caller.helpers.httpRequestWithAuthentication.call(
			abortable,
			CREDENTIAL_TYPE,
			options,
			{
				credentialsDecrypted: {
					id: '',
					name: connection.credentialName,
					type: CREDENTIAL_TYPE,
					data: connection.credential,
				},
			},
		)) as { statusCode: number; headers?: Record<string, unknown>; body: unknown };
		const clean = withoutSecrets(body, connection.token);
		return { kind: 'answer', answer: { httpStatus: statusCode, headers: headers ?? {}, body: clean } };
	} catch (error) {
		return { kind: 'fault', code: signal.aborted ? NO_ANSWER_IN_TIME : faultCode(error) };
	} finally {
		forget();
	}
}

/** The body of a file on its way. Its constructor makes a readable stream out of an async generator. */
export interface FileStream extends AsyncIterable<Buffer> {
	destroy(): void;
	constructor: { from(chunks: AsyncIterable<Buffer>, options: { objectMode: boolean }): FileStream };
}

export interface FileAnswer {
	httpStatus: number;
	headers: Record<string, unknown>;
	stream: FileStream;
}

/** Begins to fetch a file, without the token and without following redirects. Throws what n8n's helper throws. */
export async function openFile(context: IExecuteFunctions, url: string, signal: AbortSignal): Promise<FileAnswer> {
	const { statusCode, headers, body } = (await context.helpers.httpRequest({
		method: 'GET',
		url,
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		abortSignal: signal,
	})) as { statusCode: number; headers?: Record<string, unknown>; body: FileStream };
	return { httpStatus: statusCode, headers: headers ?? {}, stream: body };
}
