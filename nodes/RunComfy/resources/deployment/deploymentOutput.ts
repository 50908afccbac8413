/** What a run gave: files per node, text, or nothing new. */

import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { type NodeFile, readNodeOutputs } from '../../api/nodeOutputs';
import { readOutput } from '../../api/outputFiles';
import { deploymentIdOf, type RequestRef } from '../../api/queue';
import { isNothing } from '../../api/result';
import { withinPatience } from '../../batch/lookup';
import type { Run } from '../../batch/run';
import { type Deployment, type ReadDeployment, readDeployment } from '../../catalogue/readDeployment';
import type { Workflow } from '../../catalogue/workflow';
import { nothingNew, outputElsewhere } from '../../errors/deploymentWords';
import { definedFields, isPlainObject } from '../../errors/shape';
import type { ReadOutput } from '../../output/deliver';
import type { Hint } from '../../output/hints';
import { unlessStopped } from '../../timing/stop';
import { Parameters } from '../../values/parameters';
import { type DeploymentOptions, ownWorkflowIn, readDeploymentId, readDeploymentOptions } from './deploymentParameters';

interface WantedOutput extends Pick<DeploymentOptions, 'includePreviews' | 'outputNodes'> {
	deploymentId: string;
	/** What was run in place of the deployed workflow, where that is known. */
	ownWorkflow?: Workflow;
}

const everythingOf = (deploymentId: string): WantedOutput => ({
	deploymentId,
	includePreviews: false,
	outputNodes: [],
});

/** What is to be said of the items of runs that gave no file and no text. */
export function hintsOnEmptyRuns(items: INodeExecutionData[]): Hint[] {
	const empty = items.filter(({ json }) => json.files === 0 && 'deployment_id' in json);
	const elsewhere = empty.filter(({ json }) => 'other_nodes' in json);
	const cached = empty.length - elsewhere.length;
	const nodes = [...new Set(elsewhere.flatMap(({ json }) => json.other_nodes as string[]))];
	return [
		...(cached > 0 ? [{ text: nothingNew(cached), type: 'warning' as const }] : []),
		...(elsewhere.length > 0 ? [{ text: outputElsewhere(elsewhere.length, nodes), type: 'warning' as const }] : []),
	];
}

/** How the answers of an item's runs are read. Never throws: they are paid. */
export const outputOfItem = (run: Run, itemIndex: number, read: ReadDeployment): ReadOutput =>
	outputOf(run, () => wantedOf(run, itemIndex), read);

/** The same for a request that was submitted earlier; undefined for a model's. */
export function outputOfRequest(run: Run, request: RequestRef): ReadOutput | undefined {
	const deploymentId = deploymentIdOf(request);
	if (deploymentId === undefined) return undefined;
	return outputOf(
		run,
		() => everythingOf(deploymentId),
		async (id) => await readDeployment(run, id),
	);
}

/** What was wrong with them has been said before anything was paid; of what was taken up again nothing is asked. */
function wantedOf(run: Run, itemIndex: number): WantedOutput {
	try {
		const parameters = new Parameters(run.context, itemIndex);
		const deploymentId = readDeploymentId(run.context, itemIndex);
		return { deploymentId, ...readDeploymentOptions(run, parameters), ownWorkflow: ownWorkflowIn(parameters) };
	} catch {
		return everythingOf('');
	}
}

const outputOf =
	(run: Run, wanted: () => WantedOutput, read: ReadDeployment): ReadOutput =>
	async (answer) => {
		const { deploymentId, includePreviews, outputNodes, ownWorkflow } = wanted();
		const ids = { deployment_id: deploymentId };
		const { label: maker = '', ...deployed } = await deploymentIfKnown(run, read, deploymentId);
		const workflow = ownWorkflow ?? deployed.workflow;
		const perNode = answer.outputs ?? (workflow === undefined ? undefined : answer.output);
		const { files, texts, leftOut, nodesWithOutput } = readNodeOutputs(perNode, run.connection);
		// A deployment without a workflow answers as models do.
		const plain = [answer.output, isPlainObject(perNode) ? undefined : perNode].find((output) => !isNothing(output));
		if (nodesWithOutput.length === 0 && plain !== undefined) {
			const { files: plainFiles, ...rest } = readOutput(plain, run.connection);
			const own = plainFiles.map((file) => ({ ...file, moreFields: ids }));
			const others = [{ ...ids, output: plain as IDataObject }];
			return { ...rest, maker, files: own, ...(own.length === 0 && { others }) };
		}
		const titleOf = (nodeId: string): string | undefined => workflow?.nodes.get(nodeId)?.name;
		const fieldsOf = (nodeId: string): IDataObject =>
			definedFields({ ...ids, node_id: nodeId, node_title: titleOf(nodeId) });
		// A node whose title is not known may be one of those named: what is paid is rather returned than left out.
		const isWanted = ({ nodeId }: { nodeId: string }) => {
			const title = titleOf(nodeId)?.toLowerCase();
			return (
				outputNodes.length === 0 || title === undefined || [nodeId, title].some((name) => outputNodes.includes(name))
			);
		};
		const own = withoutPreviews(files.filter(isWanted), includePreviews);
		const others = texts.filter(isWanted).map(({ nodeId, text }): IDataObject => ({ ...fieldsOf(nodeId), text }));
		const otherNodes = [...new Set(nodesWithOutput.map((nodeId) => titleOf(nodeId) ?? nodeId))];
		const nothing = { ...ids, files: 0, ...(otherNodes.length > 0 && { other_nodes: otherNodes }) };
		return {
			files: own.map(({ url, kind, nodeId, filename }) => ({
				url,
				kind,
				moreFields: { ...fieldsOf(nodeId), ...(filename !== undefined && { filename }) },
			})),
			embedded: [],
			leftOut,
			maker,
			others: others.length > 0 ? others : [nothing],
		};
	};

/** Files made on the way count only where there is nothing else. */
function withoutPreviews(files: NodeFile[], includePreviews: boolean): NodeFile[] {
	const finished = files.filter(({ isPreview }) => !isPreview);
	return includePreviews || finished.length === 0 ? files : finished;
}

/** Names and titles are a comfort: whatever keeps them away must not keep a paid result away. */
async function deploymentIfKnown(run: Run, read: ReadDeployment, deploymentId: string): Promise<Partial<Deployment>> {
	const reading: Promise<Partial<Deployment>> = read(deploymentId);
	const { nodeNamesPatienceMs } = run.policies.call;
	return await withinPatience(run, nodeNamesPatienceMs, reading, {}).catch(unlessStopped<Partial<Deployment>>({}));
}
