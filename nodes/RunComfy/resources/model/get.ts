/** Model → Get: what the catalogue says of a model, and its inputs as the node checks them. */

import { SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { plainItem } from '../../output/items';
import { modelsOfRun } from '../../catalogue/models';
import { inputsInItem } from '../../catalogue/modelItem';
import { readModelId } from './modelParameters';

export async function execute(run: Run) {
	const readModel = modelsOfRun(run);
	return await workThroughItems(run, {
		check: async (itemIndex) => ({ itemIndex, modelId: await readModelId(run, itemIndex) }),
		concurrency: () => SINGLE_CALLS_AT_ONCE,
		work: async ({ itemIndex, modelId }) => {
			const model = await readModel(modelId);
			const { about, schema } = model;
			const inputs = schema === undefined ? null : inputsInItem(schema);
			return async () => [plainItem(itemIndex, { ...about, model_id: modelId, inputs })];
		},
	});
}
