/**
 * What runs started from the editor have bought, so that trying a workflow out again does not pay again. Kept in the memory
 * of the process only, for an hour, and only the newest.
 */
import type { Clock } from '../timing/clock';
import type { Bought } from './journal';

/** Somebody who tries a workflow out is done with it within this. */
const KEPT_MS = 3_600_000;

const MAX_KEPT = 500;

export interface TestPurchase {
	bought: Bought;
	/** Epoch milliseconds, for people. */
	boughtAtMs: number;
}

interface Kept extends TestPurchase {
	/** Everything that was sent, and to which account. */
	key: string;
	/** By the clock. */
	keptSinceMs: number;
}

export class TestRuns {
	/** Oldest first. */
	private kept: Kept[] = [];

	constructor(private readonly clock: Clock) {}

	/** Gives the newest purchase of exactly this that is not among `used`. */
	find(key: string, used: ReadonlySet<string>): TestPurchase | undefined {
		this.forgetOld();
		return this.kept.findLast((one) => one.key === key && !used.has(one.bought.id));
	}

	/** How many there are of exactly this that are not among `used`. */
	count(key: string, used: ReadonlySet<string>): number {
		this.forgetOld();
		return this.kept.filter((one) => one.key === key && !used.has(one.bought.id)).length;
	}

	remember(key: string, purchase: TestPurchase): void {
		this.forgetOld();
		this.kept = this.kept.filter(({ bought }) => bought.id !== purchase.bought.id);
		this.kept.push({ ...purchase, key, keptSinceMs: this.clock.now() });
		if (this.kept.length > MAX_KEPT) this.kept.shift();
	}

	/** It gave nothing, or is not to be had any more. */
	forget(requestId: string): void {
		this.kept = this.kept.filter(({ bought }) => bought.id !== requestId);
	}

	private forgetOld(): void {
		const oldestMs = this.clock.now() - KEPT_MS;
		this.kept = this.kept.filter(({ keptSinceMs }) => keptSinceMs > oldestMs);
	}
}

/** What one run from the editor takes up and what it has taken up so far: each purchase is used once. */
export class TestRun {
	/** What was taken up, for the hint. */
	readonly taken: TestPurchase[] = [];

	/**
	 * `account`: the fingerprint of the connection. `used`: the requests that this execution has already, an earlier pass of
	 * a loop for one.
	 */
	constructor(
		private readonly runs: TestRuns,
		private readonly account: string,
		private readonly used: Set<string>,
	) {}

	private keyOf = (jobHash: string): string => `${this.account} ${jobHash}`;

	/** How many jobs like this cost nothing in this run. */
	available(jobHash: string): number {
		return this.runs.count(this.keyOf(jobHash), this.used);
	}

	takeUp(jobHash: string): Bought | undefined {
		const found = this.runs.find(this.keyOf(jobHash), this.used);
		if (found === undefined) return undefined;
		this.used.add(found.bought.id);
		this.taken.push(found);
		return found.bought;
	}

	/** Bought in this very run: a later run may take it up, this one not again. */
	remember(jobHash: string, bought: Bought, boughtAtMs: number): void {
		this.used.add(bought.id);
		this.runs.remember(this.keyOf(jobHash), { bought, boughtAtMs });
	}

	/** It gave nothing, or is not to be had any more. */
	forget(requestId: string): void {
		this.runs.forget(requestId);
		const index = this.taken.findIndex(({ bought }) => bought.id === requestId);
		if (index >= 0) this.taken.splice(index, 1);
	}
}
