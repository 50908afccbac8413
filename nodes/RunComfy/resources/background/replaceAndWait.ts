/** Background → Replace and Wait. */
import { buyAndWait } from '../../operations/buyAndWait';
import type { Run } from '../../operations/run';
import { jobReader } from './input';

export const execute = async (run: Run) => await buyAndWait(run, jobReader);
