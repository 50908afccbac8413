import type { Clock } from '../timing/clock';
import { Stop, Stopped } from '../timing/stop';
import type { CallPolicy, RateLimitPolicy } from './callPolicies';

/**
 * What a call is for. `first`: what must not wait, such as a last poll; each request has only a few. The others take turns:
 * `submit`, `read` (polls, lists and everything else that only reads) and `cancel` (a cancellation after a Stop).
 */
export type Priority = 'first' | 'submit' | 'read' | 'cancel';

export interface PermitOptions {
	priority: Priority;
	/** The permit must come before this time, by the clock. */
	latestMs: number;
	/** Whether the call carries a file, and so may take long to send. */
	isHeavy?: boolean;
}

/** The right to make one call, at once. It must be ended or given back. */
export interface Permit {
	/** When it came, by the clock. */
	startMs: number;
	/** The call is over. `isAnswered`: RunComfy has answered it. */
	end(isAnswered: boolean): void;
	/** The call was not made. */
	giveBack(): void;
}

interface Waiter extends PermitOptions {
	/** Each run has one of its own. */
	stop: Stop;
	settle(permit: Permit | 'late'): void;
}

interface CallInFlight {
	priority: Priority;
	isHeavy?: boolean;
	startMs: number;
	/** The windows that count it. */
	windows: SlidingWindow[];
	/** Whether a call that left soon after it was answered: the network works, so this one has arrived. */
	isOvertaken: boolean;
}

/**
 * Shares out the calls to RunComfy over everything one token does in this process, so that no more than the policy's
 * numbers arrive in any second and any minute, and none are made while RunComfy has asked to slow down. The next permit is
 * always near: half of a minute's calls leave as fast as they are wanted, the others at a steady pace. Cancels after a
 * Stop are bound by the second and the minute alone: they have little time, and no other calls follow them.
 */
export class RateLimit {
	private readonly second: SlidingWindow;

	private readonly minute: SlidingWindow;

	/** The calls of a minute that leave at full speed. */
	private readonly burst: SlidingWindow;

	private lastSteadyMs = -Infinity;

	private readonly inFlight = new Set<CallInFlight>();

	private readonly backoff: Backoff;

	private waiting: Waiter[] = [];

	private readonly order = new RoundRobin();

	private wakeAtMs = Infinity;

	/** The rate limit outlives every execution, so no execution's Stop may end its timer. */
	private readonly neverStopped = new Stop(undefined);

	constructor(
		private readonly clock: Clock,
		private readonly policy: RateLimitPolicy,
		callPolicy: CallPolicy,
		random: () => number = Math.random,
	) {
		this.backoff = new Backoff(callPolicy, random);
		this.second = new SlidingWindow(policy.callsPerShortWindow, policy.shortWindowMs);
		this.minute = new SlidingWindow(policy.callsPerLongWindow, policy.longWindowMs);
		this.burst = new SlidingWindow(policy.callsAtFullSpeed, policy.longWindowMs);
	}

	/** Waits for a permit for one call. `late`, as soon as that is known: the call must then not be made. Throws Stopped. */
	async take(options: PermitOptions, stop: Stop): Promise<Permit | 'late'> {
		return await new Promise((resolve, reject) => {
			const settle = (permit: Permit | 'late') => {
				forget();
				resolve(permit);
			};
			const waiter: Waiter = { ...options, stop, settle };
			const forget = stop.onStop(() => {
				this.remove(waiter);
				reject(new Stopped());
			});
			if (stop.stopped) return;
			this.waiting.push(waiter);
			this.serve();
		});
	}

	/**
	 * RunComfy answered 429 to a call that left at `startMs`, by the clock. `retryAfterMs`: how long it asks to wait, if it
	 * says so.
	 */
	slowDown(startMs: number, retryAfterMs?: number): void {
		this.backoff.start(this.clock.now(), startMs, retryAfterMs);
	}

	/** RunComfy answered with something other than 429: the next 429 starts the backoff anew. */
	endBackoff(): void {
		this.backoff.reset();
	}

	private remove(waiter: Waiter) {
		this.waiting = this.waiting.filter((other) => other !== waiter);
	}

	/** Grants every permit that is due, and sees to it that it is called again for the next one. */
	private serve() {
		const now = this.clock.now();
		this.endArrived(now);
		for (let next = this.next(now); next !== undefined; next = this.next(now)) {
			this.remove(next);
			next.settle(this.grant(next, now));
		}
		const freeAtMs = this.freeAtOfKinds(now);
		const isLate = ({ priority, latestMs }: Waiter) => {
			const atMs = freeAtMs[priority];
			return latestMs < (atMs === Infinity ? now : Math.max(now, atMs));
		};
		const late = this.waiting.filter(isLate);
		if (late.length > 0) this.waiting = this.waiting.filter((waiter) => !isLate(waiter));
		for (const waiter of late) waiter.settle('late');
		this.wakeLater(now, freeAtMs);
	}

	/** Who gets a permit that is due. */
	private next(now: number): Waiter | undefined {
		if (this.waiting.length === 0) return undefined;
		const freeAtMs = this.freeAtOfKinds(now);
		return this.order.next(this.waiting.filter(({ priority }) => freeAtMs[priority] <= now));
	}

	private grant(waiter: Waiter, now: number): Permit {
		this.order.note(waiter);
		const { priority, isHeavy } = waiter;
		const isSteady = priority !== 'cancel' && now >= this.lastSteadyMs + this.policy.steadySpacingMs;
		if (isSteady) this.lastSteadyMs = now;
		const isAtFullSpeed = priority !== 'cancel' && !isSteady;
		const windows = isAtFullSpeed ? [this.second, this.minute, this.burst] : [this.second, this.minute];
		for (const window of windows) window.begin();
		const call: CallInFlight = { priority, isHeavy, startMs: now, windows, isOvertaken: false };
		this.inFlight.add(call);
		return {
			startMs: now,
			end: (isAnswered) => {
				if (isAnswered) this.markOvertaken(now);
				this.end(call);
				this.serve();
			},
			giveBack: () => {
				if (!this.inFlight.delete(call)) return;
				for (const window of windows) window.undo();
				this.serve();
			},
		};
	}

	private end(call: CallInFlight) {
		if (!this.inFlight.delete(call)) return;
		for (const window of call.windows) window.end(this.clock.now());
	}

	/** A call that left at `startMs` was answered: so those that left shortly before it have arrived. */
	private markOvertaken(startMs: number) {
		for (const other of this.inFlight) {
			const isShortlyBefore = other.startMs <= startMs && startMs <= other.startMs + this.policy.overtakenWithinMs;
			if (isShortlyBefore) other.isOvertaken = true;
		}
	}

	/** When a call that hangs has certainly arrived, and no longer needs its permit. A file may still be leaving. */
	private arrivedByMs({ isOvertaken, isHeavy, startMs }: CallInFlight): number {
		return isOvertaken && !isHeavy ? startMs + this.policy.longestPermitMs : Infinity;
	}

	private endArrived(now: number) {
		for (const call of this.inFlight) if (this.arrivedByMs(call) <= now) this.end(call);
	}

	private wakeLater(now: number, freeAtMs: Record<Priority, number>) {
		if (this.waiting.length === 0) return;
		const arrivedMs = [...this.inFlight].map((call) => this.arrivedByMs(call));
		// When a call in flight ends is not known; a waiter that cannot wait for it is told at its own latest time.
		const atMs = this.waiting.reduce(
			(earliest, { priority, latestMs }) => Math.min(earliest, freeAtMs[priority], latestMs + 1),
			Math.min(...arrivedMs),
		);
		if (atMs >= this.wakeAtMs) return;
		this.wakeAtMs = atMs;
		void this.clock.sleep(atMs - now, this.neverStopped).then(() => {
			if (this.wakeAtMs === atMs) this.wakeAtMs = Infinity;
			this.serve();
		});
	}

	/** The earliest times, by the clock, at which another call of each kind may leave. */
	private freeAtOfKinds(now: number): Record<Priority, number> {
		const { steadySpacingMs, inFlightPerKind } = this.policy;
		const boundMs = Math.max(this.backoff.untilMs, this.second.freeAtMs(now), this.minute.freeAtMs(now));
		const paceMs = Math.min(this.burst.freeAtMs(now), this.lastSteadyMs + steadySpacingMs);
		const freeAtMs = Math.max(boundMs, paceMs);
		// Calls that hang keep their permits; those of one kind must not keep all of them.
		const unlessMany = (priority: Priority, atMs: number) => {
			const many = [...this.inFlight].filter((call) => call.priority === priority).length;
			return many < inFlightPerKind ? atMs : Infinity;
		};
		return {
			first: freeAtMs,
			submit: unlessMany('submit', freeAtMs),
			read: unlessMany('read', freeAtMs),
			cancel: unlessMany('cancel', boundMs),
		};
	}
}

/**
 * At most `calls` in any time of `windowMs`, counted where they arrive. A call arrives some time between its start and its
 * end, so it counts from its start until `windowMs` after its end, however slow the network is.
 */
class SlidingWindow {
	private inFlight = 0;

	/** Times at which calls ended, within the window, oldest first. */
	private readonly endedMs: number[] = [];

	constructor(
		private readonly calls: number,
		private readonly windowMs: number,
	) {}

	begin(): void {
		this.inFlight += 1;
	}

	end(nowMs: number): void {
		this.inFlight -= 1;
		this.endedMs.push(nowMs);
	}

	/** It was not made after all. */
	undo(): void {
		this.inFlight -= 1;
	}

	/** When there is room for one more call: Infinity where that depends on a call in flight. */
	freeAtMs(nowMs: number): number {
		while (this.endedMs[0] <= nowMs - this.windowMs) this.endedMs.shift();
		const mustLeave = this.inFlight + this.endedMs.length + 1 - this.calls;
		if (mustLeave <= 0) return -Infinity;
		return mustLeave > this.endedMs.length ? Infinity : this.endedMs[mustLeave - 1] + this.windowMs;
	}
}

/** How long nobody calls after RunComfy has answered 429. */
class Backoff {
	/** By the clock. */
	untilMs = 0;

	private lastStartMs = -Infinity;

	/** 429s in a row. */
	private count = 0;

	constructor(
		private readonly policy: CallPolicy,
		private readonly random: () => number,
	) {}

	/**
	 * RunComfy answered 429: nobody calls for `retryAfterMs` or, without a usable one, for a time that grows with each 429 in
	 * a row. A 429 to a call that left before the last backoff began counts as the same one: calls in flight together are
	 * refused together.
	 */
	start(now: number, callStartMs: number, retryAfterMs = 0): void {
		const { firstBackoffMs, longestBackoffMs, shortestRetryAfterMs } = this.policy;
		const isNew = callStartMs > this.lastStartMs;
		const growingMs = Math.min(firstBackoffMs * 2 ** this.count, longestBackoffMs);
		if (isNew) {
			this.count += 1;
			this.lastStartMs = now;
		}
		// Jitter only makes it longer, so that several n8n nodes refused at once do not come back at once.
		const ownMs = isNew ? growingMs * (1 + this.random() * 0.25) : 0;
		this.untilMs = Math.max(this.untilMs, now + (retryAfterMs >= shortestRetryAfterMs ? retryAfterMs : ownMs));
	}

	/** RunComfy accepted a call. */
	reset(): void {
		this.count = 0;
	}
}

/** Kinds of calls take turns while they wait, and within a kind the runs do. */
class RoundRobin {
	private turns = 0;

	/** The last turns, by kind: of all runs, and of each. */
	private readonly last = new Map<Priority, { turn: number; ofRun: WeakMap<Stop, number> }>();

	/** One has had its turn. */
	note({ priority, stop }: Waiter): void {
		this.turns += 1;
		const { ofRun } = this.last.get(priority) ?? { ofRun: new WeakMap<Stop, number>() };
		this.last.set(priority, { turn: this.turns, ofRun: ofRun.set(stop, this.turns) });
	}

	/** Who is next: the kind, then the run, whose last turn was longest ago, and of these the one that came first. */
	next(waiters: Waiter[]): Waiter | undefined {
		const turnOfKind = ({ priority }: Waiter) => (priority === 'first' ? -1 : (this.last.get(priority)?.turn ?? 0));
		const turnOfRun = ({ priority, stop }: Waiter) => this.last.get(priority)?.ofRun.get(stop) ?? 0;
		let best: Waiter | undefined;
		for (const waiter of waiters) {
			const sooner = best && (turnOfKind(waiter) - turnOfKind(best) || turnOfRun(waiter) - turnOfRun(best));
			if (sooner === undefined || sooner < 0) best = waiter;
		}
		return best;
	}
}
