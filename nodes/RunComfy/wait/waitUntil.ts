import type { ReadOutcome, RequestPhase, Seen } from '../api/requestState';
import { RATE_LIMITED } from '../errors/reasons';
import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';

/** For how long, and why, there has been no usable answer. */
interface Silence {
	/** The time of day, to be shown to people. */
	since: Date;
	reason: string;
	httpStatus?: number;
}

export type WaitEnd<A> =
	| (Seen<A> & { waitedMs: number; queuedMs?: number })
	| {
			kind: 'timedOut';
			lastStatus?: string;
			lastAnswer?: A;
			silence?: Silence;
	  };

/** What the schedule works with before each pause. Times in milliseconds. */
export interface Progress {
	/** Since the wait began. */
	waitedMs: number;
	/** Since the wait began, at the last poll; 0 before the first one. */
	polledMs: number;
	/** The same of the last poll that saw it queued; absent where none did. */
	queuedMs?: number;
	/** How many polls in a row, up to now, gave no usable answer. */
	silentPolls: number;
	phase?: RequestPhase;
}

interface Waiting<A> {
	/** Polls once. `isLast`: the deadline has come, there is no other poll after this one. */
	poll(isLast: boolean): Promise<ReadOutcome<A>>;
	isDone(phase: RequestPhase): boolean;
	/** How long to pause before the next poll, in milliseconds. */
	pauseMs(progress: Progress): number;
	/** Settles when the pause has to be worked out again. */
	news?(): Promise<void>;
	startMs: number;
	deadlineMs: number;
	clock: Clock;
	stop: Stop;
}

/**
 * n8n's sleep cannot be ended early. After news the rest of one runs on, and keeps an otherwise idle process alive, so naps
 * are short.
 */
const LONGEST_NAP_MS = 1_000;

/** Sleeps until a moment of the clock, or until there is news. Throws Stopped. */
async function sleepUntil(wakeAtMs: number, waiting: Waiting<unknown>): Promise<'awake' | 'news'> {
	const { clock, stop, news } = waiting;
	let isOver = false;
	const heard = news?.().then(() => {
		isOver = true;
		return 'news' as const;
	});
	const nap = async () => {
		do await clock.sleep(Math.min(wakeAtMs - clock.now(), LONGEST_NAP_MS), stop);
		while (!isOver && clock.now() < wakeAtMs);
		return 'awake' as const;
	};
	const end = await (heard ? Promise.race([nap(), heard]) : nap());
	stop.throwIfStopped();
	return end;
}

/**
 * Waits until a request is done. It knows neither HTTP nor items: it is given a function to poll with, a schedule and a clock.
 * It never sleeps past the deadline, and always takes a last poll there. Throws Stopped, and what a poll throws.
 */
export async function waitUntil<A>(waiting: Waiting<A>): Promise<WaitEnd<A>> {
	const { clock, stop, startMs, deadlineMs } = waiting;
	let lastSeen: Seen<A> | undefined;
	let silence: Silence | undefined;
	let silentPolls = 0;
	let polledMs = 0;
	let queuedMs: number | undefined;

	for (;;) {
		const waitedMs = clock.now() - startMs;
		const pauseMs = waiting.pauseMs({ waitedMs, polledMs, queuedMs, silentPolls, phase: lastSeen?.phase });
		const wakeAtMs = clock.now() + Math.min(pauseMs, deadlineMs - clock.now());
		if ((await sleepUntil(wakeAtMs, waiting)) === 'news') continue;

		const polledAt = new Date(clock.wallMs());
		const isLast = clock.now() >= deadlineMs;
		const pollMs = clock.now() - startMs;
		const poll = await waiting.poll(isLast);
		stop.throwIfStopped();
		if (poll.kind === 'seen') {
			if (waiting.isDone(poll.phase)) return { ...poll, waitedMs: clock.now() - startMs, queuedMs };
			if (poll.phase === 'queued') queuedMs = pollMs;
			polledMs = pollMs;
			lastSeen = poll;
			silence = undefined;
			silentPolls = 0;
		} else {
			// Without a free call the node did not ask: a reason learned from an earlier poll is kept.
			const isUnasked = poll.reason === RATE_LIMITED;
			if (!isUnasked || silence === undefined) silence = { ...poll, since: silence?.since ?? polledAt };
			if (!isUnasked) silentPolls += 1;
		}
		if (isLast) return { kind: 'timedOut', lastStatus: lastSeen?.status, lastAnswer: lastSeen?.answer, silence };
	}
}
