/** Deployment → Get Many: the account's deployments, disabled ones last. */

import { SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { allDeployments } from '../../catalogue/deployments';
import { plainItem } from '../../output/items';
import { schemaOfFields } from '../../values/fieldSchema';
import { Parameters } from '../../values/parameters';
import { THIS_OPERATION } from '../../values/schema';
import { DEFAULT_LIMIT, listFields } from '../listFields';

const LIST_FIELDS = schemaOfFields(THIS_OPERATION, listFields({}));

export async function execute(run: Run) {
	return await workThroughItems(run, {
		check: async (itemIndex) => ({ itemIndex, most: readLimit(run, itemIndex) }),
		concurrency: () => SINGLE_CALLS_AT_ONCE,
		work: async ({ itemIndex, most }) => {
			const deployments = (await allDeployments(run)).slice(0, most).map(({ about }) => about);
			// An agent is given the first item only.
			const items = run.asTool ? [{ deployments }] : deployments;
			return async () => items.map((json) => plainItem(itemIndex, json));
		},
	});
}

function readLimit({ context }: Run, itemIndex: number): number {
	const parameters = new Parameters(context, itemIndex);
	const given = { returnAll: parameters.read('returnAll'), limit: parameters.read('limit') };
	const values = parameters.check(LIST_FIELDS, given);
	parameters.throwIfWrong();
	return values.returnAll === true ? Infinity : Number(values.limit ?? DEFAULT_LIMIT);
}
