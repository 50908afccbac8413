/** Deployment → Run and Wait. */

import { buyAndWait } from '../../batch/buyAndWait';
import type { Run } from '../../batch/run';
import { nothingNew } from '../../errors/deploymentWords';
import { deploymentJobs } from './job';
import { gaveNothingNew } from './output';

export async function execute(run: Run) {
	const items = await buyAndWait(run, deploymentJobs(run));
	const empty = items.filter(gaveNothingNew).length;
	if (empty > 0) run.hints.push({ text: nothingNew(empty), type: 'warning' });
	return items;
}
