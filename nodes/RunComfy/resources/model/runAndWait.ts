/** Model → Run and Wait. */

import { buyAndWait } from '../../batch/buyAndWait';
import type { Run } from '../../batch/run';
import { modelJobs } from './job';

export const execute = async (run: Run) => await buyAndWait(run, modelJobs(run));
