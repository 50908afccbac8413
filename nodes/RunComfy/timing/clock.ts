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
	/** Sleeps for `ms` milliseconds or until Stop, whichever is first. Answers whether it slept to the end. */
	sleep(ms: number, stop: Stop): Promise<boolean>;
}

export const systemClock: Clock = {
	now: () => performance.now(),

	wallMs: () => Date.now(),

	async sleep(ms, stop) {
		const untilMs = performance.now() + ms;
		// A timer may ring up to a millisecond early, and who sleeps until a deadline must not wake before it.
		for (let leftMs = Math.max(0, ms); !stop.stopped; leftMs = untilMs - performance.now()) {
			await stop.race(sleep(Math.ceil(leftMs)));
			if (performance.now() >= untilMs) break;
		}
		return !stop.stopped;
	},
};
