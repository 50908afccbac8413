/**
 * What this execution has bought, kept in the node's context: n8n keeps it across the attempts of Retry On Fail, stores
 * it with a failed execution, and brings it back in Retry execution. So a second attempt resumes what the first one
 * bought. It is also the ledger: every purchase is opened, ended and removed here, and the cost of a removed one still
 * counts. An entry is a few dozen bytes; nothing of the input but a hash is in it.
 */

import { randomUUID } from 'node:crypto';

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { type ApiHosts, type RequestRef, requestsUrlOf } from '../api/queue';
import type { RequestPhase } from '../api/requestState';
import type { Purchases } from '../errors/batchWords';
import {
	ClaimedKeys,
	type Claims,
	DELIVERED,
	earlierOf,
	REPLACED,
	replacedOf,
	type Scope,
	scopeOf,
	type SharedKeys,
} from './journalKeys';
import type { SeedSource } from './job';

/** Where in n8n's context the entries are, and the sums of those that are no longer there. */
const CONTEXT_KEY = 'purchases';
const LEFT_KEY = 'forgottenUsd';
const LEFT_IS_ABOUT_KEY = 'forgottenIsAbout';
const DEAREST_KEY = 'dearestUsd';

/** The lowest limit of an execution, with its ID. */
const LIMIT_KEY = 'limit';

/** What seeds are made up from: equal jobs in their order, and the execution's salt. */
const EQUAL_JOBS_KEY = 'equalJobs';
const SALT_KEY = 'seedSalt';

/** What is kept of a request that was bought. */
export interface Bought {
	id: string;
	/** Whose it is; absent for a model's. Not its URL: a later attempt may have another credential, with other hosts. */
	deploymentId?: string;
	/** Whether the model promises no file, so that a success without one is fine. */
	noFiles?: boolean;
	/** Whether Stop leaves it alone. */
	keep?: boolean;
	/** Of the job, see `Job.hash`; kept in a run from the editor, so that a later one finds the request. */
	hash?: string;
	/** The seed it was given to differ from the item's other variants. */
	seed?: number;
	/** What its seeds were made up from, kept like `hash`. */
	seedSource?: SeedSource;
	/** What it was expected to cost, in US dollars; known where the cost is limited. */
	usd?: number;
	/** Whether only an error has named it, and RunComfy may not have it: kept for later runs from the editor. */
	unclear?: boolean;
	/** Whether an earlier run from the editor paid for it: it is shared with that run, so this one never cancels it. */
	free?: boolean;
	/** The ID of the execution that paid for it, where that was another one. */
	from?: string;
	/** When RunComfy accepted it, in epoch milliseconds: an ID may be unknown for its first seconds. */
	boughtAtMs?: number;
}

/** The request itself, at the hosts of the credential in use. */
export const requestOf = ({ id, deploymentId }: Bought, hosts: ApiHosts): RequestRef => ({
	requestId: id,
	requestsUrl: requestsUrlOf(hosts, deploymentId),
});

/** A submit whose outcome is unknown. To a later attempt, one that was on its way is the same. */
interface OpenEntry {
	state: 'submitting' | 'unknown';
	submittedAgain?: boolean;
	/** What it is expected to cost, in US dollars. */
	usd?: number;
	/** The answer of this submit or of the one before named a request, which may be looked up. */
	bought?: Bought;
}

/** A request. It has ended if it failed or was cancelled. */
interface RequestEntry extends Bought {
	state: 'accepted' | 'ended';
	/** The ID of the execution that bought it or saw it end. */
	execution: string;
	/** Whether its end was seen, and it was a success. */
	over?: boolean;
	/** As RunComfy reports it, in US dollars. */
	cost?: number;
}

type Entry = OpenEntry | RequestEntry;

/** What to do for an item, by its entry in the journal. */
export type Standing =
	| { kind: 'toBuy' }
	| { kind: 'resume'; bought: Bought }
	/** A submit whose outcome is unknown. `mayRepeat`: it has not been repeated yet. */
	| { kind: 'unknown'; mayRepeat: boolean; bought?: Bought };

const isRequest = (entry: Entry | undefined): entry is RequestEntry => entry !== undefined && 'id' in entry;

/** The request that a submit of unknown outcome named. */
const namedBy = (entry: Entry | undefined): Bought | undefined =>
	entry === undefined || isRequest(entry) ? undefined : entry.bought;

function openEntry(state: OpenEntry['state'], submittedAgain: boolean, usd?: number, bought?: Bought): OpenEntry {
	return {
		state,
		...(submittedAgain && { submittedAgain }),
		...(usd !== undefined && { usd }),
		...(bought && { bought }),
	};
}

export const isOver = (entry: Entry): boolean => isRequest(entry) && (entry.state === 'ended' || entry.over === true);

/**
 * What an entry counts in US dollars: the cost that RunComfy reported, else its estimate or `dearestUsd`, the most expensive
 * request seen, whichever is more. `usualUsd`: its estimate where none was made, since nothing was limited then.
 */
export function countedUsd(entry: Entry, dearestUsd: number, usualUsd = 0): { usd: number; isReported: boolean } {
	if (isRequest(entry) && entry.free === true) return { usd: 0, isReported: true };
	if (isRequest(entry) && entry.cost !== undefined) return { usd: entry.cost, isReported: true };
	return { usd: Math.max(entry.usd ?? usualUsd, dearestUsd), isReported: false };
}

type Entries = Array<[key: string, entry: Entry]>;

const requestsIn = (entries: Entries) =>
	entries.flatMap(([key, entry]) => (isRequest(entry) ? [{ key, bought: entry }] : []));

/** The requests that submits of unknown outcome named, each once. */
function namedIn(entries: Entries) {
	const named = new Map<string, { key: string; bought: Bought }>();
	for (const [key, entry] of entries) {
		const bought = namedBy(entry);
		if (bought !== undefined) named.set(bought.id, { key, bought });
	}
	return [...named.values()];
}

export class Journal {
	private readonly keys: ClaimedKeys;

	/** Which purchase each request ID stands for; calls that run at once share it. */
	private readonly keyById: Map<string, string>;

	private constructor(
		private readonly stored: IDataObject,
		private readonly entries: Record<string, Entry>,
		private readonly scope: Scope,
		private readonly executionId: string,
		private readonly identityOf: (itemIndex: number) => string,
		{ claimed, keyById }: SharedKeys,
	) {
		this.keys = new ClaimedKeys(claimed, scope.forgetsDelivered);
		this.keyById = keyById;
		for (const [key, entry] of Object.entries(entries)) {
			if (isRequest(entry)) this.keyById.set(entry.id, key.slice(key.startsWith(REPLACED) ? REPLACED.length : 0));
		}
	}

	/** `isTool`: whether the node runs as the tool of an AI agent. `identityOf`: see `identify`. */
	static of(
		context: IExecuteFunctions,
		isTool: boolean,
		identityOf: (itemIndex: number) => string,
		claims: Claims,
	): Journal {
		const stored = context.getContext('node') as IDataObject;
		const entries = (stored[CONTEXT_KEY] ??= {}) as unknown as Record<string, Entry>;
		const shared = claims.get(entries) ?? { claimed: new Set(), keyById: new Map() };
		claims.set(entries, shared);
		const executionId = String(context.getExecutionId());
		return new Journal(stored, entries, scopeOf(context, isTool), executionId, identityOf, shared);
	}

	/**
	 * The key of one purchase: its pass, its item's index, what is bought, and the number of the variant, from 1. The first
	 * variant has the key of an item without variants: it is not bought again if their number is raised before a retry. A key
	 * that another call of this process uses is left to that call: two equal calls of an agent at once give two pictures. What
	 * an earlier call left behind is resumed before anything new is bought.
	 */
	keyOf(itemIndex: number, variant = 1): string {
		const identity = `${this.identityOf(itemIndex)}${variant === 1 ? '' : `:v${variant}`}`;
		return this.keys.claim(`${this.scope.name}:${itemIndex}:${identity}`, (key) => this.isBought(key));
	}

	/** This call is over: another one may resume what it has not delivered. */
	release(): void {
		this.keys.release();
	}

	standing(key: string): Standing {
		const entry = this.entries[key];
		if (entry === undefined) return { kind: 'toBuy' };
		if (!isRequest(entry)) return { kind: 'unknown', mayRepeat: entry.submittedAgain !== true, bought: entry.bought };
		// The attempts of one execution come by themselves; Retry execution, which is a new one, was asked for by a person.
		const mayBuyAgain = entry.state === 'ended' && entry.execution !== this.executionId;
		return mayBuyAgain ? { kind: 'toBuy' } : { kind: 'resume', bought: entry };
	}

	/** Whether anything was, or may have been, bought for it. */
	isBought(key: string): boolean {
		return this.entries[key] !== undefined;
	}

	/** Whether this execution paid for it, and it succeeded. */
	isPaid(key: string): boolean {
		const entry = this.entries[key];
		return isRequest(entry) && entry.over === true && entry.free !== true;
	}

	/** Whether it failed or was cancelled, as this execution has seen. */
	hasEnded(key: string): boolean {
		return this.entries[key]?.state === 'ended';
	}

	/** Whether this execution has bought anything, or may have, in whatever pass. */
	get hasBought(): boolean {
		return Object.keys(this.entries).length > 0 || this.removed.usd > 0;
	}

	/** The requests bought in this pass, whatever became of them, except those of calls in progress elsewhere. */
	requestIds(): string[] {
		return requestsIn(this.ofPass()).map(({ bought }) => bought.id);
	}

	/** The requests of this pass that an earlier run from the editor paid for. */
	reused(): Bought[] {
		return requestsIn(this.ofPass()).flatMap(({ bought }) =>
			bought.state === 'accepted' && bought.free === true ? [bought] : [],
		);
	}

	/** The requests that this execution has, in whatever pass. */
	allIds = (): Set<string> => new Set(this.keyById.keys());

	/** For errors: everything that this execution has bought, in whatever pass, except what an agent has been given. */
	purchases(): Purchases {
		const entries = this.all().filter(([key]) => !this.keys.isTaken(key) && !key.startsWith(DELIVERED));
		return {
			requestIds: requestsIn(entries).map(({ bought }) => bought.id),
			unclear: entries.filter(([, entry]) => !isRequest(entry)).length,
			unclearIds: namedIn(entries).map(({ bought }) => bought.id),
		};
	}

	/** Those of this pass whose end has not been seen, and what submits of unknown outcome named. */
	unfinished(): Array<{ key: string; bought: Bought }> {
		const entries = this.ofPass();
		return [...requestsIn(entries).filter(({ bought }) => !isOver(bought)), ...namedIn(entries)];
	}

	/** Those whose end has not been seen, in whatever pass. */
	leftUnfinished(): Array<{ key: string; bought: Bought }> {
		const untaken = this.all().filter(([key]) => !this.keys.isTaken(key));
		return requestsIn(untaken).filter(({ bought }) => !isOver(bought));
	}

	/** The requests that submits of unknown outcome named. */
	unclearIds(): string[] {
		return namedIn(this.ofPass()).map(({ bought }) => bought.id);
	}

	private ofPass(): Entries {
		return this.all().filter(([key]) => this.isOfPass(key) && !this.keys.isTaken(key));
	}

	private isOfPass = (key: string): boolean =>
		[`${this.scope.name}:`, earlierOf(`${this.scope.name}:`)].some((start) => key.startsWith(start));

	/** Everything that this execution has bought, in whatever pass. */
	all = (): Entries => Object.entries(this.entries);

	/** What removed entries count, in US dollars. */
	get removed(): { usd: number; isAbout: boolean } {
		return { usd: Number(this.stored[LEFT_KEY] ?? 0), isAbout: this.stored[LEFT_IS_ABOUT_KEY] === true };
	}

	/** The most expensive request seen, in US dollars; 0 where RunComfy has reported no cost. */
	get dearestUsd(): number {
		return Number(this.stored[DEAREST_KEY] ?? 0);
	}

	/** In US dollars. The lowest limit of an execution counts; Retry execution is a new one and may have a higher limit. */
	limitTo(usd: number): void {
		this.stored[LIMIT_KEY] = { execution: this.executionId, usd: Math.min(usd, this.maxUsd ?? Infinity) };
	}

	/** US dollars; undefined where nothing limits this execution. */
	get maxUsd(): number | undefined {
		const limit = this.stored[LIMIT_KEY] as { execution: string; usd: number } | undefined;
		return limit?.execution === this.executionId ? limit.usd : undefined;
	}

	/** A submit leaves. `usd`: what it is expected to cost, where the cost is limited. */
	submit(key: string, isRepetition: boolean, usd?: number): void {
		const before = this.entries[key];
		const bought = namedBy(before);
		const beforeUsd = before?.usd ?? usd;
		if (isRepetition) {
			// The first submit may have been accepted, too, so it still counts.
			this.entries[earlierOf(key)] = openEntry('unknown', false, beforeUsd, bought);
			delete this.entries[key];
		}
		if (before?.state === 'ended') {
			this.remove(replacedOf(key));
			this.entries[replacedOf(key)] = { ...before, ...(beforeUsd !== undefined && { usd: beforeUsd }) };
		}
		this.entries[key] = openEntry('submitting', isRepetition, usd, bought);
	}

	/** RunComfy has refused the submit: nothing was bought. `isRepetition`: the one before it may have been. */
	refuse(key: string, isRepetition: boolean): void {
		if (isRepetition) return this.unknown(key, false);
		this.move(replacedOf(key), key);
	}

	/** Puts an entry in the place of another one, if there is one to put. */
	private move(from: string, to: string): void {
		const entry = this.entries[from];
		delete this.entries[from];
		delete this.entries[to];
		if (entry !== undefined) this.entries[to] = entry;
	}

	/** `bought`: the request that the answer named although it was an error. Without it, one named earlier is kept. */
	unknown(key: string, submittedAgain: boolean, bought = namedBy(this.entries[key])): void {
		const usd = this.entries[key]?.usd;
		if (!submittedAgain) delete this.entries[earlierOf(key)];
		this.entries[key] = openEntry('unknown', submittedAgain, usd, bought);
	}

	/** Returns whether RunComfy gave the same ID for another purchase of this execution. */
	accept(key: string, bought: Bought): { isGivenTwice: boolean } {
		if ((this.keyById.get(bought.id) ?? key) !== key) return { isGivenTwice: true };
		this.keyById.set(bought.id, key);
		this.remove(replacedOf(key));
		this.entries[key] = { state: 'accepted', ...bought, execution: this.executionId };
		return { isGivenTwice: false };
	}

	/**
	 * Its end was seen. `costUsd`: what RunComfy reports, if it does; else a cancelled request costs nothing. One that failed or
	 * was cancelled may be bought again by a later execution; `isOurDoing`: this one cancelled it, whoever bought it.
	 */
	end(key: string, phase: RequestPhase, costUsd?: number, isOurDoing = false): void {
		const entry = this.entries[key];
		// The end of a request that failed may be seen again, by a later attempt: only then its cost may be reported.
		if (!isRequest(entry) || entry.state !== 'accepted') return this.report(key, costUsd);
		if (phase === 'succeeded') entry.over = true;
		else {
			delete entry.over;
			this.entries[key] = { ...entry, state: 'ended', ...(isOurDoing && { execution: this.executionId }) };
		}
		this.report(key, costUsd ?? (phase === 'cancelled' ? (entry.cost ?? 0) : undefined));
	}

	/** The oldest request that is over without a reported cost, preferably one that succeeded; `key`: except this one. */
	oldestUnreported(key: string): { key: string; bought: Bought } | undefined {
		const over = requestsIn(this.all()).filter(
			({ key: other, bought }) => other !== key && isOver(bought) && bought.cost === undefined && bought.free !== true,
		);
		return over.find(({ bought: { state } }) => state === 'accepted') ?? over[0];
	}

	/** What RunComfy reports that it has cost, in US dollars. */
	report(key: string, costUsd: number | undefined): void {
		const entry = this.entries[key];
		if (costUsd === undefined || !isRequest(entry)) return;
		entry.cost = costUsd;
		if (costUsd > this.dearestUsd) this.stored[DEAREST_KEY] = costUsd;
	}

	/** The result has been handed over. An agent that calls the tool again with the same words wants another picture. */
	deliver(key: string): void {
		if (!this.scope.forgetsDelivered) return;
		const entry = this.entries[key];
		// It still counts, and is found by its ID.
		if (isRequest(entry)) {
			this.move(key, DELIVERED + entry.id);
			this.keyById.set(entry.id, DELIVERED + entry.id);
		}
		for (const keys of Object.values(this.equalJobs)) {
			if (keys.includes(key)) keys[keys.indexOf(key)] = '';
		}
	}

	/**
	 * How many purchases of the same hash, variants included, came before this one in the execution, in all its passes. The
	 * same on every attempt.
	 */
	orderAmongEqual(key: string, jobHash: string): number {
		const keys = (this.equalJobs[jobHash] ??= []);
		return keys.includes(key) ? keys.indexOf(key) : keys.push(key) - 1;
	}

	private get equalJobs(): Record<string, string[]> {
		return (this.stored[EQUAL_JOBS_KEY] ??= {}) as Record<string, string[]>;
	}

	/** Differs from execution to execution; its attempts and Retry execution keep it. */
	get salt(): string {
		return String((this.stored[SALT_KEY] ??= randomUUID()));
	}

	/** Removes a purchase; what it counted stays. */
	remove(key: string): void {
		const entry = this.entries[key];
		if (entry === undefined) return;
		const { usd, isReported } = countedUsd(entry, this.dearestUsd);
		if (usd > 0) this.stored[LEFT_KEY] = this.removed.usd + usd;
		if (usd > 0 && !isReported) this.stored[LEFT_IS_ABOUT_KEY] = true;
		delete this.entries[key];
	}
}
