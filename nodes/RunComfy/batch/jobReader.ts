import type { Problem } from '../errors/problem';
import type { ReadOutput } from '../output/deliver';
import type { Job } from '../purchase/job';
import type { Run } from './run';

/** A job, and all that keeps it from being bought; with nothing in its way there is always a job. */
export interface CheckedJob {
	job?: Job;
	problems: Problem[];
	/** What the inputs were checked against, as a sentence. */
	basis?: string;
}

/** What a resource that buys gives to the operations. */
export interface JobReader {
	/** What is bought with, as errors call it: 'image' as in 'this image'. */
	noun: string;
	/** Where a person finds its requests at runcomfy.com; under Generations, if absent. */
	listed?: string;
	/** The name of the first file that goes in, else its URL: downloaded files are named after it. Never throws. */
	sourceOf(run: Run, itemIndex: number): string | undefined;
	/** The id of its model. Never throws. */
	modelIdOf(run: Run, itemIndex: number): string | undefined;
	/** How long its requests are waited for where the user does not say, in seconds. */
	usualTimeoutSeconds?: number;
	/** How the answers of an item's requests are read, where they are not a model's. Never throws. */
	outputOf?(run: Run, itemIndex: number): ReadOutput;
	/** Reads and checks the job of one item, before anything is paid. Throws a RunComfyError. */
	readJob(run: Run, itemIndex: number): Promise<Job>;
	/** The same, with what is wrong with the inputs instead of an error for it. */
	checkJob(run: Run, itemIndex: number): Promise<CheckedJob>;
}
