/** One call to RunComfy in its turn: the call budget, the transport, and what the answer means. */
import * as reasons from '../errors/reasons';
import type { Asked } from '../errors/requestErrors';
import { alarm } from '../timing/alarm';
import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';
import { type Expected, meaningOfRead, type ReadMeaning, type Reply, retryAfterMs } from './answers';
import type { CallBudget, Priority } from './callBudget';
import type { Caller } from './caller';
import type { Connection } from './connection';
import type { CallPolicy } from './policy';
import { refusedRead } from './refusals';
import { type Call, callRunComfy, type GiveUp } from './transport';

export interface CallOptions {
	priority: Priority;
	/** The turn must come before this time, by the clock. */
	latestMs: number;
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

	/** Waits for a turn under the call budget: see there. */
	async turn(priority: Priority, latestMs: number) {
		return await this.calling.budget.take(priority, latestMs, this.calling.stop);
	}

	/**
	 * Makes a call that only reads, or may be repeated without harm. It is given up at Stop. Throws a RunComfyError for an
	 * answer that waiting cannot mend.
	 */
	async ask(
		call: Omit<Call, 'timeoutMs'>,
		{ priority, latestMs, timeoutMs }: CallOptions,
		expected: Expected,
		asked: Asked,
	): Promise<UsableMeaning | { kind: 'stopped' }> {
		const { stop } = this.calling;
		const turn = await this.turn(priority, latestMs);
		if (turn === 'stopped') return { kind: 'stopped' };
		if (turn === 'late') return { kind: 'silent', reason: reasons.NO_TURN };
		const giveUp = { stop, msAfterStop: 0 };
		const reply = await this.inTurn(async () => await this.send({ ...call, timeoutMs }, giveUp));
		return stop.stopped ? { kind: 'stopped' } : this.meaningFor(reply, expected, asked);
	}

	/** Sends without asking for a turn. Goes out even after a Stop, unless `giveUp` says otherwise. */
	async send(call: Call, giveUp?: GiveUp): Promise<Reply> {
		return await callRunComfy(this.calling.caller, this.calling.connection, call, giveUp);
	}

	/** Makes a call in the turn it was granted, and gives the turn back when it is over, or when it hangs. */
	async inTurn<T>(call: () => Promise<T>): Promise<T> {
		const { budget, policy } = this.calling;
		let isOver = false;
		const end = () => {
			if (!isOver) budget.end();
			isOver = true;
		};
		const switchOff = alarm(policy.longestTurnMs, end);
		try {
			return await call();
		} finally {
			switchOff();
			end();
		}
	}

	/** How long a refused call is asked to wait, in milliseconds; undefined where it is not told. */
	retryAfterMs(reply: Reply): number | undefined {
		const { clock, policy } = this.calling;
		return reply.kind === 'answer'
			? retryAfterMs(reply.answer.headers, clock.now(), policy.longestRetryAfterMs)
			: undefined;
	}

	/** Lets the call budget know how RunComfy takes the calls. */
	tellBudget(reply: Reply, isBusy: boolean): void {
		const { budget } = this.calling;
		if (reply.kind !== 'answer') return;
		if (isBusy) budget.slowDown(this.retryAfterMs(reply));
		else budget.speedUp();
	}

	private meaningFor(reply: Reply, expected: Expected, asked: Asked): UsableMeaning {
		const meaning = meaningOfRead(reply, expected);
		this.tellBudget(reply, meaning.kind === 'busy');
		if (meaning.kind !== 'refused') return meaning;
		throw refusedRead(meaning.why, asked, reply, this.connection.credentialName);
	}
}
