import type { Look, RequestPhase } from '../api/requestState';
import { NO_TURN } from '../errors/reasons';
import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';

/** For how long, and why, there has been no usable answer. */
export interface Silence {
	/** The time of day, to be shown to people. */
	since: Date;
	reason: string;
	httpStatus?: number;
}

export type WaitEnd<A> =
	| { kind: 'done'; phase: RequestPhase; status: string; answer: A; waitedMs: number; queuedMs?: number }
	| {
			kind: 'timedOut';
			lastStatus?: string;
			lastAnswer?: A;
			silence?: Silence;
	  };

/** What the schedule is told before each pause. Times in milliseconds. */
export interface Progress {
	/** Since the wait began. */
	waitedMs: number;
	/** Since the wait began, at the last look; 0 before the first one. */
	lookedMs: number;
	/** The same of the last look that saw it queued; absent where none did. */
	queuedMs?: number;
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
	/** Settles when the pause is to be asked for anew. */
	news?(): Promise<void>;
	startMs: number;
	deadlineMs: number;
	clock: Clock;
	stop: Stop;
}

/**
 * Waits until a request is done. It knows neither HTTP nor items: it is given eyes, a schedule and a clock. It never
 * sleeps past the deadline, and always takes a last look there. Throws Stopped, and what a look throws.
 */
export async function waitUntil<A>(waiting: Waiting<A>): Promise<WaitEnd<A>> {
	const { clock, stop, startMs, deadlineMs } = waiting;
	let lastSeen: { phase: RequestPhase; status: string; answer: A } | undefined;
	let silence: Silence | undefined;
	let silentLooks = 0;
	let lookedMs = 0;
	let queuedMs: number | undefined;

	for (;;) {
		const waitedMs = clock.now() - startMs;
		const pauseMs = waiting.pauseMs({ waitedMs, lookedMs, queuedMs, silentLooks, phase: lastSeen?.phase });
		const asleep = clock.sleep(Math.min(pauseMs, deadlineMs - clock.now()), stop).then(() => true);
		const sleptToTheEnd = await Promise.race([asleep, ...(waiting.news ? [waiting.news().then(() => false)] : [])]);
		stop.throwIfStopped();
		if (!sleptToTheEnd) continue;

		const lookedAt = new Date(clock.wallMs());
		const isLast = clock.now() >= deadlineMs;
		const lookMs = clock.now() - startMs;
		const look = await waiting.look(isLast);
		stop.throwIfStopped();
		if (look.kind === 'seen') {
			if (waiting.isDone(look.phase)) return { ...look, kind: 'done', waitedMs: clock.now() - startMs, queuedMs };
			if (look.phase === 'queued') queuedMs = lookMs;
			lookedMs = lookMs;
			lastSeen = look;
			silence = undefined;
			silentLooks = 0;
		} else {
			// That the node itself had no turn to ask hides nothing that was learned by asking.
			const isUnasked = look.reason === NO_TURN;
			if (!isUnasked || silence === undefined) silence = { ...look, since: silence?.since ?? lookedAt };
			if (!isUnasked) silentLooks += 1;
		}
		if (isLast) return { kind: 'timedOut', lastStatus: lastSeen?.status, lastAnswer: lastSeen?.answer, silence };
	}
}
