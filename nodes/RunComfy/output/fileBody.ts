/** The body of a file on its way from RunComfy into n8n's storage. */

import type { FileStream } from '../api/transport';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';

/** The chunks of a body; reports with each how many bytes there have been. */
export async function* countBytes(stream: FileStream, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
	let bytes = 0;
	for await (const chunk of stream) {
		onBytes((bytes += chunk.length));
		yield chunk;
	}
}

async function* join(start: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	yield start;
	yield* rest;
}

/** The first bytes, and the whole body from its first byte; fewer bytes than asked for where there are no more. */
export async function peek(chunks: AsyncGenerator<Buffer>, bytes: number) {
	let start: Buffer = Buffer.alloc(0);
	while (start.length < bytes) {
		const { value, done } = await chunks.next();
		if (done) break;
		start = Buffer.concat([start, value]);
	}
	return { start, whole: join(start, chunks) };
}

/**
 * Each chunk waits for its turn, and keeps it until the next one is asked for: then it has been written. What has been written
 * is garbage, and files that are written side by side leave more of it than is collected meanwhile.
 */
export async function* takeTurns(chunks: AsyncIterable<Buffer>, turns: Gate): AsyncGenerator<Buffer> {
	for await (const chunk of chunks) {
		const leave = await turns.enter();
		try {
			yield chunk;
		} finally {
			leave();
		}
	}
}

/**
 * Calls `onStall` once when nothing has come for `idleMs`: `progress` returns a number that grows with all that comes. Returns
 * how to switch that off.
 */
export function watch(clock: Clock, progress: () => number, idleMs: number, onStall: () => void): () => void {
	let last = progress();
	let isOver = false;
	let switchOff = () => {};
	const look = () => {
		if (isOver) return;
		const now = progress();
		if (now === last) {
			onStall();
			return;
		}
		last = now;
		switchOff = clock.alarm(idleMs, look);
	};
	switchOff = clock.alarm(idleMs, look);
	return () => {
		isOver = true;
		switchOff();
	};
}
