/** What all executions of one n8n process share. */

import { RateLimit } from '../api/rateLimit';
import { type RateLimitPolicy, rateLimitPolicy, type CallPolicy, callPolicy } from '../api/callPolicies';
import { type DownloadPolicy, downloadPolicy } from '../output/download';
import type { Claims } from '../purchase/journalKeys';
import { TestRunMemory } from '../purchase/testRunReuse';
import { type Clock, systemClock } from '../timing/clock';
import { Gate } from '../timing/gate';
import { JobTimes } from '../wait/jobTimes';
import { deploymentSchedule, type Schedule, waitSchedule } from '../wait/schedule';
import { Cache } from './cache';

/** How many at once, and how long what was read is kept. */
export const batchPolicy = {
	/** Between two reports of progress: often enough to see that a batch goes on, seldom enough not to fill n8n's log. */
	tellEveryMs: 30_000,
	/** Reading the parameters of an item takes about a millisecond: n8n's event loop gets a turn after so many of them. */
	itemsBetweenBreaths: 5,
	/** How often to check whether a slot has become free. */
	longestNapMs: 1_000,
	/** The operation Submit: submits are short, and the rate limit paces them anyway. */
	submitsAtOnce: 10,
	/** Check Inputs reads the catalogue once: more at a time would only wait for each other. */
	checksAtOnce: 10,
	/** Requests that earlier passes and attempts left unfinished: every pass reads so many, and a loop may leave hundreds. */
	readOfUnfinished: 20,
	/** A photo in a body is held three times over while it is sent: a few at a time keep a small machine alive. */
	fileSubmitsAtOnce: 4,
	/** Downloads run beside the waiting, since each connection has its own pace, … */
	downloadsAtOnce: 6,
	/** … but n8n's storage is given one chunk after another: it is quicker than most lines, and more would only cost memory. */
	fileChunksAtOnce: 1,
	/** One that is forgotten only loses its place in the rate limit's last minute. */
	rememberedAccounts: 100,
	/** A model's schema and price may change any time, but not while somebody tries a workflow out. */
	catalogueKeptMs: 60_000,
	/** Of an account: more than a workflow has, few enough for the largest schemas. */
	rememberedModels: 20,
	/** A person is waiting for the editor's list, and nobody waits longer than this. */
	editorWindowMs: 10_000,
};

type BatchPolicy = typeof batchPolicy;

/** How patiently, how often and how much: every number that a test may want to change. */
export interface Policies {
	call: CallPolicy;
	rateLimit: RateLimitPolicy;
	schedule: Schedule;
	deploymentSchedule: Schedule;
	download: DownloadPolicy;
	batch: BatchPolicy;
}

export const usualPolicies: Policies = {
	call: callPolicy,
	rateLimit: rateLimitPolicy,
	schedule: waitSchedule,
	deploymentSchedule,
	download: downloadPolicy,
	batch: batchPolicy,
};

/** What the executions of one account share. */
export interface AccountState {
	rateLimit: RateLimit;
	gates: { fileSubmits: Gate; downloads: Gate; fileChunks: Gate };
	/** What was read of RunComfy's catalogue a moment ago. */
	catalogue: Cache;
}

export class ProcessState {
	/** What calls of this process are buying just now. */
	readonly claims: Claims = new WeakMap();

	/** What runs started from the editor have bought. */
	readonly testRunMemory: TestRunMemory;

	private readonly accounts = new Map<string, AccountState>();

	constructor(
		readonly policies: Policies = usualPolicies,
		readonly clock: Clock = systemClock,
		readonly jobTimes: JobTimes = new JobTimes(),
	) {
		this.testRunMemory = new TestRunMemory(clock);
	}

	/** By the fingerprint of its connection. */
	ofAccount(fingerprint: string): AccountState {
		const account = this.accounts.get(fingerprint) ?? this.newAccount();
		// Set again, so that the account used the longest ago is the first.
		this.accounts.delete(fingerprint);
		this.accounts.set(fingerprint, account);
		const [oldest] = this.accounts.keys();
		if (this.accounts.size > this.policies.batch.rememberedAccounts) this.accounts.delete(oldest);
		return account;
	}

	private newAccount(): AccountState {
		const { batch } = this.policies;
		return {
			rateLimit: new RateLimit(this.clock, this.policies.rateLimit, this.policies.call),
			gates: {
				fileSubmits: new Gate(batch.fileSubmitsAtOnce),
				downloads: new Gate(batch.downloadsAtOnce),
				fileChunks: new Gate(batch.fileChunksAtOnce),
			},
			catalogue: new Cache(this.clock, batch.catalogueKeptMs, batch.rememberedModels),
		};
	}
}

/** The state of this n8n process. */
export const processState = new ProcessState();
