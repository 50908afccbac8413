/** Model → Get: what the catalogue says of a model, and its inputs as the node checks them. */

import type { Run } from '../../batch/run';
import { modelOfRun } from '../../catalogue/modelCatalogue';
import { inputsInItem } from '../../catalogue/modelItem';
import { callForEachItem } from '../callForEachItem';
import { readModelId } from './modelInputs';

export async function execute(run: Run) {
	return await callForEachItem(
		run,
		async (itemIndex) => await readModelId(run, itemIndex),
		async (modelId) => {
			const { about, schema } = await modelOfRun(run, modelId);
			return { ...about, model_id: modelId, inputs: inputsInItem(schema) };
		},
	);
}
