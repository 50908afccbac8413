/**
 * What runs started from the editor have bought, so that trying a workflow out again does not pay again. Kept in the memory
 * of the process only, for an hour, and only the newest.
 */

import type { Clock } from '../timing/clock';
import type { Bought } from './journal';

/** Whoever tries a workflow out is done with it within this. */
const KEPT_MS = 3_600_000;

/** Requests kept besides those of the newest run, which are kept whatever their number. */
const MAX_KEPT = 500;

/** A run of this size is no try-out any more; an entry takes about 300 bytes. */
const MAX_KEPT_OF_ONE_RUN = 10_000;

/** A request that a run from the editor submitted. */
interface PastRequest {
	/** Everything that was sent, and to which account. */
	key: string;
	bought: Bought;
	/** By the clock. */
	keptSinceMs: number;
	/** Stands for the run that submitted it. The run itself would keep all that it found, and so all earlier runs. */
	run: RunMark;
	/** It gave nothing, or RunComfy no longer has it. */
	isForgotten: boolean;
}

/** A run, and how many of its requests are kept. */
interface RunMark {
	kept: number;
}

export class TestRuns {
	/** By request ID, oldest first. */
	private readonly kept = new Map<string, PastRequest>();

	private readonly byKey = new Map<string, Set<PastRequest>>();

	constructor(private readonly clock: Clock) {}

	/** All that may be used now, oldest first. */
	all(): PastRequest[] {
		this.removeExpired();
		return [...this.kept.values()];
	}

	/** The same, of one key. */
	withKey(key: string): PastRequest[] {
		this.removeExpired();
		return [...(this.byKey.get(key) ?? [])];
	}

	/** The oldest go first, but never those of the run itself: a run with more of them than are kept could not be repeated. */
	remember(key: string, bought: Bought, run: RunMark): void {
		this.forget(bought.id);
		this.add({ key, bought, run, keptSinceMs: this.clock.now(), isForgotten: false });
		if (run.kept > MAX_KEPT_OF_ONE_RUN) this.removeFirst((one) => one.run === run);
		else if (this.kept.size > Math.max(run.kept, MAX_KEPT)) this.removeFirst((one) => one.run !== run);
	}

	/** It gave nothing, or RunComfy no longer has it. */
	forget(requestId: string): void {
		const one = this.kept.get(requestId);
		if (one === undefined) return;
		one.isForgotten = true;
		this.remove(one);
	}

	private add(one: PastRequest): void {
		this.kept.set(one.bought.id, one);
		this.byKey.set(one.key, (this.byKey.get(one.key) ?? new Set()).add(one));
		one.run.kept += 1;
	}

	private remove(one: PastRequest): void {
		const { key, bought, run } = one;
		this.kept.delete(bought.id);
		const alike = this.byKey.get(key);
		alike?.delete(one);
		if (alike?.size === 0) this.byKey.delete(key);
		run.kept -= 1;
	}

	private removeFirst(isMeant: (one: PastRequest) => boolean): void {
		for (const one of this.kept.values()) if (isMeant(one)) return this.remove(one);
	}

	private removeExpired(): void {
		const oldestMs = this.clock.now() - KEPT_MS;
		for (const one of this.kept.values()) {
			if (one.keptSinceMs > oldestMs) return;
			this.remove(one);
		}
	}
}

/** What one execution reuses: in a run from the editor each earlier purchase once, else nothing. */
export class TestRun {
	private readonly run: RunMark = { kept: 0 };

	private readonly reused: PastRequest[] = [];

	/** What there was when this run began: newer purchases do not drive it out while the run may need it. */
	private readonly before = new Map<string, PastRequest[]>();

	/**
	 * `isOn`: whether the run was started from the editor. `account`: the fingerprint of the connection. `used`: the requests
	 * that this execution has already, an earlier pass of a loop for one.
	 */
	constructor(
		private readonly runs: TestRuns,
		readonly isOn: boolean,
		private readonly account: string,
		private readonly used: Set<string>,
	) {
		for (const one of runs.all()) {
			const alike = this.before.get(one.key);
			if (alike === undefined) this.before.set(one.key, [one]);
			else alike.push(one);
		}
	}

	private keyOf = (jobHash: string): string => `${this.account} ${jobHash}`;

	private usable(jobHash: string): PastRequest[] {
		if (!this.isOn) return [];
		const key = this.keyOf(jobHash);
		const all = new Set([...(this.before.get(key) ?? []), ...this.runs.withKey(key)]);
		return [...all].filter((one) => !one.isForgotten && !this.used.has(one.bought.id));
	}

	/** How many jobs like this cost nothing in this run. */
	available(jobHash: string): number {
		return this.usable(jobHash).length;
	}

	/** The newest purchase of exactly this that the run has not used yet. */
	take(jobHash: string): Bought | undefined {
		const found = this.usable(jobHash).at(-1);
		if (found === undefined) return undefined;
		this.used.add(found.bought.id);
		this.reused.push(found);
		return found.bought;
	}

	/** Bought in this very run: a later run may use it, this one not again. */
	remember(bought: Bought): void {
		if (!this.isOn || bought.hash === undefined) return;
		this.used.add(bought.id);
		this.runs.remember(this.keyOf(bought.hash), bought, this.run);
	}

	/** It gave nothing, or RunComfy no longer has it, whoever submitted it. */
	forget(requestId: string): void {
		this.runs.forget(requestId);
		for (const one of [...this.before.values()].flat()) one.isForgotten ||= one.bought.id === requestId;
		const index = this.reused.findIndex(({ bought }) => bought.id === requestId);
		if (index >= 0) this.reused.splice(index, 1);
	}

	/** What was reused, for the hint; undefined where nothing was. `timeZone`: of the time of day. */
	summary(timeZone: string) {
		if (this.reused.length === 0) return undefined;
		const newestMs = Math.max(...this.reused.map(({ bought }) => bought.boughtAtMs ?? 0));
		return {
			requestIds: new Set(this.reused.map(({ bought }) => bought.id)),
			time: timeOfDay(newestMs, timeZone),
			runs: new Set(this.reused.map(({ run }) => run)).size,
		};
	}
}

/** The time of day, as "22:46". */
const timeOfDay = (epochMs: number, timeZone: string): string =>
	new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(epochMs);
