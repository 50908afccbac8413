import type { Clock } from '../timing/clock';
import type { CallPolicy } from './callPolicies';

/** From so many unknown outcomes in a row on. A single one may be the fault of its own item. */
const OUTAGE_BEGINS_WITH = 2;

/**
 * Keeps an outage from using up a whole batch. After some submits in a row of which it is not known whether RunComfy accepted
 * them, submits leave one by one, further apart with each that ends so, until RunComfy answers one.
 */
export class SubmitSpacing {
	/** From when the next submit may leave, by the clock. */
	fromMs = -Infinity;

	/** Unknown outcomes in a row; those in flight together count once. */
	private unknowns = 0;

	private unknownAtMs = -Infinity;

	constructor(
		private readonly clock: Clock,
		private readonly policy: CallPolicy,
	) {}

	get isOn(): boolean {
		return this.unknowns >= OUTAGE_BEGINS_WITH;
	}

	/** A submit leaves. Returns how to take that back, if nobody wants it any more. */
	leave(now: number): () => void {
		const before = this.fromMs;
		this.fromMs = now + this.spacingMs;
		return () => {
			this.fromMs = before;
		};
	}

	/** The outcome of a submit that left at `startMs`, by the clock, is unknown. */
	unknown(startMs: number): void {
		if (startMs <= this.unknownAtMs) return;
		this.unknowns += 1;
		this.unknownAtMs = this.clock.now();
		this.fromMs = this.unknownAtMs + this.spacingMs;
	}

	/** RunComfy answered a submit: the others may follow. */
	answered(): void {
		this.unknowns = 0;
		this.fromMs = -Infinity;
	}

	private get spacingMs(): number {
		const { firstBackoffMs, longestBackoffMs } = this.policy;
		return this.isOn ? Math.min(firstBackoffMs * 2 ** (this.unknowns - OUTAGE_BEGINS_WITH), longestBackoffMs) : 0;
	}
}
