/** Works on tasks together, a bounded number at a time, in their order. */

import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';

/** The place a task is worked on in. */
export interface Place {
	/** Keeps the place taken after the task itself is done, until `end` settles or nobody waits for a place any more. */
	keepUntil(end: Promise<unknown>): void;
	/** Whether a task waits for a place. */
	isWanted(): boolean;
}

export interface Pool<T> {
	tasks: T[];
	/** How many tasks are worked on at a time. */
	concurrency: number;
	/** Whether another task may be begun. Once it may not, none is. */
	mayStart(): boolean;
	/** Never rejects. */
	work(task: T, place: Place): Promise<void>;
	/**
	 * How long a task waits, in milliseconds, while all places are kept by tasks that are done. Infinity where it is not
	 * said.
	 */
	patienceMs?(task: T): number;
	/** What becomes of a task that was too long without a place. */
	giveUp?(task: T): void;
	/** So often it is checked whether a place has become free in the meantime, in milliseconds. */
	longestNapMs: number;
	clock: Clock;
	stop: Stop;
}

export async function runPool<T>(pool: Pool<T>): Promise<void> {
	const { mayStart, work, clock, stop } = pool;
	const queue = [...pool.tasks];
	const laneCount = Math.min(pool.concurrency, queue.length);
	let keptPlaces = 0;
	/** Since when all places are kept, by the clock. */
	let stuckSinceMs = 0;
	let isWatching = false;
	let drain = () => {};
	const drained = new Promise<void>((resolve) => (drain = resolve));

	const take = (): T | undefined => {
		if (!mayStart()) queue.length = 0;
		const task = queue.shift();
		if (queue.length === 0) drain();
		return task;
	};

	/** While all places are kept, tasks lose their patience one after the other. */
	const watch = async () => {
		if (isWatching || pool.patienceMs === undefined) return;
		isWatching = true;
		while (keptPlaces === laneCount) {
			if (!mayStart()) queue.length = 0;
			const waitedMs = clock.now() - stuckSinceMs;
			for (const task of queue.filter((waiting) => (pool.patienceMs?.(waiting) ?? Infinity) <= waitedMs)) {
				queue.splice(queue.indexOf(task), 1);
				pool.giveUp?.(task);
			}
			if (queue.length === 0) break;
			const nextMs = Math.min(...queue.map((waiting) => pool.patienceMs?.(waiting) ?? Infinity));
			await clock.sleep(Math.min(nextMs - waitedMs, pool.longestNapMs), stop);
		}
		isWatching = false;
		if (queue.length === 0) drain();
	};

	const lane = async () => {
		for (let task = take(); task !== undefined; task = take()) {
			let kept: Promise<unknown> | undefined;
			await work(task, {
				keepUntil: (end) => (kept = end.catch(() => undefined)),
				isWanted: () => queue.length > 0 && mayStart(),
			});
			if (kept === undefined) continue;
			keptPlaces += 1;
			if (keptPlaces === laneCount) {
				stuckSinceMs = clock.now();
				// Whoever waits for the batch hears of a Stop by himself.
				watch().catch(() => undefined);
			}
			await Promise.race([kept, drained]);
			keptPlaces -= 1;
		}
	};
	await Promise.all(Array.from({ length: laneCount }, lane));
}
