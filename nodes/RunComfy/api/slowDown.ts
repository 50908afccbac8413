import type { CallPolicy } from './policy';

/** For how long nobody calls, because RunComfy answered 429. */
export class SlowDown {
	/** By the clock. */
	untilMs = 0;

	private inARow = 0;

	constructor(
		private readonly policy: CallPolicy,
		private readonly random: () => number,
	) {}

	/**
	 * RunComfy answered 429: a pause of `retryAfterMs`, or, where it does not say or says "at once", of a time that grows with
	 * each 429 in a row. Calls that were under way together are told together: that counts once.
	 */
	told(now: number, retryAfterMs = 0): void {
		const { firstSlowDownMs, longestSlowDownMs, shortestRetryAfterMs } = this.policy;
		const isNews = now >= this.untilMs;
		const grownMs = Math.min(firstSlowDownMs * 2 ** this.inARow, longestSlowDownMs);
		if (isNews) this.inARow += 1;
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
