import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { type Answer, render, type RenderedAnswer, sendRendered, withLength } from './answer.mts';
import type { CallRecord } from './calls.mts';
import type { Fault, Phase } from './faults.mts';
import { HTML_PAGE } from './sampleFiles.mts';

/** So that a client that believes in a redirect would send the body again, token and all. */
const REDIRECT_STATUS = 307;

/** What firewalls like to say. */
const BETWEEN_STATUS = 403;

/** Members of an answer by which a client could learn the request id. */
const ID_MEMBERS: readonly string[] = ['request_id', 'status_url', 'result_url', 'cancel_url'];

/**
 * Plays a fault. `answer` does what the call changes and gives the normal answer; faults without effect never call
 * it.
 */
export function playFault(fault: Fault, phase: Phase, answer: () => Answer, stage: Stage): void {
	switch (fault.kind) {
		case 'status':
			if (fault.effect === 'after') answer();
			return sendText(stage, fault.status, statusBody(fault.status, fault.body), fault.headers);
		case 'rateLimited': {
			const headers: Record<string, string> = {};
			if (fault.retryAfter !== undefined) headers['retry-after'] = String(fault.retryAfter);
			return sendText(stage, 429, { error_message: 'Too many requests' }, headers);
		}
		case 'redirect':
			return sendText(stage, fault.status ?? REDIRECT_STATUS, '', { location: fault.to });
		case 'errorUnder200': {
			const message = fault.message ?? 'The request was refused.';
			return sendText(stage, 200, { error_code: fault.errorCode, error_message: message });
		}
		case 'between':
			return send(stage, somethingBetween(fault.status ?? BETWEEN_STATUS, fault.page ?? 'html'));
		case 'refusedInput': {
			const detail = Array.from({ length: fault.problems ?? 1 }, (_, index) => inputProblem(index));
			return sendText(stage, 422, { detail });
		}
		case 'trickle':
			return sendTrickling(stage, render(answer()), fault.ms, fault.pieces ?? 10);
		case 'cutBefore':
			return cut(stage);
		case 'cutAfter':
			answer();
			return cut(stage);
		case 'hang':
			if (fault.effect === 'before') return hang(stage);
			if (phase === 'download') {
				sendHalf(stage, render(answer()), () => undefined);
				return keepHanging(stage);
			}
			answer();
			return hang(stage);
		case 'badJson':
			return sendText(stage, 200, brokenJson(render(answer())));
		case 'emptyBody':
			answer();
			return sendText(stage, 200, '');
		case 'noRequestId':
			return send(stage, render(withoutId(answer())));
		case 'slow':
			return sendLater(stage, render(answer()), fault.ms);
		case 'wrongType':
			return send(stage, asType(render(answer()), fault.contentType));
		case 'tooLarge':
			return sendMany(stage, render(answer()), fault);
		case 'truncated':
			return sendHalf(stage, render(answer()), () => stage.request.raw.socket.destroy());
	}
}

function statusBody(status: number, body: unknown): unknown {
	if (body !== undefined) return body;
	// What stands in front of the real service answers 5xx with a page, not with JSON.
	return status >= 500 ? `<html><body>${status}</body></html>` : { detail: `Status ${status}` };
}

function sendText(stage: Stage, status: number, body: unknown, headers: Record<string, string> = {}): void {
	if (typeof body !== 'string') return send(stage, render({ status, body, headers }));
	const type = body.startsWith('<') ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
	send(stage, { status, bytes: Buffer.from(body), headers: { 'content-type': type, ...headers } });
}

function send({ reply, record }: Stage, rendered: RenderedAnswer): void {
	sendRendered(reply, rendered, record);
}

function cut({ request, reply }: Stage): void {
	reply.hijack();
	request.raw.socket.destroy();
}

function hang(stage: Stage): void {
	stage.reply.hijack();
	keepHanging(stage);
}

function keepHanging({ request, hanging }: Stage): void {
	const { socket } = request.raw;
	hanging.add(socket);
	socket.once('close', () => hanging.delete(socket));
}

function brokenJson({ bytes }: RenderedAnswer): string {
	const text = bytes.toString('latin1');
	return text.startsWith('{') ? text.slice(0, -1) : `{"file":"${bytes.length} bytes`;
}

function withoutId(answer: Answer): Answer {
	const { body } = answer;
	if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return answer;
	const kept = Object.entries(body).filter(([name]) => !ID_MEMBERS.includes(name));
	return { ...answer, body: Object.fromEntries(kept) };
}

function asType(rendered: RenderedAnswer, contentType: string): RenderedAnswer {
	const bytes = contentType.startsWith('text/html') ? HTML_PAGE : rendered.bytes;
	return { status: 200, bytes, headers: { ...rendered.headers, 'content-type': contentType } };
}

function somethingBetween(status: number, page: 'html' | 'text' | 'empty'): RenderedAnswer {
	const texts = { html: HTML_PAGE, text: Buffer.from('Blocked by policy.\n'), empty: Buffer.alloc(0) };
	const type = page === 'text' ? 'text/plain; charset=utf-8' : 'text/html; charset=utf-8';
	// A proxy that wants a password has to say so, or clients call its answer broken.
	const proxy: Record<string, string> = status === 407 ? { 'proxy-authenticate': 'Basic realm="proxy"' } : {};
	return { status, bytes: texts[page], headers: { 'content-type': type, ...proxy } };
}

function inputProblem(index: number): object {
	return { loc: ['body', `field_${index}`], msg: 'Input should be another one', type: 'value_error' };
}

/** Where a fault is played. */
export interface Stage {
	request: FastifyRequest;
	reply: FastifyReply;
	record: CallRecord;
	/** Kept up to date with the sockets of calls that are left without an end. */
	hanging: Set<Socket>;
}

/** Large enough to be quick, small enough to stop soon after the client has gone. */
const CHUNK_BYTES = 64 * 1024;

function sendLater(stage: Stage, rendered: RenderedAnswer, ms: number): void {
	const { reply } = stage;
	reply.hijack();
	const timer = setTimeout(() => {
		stage.record.status = rendered.status;
		reply.raw.writeHead(rendered.status, withLength(rendered.headers, rendered.bytes.length));
		reply.raw.end(rendered.bytes);
	}, ms);
	reply.raw.once('close', () => clearTimeout(timer));
}

function sendHalf({ reply, record }: Stage, { status, bytes, headers }: RenderedAnswer, then: () => void): void {
	reply.hijack();
	record.status = status;
	reply.raw.writeHead(status, withLength(headers, bytes.length));
	reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => then());
}

/** How much is sent, and at most how much in a second. */
interface Flood {
	bytes: number;
	declared?: boolean;
	bytesPerSecond?: number;
}

function sendMany(stage: Stage, { headers, bytes }: RenderedAnswer, flood: Flood): void {
	const { reply, record } = stage;
	reply.hijack();
	record.status = 200;
	reply.raw.writeHead(200, flood.declared ? withLength(headers, flood.bytes) : headers);
	void writeBytes(stage, bytes, flood);
}

/** Starts with the normal body, so that the type looks right, and goes on with blanks. */
async function writeBytes({ reply: { raw } }: Stage, start: Buffer, flood: Flood): Promise<void> {
	const { bytes: size, bytesPerSecond = Infinity } = flood;
	const startMs = performance.now();
	const filler = Buffer.alloc(CHUNK_BYTES, ' ');
	const closed = new AbortController();
	raw.once('close', () => closed.abort());
	let chunk = start.subarray(0, size);
	let left = size;
	while (left > 0 && !raw.destroyed) {
		left -= chunk.length;
		if (!raw.write(chunk)) {
			// The client has gone while the pipe was full.
			await once(raw, 'drain', { signal: closed.signal }).catch(() => undefined);
		}
		const aheadMs = ((size - left) / bytesPerSecond) * 1000 - (performance.now() - startMs);
		if (aheadMs > 0) await sleep(aheadMs);
		chunk = filler.subarray(0, left);
	}
	if (!raw.destroyed) raw.end();
}

/** The head at once, the body in pieces with equal pauses. */
function sendTrickling(stage: Stage, { status, bytes, headers }: RenderedAnswer, ms: number, pieces: number): void {
	const { reply, record } = stage;
	reply.hijack();
	record.status = status;
	reply.raw.writeHead(status, withLength(headers, bytes.length));
	reply.raw.flushHeaders();
	let sent = 0;
	const timer = setInterval(() => {
		sent += 1;
		reply.raw.write(bytes.subarray(cutAt(bytes, sent - 1, pieces), cutAt(bytes, sent, pieces)));
		if (sent < pieces) return;
		clearInterval(timer);
		reply.raw.end();
	}, ms / pieces);
	reply.raw.once('close', () => clearInterval(timer));
}

function cutAt(bytes: Buffer, piece: number, pieces: number): number {
	return Math.floor((bytes.length * piece) / pieces);
}
