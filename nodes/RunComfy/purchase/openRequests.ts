/** What is bought and not seen to its end, and what becomes of it at Stop. */

import type { CallPolicy } from '../api/callPolicies';
import type { RequestRef } from '../api/queue';
import type { RequestsApi } from '../api/requests';
import { afterStop, goesOnAfterStop, type Log, notKeptByN8n } from '../errors/logLines';
import type { Clock } from '../timing/clock';
import { neverStopped, type Stop } from '../timing/stop';
import { type Schedule, silentPauseMs } from '../wait/schedule';
import type { TestRunMemory } from './testRunReuse';

interface OpenRequest extends RequestRef {
	cancelOnStop: boolean;
}

/** More would make a line that nobody reads. */
const IDS_PER_LOG_LINE = 20;

interface Cancelling {
	requests: Pick<RequestsApi, 'cancelAfterStop'>;
	testRunMemory: TestRunMemory;
	clock: Clock;
	log: Log;
	policies: { call: Pick<CallPolicy, 'cancelWindowMs' | 'handOverMs'>; schedule: Schedule };
}

/**
 * Cancels a request after a Stop, in the background, and says in the log what became of it. It waits in the line of all
 * calls, and again at its end: each request is asked once before any is asked twice.
 */
async function cancelAfterStop(cancelling: Cancelling, request: RequestRef): Promise<void> {
	const { requests, testRunMemory, clock, log, policies } = cancelling;
	const latestMs = clock.now() + policies.call.cancelWindowMs;
	let outcome: string | undefined;
	for (let attempts = 1; ; attempts += 1) {
		const end = await requests.cancelAfterStop(request, latestMs);
		if (end.kind === 'answered') ({ outcome } = end);
		if (end.kind !== 'postponed') break;
		const pauseMs = end.paced ? 0 : silentPauseMs(attempts, policies.schedule);
		if (clock.now() + pauseMs > latestMs) break;
		if (pauseMs > 0) await clock.sleep(pauseMs, neverStopped);
	}
	if (outcome === 'cancelled') testRunMemory.forget(request.requestId);
	log.warn(afterStop(request.requestId, outcome));
}

/**
 * The requests that this pass of the node has bought, in whichever attempt. At Stop those whose end it has not seen are
 * cancelled, and all are named in the log: n8n keeps no items of a stopped execution, and nobody should have to guess what
 * was paid.
 */
export class OpenRequests {
	private readonly open = new Map<string, OpenRequest>();

	private readonly ended = new Set<string>();

	private readonly forgetStop: () => void;

	private readonly log: Log;

	constructor(
		private readonly cancelling: Cancelling,
		private readonly stop: Stop,
	) {
		const { log } = cancelling;
		this.log = log;
		this.forgetStop = stop.onStop(() => {
			for (const request of this.open.values()) this.letGo(request);
			nameUndelivered(
				log,
				[...this.ended].filter((requestId) => !this.open.has(requestId)),
			);
			this.open.clear();
		});
	}

	/** A request that was bought after the Stop, by a submit already on its way, is let go at once. */
	add(request: OpenRequest): void {
		this.cancelling.testRunMemory.shared.hold(request.requestId, this);
		if (this.stop.stopped) this.letGo(request);
		else this.open.set(request.requestId, request);
	}

	/** The request is over: there is nothing left to cancel. */
	close(requestId: string): void {
		if (this.open.delete(requestId)) this.ended.add(requestId);
		this.cancelling.testRunMemory.shared.release(requestId, this);
	}

	/** Requests whose end earlier attempts have seen: n8n has not kept their items. */
	addEnded(requestIds: string[]): void {
		for (const requestId of requestIds) this.ended.add(requestId);
		if (this.stop.stopped) nameUndelivered(this.log, requestIds);
	}

	/**
	 * The node is done, and what it hands over must not be cancelled any more. But a Stop before n8n has taken the items drops
	 * them: then they are at least named.
	 */
	handOver(): void {
		this.forgetStop();
		this.stop.onStop(() => this.nameAll());
		const { testRunMemory, clock, policies } = this.cancelling;
		for (const requestId of this.open.keys()) testRunMemory.shared.release(requestId, this);
		clock.alarm(policies.call.handOverMs, () => this.stop.release());
	}

	/** Names every request in the log, for when the node ends without giving items. */
	nameAll(): void {
		nameUndelivered(this.log, [...new Set([...this.ended, ...this.open.keys()])]);
	}

	private letGo({ cancelOnStop, ...request }: OpenRequest): void {
		const { testRunMemory } = this.cancelling;
		if (!cancelOnStop || testRunMemory.shared.has(request.requestId)) this.log.warn(goesOnAfterStop(request.requestId));
		else
			void testRunMemory.whileCancelling(
				request.requestId,
				async () => await cancelAfterStop(this.cancelling, request),
			);
		testRunMemory.shared.release(request.requestId, this);
	}
}

/** Names requests in the log that may be paid, but whose items n8n was not given. */
export function nameUndelivered(log: Log, requestIds: string[]): void {
	for (let start = 0; start < requestIds.length; start += IDS_PER_LOG_LINE) {
		log.warn(notKeptByN8n(requestIds.slice(start, start + IDS_PER_LOG_LINE)));
	}
}
