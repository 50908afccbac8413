/** What all executions of one n8n process share. */

import { RateLimit } from '../api/rateLimit';
import { type RateLimitPolicy, rateLimitPolicy, type CallPolicy, callPolicy } from '../api/policy';
import { type DownloadPolicy, downloadPolicy } from '../output/download';
import type { Claims } from '../purchase/claimedKeys';
import { TestRuns } from '../purchase/testRuns';
import { type Clock, systemClock } from '../timing/clock';
import { Gate } from '../timing/gate';
import { JobTimes } from '../wait/jobTimes';
import { deploymentSchedule, type Schedule, waitSchedule } from '../wait/schedule';
import { type BatchPolicy, batchPolicy } from './policy';
import { Cache } from './cache';

/** How patiently, how often and how much: every number that a test may want to be another. */
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

/** What only so many may do at a time. */
export interface Gates {
	fileSubmits: Gate;
	downloads: Gate;
}

/** What the executions of one account share. */
export interface AccountState {
	rateLimit: RateLimit;
	gates: Gates;
	/** Of RunComfy's catalogue. */
	catalogue: Cache;
}

export class ProcessState {
	/** What calls of this process are buying just now. */
	readonly claims: Claims = new WeakMap();

	/** What runs started from the editor have bought. */
	readonly testRuns: TestRuns;

	private readonly accounts = new Map<string, AccountState>();

	constructor(
		readonly policies: Policies = usualPolicies,
		readonly clock: Clock = systemClock,
		readonly jobTimes: JobTimes = new JobTimes(),
	) {
		this.testRuns = new TestRuns(clock);
	}

	/** By the fingerprint of its connection. */
	ofAccount(fingerprint: string): AccountState {
		const account = this.accounts.get(fingerprint) ?? this.newAccount();
		// Set again, so that the account used the longest ago is the first.
		this.accounts.delete(fingerprint);
		this.accounts.set(fingerprint, account);
		if (this.accounts.size > this.policies.batch.rememberedAccounts) this.forgetOne();
		return account;
	}

	private newAccount(): AccountState {
		const { batch } = this.policies;
		return {
			rateLimit: new RateLimit(this.clock, this.policies.rateLimit, this.policies.call),
			gates: {
				fileSubmits: new Gate(batch.fileSubmitsAtOnce),
				downloads: new Gate(batch.downloadsAtOnce),
			},
			catalogue: new Cache(this.clock, batch.catalogueKeptMs, batch.rememberedModels),
		};
	}

	private forgetOne(): void {
		const [oldest] = this.accounts.keys();
		this.accounts.delete(oldest);
	}
}

/** Those of this process. */
export const processState = new ProcessState();
