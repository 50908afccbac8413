/** What was read of RunComfy and may be used again for a moment, by several executions of one account. */

import type { Clock } from '../timing/clock';
import { Stopped } from '../timing/stop';

interface Reading {
	value: Promise<unknown>;
	/** Undefined while it is being read. */
	readMs?: number;
}

/** The Stop was that of the execution which was reading. */
function cutOff(thrown: unknown): undefined {
	if (!(thrown instanceof Stopped)) throw thrown;
}

export class Cache {
	private readonly readings = new Map<string, Reading>();

	/**
	 * @param keptMs how long a reading counts, in milliseconds from its end.
	 * @param most readings kept at a time.
	 */
	constructor(
		private readonly clock: Clock,
		private readonly keptMs: number,
		private readonly most: number,
	) {}

	/**
	 * What `read` gave for this key a moment ago, or is about to give; else has it read. A reading that failed is not kept, and
	 * one that another execution's Stop cut off is begun again.
	 */
	async get<T>(key: string, read: () => Promise<T>): Promise<T> {
		for (;;) {
			const known = this.freshOf(key);
			if (known === undefined) return await this.begin(key, read);
			const shared = await (known.value as Promise<T>).then((value) => ({ value }), cutOff);
			if (shared !== undefined) return shared.value;
		}
	}

	private freshOf(key: string): Reading | undefined {
		const kept = this.readings.get(key);
		const isOld = kept?.readMs !== undefined && this.clock.now() - kept.readMs >= this.keptMs;
		if (isOld) this.readings.delete(key);
		return isOld ? undefined : kept;
	}

	private begin<T>(key: string, read: () => Promise<T>): Promise<T> {
		const value = read();
		const reading: Reading = { value };
		this.readings.set(key, reading);
		const [oldest] = this.readings.keys();
		if (this.readings.size > this.most) this.readings.delete(oldest);
		value.then(
			() => (reading.readMs = this.clock.now()),
			() => this.readings.get(key) === reading && this.readings.delete(key),
		);
		return value;
	}
}
