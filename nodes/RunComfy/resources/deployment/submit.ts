/** Deployment → Submit. */

import { submit } from '../../batch/submit';
import type { Run } from '../../batch/run';
import { deploymentJobs } from './job';

export const execute = async (run: Run) => await submit(run, deploymentJobs(run));
