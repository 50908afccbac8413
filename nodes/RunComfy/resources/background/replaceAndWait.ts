/** Background → Replace and Wait. */

import { buyAndWait } from '../../batch/buyAndWait';
import type { Run } from '../../batch/run';
import { jobReader } from './input';

export const execute = async (run: Run) => await buyAndWait(run, jobReader);
