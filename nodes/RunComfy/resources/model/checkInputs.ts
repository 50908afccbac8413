/** Model → Check Inputs. */
import { checkInputs } from '../../operations/checkInputs';
import type { Run } from '../../operations/run';
import { jobsOf } from './job';

export const execute = async (run: Run) => await checkInputs(run, jobsOf(run));
