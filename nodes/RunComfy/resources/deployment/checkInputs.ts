/** Deployment → Check Inputs: also what a run would start, since nobody can say what it will cost. */

import { checkInputs } from '../../batch/checkInputs';
import type { Run } from '../../batch/run';
import { billed } from '../../errors/deploymentWords';
import { jobsOf } from './job';

export async function execute(run: Run) {
	const items = await checkInputs(run, jobsOf(run));
	run.hints.push({ text: billed(''), type: 'info' });
	return items;
}
