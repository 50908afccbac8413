/**
 * What runs started from the editor have bought, so that a repeated test run does not pay again. Kept in the memory of the
 * process, for an hour, and only the newest.
 */

import type { Clock } from '../timing/clock';
import type { Bought } from './journal';
import { SharedRequests } from './sharedRequests';

/** Long enough to try a workflow out. */
const KEPT_MS = 3_600_000;

/** Requests kept besides those of the newest execution, which are kept whatever their number. */
const MAX_KEPT = 500;

/** A larger execution is not a test any more; an entry takes about 300 bytes. */
const MAX_KEPT_OF_ONE_EXECUTION = 10_000;

/** A request that a run from the editor submitted. */
interface PastRequest {
	/** Everything that was sent, and to which account. */
	key: string;
	bought: Bought;
	/** By the clock. */
	keptSinceMs: number;
	/** The ID of the execution that submitted it. */
	execution: string;
	/** It gave nothing, or RunComfy no longer has it. */
	isForgotten: boolean;
}

const keysOf = ({ key, bought: { seedSource } }: PastRequest): string[] =>
	seedSource === undefined ? [key] : [key, seedSource.hash];

/** What an execution may use. */
interface Execution {
	/** What there was when it began, by key: kept although newer purchases take its place elsewhere. */
	before: Map<string, PastRequest[]>;
	/** The IDs of the requests that it has already. */
	used: Set<string>;
	/** What its nodes make seeds up with: by what is sent without them, then by the node's own salt. */
	taken: Map<string, Map<string, string>>;
}

export class TestRunMemory {
	/** By request ID, oldest first. */
	private readonly kept = new Map<string, PastRequest>();

	/** By their key; those with a made-up seed also by the hash of what was sent without it. */
	private readonly byKey = new Map<string, Set<PastRequest>>();

	/** How many each execution has among those that are kept. */
	private readonly counts = new Map<string, number>();

	/** By the object that n8n keeps for an execution: gone with it. */
	private readonly executions = new WeakMap<object, Execution>();

	readonly shared = new SharedRequests();

	/** Cancellations in progress, by request ID: until their outcome nobody may take the request. */
	private readonly cancelling = new Map<string, Promise<unknown>>();

	/** What the runs in progress make seeds up with, by what is sent without them. */
	readonly saltsInUse = new Set<ReadonlyMap<string, string>>();

	/** Submits in progress or about to begin, by key, each with the ID of its execution. */
	private readonly submitting = new Map<string, Map<Promise<unknown>, string>>();

	constructor(private readonly clock: Clock) {}

	/** Once for all nodes, passes and attempts of an execution. `context`: the object that n8n keeps for it. */
	begin(context: object): Execution {
		this.removeExpired();
		const known = this.executions.get(context);
		if (known !== undefined) return known;
		const before = new Map([...this.byKey].map(([key, alike]) => [key, [...alike]]));
		const execution = { before, used: new Set<string>(), taken: new Map<string, Map<string, string>>() };
		this.executions.set(context, execution);
		return execution;
	}

	/** What others have bought, oldest first: before an execution began, and since. */
	usable(key: string, execution: Execution, executionId: string): PastRequest[] {
		return this.ofOthers(key, execution, executionId).filter(({ bought: { id } }) => !this.cancelling.has(id));
	}

	private ofOthers(key: string, { before, used }: Execution, executionId: string): PastRequest[] {
		this.removeExpired();
		const all = new Set([...(before.get(key) ?? []), ...(this.byKey.get(key) ?? [])]);
		return [...all].filter(
			({ bought, execution, isForgotten }) => execution !== executionId && !isForgotten && !used.has(bought.id),
		);
	}

	/**
	 * Waits for what others have begun: a request that is being submitted may soon be there to take, and one that is being
	 * cancelled may be over already, and charged. Called right after `beginSubmit`, it waits for those that began before, and
	 * only for those, so that no two runs wait for each other.
	 */
	async waitForOthers(key: string, execution: Execution, executionId: string): Promise<void> {
		const submits = [...(this.submitting.get(key) ?? [])].filter(([, submitter]) => submitter !== executionId);
		await Promise.allSettled(submits.map(([submit]) => submit));
		const ids = this.ofOthers(key, execution, executionId).map(({ bought }) => bought.id);
		await Promise.allSettled(ids.map(async (id) => await this.cancelling.get(id)));
	}

	/** What is kept for a key, oldest first. */
	alike(key: string): Iterable<PastRequest> {
		this.removeExpired();
		return this.byKey.get(key) ?? [];
	}

	/** The oldest go first, but never those of the execution itself: a test run with many of them could not be repeated. */
	remember(key: string, bought: Bought, execution: string): void {
		this.removeExpired();
		this.forget(bought.id);
		this.add({ key, bought, execution, keptSinceMs: this.clock.now(), isForgotten: false });
		const own = this.counts.get(execution) ?? 0;
		if (own > MAX_KEPT_OF_ONE_EXECUTION) this.removeFirst((one) => one.execution === execution);
		else if (this.kept.size > Math.max(own, MAX_KEPT)) this.removeFirst((one) => one.execution !== execution);
	}

	/** In epoch milliseconds by the time of day as it is now: somebody may have set it since. */
	boughtAtMs({ keptSinceMs }: PastRequest): number {
		return this.clock.wallMs() - (this.clock.now() - keptSinceMs);
	}

	/** Nobody takes the request before the outcome; `cancel` has to forget what it has cancelled. */
	async whileCancelling<T>(requestId: string, cancel: () => Promise<T>): Promise<T> {
		const cancelling = Promise.resolve()
			.then(cancel)
			.finally(() => {
				// A Stop may have begun another one.
				if (this.cancelling.get(requestId) === cancelling) this.cancelling.delete(requestId);
			});
		this.cancelling.set(requestId, cancelling);
		return await cancelling;
	}

	/** Others that would submit the same wait until the function that is returned is called. */
	beginSubmit(key: string, executionId: string): () => void {
		const alike = this.submitting.get(key) ?? new Map<Promise<unknown>, string>();
		let end = () => {};
		const submitting = new Promise<void>((resolve) => (end = resolve));
		this.submitting.set(key, alike.set(submitting, executionId));
		return () => {
			end();
			alike.delete(submitting);
			if (alike.size === 0) this.submitting.delete(key);
		};
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
		for (const key of keysOf(one)) this.byKey.set(key, (this.byKey.get(key) ?? new Set()).add(one));
		this.counts.set(one.execution, (this.counts.get(one.execution) ?? 0) + 1);
	}

	private remove(one: PastRequest): void {
		const { bought, execution } = one;
		this.kept.delete(bought.id);
		for (const key of keysOf(one)) {
			const alike = this.byKey.get(key);
			alike?.delete(one);
			if (alike?.size === 0) this.byKey.delete(key);
		}
		const count = (this.counts.get(execution) ?? 0) - 1;
		if (count > 0) this.counts.set(execution, count);
		else this.counts.delete(execution);
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

/** What one execution reuses: in a run from the editor, each earlier purchase at most once; otherwise nothing. */
export class TestRunReuse {
	private readonly execution: Execution | undefined;

	/** What it makes seeds up with, by what is sent without them. */
	private readonly salts = new Map<string, string>();

	/**
	 * `isOn`: whether the run was started from the editor. `account`: the fingerprint of the connection. `executionId` and
	 * `context`, the object that n8n keeps for the execution, are the same for all its nodes, passes and attempts. `used`:
	 * the requests that it has already.
	 */
	constructor(
		private readonly runs: TestRunMemory,
		readonly isOn: boolean,
		private readonly account: string,
		private readonly executionId: string,
		context: object,
		used: Set<string>,
	) {
		if (!isOn) return;
		this.execution = runs.begin(context);
		for (const id of used) this.execution.used.add(id);
	}

	private keyOf = (jobHash: string): string => `${this.account} ${jobHash}`;

	private usable(jobHash: string): PastRequest[] {
		if (this.execution === undefined) return [];
		return this.runs.usable(this.keyOf(jobHash), this.execution, this.executionId);
	}

	/** Waits until it is known what there is to take for a job: see `TestRunMemory.waitForOthers`. */
	async waitForOthers(jobHash: string): Promise<void> {
		if (this.execution === undefined) return;
		await this.runs.waitForOthers(this.keyOf(jobHash), this.execution, this.executionId);
	}

	/** A submit begins, with all that comes before it; other runs that would submit the same wait for its end. */
	beginSubmit(jobHash: string): () => void {
		return this.isOn ? this.runs.beginSubmit(this.keyOf(jobHash), this.executionId) : () => {};
	}

	/** How many earlier purchases of this job can still be reused in this run. */
	available(jobHash: string): number {
		return this.usable(jobHash).length;
	}

	/** The newest purchase of exactly this that the execution has not used yet; from now on both have it. */
	take(jobHash: string): Bought | undefined {
		const found = this.usable(jobHash).at(-1);
		if (found === undefined) return undefined;
		const { bought, execution } = found;
		this.execution?.used.add(bought.id);
		this.runs.shared.add(bought.id);
		return { ...bought, boughtAtMs: this.runs.boughtAtMs(found), free: true, from: execution };
	}

	/**
	 * The salt for made-up seeds: that of an earlier or concurrent run with the same input, so that its requests are found;
	 * otherwise the node's own. Two nodes that send the same have one each.
	 */
	saltFor(hash: string, ownSalt: string): string {
		if (this.execution === undefined) return ownSalt;
		const { before, taken } = this.execution;
		const ofNodes = taken.get(hash) ?? new Map<string, string>();
		const isTaken = new Set(ofNodes.values());
		const others = () => [
			...[...(before.get(hash) ?? []), ...this.runs.alike(hash)].flatMap(({ bought }) => bought.seedSource?.salt ?? []),
			...[...this.runs.saltsInUse].flatMap((inUse) => inUse.get(hash) ?? []),
		];
		const salt = ofNodes.get(ownSalt) ?? others().findLast((other) => !isTaken.has(other)) ?? ownSalt;
		taken.set(hash, ofNodes.set(ownSalt, salt));
		this.runs.saltsInUse.add(this.salts.set(hash, salt));
		return salt;
	}

	/** The run is over: its salts are no longer in use. */
	releaseSalts(): void {
		this.runs.saltsInUse.delete(this.salts);
	}

	/** Bought in this very execution: a later one may use it, this one not again. */
	remember(bought: Bought): void {
		if (!this.isOn || bought.hash === undefined) return;
		this.runs.remember(this.keyOf(bought.hash), bought, this.executionId);
	}

	/** It gave nothing, or RunComfy no longer has it, whoever submitted it. */
	forget(requestId: string): void {
		this.runs.forget(requestId);
		for (const one of [...(this.execution?.before.values() ?? [])].flat())
			one.isForgotten ||= one.bought.id === requestId;
	}
}
