/** Background → Submit. */
import type { Run } from '../../operations/run';
import { submit } from '../../operations/submit';
import { jobReader } from './input';

export const execute = async (run: Run) => await submit(run, jobReader);
