/**
 * Cancels requests after a Stop, in the background: a few at a time, slower when RunComfy asks for it, again while it says
 * "later", and for a few seconds only.
 */
import type { RequestRef } from '../api/queue';
import type { RequestsApi } from '../api/requests';
import type { Clock } from '../timing/clock';
import { Stop } from '../timing/stop';

/** So many connections at once serve thousands of requests within the few seconds, and no server is startled by them. */
const CANCELS_AT_ONCE = 20;

/** RunComfy's limits, where it has any, are told in calls a second. */
const WINDOW_MS = 1_000;

/**
 * Once RunComfy has asked to slow down, cancellations leave one by one at the best pace at which it took them so far, a little
 * slower; then faster with each that it takes. The best pace, since the batch's own looks before the Stop fill part of the
 * first window: the last pace would be that of the room they left.
 */
const SLOWER = 1.1;
const FASTER = 0.9;

/** The pause where it has taken none yet, and the longest one: there are only a few seconds, and a refusal is free. */
const FIRST_SPACING_MS = 100;
const LONGEST_SPACING_MS = 150;

/** The Stop that these calls outlive must not end their pauses. */
const neverStopped = new Stop(undefined);

interface Cancellation {
	request: RequestRef;
	untilMs: number;
}

export class LateCancels {
	private readonly queue: Cancellation[] = [];

	private working = 0;

	private spacingMs = 0;

	private nextAtMs = -Infinity;

	private slowedDownAtMs = -Infinity;

	/** When it took cancellations, within the window. */
	private readonly takenMs: number[] = [];

	/** The most that it took within any window. */
	private mostTaken = 0;

	/**
	 * `withinMs`: how long each cancellation is tried. `tell`: RunComfy's word for the outcome, or undefined where there
	 * was none.
	 */
	constructor(
		private readonly requests: RequestsApi,
		private readonly clock: Clock,
		private readonly withinMs: number,
		private readonly tell: (requestId: string, outcome: string | undefined) => void,
	) {}

	add(request: RequestRef): void {
		this.queue.push({ request, untilMs: this.clock.now() + this.withinMs });
		if (this.working === CANCELS_AT_ONCE) return;
		this.working += 1;
		void this.work();
	}

	private async work(): Promise<void> {
		for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
			const { requestId } = next.request;
			this.tell(requestId, await this.cancel(next).catch(() => undefined));
		}
		this.working -= 1;
	}

	private async cancel({ request, untilMs }: Cancellation): Promise<string | undefined> {
		for (;;) {
			if (!(await this.turn(untilMs))) return undefined;
			const sentAtMs = this.clock.now();
			const end = await this.requests.cancelAfterStop(request, Math.max(1, untilMs - sentAtMs));
			if (end.kind === 'later') {
				this.slowDown(sentAtMs, end.afterMs);
				continue;
			}
			this.noteTaken();
			return end.kind === 'answered' ? end.outcome : undefined;
		}
	}

	/** Waits until another one may leave; answers whether that was in time. */
	private async turn(untilMs: number): Promise<boolean> {
		for (let now = this.clock.now(); now < this.nextAtMs; now = this.clock.now()) {
			if (this.nextAtMs >= untilMs) return false;
			await this.clock.sleep(this.nextAtMs - now, neverStopped);
		}
		this.nextAtMs = this.clock.now() + this.spacingMs;
		return this.clock.now() < untilMs;
	}

	private noteTaken(): void {
		const now = this.clock.now();
		this.takenMs.push(now);
		while (this.takenMs[0] <= now - WINDOW_MS) this.takenMs.shift();
		this.mostTaken = Math.max(this.mostTaken, this.takenMs.length);
		this.spacingMs *= FASTER;
	}

	/** Calls that were under way together are told together: that counts once. */
	private slowDown(sentAtMs: number, afterMs = 0): void {
		const now = this.clock.now();
		if (sentAtMs >= this.slowedDownAtMs) {
			this.slowedDownAtMs = now;
			const seenMs = this.mostTaken > 0 ? (WINDOW_MS / this.mostTaken) * SLOWER : FIRST_SPACING_MS;
			this.spacingMs = Math.min(seenMs, LONGEST_SPACING_MS);
		}
		this.nextAtMs = Math.max(this.nextAtMs, now + Math.max(afterMs, this.spacingMs));
	}
}
