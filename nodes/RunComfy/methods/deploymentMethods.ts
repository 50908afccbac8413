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
import { allDeployments, readDeployment, readNow } from '../catalogue/readDeployment';
import { limitsOfInputs, withLoaders, type WorkflowLimits } from '../catalogue/objectInfo';
import type { Workflow } from '../catalogue/workflow';
import { fieldIdOf, fieldsOfWorkflow, inputsByFieldId } from '../catalogue/workflowMapperFields';
import * as words from '../errors/deploymentWords';
import { idInLocator } from '../resources/liveInputs';
import { answerEditor, fieldsOrNotice, isExpression } from './answerEditor';

/** Names of the node's own fields: an AI agent could not distinguish a field of the workflow with the same name. */
const NAMES_OF_THE_NODE = ['Deployment', 'Inputs (JSON)', 'Input Data Field Name'];

/** Answers the account's deployments whose names contain `filter`. Throws an error that the list shows. */
export async function searchDeployments(
	context: ILoadOptionsFunctions,
	filter = '',
	processState: ProcessState = thisProcess,
): Promise<INodeListSearchResult> {
	return await answerEditor(context, async () => {
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
	});
}

/** The workflow of the deployment that the editor has just now; `notice`: what is said where it gives no fields. */
async function workflowNow(
	context: ILoadOptionsFunctions,
	processState: ProcessState,
	read: typeof readNow,
): Promise<{ workflow?: Workflow; limits?: WorkflowLimits; notice: string }> {
	const id = idInLocator(context.getCurrentNodeParameter('deploymentId'));
	if (!isDeploymentId(id)) {
		return { notice: isExpression(id) ? words.DEPLOYMENT_FROM_EXPRESSION : words.CHOOSE_A_DEPLOYMENT };
	}
	const lookup = await startLookup(context, processState);
	const deployment = await read(lookup, id.toLowerCase());
	const { workflow } = deployment;
	if (workflow === undefined) return { notice: words.NO_WORKFLOW };
	const limits = await limitsOfInputs(lookup, deployment);
	return { workflow: withLoaders(workflow, limits), limits, notice: words.NO_INPUTS };
}

/** The fields of the chosen deployment. Throws an error that the editor shows in their place. */
export async function getDeploymentInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<ResourceMapperFields> {
	return await answerEditor(context, async () => {
		// A person who has just renamed a node presses Refresh.
		const { workflow, limits, notice } = await workflowNow(context, processState, readNow);
		return fieldsOrNotice(workflow === undefined ? [] : fieldsOfWorkflow(workflow, NAMES_OF_THE_NODE, limits), notice);
	});
}

/** The inputs of the chosen deployment that take a file. Throws an error that the editor shows in their place. */
export async function getDeploymentMediaInputs(
	context: ILoadOptionsFunctions,
	processState: ProcessState = thisProcess,
): Promise<INodePropertyOptions[]> {
	return await answerEditor(context, async () => {
		const { workflow } = await workflowNow(context, processState, readDeployment);
		const inputs = workflow === undefined ? [] : [...inputsByFieldId(workflow).values()];
		return inputs
			.filter(({ media }) => media !== undefined)
			.map((input) => ({ name: input.label, value: fieldIdOf(input), description: input.key }));
	});
}
