/** Deployment → Update: changes what was chosen, and nothing else. */

import type { IDataObject } from 'n8n-workflow';

import { updateDeployment } from '../../api/deployments';
import { tryForAMinute } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { deploymentOf, readNow } from '../../catalogue/deployments';
import { nothingToChange, updatingDeployment } from '../../errors/deploymentErrors';
import { alwaysOn } from '../../errors/deploymentWords';
import { plainItem } from '../../output/items';
import { schemaOfFields } from '../../values/fieldSchema';
import { Parameters } from '../../values/parameters';
import { THIS_OPERATION } from '../../values/schema';
import { updateFields } from './deploymentFields';
import { readDeploymentId } from './deploymentParameters';

const UPDATE = schemaOfFields(THIS_OPERATION, updateFields);

/** RunComfy's names for them. */
const RUNCOMFY_NAMES: Readonly<Record<string, string>> = {
	enabled: 'is_enabled',
	hardware: 'hardware',
	keepWarm: 'keep_warm_duration_in_seconds',
	maxInstances: 'max_instances',
	minInstances: 'min_instances',
	name: 'name',
	queueSize: 'queue_size',
	workflowVersion: 'workflow_version',
};

export async function execute(run: Run) {
	return await workThroughItems(run, {
		check: async (itemIndex) => ({
			itemIndex,
			deploymentId: readDeploymentId(run.context, itemIndex),
			change: readChange(run, itemIndex),
		}),
		// Several items may change one deployment: then the last one counts.
		concurrency: () => 1,
		work: async ({ itemIndex, deploymentId, change }) => {
			// RunComfy refuses a change without the name.
			const { name } = await readNow(run, deploymentId);
			const seen = await tryForAMinute(run, updatingDeployment(deploymentId), async (options) => {
				return await updateDeployment(run.calls, deploymentId, { name, ...change } as IDataObject, options);
			});
			const after = deploymentOf(seen.answer, deploymentId);
			if (after.isEnabled && after.minInstances > 0) {
				run.hints.push({ text: alwaysOn(after.minInstances), type: 'warning' });
			}
			return async () => [plainItem(itemIndex, after.about)];
		},
	});
}

function readChange({ context }: Run, itemIndex: number): IDataObject {
	const parameters = new Parameters(context, itemIndex);
	const given = parameters.readObject('fieldsToUpdate', 'Fields to Update');
	const values = parameters.check(UPDATE, given);
	parameters.throwIfWrong();
	const entries = Object.entries(values).map(([name, value]) => [
		RUNCOMFY_NAMES[name],
		// A list of one.
		name === 'hardware' ? [value] : value,
	]);
	if (entries.length === 0) throw nothingToChange();
	return Object.fromEntries(entries) as IDataObject;
}
