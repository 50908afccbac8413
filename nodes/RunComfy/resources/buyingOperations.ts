/** The operations of a resource that buys: verbs of `batch/` with the resource's own reader of jobs. */

import type { JobReader } from '../batch/jobReader';
import type { Run } from '../batch/run';
import type { Operation } from './registryEntries';

type Verb = (run: Run, reader: JobReader) => ReturnType<Operation['execute']>;

/** Loads verbs and reader when an operation is first used. `loadReader` gives what reads the jobs of a run. */
export function buyingOperations(loadReader: () => Promise<(run: Run) => JobReader>) {
	const operation = (loadVerb: () => Promise<Verb>) => async (): Promise<Operation> => {
		const [act, readerFor] = [await loadVerb(), await loadReader()];
		return { execute: (run) => act(run, readerFor(run)) };
	};
	return {
		buyAndWait: operation(async () => (await import('../batch/buyAndWait')).buyAndWait),
		submit: operation(async () => (await import('../batch/submitOnly')).submitOnly),
		checkInputs: operation(async () => (await import('../batch/checkOnly')).checkOnly),
	};
}
