/** What a purchase works with, what is wanted of it, and what it gives. */

import type { CallPolicy } from '../api/callPolicies';
import type { ApiHosts, RequestRef } from '../api/queue';
import type { RequestsApi } from '../api/requests';
import type { ExpectsFiles } from '../api/result';
import type { Log } from '../errors/logLines';
import type { RunComfyError } from '../errors/RunComfyError';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import type { Stop } from '../timing/stop';
import type { Job } from './job';
import type { Journal } from './journal';
import type { OpenRequests } from './openRequests';
import type { Spending } from './spending';
import type { TestRunReuse } from './testRunReuse';

/** Who keeps count of the money of one execution. */
interface Money {
	journal: Journal;
	spending: Spending;
	open: OpenRequests;
	testRunReuse: TestRunReuse;
}

/** What purchases are made with. */
export interface PurchaseContext {
	money: Money;
	requests: RequestsApi;
	/** Through which submits with a file go. */
	gates: { fileSubmits: Gate };
	policies: { call: CallPolicy };
	clock: Clock;
	stop: Stop;
	log: Log;
	/** Where requests live. */
	connection: ApiHosts;
}

/** One request to be bought, from its check to its purchase. */
export interface Order {
	itemIndex: number;
	journalKey: string;
	/** Counted from 1; absent where the item has only one. */
	variant?: number;
	/** The noun that errors use for the input, as in 'this image'. */
	noun: string;
	/** Where a person finds it at runcomfy.com; under Generations, if absent. */
	listed?: string;
	/** Whether it is here only because an earlier attempt paid for it: it is never bought again. */
	isExtra?: boolean;
	/** Why it cannot be bought, while other variants of its item are delivered. */
	problem?: RunComfyError;
	/** Gives the job; a request that is there already is resumed without it. Throws a RunComfyError. */
	job(): Promise<Job>;
	/** How long a submit is repeated that is refused for a reason that may pass, in milliseconds. */
	windowMs: number;
	/** Whether a submit of unknown outcome is repeated: at once and once. */
	submitAgain: boolean;
	cancelOnStop: boolean;
	/** Whether a request that an earlier run from the editor bought with the same input is used. */
	reuse: boolean;
	/** Whether the operation waits for the request's end, or returns its ID at once. */
	isWaitedFor: boolean;
}

/** A request, and its key in the journal; absent for a request that this execution did not submit. */
export interface JournaledRequest extends RequestRef {
	journalKey?: string;
}

/** A request that is there: bought by whichever attempt, or known by its ID only. */
export interface Purchase extends JournaledRequest {
	itemIndex: number;
	/** When it was accepted or resumed, by the clock. */
	sinceMs: number;
	/** Whether it was bought just now, and not by an earlier attempt. */
	isNew: boolean;
	/** Jobs of one kind take about as long as each other; known of what was bought just now. */
	jobKind?: string;
	/** Whether a success without a file is a failure. */
	expectsFiles: ExpectsFiles;
	/** Whether an earlier run from the editor bought it, so that it is not this run's to cancel. */
	isReused?: boolean;
	/** When RunComfy accepted it, in epoch milliseconds, where that is known. */
	boughtAtMs?: number;
	/** Addresses that it was given, where they are known. */
	sent?: readonly string[];
	/** The seed of a variant. */
	seed?: number;
}
