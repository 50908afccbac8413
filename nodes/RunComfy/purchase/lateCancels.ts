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

/** Pause between two cancellations once RunComfy has asked to slow down; longer with each further time. */
const FIRST_SPACING_MS = 50;
const LONGEST_SPACING_MS = 400;
const SPACING_GROWTH = 1.5;

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
			const nowMs = this.clock.now();
			const atMs = Math.max(this.nextAtMs, nowMs);
			if (atMs >= untilMs) return undefined;
			this.nextAtMs = atMs + this.spacingMs;
			if (atMs > nowMs) await this.clock.sleep(atMs - nowMs, neverStopped);
			const end = await this.requests.cancelAfterStop(request, Math.max(1, untilMs - this.clock.now()));
			if (end.kind === 'answered') return end.outcome;
			if (end.kind === 'refused') return undefined;
			this.slowDown(end.afterMs);
		}
	}

	private slowDown(afterMs = 0): void {
		this.spacingMs = Math.min(Math.max(this.spacingMs * SPACING_GROWTH, FIRST_SPACING_MS), LONGEST_SPACING_MS);
		this.nextAtMs = Math.max(this.nextAtMs, this.clock.now() + Math.max(afterMs, this.spacingMs));
	}
}
