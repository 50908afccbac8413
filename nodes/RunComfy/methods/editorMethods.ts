/** What the editor shows of models and deployments: their lists, and the inputs of the chosen one. */

import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';

import { isFileAddressAllowed } from '../api/connection';
import { isDeploymentId, isModelId } from '../api/service';
import type { ModelAnswer } from '../api/modelCalls';
import { type Lookup, startLookup } from '../batch/lookup';
import { processState as thisProcess } from '../batch/processState';
import { fieldsOfSchema, isEditable } from '../catalogue/mapperFields';
import { modelPage, readModel } from '../catalogue/modelCatalogue';
import { aboutModel } from '../catalogue/modelItem';
import { withLimits } from '../catalogue/objectInfo';
import { allDeployments, readDeployment, readNow } from '../catalogue/readDeployment';
import { fieldIdOf, fieldsOfWorkflow, inputsByFieldId } from '../catalogue/workflowMapperFields';
import * as deploymentWords from '../errors/deploymentWords';
import * as modelWords from '../errors/modelErrors';
import { toNodeError } from '../errors/toNodeError';
import { priceInShort, readPrice } from '../purchase/estimate';
import { idInLocator } from '../resources/liveInputs';

/** Gives the editor what it asks for. Throws an error that the editor shows instead. */
async function answerEditor<A>(context: ILoadOptionsFunctions, answer: () => Promise<A>): Promise<A> {
	try {
		return await answer();
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** As long as a page that a person scrolls through. */
const PAGE_SIZE = 100;

/** Returns a page of models, searched by RunComfy; `paginationToken` is where the next one begins. */
export async function searchModels(
	context: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
	processState = thisProcess,
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
		name: modelWords.modelInList(typeof name === 'string' && name !== '' ? name : value, price && priceInShort(price)),
		value,
		description: value,
		...(isOwn && { url: address }),
	};
}

/** Returns the account's deployments whose names contain `filter`. */
export async function searchDeployments(
	context: ILoadOptionsFunctions,
	filter = '',
	processState = thisProcess,
): Promise<INodeListSearchResult> {
	return await answerEditor(context, async () => {
		const all = await allDeployments(await startLookup(context, processState));
		const wanted = filter.trim().toLowerCase();
		const found = all.filter(({ id, label }) => isDeploymentId(id) && label.toLowerCase().includes(wanted));
		return {
			results: found.map(({ id, label, version, hardware, isEnabled }) => ({
				name: deploymentWords.deploymentInList(label, version, hardware, isEnabled),
				value: id,
				description: id,
			})),
		};
	});
}

/** Fields, those inputs that take a file, and what is shown where there are no fields. */
interface ShownInputs {
	fields: ResourceMapperField[];
	media: INodePropertyOptions[];
	notice: string;
}

/** What has inputs, and the field in which it is chosen. */
interface InputsOwner {
	locator: string;
	isId(value: unknown): value is string;
	/** Notices where none is chosen, or an expression that only a run can resolve. */
	choose: string;
	fromExpression: string;
	/** `isFresh`: not as it was read a moment ago. */
	read(lookup: Lookup, id: string, isFresh: boolean): Promise<ShownInputs>;
}

/** Names of the node's own fields: an AI agent could not distinguish an input with the same name. */
const NAMES_OF_THE_NODE = ['Inputs (JSON)', 'Input Data Field Name'];

const modelInputs: InputsOwner = {
	locator: 'modelId',
	isId: isModelId,
	choose: modelWords.CHOOSE_A_MODEL,
	fromExpression: modelWords.MODEL_FROM_EXPRESSION,
	async read(lookup, modelId) {
		const { schema } = await readModel(lookup, modelId);
		if (schema === undefined) return { fields: [], media: [], notice: modelWords.noInputsToShow(modelId) };
		const media = [...schema.inputs.values()].filter((input) => input.media !== undefined && isEditable(input.name));
		return {
			fields: fieldsOfSchema(schema, ['Model', 'Prompt', ...NAMES_OF_THE_NODE]),
			media: media.map(({ name, label }) => ({ name: label, value: name, description: name })),
			notice: modelWords.ONLY_A_PROMPT,
		};
	},
};

const deploymentInputs: InputsOwner = {
	locator: 'deploymentId',
	isId: isDeploymentId,
	choose: deploymentWords.CHOOSE_A_DEPLOYMENT,
	fromExpression: deploymentWords.DEPLOYMENT_FROM_EXPRESSION,
	async read(lookup, deploymentId, isFresh) {
		const deployment = await (isFresh ? readNow : readDeployment)(lookup, deploymentId.toLowerCase());
		const workflow = await withLimits(lookup, deployment);
		if (workflow === undefined) return { fields: [], media: [], notice: deploymentWords.NO_WORKFLOW };
		const media = [...inputsByFieldId(workflow).values()].filter((input) => input.media !== undefined);
		return {
			fields: fieldsOfWorkflow(workflow, ['Deployment', ...NAMES_OF_THE_NODE]),
			media: media.map((input) => ({ name: input.label, value: fieldIdOf(input), description: input.key })),
			notice: deploymentWords.NO_INPUTS,
		};
	},
};

/** A method of the editor: reads the inputs of what is chosen just now, and returns some of that. */
const inputsMethod =
	<A>(
		{ locator, isId, choose, fromExpression, read }: InputsOwner,
		isFresh: boolean,
		pick: (shown: ShownInputs) => A,
	) =>
	async (context: ILoadOptionsFunctions, processState = thisProcess): Promise<A> =>
		await answerEditor(context, async () => {
			const id = idInLocator(context.getCurrentNodeParameter(locator));
			if (isId(id)) return pick(await read(await startLookup(context, processState), id, isFresh));
			const isExpression = typeof id === 'string' && id.startsWith('=');
			return pick({ fields: [], media: [], notice: isExpression ? fromExpression : choose });
		});

/** Read afresh: a person who has just renamed a node presses Refresh. */
const fieldsMethod = (owner: InputsOwner) =>
	inputsMethod(owner, true, ({ fields, notice }): ResourceMapperFields =>
		fields.length === 0 ? { fields, emptyFieldsNotice: notice } : { fields },
	);

const mediaMethod = (owner: InputsOwner) => inputsMethod(owner, false, ({ media }) => media);

export const getModelInputs = fieldsMethod(modelInputs);
export const getMediaInputs = mediaMethod(modelInputs);
export const getDeploymentInputs = fieldsMethod(deploymentInputs);
export const getDeploymentMediaInputs = mediaMethod(deploymentInputs);
