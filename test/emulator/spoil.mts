import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { RenderedAnswer } from './answer.mts';
import type { CallRecord } from './calls.mts';
import { withLength } from './send.mts';

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

export function sendLater(stage: Stage, rendered: RenderedAnswer, ms: number): void {
	const { reply } = stage;
	reply.hijack();
	const timer = setTimeout(() => {
		stage.record.status = rendered.status;
		reply.raw.writeHead(rendered.status, withLength(rendered.headers, rendered.bytes.length));
		reply.raw.end(rendered.bytes);
	}, ms);
	reply.raw.once('close', () => clearTimeout(timer));
}

export function sendHalf({ reply, record }: Stage, { status, bytes, headers }: RenderedAnswer, then: () => void): void {
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

export function sendMany(stage: Stage, { headers, bytes }: RenderedAnswer, flood: Flood): void {
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
export function sendTrickling(
	stage: Stage,
	{ status, bytes, headers }: RenderedAnswer,
	ms: number,
	pieces: number,
): void {
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
