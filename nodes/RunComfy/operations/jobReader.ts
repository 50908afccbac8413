import type { Job } from '../purchase/job';
import type { Run } from './run';

/** All that a resource which buys is to the operations. */
export interface JobReader {
	/** What is bought with, as errors call it: 'image' as in 'this image'. */
	noun: string;
	/** Reads and checks the job of one item, before anything is paid. Throws a RunComfyError. */
	readJob(run: Run, itemIndex: number): Promise<Job>;
}
