import type { CallPolicy } from './policy';

/** For how long nobody calls, because RunComfy answered 429. */
export class SlowDown {
	/** By the clock. */
	untilMs = 0;

	private toldMs = -Infinity;

	private inARow = 0;

	constructor(
		private readonly policy: CallPolicy,
		private readonly random: () => number,
	) {}

	/**
	 * RunComfy answered 429: a pause of `retryAfterMs`, or, where it does not say or says "at once", of a time that grows with
	 * each 429 in a row. One for a call that left, at `leftMs`, before the last one was told is no news: calls that are under
	 * way together are told together.
	 */
	told(now: number, leftMs: number, retryAfterMs = 0): void {
		const { firstSlowDownMs, longestSlowDownMs, shortestRetryAfterMs } = this.policy;
		const isNews = leftMs > this.toldMs;
		const grownMs = Math.min(firstSlowDownMs * 2 ** this.inARow, longestSlowDownMs);
		if (isNews) {
			this.inARow += 1;
			this.toldMs = now;
		}
		// Only ever longer than the growing figure, so that several nodes told at once do not come back at once.
		const ownMs = isNews ? grownMs * (1 + this.random() * 0.25) : 0;
		const pauseMs = retryAfterMs >= shortestRetryAfterMs ? retryAfterMs : ownMs;
		this.untilMs = Math.max(this.untilMs, now + pauseMs);
	}

	/** RunComfy took a call again. */
	taken(): void {
		this.inARow = 0;
	}
}
