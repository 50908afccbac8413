import type { FastifyReply } from 'fastify';

import type { CallRecord } from './calls.mts';

/** An answer before it goes on the wire. A Buffer is sent as it is, everything else as JSON. */
export interface Answer {
	status: number;
	body: unknown;
	headers?: Record<string, string>;
}

/** An answer's bytes and headers. */
export interface RenderedAnswer {
	status: number;
	bytes: Buffer;
	headers: Record<string, string>;
}

export function ok(body: unknown): Answer {
	return { status: 200, body };
}

/** An error in RunComfy's form. */
export function errorAnswer(status: number, errorCode: number, message: string): Answer {
	return { status, body: { error_code: errorCode, error_message: message } };
}

/** A refusal in the form of a web framework: no error_code, only `detail`. */
export function detailAnswer(status: number, detail: unknown): Answer {
	return { status, body: { detail } };
}

export function render({ status, body, headers = {} }: Answer): RenderedAnswer {
	if (Buffer.isBuffer(body)) {
		return { status, bytes: body, headers: { 'content-type': 'application/octet-stream', ...headers } };
	}
	const bytes = Buffer.from(JSON.stringify(body));
	return { status, bytes, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } };
}

/** Sends an answer as it is. A content type of '' is none at all. */
export function sendRendered(
	reply: FastifyReply,
	{ status, bytes, headers }: RenderedAnswer,
	record: CallRecord,
): void {
	record.status = status;
	if (headers['content-type'] !== '') {
		reply.code(status).headers(headers).send(bytes);
		return;
	}
	// The server's own way of sending would name a type.
	const { 'content-type': _, ...rest } = headers;
	reply.hijack();
	reply.raw.writeHead(status, withLength(rest, bytes.length));
	reply.raw.end(bytes);
}

export function withLength(headers: Record<string, string>, length: number): Record<string, string> {
	return { ...headers, 'content-length': String(length) };
}
