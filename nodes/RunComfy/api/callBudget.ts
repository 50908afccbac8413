import type { Clock } from '../timing/clock';
import { Stop } from '../timing/stop';
import { callBudgetPolicy, callPolicy } from './policy';

/** Submits and everything that frees a place come first; looks at unfinished requests can wait. */
export type Priority = 'first' | 'look';

export type Turn = 'granted' | 'late' | 'stopped';

interface Waiter {
	priority: Priority;
	latestMs: number;
	settle(turn: Turn): void;
}

/**
 * Shares out the calls to RunComfy over everything one token does in this process: no more than the policy's number in
 * its two sliding windows, and none at all while RunComfy has asked to slow down.
 */
export class CallBudget {
	/** Times of the calls granted within the long window, oldest first. */
	private readonly granted: number[] = [];

	private pausedUntilMs = 0;

	private slowDowns = 0;

	private queues: Record<Priority, Waiter[]> = { first: [], look: [] };

	private wakeAtMs = Infinity;

	/** The budget outlives every execution, so no execution's Stop may end its timer. */
	private readonly neverStopped = new Stop(undefined);

	constructor(
		private readonly clock: Clock,
		private readonly random: () => number = Math.random,
		private readonly policy: typeof callBudgetPolicy = callBudgetPolicy,
	) {}

	/**
	 * Waits for a turn to make one call. `late` when the turn would come after `latestMs` (epoch milliseconds): the call
	 * must then not be made.
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

	/**
	 * RunComfy answered 429: nobody calls until `retryAfterMs` have passed, or, where it does not say, for a time that
	 * grows with each 429 in a row.
	 */
	slowDown(retryAfterMs: number | undefined): void {
		const grownMs = Math.min(callPolicy.firstSlowDownMs * 2 ** this.slowDowns, callPolicy.longestSlowDownMs);
		this.slowDowns += 1;
		// Only ever longer than the growing figure, so that several nodes told at once do not come back at once.
		const pauseMs = retryAfterMs ?? grownMs * (1 + this.random() * 0.25);
		this.pausedUntilMs = Math.max(this.pausedUntilMs, this.clock.now() + pauseMs);
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
		for (const priority of ['first', 'look'] as const) {
			const queue = this.queues[priority];
			while (queue.length > 0 && this.freeAtMs(priority) <= now) {
				this.granted.push(now);
				queue.shift()?.settle('granted');
			}
			for (const waiter of [...queue]) {
				if (Math.max(now, this.freeAtMs(priority)) > waiter.latestMs) {
					this.remove(waiter);
					waiter.settle('late');
				}
			}
		}
		this.wakeLater();
	}

	private wakeLater() {
		const waiting = (['first', 'look'] as const).filter((priority) => this.queues[priority].length > 0);
		if (waiting.length === 0) return;
		const atMs = Math.min(...waiting.map((priority) => this.freeAtMs(priority)));
		if (this.wakeAtMs <= atMs) return;
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
		while (this.granted[0] <= now - longWindowMs) this.granted.shift();
		const nthLast = (n: number) => this.granted[this.granted.length - n];
		const shortFreeMs = (nthLast(callsPerShortWindow) ?? -Infinity) + shortWindowMs;
		const longFreeMs = (nthLast(callsPerLongWindow) ?? -Infinity) + longWindowMs;
		const freeMs = Math.max(this.pausedUntilMs, shortFreeMs, longFreeMs);
		return priority === 'first' ? freeMs : Math.max(freeMs, this.nextLookMs());
	}

	/** Looks slow down as the long window fills, and leave its last places to others. */
	private nextLookMs(): number {
		const { callsPerLongWindow, longWindowMs, looksAtFullSpeed, lookSpacingMs, keptForOthers } = this.policy;
		const used = this.granted.length;
		if (used < looksAtFullSpeed) return -Infinity;
		const usable = callsPerLongWindow - keptForOthers;
		return used < usable ? this.granted[used - 1] + lookSpacingMs : this.granted[used - usable] + longWindowMs;
	}
}

const budgets = new Map<string, CallBudget>();

/** The budget of one account, shared by all executions of this process. */
export function budgetOf(accountFingerprint: string, clock: Clock): CallBudget {
	const known = budgets.get(accountFingerprint);
	if (known !== undefined) return known;
	const budget = new CallBudget(clock);
	budgets.set(accountFingerprint, budget);
	return budget;
}
