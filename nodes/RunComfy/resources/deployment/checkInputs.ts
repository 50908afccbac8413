/** Deployment → Check Inputs: also what a run would start, since nobody can say what it will cost. */

import { checkOnly } from '../../batch/checkOnly';
import type { Run } from '../../batch/run';
import { valuesOutOfLimits, withLimits } from '../../catalogue/objectInfo';
import { outOfLimits } from '../../errors/deploymentWords';
import type { DeploymentInputs } from './deploymentInputs';
import { deploymentJobs } from './deploymentJobs';

export async function execute(run: Run) {
	const checked = new Map<number, DeploymentInputs>();
	const items = await checkOnly(
		run,
		deploymentJobs(run, (itemIndex, inputs) => checked.set(itemIndex, inputs)),
	);
	const values = (await Promise.all([...checked].map(async (one) => await valuesOf(run, ...one)))).flat();
	if (values.length > 0) run.hints.push({ text: outOfLimits(values), type: 'warning' });
	return items;
}

/** What the machine would probably refuse, of what is sent for one item. */
async function valuesOf(run: Run, itemIndex: number, { deployment, given, values }: DeploymentInputs) {
	if (given.form !== 'overrides') return [];
	const workflow = await withLimits(run, deployment);
	return workflow === undefined ? [] : valuesOutOfLimits(values, workflow).map((wrong) => ({ ...wrong, itemIndex }));
}
