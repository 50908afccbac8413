/** One call to RunComfy: the rate limit, the transport, and what the answer means. */

import * as reasons from '../errors/reasons';
import type { Asked } from '../errors/requestErrors';
import type { Clock } from '../timing/clock';
import { Stop } from '../timing/stop';
import { type Expected, meaningOfRead, meaningOfSubmit, type Reply, retryAfterMs, statusOf } from './answers';
import type { Caller, Connection } from './connection';
import type { CallPolicy } from './callPolicies';
import type { RateLimit, PermitOptions } from './rateLimit';
import { refusedRead } from './refusals';
import type { ReadOutcome } from './requestState';
import { type Call, callRunComfy, fetchJson, type GiveUp } from './transport';

export interface CallOptions extends PermitOptions {
	timeoutMs: number;
}

/** For one call that must be over soon. `patienceMs`: how long it waits for its permit. */
export const soon = (
	{ clock }: { clock: Clock },
	priority: CallOptions['priority'],
	timeoutMs: number,
	patienceMs = timeoutMs,
): CallOptions => ({ priority, latestMs: clock.now() + patienceMs, timeoutMs });

/** What calls work with: who makes them, for which account, and how patiently. */
interface CallContext {
	caller: Caller;
	connection: Connection;
	rateLimit: RateLimit;
	policy: CallPolicy;
	clock: Clock;
	stop: Stop;
}

export class Calls {
	constructor(readonly context: CallContext) {}

	get connection(): Connection {
		return this.context.connection;
	}

	/** The same calls with a Stop that never comes: for what is still sent after a Stop. */
	outlivingStop(): Calls {
		return new Calls({ ...this.context, stop: new Stop(undefined) });
	}

	/** Fetches a JSON file from RunComfy's storage, which needs no permit of the rate limit. See `transport.ts`. */
	async fetchJson(url: string, limits: { timeoutMs: number; maxBytes: number }): Promise<unknown> {
		return await fetchJson(this.context, url, limits);
	}

	/**
	 * Makes a call that only reads, or may be repeated without harm. It is given up at Stop. Throws Stopped, and a
	 * RunComfyError for an answer that will not change by itself.
	 */
	async read<A>(
		call: Call,
		{ timeoutMs, ...wanted }: CallOptions,
		expected: Expected,
		asked: Asked,
	): Promise<ReadOutcome<A>> {
		const { stop } = this.context;
		const reply = await this.send(wanted, call, { timeoutMs, stop });
		stop.throwIfStopped();
		if (typeof reply === 'string') return { kind: 'silent', reason: reasons.RATE_LIMITED };
		const meaning = meaningOfRead<A>(reply, expected);
		if (meaning.kind === 'refused') throw refusedRead(meaning.why, asked, reply, this.connection.credentialName);
		return meaning;
	}

	/**
	 * Waits for a permit of the rate limit, and sends in the same tick. `mayLeave` is asked right before: where it says no, the
	 * permit is given back and the call is `unwanted`. `late`: the permit would have come after `latestMs`. Throws Stopped where
	 * Stop came before the call left.
	 */
	async send(
		wanted: PermitOptions,
		call: Call,
		giveUp: GiveUp,
		mayLeave: () => boolean = () => true,
	): Promise<Reply | 'late' | 'unwanted'> {
		const { rateLimit, stop } = this.context;
		const permit = await rateLimit.take(wanted, stop);
		if (permit === 'late') return permit;
		if (stop.stopped || !mayLeave()) {
			permit.giveBack();
			stop.throwIfStopped();
			return 'unwanted';
		}
		const reply = await callRunComfy(this.context, call, giveUp);
		this.adjustRateLimit(reply, permit.startMs, wanted);
		permit.end(reply.kind === 'answer');
		return reply;
	}

	private adjustRateLimit(reply: Reply, startMs: number, { priority }: PermitOptions): void {
		const { rateLimit, clock, policy } = this.context;
		if (priority === 'submit') {
			if (meaningOfSubmit(reply).kind === 'unknown') rateLimit.submits.unknown(startMs);
			else if (reply.kind === 'answer') rateLimit.submits.answered();
		}
		if (reply.kind !== 'answer') return;
		if (statusOf(reply.answer) !== 429) rateLimit.endBackoff();
		else rateLimit.slowDown(startMs, retryAfterMs(reply.answer.headers, clock.wallMs(), policy.longestRetryAfterMs));
	}
}
