/** Deployment → Get: the record, and the inputs of its workflow as the node checks them. */

import { SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { deploymentsOfRun } from '../../catalogue/deployments';
import { inputsInItem } from '../../catalogue/modelItem';
import { schemaOfWorkflow } from '../../catalogue/workflow';
import { plainItem } from '../../output/items';
import { readDeploymentId } from './deploymentParameters';

export async function execute(run: Run) {
	const read = deploymentsOfRun(run);
	return await workThroughItems(run, {
		check: async (itemIndex) => ({ itemIndex, deploymentId: readDeploymentId(run.context, itemIndex) }),
		concurrency: () => SINGLE_CALLS_AT_ONCE,
		work: async ({ itemIndex, deploymentId }) => {
			const { about, workflow } = await read(deploymentId);
			const inputs = workflow === undefined ? null : inputsInItem(schemaOfWorkflow(workflow));
			return async () => [plainItem(itemIndex, { ...about, inputs })];
		},
	});
}
