/** Model → Check Inputs. */

import { checkInputs } from '../../batch/checkInputs';
import type { Run } from '../../batch/run';
import { modelJobs } from './job';

export const execute = async (run: Run) => await checkInputs(run, modelJobs(run));
