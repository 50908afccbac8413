/**
 * What this execution has bought, kept in the node's context: n8n carries it from try to try of Retry On Fail, stores
 * it with a failed execution, and brings it back in Retry execution. So a second try takes up what the first one
 * bought. An entry is a few dozen bytes; nothing of the input but a hash is in it.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

/** What is kept of a request that was bought. */
export interface Bought {
	id: string;
	/** Where it lives; absent for the usual place. */
	at?: string;
	/** Whether a success without a file is what was promised. */
	noFiles?: boolean;
	/** Whether Stop leaves it alone. */
	keep?: boolean;
}

export type Entry =
	/** The submit was sent; nothing is known of its end. Found on a later try, this is as good as unknown. */
	| { state: 'submitting'; submittedAgain?: boolean }
	/** `bought`: the answer named a request, which may be looked up. */
	| { state: 'unknown'; submittedAgain?: boolean; bought?: Bought }
	/** `over`: its end was seen, and it was a success. */
	| ({ state: 'accepted'; execution: string; over?: boolean } & Bought)
	/** Ended as failed or cancelled, in the execution of that id. */
	| ({ state: 'ended'; execution: string } & Bought);

/** What is to be done for an item, given what the journal says. */
export type Standing =
	| { kind: 'buy' }
	| { kind: 'takeUp'; bought: Bought }
	/** A submit whose outcome is unknown. `mayRepeat`: it has not been repeated yet. */
	| { kind: 'unknown'; mayRepeat: boolean; bought?: Bought };

/** n8n's name for where in the context the entries are. */
const CONTEXT_KEY = 'purchases';

/** An agent's model that calls the tool at once with the same words wants that many pictures, and no more than this. */
const MAX_EQUAL_CALLS = 1_000;

/** The keys that calls of this process work on just now, by the entries they are in. */
export type Claims = WeakMap<object, Set<string>>;

export class Journal {
	private readonly claimed = new Set<string>();

	/** Which purchase each request id stands for. */
	private readonly keyById = new Map<string, string>();

	private constructor(
		private readonly entries: Record<string, Entry>,
		/** Tells apart what must not share entries: passes of a loop, calls by an AI agent. */
		private readonly scope: string,
		private readonly executionId: string,
		private readonly forgetsDelivered: boolean,
		/** What all calls on these entries have claimed. */
		private readonly claims: Set<string>,
	) {
		for (const [key, entry] of Object.entries(entries)) if ('id' in entry) this.keyById.set(entry.id, key);
	}

	/** `isTool`: whether the node runs as the tool of an AI agent. */
	static of(context: IExecuteFunctions, isTool: boolean, claims: Claims): Journal {
		const stored = context.getContext('node') as IDataObject;
		const entries = (stored[CONTEXT_KEY] ??= {}) as unknown as Record<string, Entry>;
		const { scope, forgetsDelivered } = scopeOf(context, isTool);
		const claimed = claims.get(entries) ?? new Set<string>();
		claims.set(entries, claimed);
		return new Journal(entries, scope, String(context.getExecutionId()), forgetsDelivered, claimed);
	}

	/**
	 * The key of one purchase: its pass, its place in the input, and what is bought (see `identify`). A key that another call
	 * of this process is working on is left to that call: two equal calls of an agent at once are two pictures.
	 */
	keyOf(itemIndex: number, identity: string): string {
		const plain = `${this.scope}:${itemIndex}:${identity}`;
		let key = plain;
		for (let nth = 2; this.isTaken(key) && nth <= MAX_EQUAL_CALLS; nth += 1) key = `${plain}:${nth}`;
		this.claimed.add(key);
		this.claims.add(key);
		return key;
	}

	/** This call is over: what it has not delivered, another one may take up. */
	release(): void {
		for (const key of this.claimed) this.claims.delete(key);
		this.claimed.clear();
	}

	private isTaken(key: string): boolean {
		return this.claims.has(key) && !this.claimed.has(key);
	}

	standing(key: string): Standing {
		const entry = this.entries[key];
		switch (entry?.state) {
			case undefined:
				return { kind: 'buy' };
			case 'submitting':
				return { kind: 'unknown', mayRepeat: entry.submittedAgain !== true };
			case 'unknown':
				return { kind: 'unknown', mayRepeat: entry.submittedAgain !== true, bought: entry.bought };
			case 'accepted':
				return { kind: 'takeUp', bought: entry };
			case 'ended':
				return this.isLeftover(entry) ? { kind: 'buy' } : { kind: 'takeUp', bought: entry };
		}
	}

	/** Whether anything was, or may have been, bought for it. */
	isBought(key: string): boolean {
		return this.entries[key] !== undefined;
	}

	/** The requests bought in this pass, whatever became of them; those of calls under way elsewhere are theirs. */
	requestIds(): string[] {
		return this.own().flatMap(([, entry]) => ('id' in entry ? [entry.id] : []));
	}

	/** Those of them whose end has not been seen. */
	unfinished(): Array<{ key: string; bought: Bought }> {
		return this.own().flatMap(([key, entry]) =>
			entry.state === 'accepted' && entry.over !== true ? [{ key, bought: entry }] : [],
		);
	}

	/** How many submits of this pass have an outcome that nobody knows. */
	unknownCount(): number {
		return this.own().filter(([, { state }]) => state === 'unknown' || state === 'submitting').length;
	}

	private own(): Array<[key: string, entry: Entry]> {
		return Object.entries(this.entries).filter(([key]) => key.startsWith(`${this.scope}:`) && !this.isTaken(key));
	}

	submitting(key: string, isRepetition: boolean): void {
		this.entries[key] = { state: 'submitting', ...(isRepetition && { submittedAgain: true }) };
	}

	/** Nothing was bought after all, or it may be bought again. */
	forget(key: string): void {
		delete this.entries[key];
	}

	/** `bought`: the request that the answer named all the same. */
	unknown(key: string, submittedAgain: boolean, bought?: Bought): void {
		this.entries[key] = { state: 'unknown', ...(submittedAgain && { submittedAgain }), ...(bought && { bought }) };
	}

	/** Answers whether RunComfy gave the same id for another purchase of this execution. */
	accepted(key: string, bought: Bought): { isGivenTwice: boolean } {
		const isGivenTwice = (this.keyById.get(bought.id) ?? key) !== key;
		if (isGivenTwice) return { isGivenTwice };
		this.keyById.set(bought.id, key);
		this.entries[key] = { state: 'accepted', ...bought, execution: this.executionId };
		return { isGivenTwice };
	}

	/** Its end was seen, and it was a success: there is nothing left to cancel. */
	succeeded(key: string): void {
		const entry = this.entries[key];
		if (entry?.state === 'accepted') entry.over = true;
	}

	/** It failed or was cancelled. What an earlier execution bought may then be bought again, and is forgotten. */
	endedInVain(key: string): void {
		const entry = this.entries[key];
		if (entry?.state !== 'accepted') return;
		if (this.isLeftover(entry)) this.forget(key);
		else this.end(key, entry);
	}

	/** This execution has had it cancelled: its tries do not buy it again, whoever bought it first. */
	cancelledHere(key: string): void {
		const entry = this.entries[key];
		if (entry?.state === 'accepted') this.end(key, entry);
	}

	private end(key: string, { id, at, noFiles, keep }: Bought): void {
		this.entries[key] = {
			state: 'ended',
			id,
			...(at !== undefined && { at }),
			...(noFiles && { noFiles }),
			...(keep && { keep }),
			execution: this.executionId,
		};
	}

	/**
	 * Whether an earlier execution wrote this. The tries of one execution come by themselves; Retry execution, which is a
	 * new one, was asked for by a person.
	 */
	private isLeftover(entry: { execution: string }): boolean {
		return entry.execution !== this.executionId;
	}

	/** The result has been handed over. An agent that calls the tool again with the same words wants another picture. */
	delivered(key: string): void {
		if (this.forgetsDelivered) delete this.entries[key];
	}
}

/**
 * For an agent's tool the run index may grow with every try, so it cannot be part of the key; the call's own id is,
 * where the agent gives one.
 */
function scopeOf(context: IExecuteFunctions, isTool: boolean): { scope: string; forgetsDelivered: boolean } {
	if (!isTool) {
		return { scope: `run${context.getWorkflowDataProxy(0).$runIndex}`, forgetsDelivered: false };
	}
	const { toolCallId } = context.getInputData()[0]?.json ?? {};
	return typeof toolCallId === 'string' && toolCallId !== ''
		? { scope: `tool-${toolCallId}`, forgetsDelivered: false }
		: { scope: 'tool', forgetsDelivered: true };
}
