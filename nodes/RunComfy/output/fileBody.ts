/** The body of a file on its way from RunComfy into n8n's storage. */

import type { FileStream } from '../api/transport';
import type { Clock } from '../timing/clock';

/** The next thing that happens to a stream. */
async function nextEvent(stream: FileStream): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		const forget = () => {
			for (const name of ['readable', 'end', 'close']) stream.removeListener(name, happened);
			stream.removeListener('error', failed);
		};
		const happened = () => {
			forget();
			resolve();
		};
		const failed = (error?: unknown) => {
			forget();
			reject(error as Error);
		};
		for (const name of ['readable', 'end', 'close']) stream.once(name, happened);
		stream.once('error', failed);
	});
}

export interface Peeked {
	/** The first bytes; fewer than asked for where the file is smaller. */
	start: Buffer;
	/** The whole body, from its first byte. */
	stream: FileStream;
}

async function* only(chunk: Buffer): AsyncGenerator<Buffer> {
	if (chunk.length > 0) yield chunk;
}

/** Reads the first bytes of a body and puts them back. Throws what the connection throws. */
export async function peek(stream: FileStream, bytes: number): Promise<Peeked> {
	const chunks: Buffer[] = [];
	let read = 0;
	while (read < bytes && !stream.readableEnded) {
		const chunk = stream.read();
		if (chunk !== null) {
			chunks.push(chunk);
			read += chunk.length;
		} else if (stream.destroyed) {
			throw stream.errored ?? new Error('aborted');
		} else {
			await nextEvent(stream);
		}
	}
	const start = Buffer.concat(chunks);
	// Nothing can be put back into a stream that has ended.
	if (stream.readableEnded) return { start, stream: stream.constructor.from(only(start), { objectMode: false }) };
	stream.unshift(start);
	return { start, stream };
}

/**
 * Tells how many bytes have come, now and each time more do, without reading any: who reads a stream twice gets half of it, and a
 * stream around a stream holds all of it twice.
 */
export function countArrivals(stream: FileStream, onArrival: (bytes: number) => void): void {
	let bytes = stream.readableLength;
	const push = stream.push.bind(stream);
	stream.push = (chunk, encoding) => {
		onArrival((bytes += chunk?.length ?? 0));
		return push(chunk, encoding);
	};
	onArrival(bytes);
}

/**
 * Calls `onStall` once when nothing has come for `idleMs`: `progress` answers a number that grows with all that comes. Answers
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
