import type { FastifyReply } from 'fastify';

import type { RenderedAnswer } from './answer.mts';
import type { CallRecord } from './calls.mts';

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
