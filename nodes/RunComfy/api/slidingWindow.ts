/**
 * At most so many calls in any time of this length, counted where they arrive. A call arrives some time between its start
 * and its end, so it keeps its place from its start until the window's length after its end, however slow the way is.
 */

export class SlidingWindow {
	private underWay = 0;

	/** Times at which calls ended, within the window, oldest first. */
	private readonly endedMs: number[] = [];

	constructor(
		private readonly calls: number,
		private readonly windowMs: number,
	) {}

	begin(): void {
		this.underWay += 1;
	}

	end(nowMs: number): void {
		this.underWay -= 1;
		this.endedMs.push(nowMs);
	}

	/** It was not made after all. */
	undo(): void {
		this.underWay -= 1;
	}

	/** When there is room for one more call: Infinity where only the end of a call under way can tell. */
	freeAtMs(nowMs: number): number {
		while (this.endedMs[0] <= nowMs - this.windowMs) this.endedMs.shift();
		const mustLeave = this.underWay + this.endedMs.length + 1 - this.calls;
		if (mustLeave <= 0) return -Infinity;
		return mustLeave > this.endedMs.length ? Infinity : this.endedMs[mustLeave - 1] + this.windowMs;
	}
}
