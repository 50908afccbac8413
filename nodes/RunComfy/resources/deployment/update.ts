/** Deployment → Update: changes what was chosen, and nothing else. */

import type { IDataObject } from 'n8n-workflow';

import { updateDeployment } from '../../api/accountCalls';
import { tryForAMinute } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { deploymentOf, readNow } from '../../catalogue/readDeployment';
import { nothingToChange, updatingDeployment } from '../../errors/deploymentErrors';
import { alwaysOn } from '../../errors/deploymentWords';
import { schemaOfFields } from '../../values/schema';
import { Parameters } from '../../values/parameters';
import { callForEachItem } from '../callForEachItem';
import { updateFields } from './deploymentFields';
import { readDeploymentId } from './deploymentParameters';

const UPDATE = schemaOfFields(updateFields);

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
	return await callForEachItem(
		run,
		(itemIndex) => ({
			deploymentId: readDeploymentId(run.context, itemIndex),
			change: readChange(run, itemIndex),
		}),
		async ({ deploymentId, change }) => {
			// RunComfy refuses a change without the name.
			const { name } = await readNow(run, deploymentId);
			const seen = await tryForAMinute(run, updatingDeployment(deploymentId), async (options) => {
				return await updateDeployment(run.calls, deploymentId, { name, ...change } as IDataObject, options);
			});
			const after = deploymentOf(seen.answer, deploymentId);
			if (after.isEnabled && after.minInstances > 0) {
				run.hints.push({ text: alwaysOn(after.minInstances), type: 'warning' });
			}
			return after.about;
		},
		// Several items may change one deployment: then the last one counts.
		1,
	);
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
