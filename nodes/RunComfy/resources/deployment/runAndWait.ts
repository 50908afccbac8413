/** Deployment → Run and Wait. */

import { buyAndWait } from '../../batch/buyAndWait';
import type { Run } from '../../batch/run';
import { deploymentJobs } from './deploymentJobs';
import { hintsOnEmptyRuns } from './deploymentOutput';

export async function execute(run: Run) {
	const items = await buyAndWait(run, deploymentJobs(run));
	run.hints.push(...hintsOnEmptyRuns(items));
	return items;
}
