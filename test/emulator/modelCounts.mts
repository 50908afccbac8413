/** What was received about one model. Calls count when they have been received whole, whatever is answered. */
export interface ModelCount {
	/** Reads of its own entry, GET /v1/models/{id}. */
	reads: number;
	submitsReceived: number;
	submitsAccepted: number;
}

/** Fuzzed ids must not fill the memory: from here on they are counted together under ''. */
const MAX_MODELS = 1_000;

/** Longer ids are fuzz. */
const MAX_ID_CHARS = 200;

/** Counts per model id, known or not, as it was written. */
export class ModelCounts {
	readonly #models = new Map<string, ModelCount>();

	read(modelId: string): void {
		this.#of(modelId).reads += 1;
	}

	received(modelId: string): void {
		this.#of(modelId).submitsReceived += 1;
	}

	accepted(modelId: string): void {
		this.#of(modelId).submitsAccepted += 1;
	}

	/** One model's, all zero when nothing was received about it. */
	of(modelId: string): ModelCount {
		return { reads: 0, submitsReceived: 0, submitsAccepted: 0, ...this.#models.get(modelId) };
	}

	all(): Record<string, ModelCount> {
		return Object.fromEntries([...this.#models].map(([id, count]) => [id, { ...count }]));
	}

	#of(modelId: string): ModelCount {
		const isKept = this.#models.has(modelId) || (this.#models.size < MAX_MODELS && modelId.length <= MAX_ID_CHARS);
		const key = isKept ? modelId : '';
		let count = this.#models.get(key);
		if (count === undefined) {
			count = { reads: 0, submitsReceived: 0, submitsAccepted: 0 };
			this.#models.set(key, count);
		}
		return count;
	}
}
