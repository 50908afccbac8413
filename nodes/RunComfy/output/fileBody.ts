/** The body of a file on its way from RunComfy into n8n's storage. */

import type { FileStream } from '../api/transport';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';

/**
 * The first bytes of a body, fewer than asked for where there are no more, and the whole of it from its first byte. `onBytes` is
 * called with each chunk: how many bytes there have been. Each chunk waits for its turn, and keeps it until the next one is asked
 * for: then it has been written. What has been written is garbage, and files that are written side by side leave more of it than
 * is collected meanwhile.
 */
export async function openBody(stream: FileStream, firstBytes: number, turns: Gate, onBytes: (bytes: number) => void) {
	const chunks = stream[Symbol.asyncIterator]();
	let bytes = 0;
	const next = async (): Promise<Buffer | undefined> => {
		const { value, done } = await chunks.next();
		if (done) return undefined;
		onBytes((bytes += value.length));
		return value;
	};
	let start: Buffer = Buffer.alloc(0);
	while (start.length < firstBytes) {
		const chunk = await next();
		if (chunk === undefined) break;
		start = Buffer.concat([start, chunk]);
	}
	async function* whole(): AsyncGenerator<Buffer> {
		for (let chunk: Buffer | undefined = start; chunk !== undefined; chunk = await next()) {
			const leave = await turns.enter();
			try {
				yield chunk;
			} finally {
				leave();
			}
		}
	}
	return { start, whole: whole() };
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
