/** Background → Submit. */

import type { Run } from '../../batch/run';
import { submit } from '../../batch/submit';
import { jobReader } from './input';

export const execute = async (run: Run) => await submit(run, jobReader);
