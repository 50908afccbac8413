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
	/** The run that bought it. */
	run: TestRun;
	/** It gave nothing, or RunComfy no longer has it. */
	isForgotten: boolean;
}

export class TestRuns {
	/** Oldest first. */
	private kept: PastRequest[] = [];

	constructor(private readonly clock: Clock) {}

	/** All that may be used now, oldest first. */
	all(): PastRequest[] {
		const oldestMs = this.clock.now() - KEPT_MS;
		return (this.kept = this.kept.filter(({ keptSinceMs }) => keptSinceMs > oldestMs));
	}

	/** The oldest go first, but never those of the run itself: a run with more of them than are kept could not be repeated. */
	remember(key: string, bought: Bought, run: TestRun): void {
		this.forget(bought.id);
		this.kept = [...this.all(), { key, bought, run, keptSinceMs: this.clock.now(), isForgotten: false }];
		const extra = this.kept.length - MAX_KEPT;
		if (extra <= 0) return;
		const others = new Set(this.kept.filter((one) => one.run !== run).slice(0, extra));
		this.kept = this.kept.filter((one) => !others.has(one)).slice(-MAX_KEPT_OF_ONE_RUN);
	}

	/** It gave nothing, or RunComfy no longer has it. */
	forget(requestId: string): void {
		for (const one of this.kept) one.isForgotten ||= one.bought.id === requestId;
		this.kept = this.kept.filter(({ isForgotten }) => !isForgotten);
	}
}

/** What one execution reuses: in a run from the editor each earlier purchase once, else nothing. */
export class TestRun {
	private readonly reused: PastRequest[] = [];

	/** What there was when this run began: newer purchases do not drive it out while the run may need it. */
	private readonly before: PastRequest[];

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
		this.before = runs.all();
	}

	private keyOf = (jobHash: string): string => `${this.account} ${jobHash}`;

	private usable(jobHash: string): PastRequest[] {
		if (!this.isOn) return [];
		const key = this.keyOf(jobHash);
		const all = new Set([...this.before, ...this.runs.all()]);
		return [...all].filter((one) => one.key === key && !one.isForgotten && !this.used.has(one.bought.id));
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
		this.runs.remember(this.keyOf(bought.hash), bought, this);
	}

	/** It gave nothing, or RunComfy no longer has it, whoever submitted it. */
	forget(requestId: string): void {
		this.runs.forget(requestId);
		for (const one of this.before) one.isForgotten ||= one.bought.id === requestId;
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
