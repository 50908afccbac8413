/** Deployment → Get: the record, and the inputs of its workflow as the node checks them. */

import type { Run } from '../../batch/run';
import { deploymentsOfRun } from '../../catalogue/readDeployment';
import { inputsInItem } from '../../catalogue/modelItem';
import { schemaOfWorkflow } from '../../catalogue/workflow';
import { callForEachItem } from '../callForEachItem';
import { readDeploymentId } from './deploymentParameters';

export async function execute(run: Run) {
	const { read } = deploymentsOfRun(run);
	return await callForEachItem(
		run,
		(itemIndex) => readDeploymentId(run.context, itemIndex),
		async (deploymentId) => {
			const { about, workflow } = await read(deploymentId);
			return { ...about, inputs: inputsInItem(workflow && schemaOfWorkflow(workflow)) };
		},
	);
}
