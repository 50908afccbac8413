/** Model → Submit. */

import type { Run } from '../../batch/run';
import { submit } from '../../batch/submit';
import { modelJobs } from './job';

export const execute = async (run: Run) => await submit(run, modelJobs(run));
