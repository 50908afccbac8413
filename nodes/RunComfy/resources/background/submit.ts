/** Background → Submit. */
import type { Run } from '../../operations/run';
import { submit } from '../../operations/submit';
import { readJob } from './input';

export const execute = async (run: Run) => await submit(run, readJob);
