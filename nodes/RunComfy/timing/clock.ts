import { sleep } from 'n8n-workflow';

import type { Stop } from './stop';

/** The passing of time and the time of day; tests and the benchmark bring a clock of their own. */
export interface Clock {
	/**
	 * Milliseconds since a moment of the clock's own choice: for durations. It only goes forward, whatever happens to the
	 * machine's time of day.
	 */
	now(): number;
	/** The time of day in milliseconds since the epoch: for people, and for what others date. It may jump. */
	wallMs(): number;
	/** Sleeps for `ms` milliseconds. Throws Stopped as soon as Stop comes. */
	sleep(ms: number, stop: Stop): Promise<void>;
	/** Calls `ring` after `ms` milliseconds, without keeping the process alive. Returns a function that switches it off. */
	alarm(ms: number, ring: () => void): () => void;
}

export const systemClock: Clock = {
	now: () => performance.now(),

	wallMs: () => Date.now(),

	async sleep(ms, stop) {
		stop.throwIfStopped();
		const untilMs = performance.now() + ms;
		let leftMs = Math.max(0, ms);
		// A timer may end up to a millisecond early, and a sleep until a deadline must not end before it.
		do {
			await stop.race(sleep(Math.ceil(leftMs)));
			leftMs = untilMs - performance.now();
		} while (leftMs > 0);
	},

	// n8n's rules for nodes allow no setTimeout, and the timer of n8n's sleepWithAbort keeps the process alive.
	alarm(ms, ring) {
		const timer = AbortSignal.timeout(Math.ceil(ms));
		timer.addEventListener('abort', ring, { once: true });
		// A listener that stays would keep everything it refers to in memory until the timer ends.
		return () => timer.removeEventListener('abort', ring);
	},
};
