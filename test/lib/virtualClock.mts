/** A clock that stands still until it is told to go on: hours pass in milliseconds, and never by chance. */
import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import type { Stop } from '../../nodes/RunComfy/timing/stop.ts';

interface Sleeper {
	atMs: number;
	wake(): void;
}

/** Lets everything run that waits for nothing but a promise. */
export const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));

/** Some twenty times as many as the longest test takes. */
const USUAL_WAKES = 100_000;

export class VirtualClock implements Clock {
	#nowMs: number;

	#wakesLeft: number;

	readonly #sleepers: Sleeper[] = [];

	#alarms: Array<{ atMs: number; ring: () => void }> = [];

	/** The time of day, less `now`. */
	#wallAheadMs: number;

	/** `wakes`: how many sleeps may end before the test is taken for one that has no end. */
	constructor(startMs = 0, wallMs = startMs, wakes = USUAL_WAKES) {
		this.#nowMs = startMs;
		this.#wakesLeft = wakes;
		this.#wallAheadMs = wallMs - startMs;
	}

	now(): number {
		return this.#nowMs;
	}

	wallMs(): number {
		return this.#nowMs + this.#wallAheadMs;
	}

	/** Somebody sets the machine's time of day, ahead or back. */
	jump(byMs: number): void {
		this.#wallAheadMs += byMs;
	}

	async sleep(ms: number, stop: Stop): Promise<void> {
		stop.throwIfStopped();
		const atMs = this.#nowMs + Math.max(0, ms);
		await stop.race(new Promise<void>((wake) => this.#sleepers.push({ atMs, wake })));
	}

	/** Rings when the clock passes its time; nobody is waited for on its account. */
	alarm(ms: number, ring: () => void): () => void {
		const one = { atMs: this.#nowMs + ms, ring };
		this.#alarms.push(one);
		return () => void (this.#alarms = this.#alarms.filter((other) => other !== one));
	}

	/** Goes on to `untilMs`, stopping at every sleeper on the way. */
	async goTo(untilMs: number): Promise<void> {
		await settle();
		for (;;) {
			const next = this.#takeNext(untilMs);
			if (next === undefined) break;
			this.#goOn(next.atMs);
			next.wake();
			await settle();
		}
		this.#goOn(untilMs);
	}

	/** Goes on until the promise has settled. Throws when nobody sleeps any more and it still has not. */
	async finish<T>(promise: Promise<T>): Promise<T> {
		let isSettled = false;
		const noted = promise.finally(() => {
			isSettled = true;
		});
		noted.catch(() => {});
		await settle();
		while (!isSettled) {
			const next = this.#takeNext(Infinity);
			if (next === undefined) throw new Error('Nobody sleeps, and the promise has not settled');
			this.#goOn(next.atMs);
			next.wake();
			await settle();
		}
		return await noted;
	}

	#goOn(toMs: number): void {
		const due = this.#alarms.filter(({ atMs }) => atMs <= toMs).sort((a, b) => a.atMs - b.atMs);
		this.#alarms = this.#alarms.filter((one) => !due.includes(one));
		for (const { atMs, ring } of due) {
			this.#nowMs = Math.max(this.#nowMs, atMs);
			ring();
		}
		this.#nowMs = Math.max(this.#nowMs, toMs);
	}

	#takeNext(untilMs: number): Sleeper | undefined {
		let next = 0;
		for (let index = 1; index < this.#sleepers.length; index += 1) {
			if (this.#sleepers[index].atMs < this.#sleepers[next].atMs) next = index;
		}
		if (!(this.#sleepers[next]?.atMs <= untilMs)) return undefined;
		this.#wakesLeft -= 1;
		if (this.#wakesLeft < 0) throw new Error('Somebody sleeps again and again, and gets nowhere');
		return this.#sleepers.splice(next, 1)[0];
	}
}
