/** One call to RunComfy in its turn: the call budget, the transport, and what the answer means. */

import * as reasons from '../errors/reasons';
import type { Asked } from '../errors/requestErrors';
import type { Clock } from '../timing/clock';
import { Stop } from '../timing/stop';
import { type Expected, meaningOfRead, type ReadMeaning, type Reply, retryAfterMs, statusOf } from './answers';
import type { CallBudget, NoTurn, TurnWanted } from './rateLimit';
import type { Caller } from './caller';
import type { Connection } from './connection';
import type { CallPolicy } from './policy';
import { refusedRead } from './refusals';
import { type Call, callRunComfy, type GiveUp } from './transport';

export interface CallOptions extends TurnWanted {
	timeoutMs: number;
}

export type UsableMeaning = Exclude<ReadMeaning, { kind: 'refused' }>;

/** What calls work with: who makes them, for whom, and how patiently. */
export interface Calling {
	caller: Caller;
	connection: Connection;
	budget: CallBudget;
	policy: CallPolicy;
	clock: Clock;
	stop: Stop;
}

export class Calls {
	constructor(private readonly calling: Calling) {}

	get connection(): Connection {
		return this.calling.connection;
	}

	get policy(): CallPolicy {
		return this.calling.policy;
	}

	get clock(): Clock {
		return this.calling.clock;
	}

	/** The same calls, for what goes on after this Stop: it has one of its own, which never comes. */
	outlivingStop(): Calls {
		return new Calls({ ...this.calling, stop: new Stop(undefined) });
	}

	/**
	 * Makes a call that only reads, or may be repeated without harm. It is given up at Stop. Throws Stopped, and a
	 * RunComfyError for an answer that waiting cannot mend.
	 */
	async ask(
		call: Omit<Call, 'timeoutMs'>,
		{ timeoutMs, ...wanted }: CallOptions,
		expected: Expected,
		asked: Asked,
	): Promise<UsableMeaning> {
		const { stop } = this.calling;
		const reply = await this.sendInTurn(wanted, { ...call, timeoutMs }, { stop, msAfterStop: 0 });
		stop.throwIfStopped();
		if (typeof reply === 'string') return { kind: 'silent', reason: reasons.NO_TURN };
		return this.meaningFor(reply, expected, asked);
	}

	/**
	 * Waits for a turn under the call budget, and sends in the tick in which it comes. `mayLeave` is asked right before: where it
	 * says no, the turn is given back and the call is `unwanted`. Throws Stopped where Stop came before it left.
	 */
	async sendInTurn(
		wanted: TurnWanted,
		call: Call,
		giveUp?: GiveUp,
		mayLeave: () => boolean = () => true,
	): Promise<Reply | NoTurn | 'unwanted'> {
		const { budget, stop } = this.calling;
		const turn = await budget.take(wanted, stop);
		if (typeof turn === 'string') return turn;
		if (stop.stopped || !mayLeave()) {
			turn.giveBack();
			stop.throwIfStopped();
			return 'unwanted';
		}
		const reply = await callRunComfy(this.calling, call, giveUp);
		this.tellBudget(reply, turn.leftMs);
		turn.end(reply.kind === 'answer');
		return reply;
	}

	/** Lets the call budget know how RunComfy takes the calls. */
	private tellBudget(reply: Reply, leftMs: number): void {
		const { budget, clock, policy } = this.calling;
		if (reply.kind !== 'answer') return;
		if (statusOf(reply.answer) !== 429) budget.speedUp();
		else budget.slowDown(leftMs, retryAfterMs(reply.answer.headers, clock.wallMs(), policy.longestRetryAfterMs));
	}

	private meaningFor(reply: Reply, expected: Expected, asked: Asked): UsableMeaning {
		const meaning = meaningOfRead(reply, expected);
		if (meaning.kind !== 'refused') return meaning;
		throw refusedRead(meaning.why, asked, reply, this.connection.credentialName);
	}
}
