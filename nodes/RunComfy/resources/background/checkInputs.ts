/** Background → Check Inputs. */
import { checkInputs } from '../../operations/checkInputs';
import type { Run } from '../../operations/run';
import { jobReader } from './input';

export const execute = async (run: Run) => await checkInputs(run, jobReader);
