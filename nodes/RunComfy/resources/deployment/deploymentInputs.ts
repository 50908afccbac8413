/** One item's inputs, checked against the workflow as it is deployed now, before anything is paid. */

import { createHash } from 'node:crypto';

import type { IDataObject } from 'n8n-workflow';

import { readBuyingOptions } from '../../batch/options';
import { seedSource } from '../../batch/orders';
import type { Run } from '../../batch/run';
import type { Deployment, ReadDeployment } from '../../catalogue/readDeployment';
import { withLimits } from '../../catalogue/objectInfo';
import { readWorkflow, schemaOfWorkflow, type Workflow, type WorkflowInput, WRAPPED } from '../../catalogue/workflow';
import { inputOfField } from '../../catalogue/workflowMapperFields';
import { disabled, outputNodesMissing } from '../../errors/deploymentErrors';
import { fileInputUnclear, USE_FILES } from '../../errors/fileRules';
import type { Problem } from '../../errors/problem';
import type { PlainObject } from '../../errors/shape';
import { canonicalJson, inputHash, type SeedSource } from '../../purchase/job';
import { bodyOf, type GivenFile, readItemInputs, type SeenFile } from '../../values/itemInputs';
import { Parameters } from '../../values/parameters';
import { readGivenFiles } from '../liveInputs';
import { allowsPrivate, inHash } from '../jobReaderOf';
import {
	type DeploymentOptions,
	type GivenInputs,
	readDeploymentId,
	readDeploymentOptions,
	readGivenInputs,
} from './deploymentParameters';

export interface DeploymentInputs {
	deployment: Deployment;
	options: DeploymentOptions;
	given: GivenInputs;
	/** What is sent, less the files: overrides by their keys, or flat inputs. */
	values: PlainObject;
	files: SeenFile[];
	/** Where seeds were made up: what from. */
	seedSource?: SeedSource;
	/** All that is wrong. Empty: it may be sent. */
	problems: Problem[];
}

/** Reads and checks the inputs of one item. Throws a RunComfyError where there is nothing to check against. */
export async function readDeploymentInputs(
	run: Run,
	itemIndex: number,
	readDeployment: ReadDeployment,
): Promise<DeploymentInputs> {
	const { context } = run;
	const deployment = await readDeployment(readDeploymentId(context, itemIndex));
	const parameters = new Parameters(context, itemIndex);
	const options = readDeploymentOptions(run, parameters);
	const given = readGivenInputs(parameters, deployment);
	const workflow = given.form === 'workflow' ? readWorkflow(given.workflow) : deployment.workflow;
	const files = readGivenFiles(parameters).map((file) => ({ ...file, input: keyOf(file, workflow) }));
	const { known, unclear } =
		given.form === 'overrides' ? await withLoadersOf(run, deployment, files) : { known: workflow, unclear: [] };
	const schema = given.form === 'flat' || known === undefined ? undefined : schemaOfWorkflow(known);
	const checks = { allowPrivate: allowsPrivate(run), wayOut: USE_FILES };
	const clear = files.filter(({ input }) => !unclear.some(({ key }) => key === input));
	const inputs = await readItemInputs(parameters, schema, given.values, clear, checks);
	const values = { ...inputs.values, ...given.asIs };
	const read = { deployment, options, given, values, files: inputs.files };
	return {
		...read,
		...(options.randomizeSeeds && withSeeds(run, itemIndex, read, workflow)),
		problems: [
			...(deployment.isEnabled ? [] : [asProblem(deployment)]),
			...inputs.problems,
			...unclear.map(({ key, label }) => fileInputUnclear(key, label)),
			...(workflow === undefined ? [] : outputNodesMissing(unknownNodes(workflow, options))),
		],
	};
}

/**
 * The deployed workflow. If a file is for an input that does not look like a file input, ComfyUI's schema of its nodes decides.
 * `unclear`: those of which neither the schema nor their node says whether they take a file.
 */
async function withLoadersOf(
	run: Run,
	deployment: Deployment,
	files: GivenFile[],
): Promise<{ known?: Workflow; unclear: WorkflowInput[] }> {
	const { workflow } = deployment;
	const noLoaders = (inputs: Workflow['inputs']) =>
		files
			.flatMap(({ input }) => inputs.get(input) ?? [])
			.filter(({ media, saved }) => media === undefined && typeof saved === 'string');
	if (workflow === undefined || noLoaders(workflow.inputs).length === 0) return { known: workflow, unclear: [] };
	const known = (await withLimits(run, deployment, run.policies.call.objectInfoTimeoutMs)) ?? workflow;
	return { known, unclear: noLoaders(known.inputs).filter(({ limits }) => limits === undefined) };
}

function asProblem({ label }: Deployment): Problem {
	const { message, description } = disabled(label);
	return { input: 'deploymentId', message, advice: description };
}

/** An input is named as errors and Get do, or by the id of its field. */
function keyOf({ input }: GivenFile, workflow: Workflow | undefined): string {
	return workflow === undefined ? input : (inputOfField(workflow)(input)?.key ?? input);
}

function unknownNodes({ nodes }: Workflow, { outputNodes }: DeploymentOptions): string[] {
	const known = new Set([...nodes.values()].flatMap(({ id, name }) => [id, name.toLowerCase()]));
	return outputNodes.filter((name) => !known.has(name));
}

/** What is sent, files aside, in a form that is the same for the same. */
export const canonicalInputs = ({ given, values }: Pick<DeploymentInputs, 'given' | 'values'>): string =>
	canonicalJson([given.form, given.workflow ?? null, given.extraData ?? null, values]);

/** The seed of a LoRA deployment, as its API page lists it. */
const FLAT_SEED = 'seed';

/**
 * A seed for each seed input that got no value: ComfyUI would use the saved one and return the same again. The seeds within a
 * workflow given as JSON are only what was saved when it was exported, so they are replaced too. Linked ones stay linked.
 */
function withSeeds(
	run: Run,
	itemIndex: number,
	inputs: Omit<DeploymentInputs, 'problems'>,
	workflow: Workflow | undefined,
): Pick<DeploymentInputs, 'values' | 'seedSource'> {
	const { deployment, given, values, files } = inputs;
	const { reuseInTestRuns } = readBuyingOptions(run.context, itemIndex);
	const sent = inputHash(deployment.id, workflow?.digest ?? '', canonicalInputs(inputs), ...inHash(files));
	const inGraph = [...(workflow?.inputs.values() ?? [])].filter(({ isSeed }) => isSeed).map(({ key }) => key);
	const seeds = (given.form === 'flat' ? [FLAT_SEED] : inGraph).filter((key) => !Object.hasOwn(values, key));
	if (seeds.length === 0) return { values };
	const source = seedSource(run, run.money.journal.keyOf(itemIndex), sent, reuseInTestRuns);
	const made = Object.fromEntries(seeds.map((key) => [key, seedFor(source, key)]));
	return { values: { ...values, ...made }, seedSource: source };
}

/** A seed for one input, which every sampler takes: 32 bits. The same source gives the same seed. */
const seedFor = ({ hash, order, salt }: SeedSource, key: string): number =>
	createHash('sha256').update(`${hash} ${order} ${salt} ${key}`).digest().readUInt32BE(0);

/** The whole request, with the files read again. Throws a RunComfyError. */
export async function deploymentBody(run: Run, itemIndex: number, inputs: DeploymentInputs): Promise<IDataObject> {
	return buildRequest(inputs, await bodyOf(run.context, itemIndex, inputs));
}

/** In the place of what may hold the key of another service. */
const NOT_SHOWN = '(not shown)';

/** The same with facts about the files in their place, to be read before anything is charged. */
export function requestInWords(inputs: DeploymentInputs): IDataObject {
	const facts = inputs.files.map(({ input, facts: one }) => [input, { ...one }]);
	const { given } = inputs;
	const shown = given.extraData === undefined ? inputs : { ...inputs, given: { ...given, extraData: NOT_SHOWN } };
	return buildRequest(shown, { ...inputs.values, ...Object.fromEntries(facts) } as IDataObject);
}

function buildRequest({ given, deployment }: DeploymentInputs, values: IDataObject): IDataObject {
	const beside = given.extraData === undefined ? {} : { extra_data: given.extraData as IDataObject };
	switch (given.form) {
		case 'flat':
			return { ...values, ...beside };
		case 'workflow':
			return { workflow_api_json: withValues(given.workflow ?? {}, values), ...beside };
		case 'overrides':
			return { overrides: nestByNode(values, deployment.workflow), ...beside };
	}
}

/** `38:42.seed` as a node's id and an input's name. */
const partsOf = (key: string): [nodeId: string, name: string] => {
	const at = key.indexOf('.');
	return [key.slice(0, at), key.slice(at + 1)];
};

/** Values by their keys as overrides. */
function nestByNode(values: IDataObject, workflow: Workflow | undefined): IDataObject {
	const nodes = new Map<string, Array<[string, unknown]>>();
	for (const [key, value] of Object.entries(values)) {
		const [nodeId, name] = partsOf(key);
		const isWrapped = workflow?.inputs.get(key)?.isWrapped === true;
		nodes.set(nodeId, [...(nodes.get(nodeId) ?? []), [name, isWrapped ? { [WRAPPED]: value } : value]]);
	}
	return Object.fromEntries(
		[...nodes].map(([nodeId, inputs]) => [nodeId, { inputs: Object.fromEntries(inputs) }]),
	) as IDataObject;
}

/** A workflow with other values, which are files or seeds. One for a node that is not there has been noted as a problem. */
function withValues(workflow: PlainObject, values: IDataObject): IDataObject {
	const changed = structuredClone(workflow) as Record<string, { inputs: PlainObject }>;
	for (const [key, value] of Object.entries(values)) {
		const [nodeId, name] = partsOf(key);
		if (Object.hasOwn(changed, nodeId)) changed[nodeId].inputs[name] = value;
	}
	return changed as unknown as IDataObject;
}
