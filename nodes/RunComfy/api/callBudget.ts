import type { Clock } from '../timing/clock';
import { Stop } from '../timing/stop';
import type { CallBudgetPolicy, CallPolicy } from './policy';

/** Submits and everything that frees a place come first; looks at unfinished requests can wait. */
export type Priority = 'first' | 'look';

const PRIORITIES: Priority[] = ['first', 'look'];

export type Turn = 'granted' | 'late' | 'stopped';

interface Waiter {
	priority: Priority;
	latestMs: number;
	settle(turn: Turn): void;
}

/**
 * Shares out the calls to RunComfy over everything one token does in this process: no more than the policy's number in
 * its two sliding windows, and none at all while RunComfy has asked to slow down. A call keeps its place in a window
 * until the window's length after its end: it arrived some time between its start and its end, so no window of the
 * server's can hold more than the policy's number either, however slow the way there is.
 */
export class CallBudget {
	private underWay = 0;

	/** Times at which calls ended, within the long window, oldest first. */
	private readonly endedMs: number[] = [];

	private lastGrantedMs = -Infinity;

	private pausedUntilMs = 0;

	private slowDowns = 0;

	private queues: Record<Priority, Waiter[]> = { first: [], look: [] };

	private wakeAtMs = Infinity;

	/** The budget outlives every execution, so no execution's Stop may end its timer. */
	private readonly neverStopped = new Stop(undefined);

	constructor(
		private readonly clock: Clock,
		private readonly policy: CallBudgetPolicy,
		private readonly callPolicy: CallPolicy,
		private readonly random: () => number = Math.random,
	) {}

	/**
	 * Waits for a turn to make one call; `end` must follow when that call is over. `late` when the turn would come after
	 * `latestMs` (epoch milliseconds): the call must then not be made.
	 */
	async take(priority: Priority, latestMs: number, stop: Stop): Promise<Turn> {
		return await new Promise((resolve) => {
			const settle = (turn: Turn) => {
				forget();
				resolve(turn);
			};
			const waiter: Waiter = { priority, latestMs, settle };
			const forget = stop.onStop(() => {
				this.remove(waiter);
				resolve('stopped');
			});
			if (stop.stopped) return;
			this.queues[priority].push(waiter);
			this.serve();
		});
	}

	/** A call for which a turn was granted is over, whether it was made or not. */
	end(): void {
		this.underWay -= 1;
		this.endedMs.push(this.clock.now());
		this.serve();
	}

	/**
	 * RunComfy answered 429: nobody calls until `retryAfterMs` have passed, or, where it does not say or says "at once",
	 * for a time that grows with each 429 in a row. Calls that were under way together are told together: that counts once.
	 */
	slowDown(retryAfterMs = 0): void {
		const now = this.clock.now();
		const isNews = now >= this.pausedUntilMs;
		const grownMs = Math.min(this.callPolicy.firstSlowDownMs * 2 ** this.slowDowns, this.callPolicy.longestSlowDownMs);
		if (isNews) this.slowDowns += 1;
		// Only ever longer than the growing figure, so that several nodes told at once do not come back at once.
		const ownMs = isNews ? grownMs * (1 + this.random() * 0.25) : 0;
		const pauseMs = retryAfterMs >= this.callPolicy.shortestRetryAfterMs ? retryAfterMs : ownMs;
		this.pausedUntilMs = Math.max(this.pausedUntilMs, now + pauseMs);
	}

	/** RunComfy took a call again. */
	speedUp(): void {
		this.slowDowns = 0;
	}

	private remove(waiter: Waiter) {
		this.queues[waiter.priority] = this.queues[waiter.priority].filter((other) => other !== waiter);
	}

	/** Grants every turn that is due and makes sure of being called again for the next one. */
	private serve() {
		const now = this.clock.now();
		for (const priority of PRIORITIES) {
			const queue = this.queues[priority];
			while (queue.length > 0 && this.freeAtMs(priority) <= now) {
				this.underWay += 1;
				this.lastGrantedMs = now;
				queue.shift()?.settle('granted');
			}
			const freeAtMs = this.freeAtMs(priority);
			for (const waiter of [...queue]) {
				const isTooLate = freeAtMs === Infinity ? now > waiter.latestMs : Math.max(now, freeAtMs) > waiter.latestMs;
				if (!isTooLate) continue;
				this.remove(waiter);
				waiter.settle('late');
			}
		}
		this.wakeLater();
	}

	private wakeLater() {
		const times = PRIORITIES.filter((priority) => this.queues[priority].length > 0).map((priority) => {
			const freeAtMs = this.freeAtMs(priority);
			// Nobody knows when a call under way ends; who cannot wait for that is told when his time is up.
			return freeAtMs === Infinity ? Math.min(...this.queues[priority].map(({ latestMs }) => latestMs)) + 1 : freeAtMs;
		});
		const atMs = Math.min(...times);
		if (atMs >= this.wakeAtMs) return;
		this.wakeAtMs = atMs;
		void this.clock.sleep(atMs - this.clock.now(), this.neverStopped).then(() => {
			if (this.wakeAtMs === atMs) this.wakeAtMs = Infinity;
			this.serve();
		});
	}

	/** The earliest time, in epoch milliseconds, at which another call of this priority fits into the windows. */
	private freeAtMs(priority: Priority): number {
		const { callsPerShortWindow, shortWindowMs, callsPerLongWindow, longWindowMs } = this.policy;
		const now = this.clock.now();
		while (this.endedMs[0] <= now - longWindowMs) this.endedMs.shift();
		const freeMs = Math.max(
			this.pausedUntilMs,
			this.windowFreeMs(callsPerShortWindow, shortWindowMs),
			this.windowFreeMs(callsPerLongWindow, longWindowMs),
		);
		return priority === 'first' ? freeMs : Math.max(freeMs, this.nextLookMs());
	}

	/** When a window of this length has room for one more call: Infinity if only the end of a call under way can tell. */
	private windowFreeMs(calls: number, windowMs: number): number {
		const inWindow = this.endedMs.length - this.endedBefore(this.clock.now() - windowMs);
		const mustLeave = this.underWay + inWindow + 1 - calls;
		if (mustLeave <= 0) return -Infinity;
		if (mustLeave > inWindow) return Infinity;
		return this.endedMs[this.endedMs.length - inWindow + mustLeave - 1] + windowMs;
	}

	/** How many of the calls that ended did so by this time. */
	private endedBefore(atMs: number): number {
		let count = this.endedMs.length;
		while (count > 0 && this.endedMs[count - 1] > atMs) count -= 1;
		return count;
	}

	/** Looks slow down as the long window fills, and leave its last places to others. */
	private nextLookMs(): number {
		const { callsPerLongWindow, longWindowMs, looksAtFullSpeed, lookSpacingMs, keptForOthers } = this.policy;
		if (this.underWay + this.endedMs.length < looksAtFullSpeed) return -Infinity;
		const roomMs = this.windowFreeMs(callsPerLongWindow - keptForOthers, longWindowMs);
		return Math.max(this.lastGrantedMs + lookSpacingMs, roomMs);
	}
}
