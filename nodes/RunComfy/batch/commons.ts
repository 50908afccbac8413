/** What all executions of one n8n process share. */
import { CallBudget } from '../api/callBudget';
import { type CallBudgetPolicy, callBudgetPolicy, type CallPolicy, callPolicy } from '../api/policy';
import { type DownloadPolicy, downloadPolicy } from '../output/download';
import type { Claims } from '../purchase/journal';
import { TestRuns } from '../purchase/testRuns';
import { type Clock, systemClock } from '../timing/clock';
import { Gate } from '../timing/gate';
import { JobTimes } from '../wait/jobTimes';
import { type Schedule, waitSchedule } from '../wait/schedule';
import { ShortMemory } from './shortMemory';

/** How patiently, how often and how much: every number that a test may want to be another. */
export interface Policies {
	call: CallPolicy;
	callBudget: CallBudgetPolicy;
	schedule: Schedule;
	download: DownloadPolicy;
	/** How far a long batch is: often enough to see that it goes on, seldom enough not to fill n8n's log. */
	tellEveryMs: number;
}

export const usualPolicies: Policies = {
	call: callPolicy,
	callBudget: callBudgetPolicy,
	schedule: waitSchedule,
	download: downloadPolicy,
	tellEveryMs: 30_000,
};

/** A photo in a body is held three times over while it is sent: a few at a time keep a small machine alive. */
const FILE_SUBMITS_AT_ONCE = 4;

/** Downloads run beside the waiting; more at once would not be faster and would hold more memory. */
const DOWNLOADS_AT_ONCE = 4;

/** A film takes all of the line by itself: several at once come no sooner, and leave more garbage in memory. */
const LARGE_DOWNLOADS_AT_ONCE = 1;

/** Accounts remembered. One that is forgotten only loses its place in the call budget's last minute. */
const REMEMBERED_ACCOUNTS = 100;

/** A model's schema and price may change any time, but not while somebody tries a workflow out. */
const CATALOGUE_KEPT_MS = 60_000;

/** Models remembered of an account: more than a workflow has, few enough for the largest schemas. */
const REMEMBERED_MODELS = 20;

/** What the executions of one account share. */
export interface AccountCommons {
	budget: CallBudget;
	fileSubmits: Gate;
	downloads: Gate;
	/** Those of large files, which have a place in `downloads` already. */
	largeDownloads: Gate;
	/** Of RunComfy's catalogue. */
	catalogue: ShortMemory;
}

export class Commons {
	/** What calls of this process are buying just now. */
	readonly claims: Claims = new WeakMap();

	/** What runs started from the editor have bought. */
	readonly testRuns: TestRuns;

	private readonly accounts = new Map<string, AccountCommons>();

	constructor(
		readonly policies: Policies = usualPolicies,
		readonly clock: Clock = systemClock,
		readonly jobTimes: JobTimes = new JobTimes(),
	) {
		this.testRuns = new TestRuns(clock);
	}

	/** By the fingerprint of its connection. */
	ofAccount(fingerprint: string): AccountCommons {
		const account = this.accounts.get(fingerprint) ?? this.newAccount();
		// Set anew, so that the account used the longest ago is the first.
		this.accounts.delete(fingerprint);
		this.accounts.set(fingerprint, account);
		if (this.accounts.size > REMEMBERED_ACCOUNTS) this.forgetOne();
		return account;
	}

	private newAccount(): AccountCommons {
		return {
			budget: new CallBudget(this.clock, this.policies.callBudget, this.policies.call),
			fileSubmits: new Gate(FILE_SUBMITS_AT_ONCE),
			downloads: new Gate(DOWNLOADS_AT_ONCE),
			largeDownloads: new Gate(LARGE_DOWNLOADS_AT_ONCE),
			catalogue: new ShortMemory(this.clock, CATALOGUE_KEPT_MS, REMEMBERED_MODELS),
		};
	}

	private forgetOne(): void {
		const [oldest] = this.accounts.keys();
		this.accounts.delete(oldest);
	}
}

/** Those of this process. */
export const commons = new Commons();
