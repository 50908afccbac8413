/** What the editor shows of a model's inputs: fields for the resource mapper, and the list behind 'Files'. */

import type { ILoadOptionsFunctions, INodePropertyOptions, ResourceMapperFields } from 'n8n-workflow';

import { isModelId } from '../api/ids';
import { toNodeError } from '../errors/nodeError';
import { CHOOSE_A_MODEL, MODEL_FROM_EXPRESSION, noInputsToShow, ONLY_A_PROMPT } from '../errors/modelWords';
import { type ProcessState, processState as thisProcess } from '../batch/processState';
import { startLookup } from '../batch/lookup';
import { readModel } from '../catalogue/models';
import type { Schema } from '../values/schema';
import { idInLocator } from '../resources/liveInputs';
import { fieldsOfSchema, isEditable } from '../catalogue/editorFields';

/** Fields of the node beside those of the model: an AI agent could not tell two of one name apart. */
const MODEL_PARAMETERS = ['Model', 'Prompt', 'Inputs (JSON)', 'Input Data Field Name'];

const empty = (emptyFieldsNotice: string): ResourceMapperFields => ({ fields: [], emptyFieldsNotice });

/** The model the editor has just now, or the sentence that says why there is none to look up. */
async function schemaNow(
	context: ILoadOptionsFunctions,
	processState: ProcessState,
): Promise<{ schema: Schema } | { notice: string }> {
	const modelId = idInLocator(context.getCurrentNodeParameter('modelId'));
	if (modelId === undefined) return { notice: CHOOSE_A_MODEL };
	if (!isModelId(modelId)) {
		const isExpression = typeof modelId === 'string' && modelId.startsWith('=');
		return { notice: isExpression ? MODEL_FROM_EXPRESSION : CHOOSE_A_MODEL };
	}
	const { schema } = await readModel(await startLookup(context, processState), modelId);
	return schema === undefined ? { notice: noInputsToShow(modelId) } : { schema };
}

/** The fields of the chosen model. Throws an error that the editor shows in their place. */
export async function getModelInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<ResourceMapperFields> {
	try {
		const now = await schemaNow(context, processState);
		if ('notice' in now) return empty(now.notice);
		const fields = fieldsOfSchema(now.schema, MODEL_PARAMETERS);
		return fields.length === 0 ? empty(ONLY_A_PROMPT) : { fields };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** The inputs of the chosen model that take a file. Throws an error that the editor shows in their place. */
export async function getMediaInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<INodePropertyOptions[]> {
	try {
		const now = await schemaNow(context, processState);
		if ('notice' in now) return [];
		const inputs = [...now.schema.inputs.values()].filter(({ media, name }) => media !== undefined && isEditable(name));
		return inputs.map(({ name, label }) => ({ name: label, value: name, description: name }));
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}
