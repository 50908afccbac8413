/** Works on tasks together, a bounded number at a time, in their order. */

import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';

/** One of the pool's slots, held by the task that is worked on in it. */
export interface PoolSlot {
	/** Holds the slot after the task itself is done, until `end` settles or nobody waits for a slot any more. */
	holdUntil(end: Promise<unknown>): void;
	/** Whether a task waits for a slot. */
	isWanted(): boolean;
}

export interface Pool<T, R> {
	tasks: T[];
	/** How many tasks are worked on at a time. */
	concurrency: number;
	/** Whether another task may be begun. Once it may not, none is. */
	mayStart(): boolean;
	work(task: T, slot: PoolSlot): Promise<R>;
	/** What becomes of a task whose work is done, and of one whose work threw. */
	done(task: T, result: R): void;
	fail(task: T, thrown: unknown): void;
	/** How long a task waits while all slots are held by tasks that are done, in milliseconds; forever if absent. */
	patienceMs?(task: T): number;
	/** What becomes of a task that has waited too long for a slot. */
	giveUp?(task: T): void;
	/** How often to check whether a slot has become free, in milliseconds. */
	longestNapMs: number;
	clock: Clock;
	stop: Stop;
}

export async function runPool<T, R>(pool: Pool<T, R>): Promise<void> {
	const { mayStart, clock, stop, patienceMs = () => Infinity } = pool;
	const queue = [...pool.tasks];
	const laneCount = Math.min(pool.concurrency, queue.length);
	let heldSlots = 0;
	/** Since when all slots are held, by the clock. */
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

	/** While all slots are held, tasks lose their patience one after the other. */
	const watch = async () => {
		if (isWatching || pool.patienceMs === undefined) return;
		isWatching = true;
		while (heldSlots === laneCount) {
			if (!mayStart()) queue.length = 0;
			const waitedMs = clock.now() - stuckSinceMs;
			for (const task of queue.filter((waiting) => patienceMs(waiting) <= waitedMs)) {
				queue.splice(queue.indexOf(task), 1);
				pool.giveUp?.(task);
			}
			if (queue.length === 0) break;
			const nextMs = Math.min(...queue.map(patienceMs));
			await clock.sleep(Math.min(nextMs - waitedMs, pool.longestNapMs), stop);
		}
		isWatching = false;
		if (queue.length === 0) drain();
	};

	const lane = async () => {
		for (let task = take(); task !== undefined; task = take()) {
			let held: Promise<unknown> | undefined;
			const slot: PoolSlot = {
				holdUntil: (end) => (held = end.catch(() => undefined)),
				isWanted: () => queue.length > 0 && mayStart(),
			};
			try {
				pool.done(task, await pool.work(task, slot));
			} catch (error) {
				pool.fail(task, error);
			}
			if (held === undefined) continue;
			heldSlots += 1;
			if (heldSlots === laneCount) {
				stuckSinceMs = clock.now();
				// A Stop ends the batch elsewhere.
				watch().catch(() => undefined);
			}
			await Promise.race([held, drained]);
			heldSlots -= 1;
		}
	};
	await Promise.all(Array.from({ length: laneCount }, lane));
}
