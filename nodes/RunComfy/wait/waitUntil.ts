import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';

/** What one look gave: `phase` is one word of the caller's, of which only 'queued' means anything here. */
export type Look<A, P extends string = string> =
	| { kind: 'seen'; phase: P; status: string; answer: A }
	/** No usable answer, for a reason that may pass; `isUnasked`: the caller had no turn to ask. */
	| { kind: 'silent'; reason: string; httpStatus?: number; isUnasked?: true };

/** For how long, and why, there has been no usable answer. */
export interface Silence {
	/** The time of day, to be shown to people. */
	since: Date;
	reason: string;
	httpStatus?: number;
}

export type WaitEnd<A, P extends string = string> =
	| { kind: 'done'; phase: P; status: string; answer: A; waitedMs: number; queuedMs?: number }
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
	phase?: string;
}

export interface Waiting<A, P extends string = string> {
	/** Takes one look. `isLast`: the deadline has come, there is no other look after this one. */
	look(isLast: boolean): Promise<Look<A, P>>;
	isDone(phase: P): boolean;
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
export async function waitUntil<A, P extends string = string>(waiting: Waiting<A, P>): Promise<WaitEnd<A, P>> {
	const { clock, stop, startMs, deadlineMs } = waiting;
	let lastSeen: { phase: P; status: string; answer: A } | undefined;
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
			const { reason, httpStatus, isUnasked = false } = look;
			if (!isUnasked || silence === undefined) silence = { reason, httpStatus, since: silence?.since ?? lookedAt };
			if (!isUnasked) silentLooks += 1;
		}
		if (isLast) return { kind: 'timedOut', lastStatus: lastSeen?.status, lastAnswer: lastSeen?.answer, silence };
	}
}
