const FIRST_CAPACITY = 64;

/** The most events that fell into any window of the given length. Keeps only the events of the last window. */
export class SlidingPeak {
	readonly #windowMs: number;
	#times = new Float64Array(FIRST_CAPACITY);
	#head = 0;
	#size = 0;
	#peak = 0;

	constructor(windowMs: number) {
		this.#windowMs = windowMs;
	}

	/** Events must be told in the order of time. */
	add(atMs: number): void {
		while (this.#size > 0 && atMs - this.#times[this.#head] >= this.#windowMs) {
			this.#head = (this.#head + 1) % this.#times.length;
			this.#size -= 1;
		}
		if (this.#size === this.#times.length) this.#grow();
		this.#times[(this.#head + this.#size) % this.#times.length] = atMs;
		this.#size += 1;
		this.#peak = Math.max(this.#peak, this.#size);
	}

	get peak(): number {
		return this.#peak;
	}

	#grow(): void {
		const larger = new Float64Array(this.#times.length * 2);
		for (let index = 0; index < this.#size; index++) {
			larger[index] = this.#times[(this.#head + index) % this.#times.length];
		}
		this.#times = larger;
		this.#head = 0;
	}
}
