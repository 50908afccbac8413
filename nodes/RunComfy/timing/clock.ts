import { sleep } from 'n8n-workflow';

import type { Stop } from './stop';

/** The time of day and the passing of time; tests and the benchmark bring a clock of their own. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Sleeps for `ms` milliseconds or until Stop, whichever is first. Answers whether it slept to the end. */
	sleep(ms: number, stop: Stop): Promise<boolean>;
}

export const systemClock: Clock = {
	now: () => Date.now(),

	async sleep(ms, stop) {
		if (stop.stopped) return false;
		await stop.race(sleep(Math.max(0, ms)));
		return !stop.stopped;
	},
};
