/** What a purchase works with, what is wanted of it, and what it gives. */
import type { CallPolicy } from '../api/policy';
import type { RequestRef } from '../api/queue';
import type { RequestsApi } from '../api/requests';
import type { Log } from '../errors/logLines';
import type { RunComfyError } from '../errors/RunComfyError';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import type { Stop } from '../timing/stop';
import type { Job } from './job';
import type { Journal } from './journal';
import type { OpenRequests } from './openRequests';
import type { Spending } from './spending';
import type { TestRun } from './testRuns';

/** What a purchase works with. */
export interface Shop {
	requests: RequestsApi;
	journal: Journal;
	open: OpenRequests;
	/** Through which submits with a file go. */
	fileSubmits: Gate;
	policy: CallPolicy;
	clock: Clock;
	stop: Stop;
	log: Log;
	/** Where requests live, if the journal does not say otherwise. */
	requestsUrl: string;
	spending: Spending;
	/** In a run started from the editor. */
	testRun?: TestRun;
}

export interface Order {
	itemIndex: number;
	journalKey: string;
	/** What is bought with, as errors call it: 'image' as in 'this image'. */
	noun: string;
	/** Gives the job; what an earlier try bought is taken up without it. Throws a RunComfyError. */
	job(): Promise<Job>;
	/** How long a submit that is refused for a passing reason is tried again, in milliseconds. */
	windowMs: number;
	/** Whether a submit of unknown outcome is repeated: at once and once. */
	repeatUnknown: boolean;
	cancelOnStop: boolean;
	/** Whether what an earlier run from the editor bought with the same input is taken up. */
	reuse: boolean;
	/** The error for when its cost would exceed the limit. */
	overLimit(): RunComfyError;
	/** Whether the batch goes on: after a Stop, or when it has ended for another item, nothing more is bought. */
	isStillWanted(): boolean;
}

export interface Purchase extends RequestRef {
	/** When it was accepted, or taken up again, by the clock. */
	sinceMs: number;
	/** Whether it was bought just now, and not by an earlier try. */
	isNew: boolean;
	/** Jobs of one kind take about as long as each other; known of what was bought just now. */
	jobKind?: string;
	expectsFiles: boolean;
	/** Whether an earlier run from the editor bought it. */
	isReused: boolean;
	/** The seed of a variant. */
	seed?: number;
}
