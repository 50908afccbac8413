/** Background → Check Inputs. */

import { checkInputs } from '../../batch/checkInputs';
import type { Run } from '../../batch/run';
import { jobReader } from './input';

export const execute = async (run: Run) => await checkInputs(run, jobReader);
