/** Model → Run and Wait. */
import { buyAndWait } from '../../operations/buyAndWait';
import type { Run } from '../../operations/run';
import { jobsOf } from './job';

export const execute = async (run: Run) => await buyAndWait(run, jobsOf(run));
