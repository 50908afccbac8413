/** All bodies together; beyond this the oldest are dropped. The largest single one just fits. */
const MAX_CHARS = 64 * 1024 * 1024;

/** Bodies of accepted submits, as they came, by request id. */
export class BodyStore {
	readonly #bodies = new Map<string, string>();
	#chars = 0;

	put(requestId: string, body: string): void {
		this.#bodies.set(requestId, body);
		this.#chars += body.length;
		for (const [oldestId, oldest] of this.#bodies) {
			if (this.#chars <= MAX_CHARS || oldestId === requestId) break;
			this.#bodies.delete(oldestId);
			this.#chars -= oldest.length;
		}
	}

	get(requestId: string): string | undefined {
		return this.#bodies.get(requestId);
	}

	clear(): void {
		this.#bodies.clear();
		this.#chars = 0;
	}
}
