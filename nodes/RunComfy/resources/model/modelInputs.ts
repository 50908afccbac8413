/** One item's model, and its inputs checked against the live schema of its model before anything is paid. */

import { isModelId } from '../../api/service';
import type { Run } from '../../batch/run';
import { idOfPage, type Model, modelOfRun } from '../../catalogue/modelCatalogue';
import { USE_FILES } from '../../errors/fileRules';
import { inputsUnreadable, invalidModelId, isPageOfModel } from '../../errors/modelErrors';
import { asRunComfyError } from '../../errors/RunComfyError';
import { isGivenTwice } from '../../errors/valueRules';
import { problemOf } from '../../errors/problem';
import { givenValues } from '../../values/checkValues';
import { type ItemInputs, readItemInputs } from '../../values/itemInputs';
import { Parameters } from '../../values/parameters';
import { schemaOf } from '../../values/schema';
import { allowsPrivate } from '../jobReaderOf';
import { idInLocator, readLiveInputs } from '../liveInputs';

/** Reads and checks 'Model' before it can reach a URL. Throws a RunComfyError. */
export async function readModelId(run: Run, itemIndex: number): Promise<string> {
	const modelId = idInLocator(run.context.getNodeParameter('modelId', itemIndex, ''));
	if (isModelId(modelId)) return modelId;
	throw isModelPage(modelId) ? isPageOfModel(await idOfPageIfKnown(run, modelId)) : invalidModelId(modelId);
}

const isModelPage = (value: unknown): value is string =>
	typeof value === 'string' &&
	/^https?:\/\/([\w-]+\.)*runcomfy\.com\/(.*\/)?models\/./i.test(value) &&
	URL.canParse(value);

/** Only the advice depends on it, so that a catalogue out of reach does not matter. */
async function idOfPageIfKnown(run: Run, address: string): Promise<string | undefined> {
	try {
		return await idOfPage(run, address);
	} catch (error) {
		asRunComfyError(error);
		return undefined;
	}
}

export interface ModelInputs extends ItemInputs {
	modelId: string;
	/** Absent where 'Check Inputs' is off: then the catalogue is not read. */
	model?: Model;
}

/**
 * Reads and checks the inputs of one item. Throws a RunComfyError where there is nothing to check against: no model, no
 * schema.
 */
export async function readModelInputs(run: Run, itemIndex: number): Promise<ModelInputs> {
	const modelId = await readModelId(run, itemIndex);
	const parameters = new Parameters(run.context, itemIndex);
	const { values: given, files } = readPromptAndInputs(parameters);
	const isChecked = parameters.checkOptions(CHECK_OPTION).checkInputs !== false;
	const model = isChecked ? await modelOfRun(run, modelId) : undefined;
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
