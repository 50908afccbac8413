/**
 * What this execution has bought, kept in the node's context: n8n carries it from try to try of Retry On Fail, stores
 * it with a failed execution, and brings it back in Retry execution. So a second try takes up what the first one
 * bought. An entry is a few dozen bytes; nothing of the input but a hash is in it.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { type Bought, type Entry, named, type Standing } from './journalEntry';
import { KeyClaims } from './keyClaims';
import { type JournalScope, scopeOf } from './journalScope';

/** n8n's names for where in the context the entries are, and what those cost that are no longer there. */
const CONTEXT_KEY = 'purchases';
const FORGOTTEN_KEY = 'forgottenUsd';

/** What calls of this process work on just now, by the entries they are in. */
export type Claims = WeakMap<object, Set<string>>;

/** Where a submit of unknown outcome is kept that was repeated; it belongs to no pass. */
const earlierOf = (key: string) => `earlier:${key}`;

export class Journal {
	private readonly claims: KeyClaims;

	/** Which purchase each request id stands for. */
	private readonly keyById = new Map<string, string>();

	private constructor(
		private readonly stored: IDataObject,
		private readonly entries: Record<string, Entry>,
		private readonly scope: JournalScope,
		private readonly executionId: string,
		claimed: Set<string>,
	) {
		this.claims = new KeyClaims(claimed, scope.forgetsDelivered);
		for (const [key, entry] of Object.entries(entries)) if ('id' in entry) this.keyById.set(entry.id, key);
	}

	/** `isTool`: whether the node runs as the tool of an AI agent. */
	static of(context: IExecuteFunctions, isTool: boolean, claims: Claims): Journal {
		const stored = context.getContext('node') as IDataObject;
		const entries = (stored[CONTEXT_KEY] ??= {}) as unknown as Record<string, Entry>;
		const claimed = claims.get(entries) ?? new Set();
		claims.set(entries, claimed);
		return new Journal(stored, entries, scopeOf(context, isTool), String(context.getExecutionId()), claimed);
	}

	/**
	 * The key of one purchase: its pass, its place in the input, and what is bought (see `identify`). A key that another call
	 * of this process is working on is left to that call: two equal calls of an agent at once are two pictures. What one of
	 * them left behind comes before anything new.
	 */
	keyOf(itemIndex: number, identity: string): string {
		return this.claims.keyFor(`${this.scope.scope}:${itemIndex}:${identity}`, (key) => this.isBought(key));
	}

	/** This call is over: what it has not delivered, another one may take up. */
	release(): void {
		this.claims.release();
	}

	standing(key: string): Standing {
		const entry = this.entries[key];
		switch (entry?.state) {
			case undefined:
				return { kind: 'buy' };
			case 'submitting':
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

	/** Whether it failed or was cancelled, as this execution has seen. */
	hasEnded(key: string): boolean {
		return this.entries[key]?.state === 'ended';
	}

	/** The requests bought in this pass, whatever became of them; those of calls under way elsewhere are theirs. */
	requestIds(): string[] {
		return this.own().flatMap(([, entry]) => ('id' in entry ? [entry.id] : []));
	}

	/** The requests that this execution has, in whatever pass. */
	allIds = (): Set<string> => new Set(this.keyById.keys());

	/** Those of them whose end has not been seen, and what submits of unknown outcome named. */
	unfinished(): Array<{ key: string; bought: Bought }> {
		return this.own().flatMap(([key, entry]) => {
			if (entry.state === 'accepted') return entry.over === true ? [] : [{ key, bought: entry }];
			const bought = named(entry);
			return bought === undefined ? [] : [{ key, bought }];
		});
	}

	/** The requests that were named by submits of unknown outcome. */
	unclearIds(): string[] {
		return this.own().flatMap(([, entry]) => named(entry)?.id ?? []);
	}

	/** How many submits of this pass have an outcome that nobody knows. */
	unknownCount(): number {
		return this.own().filter(([, { state }]) => state === 'unknown' || state === 'submitting').length;
	}

	private own(): Array<[key: string, entry: Entry]> {
		return this.all().filter(([key]) => key.startsWith(`${this.scope.scope}:`) && !this.claims.isTaken(key));
	}

	submitting(key: string, isRepetition: boolean, usd?: number): void {
		const bought = named(this.entries[key]);
		// The one before may have been accepted too: it goes on to count.
		if (isRepetition && usd !== undefined) this.entries[earlierOf(key)] = { state: 'unknown', usd };
		this.drop(key);
		this.entries[key] = {
			state: 'submitting',
			...(isRepetition && { submittedAgain: true }),
			...(usd !== undefined && { usd }),
			...(bought && { bought }),
		};
	}

	/** Nothing was bought after all, or it is to be bought anew. */
	forget(key: string): void {
		delete this.entries[key];
	}

	/** `bought`: the request that the answer named all the same; else what an earlier one named is kept. */
	unknown(key: string, submittedAgain: boolean, bought = named(this.entries[key])): void {
		const { usd } = { usd: undefined, ...this.entries[key] };
		if (!submittedAgain) delete this.entries[earlierOf(key)];
		this.entries[key] = {
			state: 'unknown',
			...(submittedAgain && { submittedAgain }),
			...(usd !== undefined && { usd }),
			...(bought && { bought }),
		};
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

	/** It failed or was cancelled. What an earlier execution bought may then be bought again. */
	endedInVain(key: string): void {
		this.end(key);
	}

	/** This execution has had it cancelled: its tries do not buy it again, whoever bought it first. */
	cancelledHere(key: string): void {
		this.end(key, this.executionId);
	}

	private end(key: string, execution?: string): void {
		const entry = this.entries[key];
		if (entry?.state !== 'accepted') return;
		const ended = { ...entry, state: 'ended' as const, execution: execution ?? entry.execution };
		delete ended.over;
		this.entries[key] = ended;
	}

	/** What it has cost, in US dollars; kept where the cost is limited. */
	cost(key: string, usd: number): void {
		const entry = this.entries[key];
		if (entry !== undefined && 'id' in entry) entry.cost = usd;
	}

	/** Everything that this execution has bought, in whatever pass. */
	all = (): Array<[key: string, entry: Entry]> => Object.entries(this.entries);

	/** What those have cost that the journal no longer has, in US dollars. */
	get forgottenUsd(): number {
		return Number(this.stored[FORGOTTEN_KEY] ?? 0);
	}

	private drop(key: string): void {
		const entry = this.entries[key];
		if (entry !== undefined && 'id' in entry && entry.cost !== undefined) {
			this.stored[FORGOTTEN_KEY] = this.forgottenUsd + entry.cost;
		}
		delete this.entries[key];
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
		if (this.scope.forgetsDelivered) this.drop(key);
	}
}
