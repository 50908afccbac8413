/** The node's parameters about a model, as a person, a table or an agent filled them in. */

import { isModelId } from '../../api/ids';
import type { Run } from '../../batch/run';
import { idOfPage } from '../../catalogue/modelList';
import { invalidModelId, isPageOfModel } from '../../errors/modelErrors';
import { asRunComfyError } from '../../errors/RunComfyError';
import { isGivenTwice, mustBeInputs } from '../../errors/valueRules';
import { problemOf } from '../../errors/problem';
import { checkValues, givenValues } from '../../values/check';
import type { GivenFile } from '../../values/itemInputs';
import { mapperValues, type Parameters } from '../../values/parameters';
import { isPlainObject, type PlainObject, schemaOf } from '../../values/schema';

/** The id in a resource locator's value; undefined where none was chosen. Not yet checked. */
export function modelIdIn(value: unknown): unknown {
	const id: unknown = isPlainObject(value) ? value.value : value;
	const bare = typeof id === 'string' ? id.trim() : id;
	return bare === '' || bare === null ? undefined : bare;
}

/** Reads and checks 'Model' before it can reach a URL. Throws a RunComfyError. */
export async function readModelId(run: Run, itemIndex: number): Promise<string> {
	const modelId = modelIdIn(run.context.getNodeParameter('modelId', itemIndex, ''));
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

const MODE = schemaOf('this operation', {
	inputMode: { label: 'Inputs', kind: 'choice', choices: ['fields', 'json'] },
});

const INPUTS_EXAMPLE = { duration: 5 };

/** What is given for the model's inputs, 'Prompt' among them. */
export function readGivenInputs(parameters: Parameters): PlainObject {
	const inputs = readInputs(parameters);
	const own = givenValues({ prompt: parameters.read('prompt') });
	if ('prompt' in own && 'prompt' in givenValues(inputs)) {
		parameters.note('prompt', problemOf('prompt', 'Prompt', isGivenTwice('in its own field', 'among the inputs')));
	}
	return { ...inputs, ...own };
}

function readInputs(parameters: Parameters): PlainObject {
	const { values, problems } = checkValues(MODE, { inputMode: parameters.read('inputMode') });
	for (const problem of problems) parameters.note('inputMode', problem);
	if (problems.length > 0) return {};
	if (values.inputMode === 'json') {
		return parameters.readObject('inputsJson', 'Inputs (JSON)', INPUTS_EXAMPLE);
	}
	const given = parameters.read('inputs');
	const inputs = mapperValues(given);
	if (inputs === undefined) parameters.note('inputs', problemOf('inputs', 'Fields', mustBeInputs(given)));
	return inputs ?? {};
}

/** The lines of 'Files'. n8n itself leaves out whatever is not in its own form. */
export function readGivenFiles(parameters: Parameters): GivenFile[] {
	const { file } = parameters.readObject('files', 'Files');
	const lines: unknown[] = Array.isArray(file) ? file : [];
	return lines.filter(isPlainObject).map(({ input, binaryPropertyName: source }) => ({ input: textOf(input), source }));
}

const textOf = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
