/** What the editor shows of models: their list, searched by RunComfy page by page, and the inputs of the chosen one. */

import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';

import { isFileAddressAllowed } from '../api/connection';
import { isModelId } from '../api/ids';
import type { ModelAnswer } from '../api/modelCalls';
import { type Lookup, startLookup } from '../batch/lookup';
import { type ProcessState, processState as thisProcess } from '../batch/processState';
import { fieldsOfSchema, isEditable } from '../catalogue/mapperFields';
import { aboutModel } from '../catalogue/modelItem';
import { modelPage } from '../catalogue/modelList';
import { readModel } from '../catalogue/readModel';
import * as words from '../errors/modelWords';
import { priceInShort, readPrice } from '../purchase/estimate';
import { idInLocator } from '../resources/liveInputs';
import type { Schema } from '../values/schema';
import { answerEditor, fieldsOrNotice, isExpression } from './answerEditor';

/** As long as a page that a person scrolls through. */
const PAGE_SIZE = 100;

/** Answers a page of models; `paginationToken` is where the next one begins. Throws an error that the list shows. */
export async function searchModels(
	context: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
	processState: ProcessState = thisProcess,
): Promise<INodeListSearchResult> {
	return await answerEditor(context, async () => {
		const lookup = await startLookup(context, processState);
		const offset = Math.max(0, Math.floor(Number(paginationToken ?? 0)) || 0);
		const page = await modelPage(lookup, { search: filter?.trim() }, { offset, limit: PAGE_SIZE });
		return {
			results: page.models.map((model) => lineOf(model, lookup)),
			...(page.nextOffset !== undefined && { paginationToken: String(page.nextOffset) }),
		};
	});
}

function lineOf(answer: ModelAnswer, { connection }: Lookup): INodeListSearchItems {
	const { display_name: name, model_url: address } = aboutModel(answer);
	const price = readPrice(answer);
	const value = String(answer.model_id);
	const isOwn = typeof address === 'string' && isFileAddressAllowed(new URL(address), connection);
	return {
		name: words.modelInList(typeof name === 'string' && name !== '' ? name : value, price && priceInShort(price)),
		value,
		description: value,
		...(isOwn && { url: address }),
	};
}

/** Names of the node's own fields: an AI agent could not distinguish a field of the model with the same name. */
const MODEL_PARAMETERS = ['Model', 'Prompt', 'Inputs (JSON)', 'Input Data Field Name'];

/** The schema of the model that the editor has just now; `notice`: what is said where it gives no fields. */
async function schemaNow(
	context: ILoadOptionsFunctions,
	processState: ProcessState,
): Promise<{ schema?: Schema; notice: string }> {
	const modelId = idInLocator(context.getCurrentNodeParameter('modelId'));
	if (!isModelId(modelId)) {
		return { notice: isExpression(modelId) ? words.MODEL_FROM_EXPRESSION : words.CHOOSE_A_MODEL };
	}
	const { schema } = await readModel(await startLookup(context, processState), modelId);
	return { schema, notice: schema === undefined ? words.noInputsToShow(modelId) : words.ONLY_A_PROMPT };
}

/** The fields of the chosen model. Throws an error that the editor shows in their place. */
export async function getModelInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<ResourceMapperFields> {
	return await answerEditor(context, async () => {
		const { schema, notice } = await schemaNow(context, processState);
		return fieldsOrNotice(schema === undefined ? [] : fieldsOfSchema(schema, MODEL_PARAMETERS), notice);
	});
}

/** The inputs of the chosen model that take a file. Throws an error that the editor shows in their place. */
export async function getMediaInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<INodePropertyOptions[]> {
	return await answerEditor(context, async () => {
		const { schema } = await schemaNow(context, processState);
		const inputs = [...(schema?.inputs.values() ?? [])].filter(
			({ media, name }) => media !== undefined && isEditable(name),
		);
		return inputs.map(({ name, label }) => ({ name: label, value: name, description: name }));
	});
}
