import type { Clock } from '../timing/clock';
import { Stop, Stopped } from '../timing/stop';
import type { CallBudgetPolicy, CallPolicy } from './policy';
import { SlidingWindow } from './slidingWindow';
import { SlowDown } from './slowDown';
import { type Priority, TurnOrder } from './roundRobin';

export interface TurnWanted {
	priority: Priority;
	/** The turn must come before this time, by the clock. */
	latestMs: number;
	/** Whether the call carries a file, and so may be long on its way. */
	isHeavy?: boolean;
}

/** The right to make one call, at once. It must be ended or given back. */
export interface Turn {
	/** When it came, by the clock. */
	leftMs: number;
	/** The call is over. `answered`: and RunComfy has answered it. */
	end(answered: boolean): void;
	/** The call was not made. */
	giveBack(): void;
}

/** There is no turn: it would come too late. */
export type NoTurn = 'late';

interface Waiter extends TurnWanted {
	stop: Stop;
	settle(turn: Turn | NoTurn): void;
}

interface UnderWay extends Pick<TurnWanted, 'priority' | 'isHeavy'> {
	leftMs: number;
	windows: SlidingWindow[];
	/** Whether a call that left soon after it was answered: the way was open, so this one has arrived. */
	overtaken: boolean;
}

/**
 * Shares out the calls to RunComfy over everything one token does in this process, so that no more than the policy's
 * numbers arrive in any second and any minute, and none are made while RunComfy has asked to slow down. There is always
 * a next turn soon: half of a minute's calls leave as fast as they are wanted, the others at a steady pace. Cancels after a
 * Stop are bound by the second and the minute alone: they have little time, and no others will follow.
 */
export class CallBudget {
	private readonly short: SlidingWindow;

	private readonly long: SlidingWindow;

	private readonly fast: SlidingWindow;

	private lastSteadyMs = -Infinity;

	private readonly underWay = new Set<UnderWay>();

	private readonly pause: SlowDown;

	private waiting: Waiter[] = [];

	private readonly order = new TurnOrder();

	private wakeAtMs = Infinity;

	/** The budget outlives every execution, so no execution's Stop may end its timer. */
	private readonly neverStopped = new Stop(undefined);

	constructor(
		private readonly clock: Clock,
		private readonly policy: CallBudgetPolicy,
		callPolicy: CallPolicy,
		random: () => number = Math.random,
	) {
		this.pause = new SlowDown(callPolicy, random);
		this.short = new SlidingWindow(policy.callsPerShortWindow, policy.shortWindowMs);
		this.long = new SlidingWindow(policy.callsPerLongWindow, policy.longWindowMs);
		this.fast = new SlidingWindow(policy.callsAtFullSpeed, policy.longWindowMs);
	}

	/** Waits for a turn to make one call. `late`, as soon as that is known: the call must then not be made. Throws Stopped. */
	async take(wanted: TurnWanted, stop: Stop): Promise<Turn | NoTurn> {
		return await new Promise((resolve, reject) => {
			const settle = (turn: Turn | NoTurn) => {
				forget();
				resolve(turn);
			};
			const waiter: Waiter = { ...wanted, stop, settle };
			const forget = stop.onStop(() => {
				this.remove(waiter);
				reject(new Stopped());
			});
			if (stop.stopped) return;
			this.waiting.push(waiter);
			this.serve();
		});
	}

	/** RunComfy answered 429 to a call that left at this time, by the clock; perhaps with how long to wait. */
	slowDown(leftMs: number, retryAfterMs?: number): void {
		this.pause.told(this.clock.now(), leftMs, retryAfterMs);
	}

	/** RunComfy took a call again. */
	speedUp(): void {
		this.pause.taken();
	}

	private remove(waiter: Waiter) {
		this.waiting = this.waiting.filter((other) => other !== waiter);
	}

	/** Grants every turn that is due and makes sure of being called again for the next one. */
	private serve() {
		const now = this.clock.now();
		this.forgetHanging(now);
		for (let next = this.next(now); next !== undefined; next = this.next(now)) {
			this.remove(next);
			next.settle(this.grant(next, now));
		}
		const freeAtMs = this.freeAtOfKinds(now);
		const isLate = ({ priority, latestMs }: Waiter) => {
			const turnMs = freeAtMs[priority];
			return latestMs < (turnMs === Infinity ? now : Math.max(now, turnMs));
		};
		const late = this.waiting.filter(isLate);
		if (late.length > 0) this.waiting = this.waiting.filter((waiter) => !isLate(waiter));
		for (const waiter of late) waiter.settle('late');
		this.wakeLater(now, freeAtMs);
	}

	/** Who is to have a turn that is due. */
	private next(now: number): Waiter | undefined {
		if (this.waiting.length === 0) return undefined;
		const freeAtMs = this.freeAtOfKinds(now);
		return this.order.next(this.waiting.filter(({ priority }) => freeAtMs[priority] <= now));
	}

	private grant(waiter: Waiter, now: number): Turn {
		this.order.note(waiter);
		const { priority, isHeavy } = waiter;
		const isSteady = priority !== 'cancel' && now >= this.lastSteadyMs + this.policy.steadySpacingMs;
		if (isSteady) this.lastSteadyMs = now;
		const isFast = priority !== 'cancel' && !isSteady;
		const windows = isFast ? [this.short, this.long, this.fast] : [this.short, this.long];
		for (const window of windows) window.begin();
		const call: UnderWay = { priority, isHeavy, leftMs: now, windows, overtaken: false };
		this.underWay.add(call);
		return {
			leftMs: now,
			end: (answered) => {
				if (answered) this.tellOvertaken(call);
				this.end(call);
				this.serve();
			},
			giveBack: () => {
				if (!this.underWay.delete(call)) return;
				for (const window of windows) window.undo();
				this.serve();
			},
		};
	}

	private end(call: UnderWay) {
		if (!this.underWay.delete(call)) return;
		for (const window of call.windows) window.end(this.clock.now());
	}

	private tellOvertaken({ leftMs }: UnderWay) {
		for (const other of this.underWay) {
			if (other.leftMs <= leftMs && leftMs <= other.leftMs + this.policy.overtakenWithinMs) other.overtaken = true;
		}
	}

	/** When a call that hangs has certainly arrived, and keeps nobody from his turn any more. A file may still be leaving. */
	private arrivedByMs({ overtaken, isHeavy, leftMs }: UnderWay): number {
		return overtaken && !isHeavy ? leftMs + this.policy.longestTurnMs : Infinity;
	}

	private forgetHanging(now: number) {
		for (const call of this.underWay) if (this.arrivedByMs(call) <= now) this.end(call);
	}

	private wakeLater(now: number, freeAtMs: Record<Priority, number>) {
		if (this.waiting.length === 0) return;
		const arrivedMs = [...this.underWay].map((call) => this.arrivedByMs(call));
		// Nobody knows when a call under way ends; who cannot wait for that is told when his time is up.
		const atMs = this.waiting.reduce(
			(earliest, { priority, latestMs }) => Math.min(earliest, freeAtMs[priority], latestMs + 1),
			Math.min(...arrivedMs),
		);
		if (atMs >= this.wakeAtMs || atMs === Infinity) return;
		this.wakeAtMs = atMs;
		void this.clock.sleep(atMs - now, this.neverStopped).then(() => {
			if (this.wakeAtMs === atMs) this.wakeAtMs = Infinity;
			this.serve();
		});
	}

	/** The earliest times, by the clock, at which another call of each kind may leave. */
	private freeAtOfKinds(now: number): Record<Priority, number> {
		const { steadySpacingMs, underWayPerKind } = this.policy;
		const paceMs = Math.min(this.fast.freeAtMs(now), this.lastSteadyMs + steadySpacingMs);
		const boundMs = Math.max(this.pause.untilMs, this.short.freeAtMs(now), this.long.freeAtMs(now));
		const freeAtMs = Math.max(boundMs, paceMs);
		// Calls that hang keep their turn; those of one kind must not keep all of them.
		const unlessMany = (priority: Priority, atMs: number) => {
			const many = [...this.underWay].filter((call) => call.priority === priority).length;
			return many < underWayPerKind ? atMs : Infinity;
		};
		return {
			first: freeAtMs,
			submit: unlessMany('submit', freeAtMs),
			look: unlessMany('look', freeAtMs),
			cancel: unlessMany('cancel', boundMs),
		};
	}
}
