/** What the editor shows of deployments: their list, and the inputs of the chosen one's workflow. */

import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';

import { isDeploymentId } from '../api/ids';
import { type ProcessState, processState as thisProcess } from '../batch/processState';
import { startLookup } from '../batch/lookup';
import { allDeployments, readDeployment, readNow } from '../catalogue/deployments';
import { limitsOfInputs, withLoaders, type WorkflowLimits } from '../catalogue/objectInfo';
import type { Workflow } from '../catalogue/workflow';
import { fieldIdOf, fieldsOfWorkflow, inputsByFieldId } from '../catalogue/workflowMapperFields';
import * as words from '../errors/deploymentWords';
import { toNodeError } from '../errors/nodeError';
import { idInLocator } from '../resources/liveInputs';

/** Fields of the node beside those of the workflow: an AI agent could not tell two of one name apart. */
const NAMES_OF_THE_NODE = ['Deployment', 'Inputs (JSON)', 'Input Data Field Name'];

/** Answers the account's deployments whose names contain `filter`. Throws an error that the list shows. */
export async function searchDeployments(
	context: ILoadOptionsFunctions,
	filter = '',
	processState: ProcessState = thisProcess,
): Promise<INodeListSearchResult> {
	try {
		const all = await allDeployments(await startLookup(context, processState));
		const wanted = filter.trim().toLowerCase();
		const found = all.filter(({ id, label }) => isDeploymentId(id) && label.toLowerCase().includes(wanted));
		return {
			results: found.map(({ id, label, version, hardware, isEnabled }) => ({
				name: words.deploymentInList(label, version, hardware, isEnabled),
				value: id,
				description: id,
			})),
		};
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** The workflow of the deployment the editor has just now, or the sentence that says why there is none. */
async function workflowNow(
	context: ILoadOptionsFunctions,
	processState: ProcessState,
	read: typeof readNow,
): Promise<{ workflow: Workflow; limits: WorkflowLimits } | { notice: string }> {
	const id = idInLocator(context.getCurrentNodeParameter('deploymentId'));
	if (!isDeploymentId(id)) {
		const isExpression = typeof id === 'string' && id.startsWith('=');
		return { notice: isExpression ? words.DEPLOYMENT_FROM_EXPRESSION : words.CHOOSE_A_DEPLOYMENT };
	}
	const lookup = await startLookup(context, processState);
	const deployment = await read(lookup, id.toLowerCase());
	const { workflow } = deployment;
	if (workflow === undefined) return { notice: words.NO_WORKFLOW };
	const limits = await limitsOfInputs(lookup, deployment);
	return { workflow: withLoaders(workflow, limits), limits };
}

/** The fields of the chosen deployment. Throws an error that the editor shows in their place. */
export async function getDeploymentInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<ResourceMapperFields> {
	try {
		// Whoever has just renamed a node presses Refresh.
		const now = await workflowNow(context, processState, readNow);
		if ('notice' in now) return { fields: [], emptyFieldsNotice: now.notice };
		const fields = fieldsOfWorkflow(now.workflow, NAMES_OF_THE_NODE, now.limits);
		return fields.length === 0 ? { fields, emptyFieldsNotice: words.NO_INPUTS } : { fields };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** The inputs of the chosen deployment that take a file. Throws an error that the editor shows in their place. */
export async function getDeploymentMediaInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<INodePropertyOptions[]> {
	try {
		const now = await workflowNow(context, processState, readDeployment);
		if ('notice' in now) return [];
		const inputs = [...inputsByFieldId(now.workflow).values()].filter(({ media }) => media !== undefined);
		return inputs.map((input) => ({ name: input.label, value: fieldIdOf(input), description: input.key }));
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}
