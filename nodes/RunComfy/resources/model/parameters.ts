/** The node's parameters about a model, as a person, a table or an agent filled them in. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { isModelId } from '../../api/modelId';
import { mustBeJsonObject } from '../../errors/inputErrors';
import { invalidModelId } from '../../errors/modelErrors';
import { type InputProblem, promptTwice } from '../../errors/modelInputRules';
import { readChoice } from '../../values/choice';
import { sendableText } from '../../values/text';
import { parseJson } from '../../values/convert';
import { givenInputs } from '../../values/check';
import { shownValues } from '../../values/mapperValues';
import { isPlainObject } from '../../values/schema';

/** The id in a resource locator's value; undefined where none was chosen. Not yet checked. */
export function modelIdIn(value: unknown): unknown {
	const id: unknown = isPlainObject(value) ? value.value : value;
	const bare = typeof id === 'string' ? id.trim() : id;
	return bare === '' || bare === null ? undefined : bare;
}

/** Reads and checks 'Model' before it can reach a URL. Throws a RunComfyError. */
export function readModelId(context: IExecuteFunctions, itemIndex: number): string {
	const modelId = modelIdIn(context.getNodeParameter('modelId', itemIndex, ''));
	if (!isModelId(modelId)) throw invalidModelId(modelId === undefined);
	return modelId;
}

/** Reads what is given for the model's inputs, 'Prompt' among them. Throws a RunComfyError for what is no set of inputs at all. */
export function readGiven(
	context: IExecuteFunctions,
	itemIndex: number,
): { given: Record<string, unknown>; problems: InputProblem[] } {
	const inputs = readInputMode(context, itemIndex);
	const prompt: unknown = context.getNodeParameter('prompt', itemIndex, '');
	const own = givenInputs({ prompt });
	const isTwice = 'prompt' in own && 'prompt' in givenInputs(inputs);
	return { given: sendable({ ...inputs, ...own }), problems: isTwice ? [promptTwice()] : [] };
}

/** Texts without what a service could choke on: control characters, half an emoji. */
const sendable = (values: Record<string, unknown>): Record<string, unknown> =>
	Object.fromEntries(
		Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? sendableText(value) : value]),
	);

function readInputMode(context: IExecuteFunctions, itemIndex: number): Record<string, unknown> {
	const mode = readChoice('Inputs', context.getNodeParameter('inputMode', itemIndex, 'fields'), [
		'fields',
		'json',
	] as const);
	if (mode !== 'json') return shownValues(context.getNodeParameter('inputs', itemIndex, {}));
	return readJson(context.getNodeParameter('inputsJson', itemIndex, '{}'));
}

function readJson(value: unknown): Record<string, unknown> {
	if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) return {};
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	if (isPlainObject(parsed)) return parsed;
	throw mustBeJsonObject('Inputs (JSON)', '{"duration": 5}');
}
