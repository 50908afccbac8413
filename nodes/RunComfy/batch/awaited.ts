import type { RequestRef } from '../api/queue';
import type { ExpectsFiles } from '../api/result';
import type { ReadOutput } from '../output/deliver';
import type { WaitingOptions } from './options';
import type { Place } from './runPool';

/** A request to be waited for. */
export interface Awaited extends RequestRef {
	itemIndex: number;
	/** From which the Timeout runs, by the clock. */
	sinceMs: number;
	/** Whether it was bought just now. */
	isNew: boolean;
	/** When RunComfy accepted it, in epoch milliseconds, where that is known. */
	boughtAtMs?: number;
	/** Whether an earlier run from the editor bought it, so that it is not this run's to cancel. */
	isReused?: boolean;
	/** The name or the address of what went in, for the names of downloaded files. */
	source?: string;
	/** Absent for a request this execution did not buy. */
	journalKey?: string;
	/** Absent where nothing is known of the job, so that nothing is learned from it either. */
	jobKind?: string;
	/** Whether a success without a file is a failure. */
	expectsFiles: ExpectsFiles;
	/** The model's id, where it is known without RunComfy's answer. */
	modelId?: string;
	/** Addresses that it was given, where they are known. */
	sent?: readonly string[];
	options: WaitingOptions;
	/** What an answer gives, where it is not a model's `output`. */
	read?: ReadOutput;
	/** Counted from 1, where the item has several, and its seed. */
	variant?: number;
	seed?: number;
	/** Kept after the Timeout until the request's end is seen; absent where nothing is bought. */
	place?: Place;
}
