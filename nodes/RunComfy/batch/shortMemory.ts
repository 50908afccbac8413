/** What was read of RunComfy and may be used again for a moment, by several executions of one account. */
import type { Clock } from '../timing/clock';
import { STOPPED } from '../timing/stop';

interface Kept {
	value: Promise<unknown>;
	/** Undefined while it is being read. */
	readMs?: number;
}

export class ShortMemory {
	private readonly kept = new Map<string, Kept>();

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
	 * What `read` gave for this key a moment ago, or is about to give; else has it read. A reading that failed, or that a
	 * Stop cut off, is not kept: then this one reads for itself.
	 */
	async get<T>(key: string, read: () => Promise<T | typeof STOPPED>): Promise<T | typeof STOPPED> {
		for (;;) {
			const known = this.freshOf(key);
			if (known === undefined) return await this.begin(key, read);
			const value = (await known.value) as T | typeof STOPPED;
			if (value !== STOPPED) return value;
		}
	}

	private freshOf(key: string): Kept | undefined {
		const kept = this.kept.get(key);
		if (kept?.readMs !== undefined && this.clock.now() - kept.readMs >= this.keptMs) {
			this.kept.delete(key);
			return undefined;
		}
		return kept;
	}

	private begin<T>(key: string, read: () => Promise<T | typeof STOPPED>): Promise<T | typeof STOPPED> {
		const value = read();
		const entry: Kept = { value };
		const forget = () => {
			if (this.kept.get(key) === entry) this.kept.delete(key);
		};
		this.kept.set(key, entry);
		// The oldest is the first.
		for (const oldest of this.kept.keys()) {
			if (this.kept.size <= this.most) break;
			this.kept.delete(oldest);
		}
		const keep = () => (entry.readMs = this.clock.now());
		value.then((end) => (end === STOPPED ? forget() : keep()), forget);
		return value;
	}
}
