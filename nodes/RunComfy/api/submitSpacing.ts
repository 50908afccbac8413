import type { Clock } from '../timing/clock';
import type { CallPolicy } from './callPolicies';

/**
 * Keeps an outage from using up a whole batch. After two submits in a row of which it is not known whether RunComfy accepted
 * them, submits leave one by one, further apart with each that ends so, until RunComfy answers one.
 */
export class SubmitSpacing {
	/** From when the next submit may leave, by the clock. */
	fromMs = -Infinity;

	/** How far apart they leave; undefined while all is well. */
	private spacingMs: number | undefined;

	private unknownAtMs = -Infinity;

	constructor(
		private readonly clock: Clock,
		private readonly policy: CallPolicy,
	) {}

	get isOn(): boolean {
		return (this.spacingMs ?? 0) > 0;
	}

	/** A submit leaves. */
	leave(now: number): void {
		if (this.isOn) this.fromMs = now + (this.spacingMs ?? 0);
	}

	/** The outcome of a submit that left at `startMs`, by the clock, is unknown. Those in flight together count once. */
	unknown(startMs: number): void {
		if (startMs <= this.unknownAtMs) return;
		const { firstBackoffMs, longestBackoffMs } = this.policy;
		this.spacingMs =
			this.spacingMs === undefined ? 0 : Math.min(Math.max(this.spacingMs * 2, firstBackoffMs), longestBackoffMs);
		this.unknownAtMs = this.clock.now();
		this.fromMs = this.unknownAtMs + this.spacingMs;
	}

	/** RunComfy answered a submit: the others may follow. */
	answered(): void {
		this.spacingMs = undefined;
		this.fromMs = -Infinity;
	}
}
