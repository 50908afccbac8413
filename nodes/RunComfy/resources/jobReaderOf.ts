/** What the resources that buy have in common when they read the job of an item. */

import { sentAddresses } from '../api/outputFiles';
import type { JobReader } from '../batch/jobReader';
import type { Run } from '../batch/run';
import { invalidInput } from '../errors/problem';
import { splitAddresses } from '../values/address';
import { nameOfFile } from '../values/inputFile';
import type { GivenValues, SeenFile } from '../values/itemInputs';
import { Parameters } from '../values/parameters';

/** What a resource says of its jobs, and what an item gives for one. Reading that notes what is wrong. */
type AboutReader = Omit<JobReader, 'sourceOf' | 'readJob' | 'checkJob'> & {
	given(parameters: Parameters): GivenValues;
};

/** The reader of a resource, made of one function that reads a job with all that is wrong. */
export const jobReaderOf = ({ given, ...about }: AboutReader, read: JobReader['checkJob']): JobReader => ({
	...about,
	sourceOf: ({ context }, itemIndex) => {
		try {
			const { values, files } = given(new Parameters(context, itemIndex));
			const names = files.map(({ source }) => nameOfFile(context, itemIndex, source));
			const entries = Object.values(values).flatMap((value) => splitAddresses(value) ?? [value]);
			return [...names, ...sentAddresses(entries)].find(Boolean);
		} catch {
			// Such as an object that contains itself. Only a file's name depends on it, and the file may be paid.
			return undefined;
		}
	},
	checkJob: read,
	readJob: async (run, itemIndex) => {
		const { job, problems, basis } = await read(run, itemIndex);
		if (job === undefined || problems.length > 0) throw invalidInput(problems, basis);
		return job;
	},
});

/** A custom service may be in the same private network as n8n. */
export const allowsPrivate = ({ connection }: Run): boolean => connection.environment === 'custom';

/** Files as part of a job's hash. */
export const inHash = (files: readonly SeenFile[]): string[] => files.map(({ input, digest }) => `${input} ${digest}`);
