/** Model → Submit. */
import type { Run } from '../../operations/run';
import { submit } from '../../operations/submit';
import { jobsOf } from './job';

export const execute = async (run: Run) => await submit(run, jobsOf(run));
