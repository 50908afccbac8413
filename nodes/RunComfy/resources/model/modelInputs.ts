/** One item's inputs, checked against the live schema of its model before anything is paid. */

import type { Run } from '../../batch/run';
import type { Model, ReadModel } from '../../catalogue/readModel';
import { USE_FILES } from '../../errors/fileRules';
import { inputsUnreadable } from '../../errors/modelErrors';
import { isGivenTwice } from '../../errors/valueRules';
import { problemOf } from '../../errors/problem';
import { givenValues } from '../../values/checkValues';
import { type ItemInputs, readItemInputs } from '../../values/itemInputs';
import { Parameters } from '../../values/parameters';
import { schemaOf } from '../../values/schema';
import { readLiveInputs } from '../liveInputs';
import { allowsPrivate } from '../jobReaderOf';
import { readModelId } from './modelParameters';

export interface ModelInputs extends ItemInputs {
	modelId: string;
	/** Absent where 'Check Inputs' is off: then the catalogue is not read. */
	model?: Model;
}

/**
 * Reads and checks the inputs of one item. Throws a RunComfyError where there is nothing to check against: no model, no
 * schema.
 */
export async function readModelInputs(run: Run, itemIndex: number, readModel: ReadModel): Promise<ModelInputs> {
	const modelId = await readModelId(run, itemIndex);
	const parameters = new Parameters(run.context, itemIndex);
	const { values: given, files } = readPromptAndInputs(parameters);
	const isChecked = parameters.checkOptions(CHECK_OPTION).checkInputs !== false;
	const model = isChecked ? await readModel(modelId) : undefined;
	if (model !== undefined && model.schema === undefined) throw inputsUnreadable(modelId);
	const options = { allowPrivate: allowsPrivate(run), wayOut: USE_FILES };
	const inputs = await readItemInputs(parameters, model?.schema, given, files, options);
	return { modelId, ...(model && { model }), ...inputs };
}

const INPUTS_EXAMPLE = { duration: 5 };

/** What is given for the model's inputs, 'Prompt' among them. Not yet checked. */
export function readPromptAndInputs(parameters: Parameters) {
	const { values, files } = readLiveInputs(parameters, INPUTS_EXAMPLE);
	const own = givenValues({ prompt: parameters.read('prompt') });
	if ('prompt' in own && 'prompt' in givenValues(values)) {
		parameters.note('prompt', problemOf('prompt', 'Prompt', isGivenTwice('in its own field', 'among the inputs')));
	}
	return { values: { ...values, ...own }, files };
}

const CHECK_OPTION = schemaOf({ checkInputs: { label: 'Check Inputs', kind: 'boolean' } });
