import type { Look, RequestPhase } from '../api/requestState';
import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';

export type WaitEnd<A> =
	| { kind: 'done'; phase: RequestPhase; status: string; answer: A; waitedMs: number }
	| {
			kind: 'timedOut';
			lastStatus?: string;
			lastAnswer?: A;
			silence?: { sinceMs: number; reason: string; httpStatus?: number };
	  }
	| { kind: 'stopped' };

/** What the schedule is told before each pause. Times in milliseconds. */
export interface Progress {
	/** Since the wait began. */
	waitedMs: number;
	/** How many looks in a row, up to now, gave no usable answer. */
	silentLooks: number;
	phase?: RequestPhase;
}

export interface Waiting<A> {
	/** Takes one look. `isLast`: the deadline has come, there is no other look after this one. */
	look(isLast: boolean): Promise<Look<A>>;
	isDone(phase: RequestPhase): boolean;
	/** How long to pause before the next look, in milliseconds. */
	pauseMs(progress: Progress): number;
	startMs: number;
	deadlineMs: number;
	clock: Clock;
	stop: Stop;
}

/**
 * Waits until a request is done. It knows neither HTTP nor items: it is given eyes, a schedule and a clock. It never
 * sleeps past the deadline, and always takes a last look there.
 */
export async function waitUntil<A>(waiting: Waiting<A>): Promise<WaitEnd<A>> {
	const { clock, stop, startMs, deadlineMs } = waiting;
	let lastSeen: { phase: RequestPhase; status: string; answer: A } | undefined;
	let silence: { sinceMs: number; reason: string; httpStatus?: number } | undefined;
	let silentLooks = 0;

	for (;;) {
		const waitedMs = clock.now() - startMs;
		const pauseMs = waiting.pauseMs({ waitedMs, silentLooks, phase: lastSeen?.phase });
		const leftMs = deadlineMs - clock.now();
		if (!(await clock.sleep(Math.min(pauseMs, leftMs), stop))) return { kind: 'stopped' };

		const lookedAtMs = clock.now();
		const isLast = lookedAtMs >= deadlineMs;
		const look = await waiting.look(isLast);
		if (look.kind === 'stopped' || stop.stopped) return { kind: 'stopped' };
		if (look.kind === 'seen') {
			if (waiting.isDone(look.phase)) return { ...look, kind: 'done', waitedMs: clock.now() - startMs };
			lastSeen = look;
			silence = undefined;
			silentLooks = 0;
		} else {
			silence = { ...look, sinceMs: silence?.sinceMs ?? lookedAtMs };
			silentLooks += 1;
		}
		if (isLast) return { kind: 'timedOut', lastStatus: lastSeen?.status, lastAnswer: lastSeen?.answer, silence };
	}
}
