/**
 * At most `calls` in any time of `windowMs`, counted where they arrive. A call arrives some time between its start and its
 * end, so it counts from its start until `windowMs` after its end, however slow the network is.
 */
export class SlidingWindow {
	/** Times at which calls ended, within the window, oldest first. */
	private readonly endedMs: number[] = [];

	constructor(
		private readonly calls: number,
		private readonly windowMs: number,
	) {}

	/** A call that it counts has ended. */
	note(nowMs: number): void {
		this.endedMs.push(nowMs);
	}

	/** When there is room for one more call, with so many under way: Infinity where it depends on one of these. */
	freeAtMs(nowMs: number, inFlight: number): number {
		while (this.endedMs[0] <= nowMs - this.windowMs) this.endedMs.shift();
		const mustLeave = inFlight + this.endedMs.length + 1 - this.calls;
		if (mustLeave <= 0) return -Infinity;
		return mustLeave > this.endedMs.length ? Infinity : this.endedMs[mustLeave - 1] + this.windowMs;
	}
}
