import type { Clock } from '../timing/clock';
import { neverStopped, type Stop, Stopped } from '../timing/stop';
import type { CallPolicy, RateLimitPolicy } from './callPolicies';
import { SlidingWindow } from './slidingWindow';
import { SubmitSpacing } from './submitSpacing';

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
	isAtFullSpeed: boolean;
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

	/** How long nobody calls after a 429, by the clock. */
	private backoffUntilMs = 0;

	private backoffBeganMs = -Infinity;

	/** 429s in a row. */
	private backoffs = 0;

	/** Bounds submits besides, while their outcomes are unknown. */
	readonly submits: SubmitSpacing;

	private waiting: Waiter[] = [];

	private readonly order = new RoundRobin();

	private wakeAtMs = Infinity;

	constructor(
		private readonly clock: Clock,
		private readonly policy: RateLimitPolicy,
		private readonly callPolicy: CallPolicy,
		private readonly random: () => number = Math.random,
	) {
		this.submits = new SubmitSpacing(clock, callPolicy);
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
	 * RunComfy answered 429 to a call that left at `startMs`, by the clock: nobody calls for `retryAfterMs` or, without a usable
	 * one, for a time that grows with each 429 in a row. A 429 to a call that left before the last backoff began counts as the
	 * same one: calls in flight together are refused together.
	 */
	slowDown(startMs: number, retryAfterMs = 0): void {
		const { firstBackoffMs, longestBackoffMs, shortestRetryAfterMs } = this.callPolicy;
		const now = this.clock.now();
		let ownMs = 0;
		if (startMs > this.backoffBeganMs) {
			const growingMs = Math.min(firstBackoffMs * 2 ** this.backoffs, longestBackoffMs);
			// Jitter only makes it longer, so that several n8n nodes refused at once do not come back at once.
			ownMs = growingMs * (1 + this.random() * 0.25);
			this.backoffs += 1;
			this.backoffBeganMs = now;
		}
		const pauseMs = retryAfterMs >= shortestRetryAfterMs ? retryAfterMs : ownMs;
		this.backoffUntilMs = Math.max(this.backoffUntilMs, now + pauseMs);
	}

	/** RunComfy answered with something other than 429: the next 429 starts the backoff again. */
	endBackoff(): void {
		this.backoffs = 0;
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
		for (const waiter of this.waiting.filter(isLate)) {
			this.remove(waiter);
			waiter.settle('late');
		}
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
		const call: CallInFlight = { priority, isHeavy, startMs: now, isAtFullSpeed, isOvertaken: false };
		this.inFlight.add(call);
		const takeBack = priority === 'submit' ? this.submits.leave(now) : () => {};
		return {
			startMs: now,
			end: (isAnswered) => {
				if (isAnswered) this.markOvertaken(now);
				this.end(call);
				this.serve();
			},
			giveBack: () => {
				takeBack();
				if (this.inFlight.delete(call)) this.serve();
			},
		};
	}

	private end(call: CallInFlight) {
		if (!this.inFlight.delete(call)) return;
		const now = this.clock.now();
		this.second.note(now);
		this.minute.note(now);
		if (call.isAtFullSpeed) this.burst.note(now);
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
		// When a call in flight ends is not known; a waiter that cannot wait for it gives up at its own latest time.
		const atMs = this.waiting.reduce(
			(earliest, { priority, latestMs }) => Math.min(earliest, freeAtMs[priority], latestMs + 1),
			Math.min(...arrivedMs),
		);
		if (atMs >= this.wakeAtMs) return;
		this.wakeAtMs = atMs;
		// It outlives every execution, so no execution's Stop may end its timer.
		void this.clock.sleep(atMs - now, neverStopped).then(() => {
			if (this.wakeAtMs === atMs) this.wakeAtMs = Infinity;
			this.serve();
		});
	}

	/** The earliest times, by the clock, at which another call of each kind may leave. */
	private freeAtOfKinds(now: number): Record<Priority, number> {
		const { steadySpacingMs, inFlightPerKind } = this.policy;
		const inFlight = [...this.inFlight];
		const [second, minute] = [this.second, this.minute].map((window) => window.freeAtMs(now, inFlight.length));
		const boundMs = Math.max(this.backoffUntilMs, second, minute);
		const atFullSpeed = inFlight.filter(({ isAtFullSpeed }) => isAtFullSpeed).length;
		const paceMs = Math.min(this.burst.freeAtMs(now, atFullSpeed), this.lastSteadyMs + steadySpacingMs);
		const freeAtMs = Math.max(boundMs, paceMs);
		// Calls that hang keep their permits; those of one kind must not keep all of them.
		const unlessMany = (priority: Priority, atMs: number) =>
			inFlight.filter((call) => call.priority === priority).length < inFlightPerKind ? atMs : Infinity;
		return {
			first: freeAtMs,
			submit: unlessMany('submit', Math.max(freeAtMs, this.submits.fromMs)),
			read: unlessMany('read', freeAtMs),
			cancel: unlessMany('cancel', boundMs),
		};
	}
}

/** Kinds of calls take turns while they wait, and within a kind the runs do. */
class RoundRobin {
	private turns = 0;

	/** The last turns: of each kind, and of each run within a kind. */
	private readonly ofKind = new Map<Priority, number>();

	private readonly ofRun = new Map<Priority, WeakMap<Stop, number>>();

	/** One has had its turn. */
	note({ priority, stop }: Waiter): void {
		this.turns += 1;
		this.ofKind.set(priority, this.turns);
		this.ofRun.set(priority, (this.ofRun.get(priority) ?? new WeakMap<Stop, number>()).set(stop, this.turns));
	}

	/** Who is next: the kind, then the run, whose last turn was longest ago, and of these the one that came first. */
	next(waiters: Waiter[]): Waiter | undefined {
		const turnOfKind = ({ priority }: Waiter) => (priority === 'first' ? -1 : (this.ofKind.get(priority) ?? 0));
		const turnOfRun = ({ priority, stop }: Waiter) => this.ofRun.get(priority)?.get(stop) ?? 0;
		const isSooner = (a: Waiter, b: Waiter) => (turnOfKind(a) - turnOfKind(b) || turnOfRun(a) - turnOfRun(b)) < 0;
		let best = waiters.at(0);
		for (const waiter of waiters) if (best && isSooner(waiter, best)) best = waiter;
		return best;
	}
}
