/** What an item gives for a deployment: which one, its options, and the inputs, by fields or as JSON in one of three forms. */

import type { IExecuteFunctions } from 'n8n-workflow';

import { isDeploymentId } from '../../api/service';
import type { Webhook } from '../../api/queue';
import type { Run } from '../../batch/run';
import type { Deployment } from '../../catalogue/readDeployment';
import { isLink, isWorkflow, readWorkflow, type Workflow, WRAPPED } from '../../catalogue/workflow';
import { inputOfField } from '../../catalogue/workflowMapperFields';
import { invalidDeploymentId, workflowUnreadable } from '../../errors/deploymentErrors';
import * as say from '../../errors/deploymentErrors';
import { problemOf, type Rule } from '../../errors/problem';
import { isPlainObject, type PlainObject } from '../../errors/shape';
import { readAddress } from '../../values/address';
import { toJson, toNumber } from '../../values/convert';
import type { Parameters } from '../../values/parameters';
import { isNotGiven, schemaOfFields } from '../../values/schema';
import { allowsPrivate } from '../jobReaderOf';
import { idInLocator, readInputMode, readMappedInputs } from '../liveInputs';
import { outputOptionFields, seedsField, webhookFields } from './deploymentFields';

/** Reads and checks 'Deployment' before it can reach a URL. Throws a RunComfyError. */
export function readDeploymentId(context: IExecuteFunctions, itemIndex: number): string {
	const id = idInLocator(context.getNodeParameter('deploymentId', itemIndex, ''));
	if (!isDeploymentId(id)) throw invalidDeploymentId(id);
	return id.toLowerCase();
}

export interface DeploymentOptions {
	randomizeSeeds: boolean;
	includePreviews: boolean;
	/** Titles or ids of nodes, in small letters; empty for all. */
	outputNodes: string[];
	webhook?: Webhook;
}

const DEPLOYMENT_OPTIONS = schemaOfFields([seedsField, ...outputOptionFields, ...webhookFields]);

/** Reads the options that only deployments have; what is wrong with them is noted. */
export function readDeploymentOptions(run: Run, parameters: Parameters): DeploymentOptions {
	const { randomizeSeeds, includePreviews, outputNodes, webhookUrl, intermediateUpdates } =
		parameters.checkOptions(DEPLOYMENT_OPTIONS);
	const url = isNotGiven(webhookUrl) ? undefined : readWebhookUrl(run, parameters, webhookUrl);
	return {
		randomizeSeeds: randomizeSeeds === true,
		includePreviews: includePreviews === true,
		outputNodes: namesIn(outputNodes),
		...(url !== undefined && { webhook: { url, intermediate: intermediateUpdates === true } }),
	};
}

const namesIn = (value: unknown): string[] =>
	String(value ?? '')
		.split(',')
		.map((name) => name.trim().toLowerCase())
		.filter(Boolean);

/** In a custom environment the service may reach what the internet cannot. */
function readWebhookUrl(run: Run, parameters: Parameters, value: unknown): string | undefined {
	const read = readAddress(value, allowsPrivate(run));
	const isFine = 'address' in read && (allowsPrivate(run) || /^https:/i.test(read.address));
	if (isFine) return read.address;
	parameters.note('webhookUrl', problemOf('webhookUrl', 'Webhook URL', say.webhookMustBeHttps()));
	return undefined;
}

// ---- Inputs ------------------------------------------------------------------------------------------------------------

export interface GivenInputs {
	/** What is sent: values for the deployed workflow, another workflow, or flat inputs of a deployment without one. */
	form: 'overrides' | 'workflow' | 'flat';
	/** Overrides by their keys, as in `6.text`, or flat inputs: to be checked. */
	values: PlainObject;
	/** Overrides that no schema of values knows: links, texts that are emptied, files on the machine. */
	asIs: PlainObject;
	workflow?: PlainObject;
	/** Beside either. */
	extraData?: unknown;
}

const JSON_FIELD = 'inputsJson';
const JSON_LABEL = 'Inputs (JSON)';

const EXAMPLE = { '6': { inputs: { text: 'a red shoe' } } };

const REQUEST_KEYS = ['overrides', 'workflow_api_json', 'extra_data'];

/** How many nodes or inputs an error lists. */
const MAX_NAMES_IN_ERROR = 20;

/** The name of a file that lies on the machine, as ComfyUI has it: `shoe.png`, `in/shoe.png [input]`. */
const FILE_ON_MACHINE = /^[\p{L}\p{N}_][\p{L}\p{N}_ ./()-]*\.\w{2,5}( \[\w+\])?$/u;

const overridesOf = (values: PlainObject = {}): GivenInputs => ({ form: 'overrides', values, asIs: {} });

/** Reads what is given; what is wrong with it is noted. Throws a RunComfyError where there is no workflow to read it by. */
export function readGivenInputs(parameters: Parameters, deployment: Deployment): GivenInputs {
	const mode = readInputMode(parameters);
	if (mode === undefined) return overridesOf();
	return mode === 'json' ? readJson(parameters, deployment) : readFields(parameters, deployment);
}

function readFields(parameters: Parameters, { workflow, label }: Deployment): GivenInputs {
	if (workflow === undefined) throw workflowUnreadable(label);
	const values = readMappedInputs(parameters);
	const inputOf = inputOfField(workflow);
	const names = namesOfFields(parameters.read('inputs'));
	const read: PlainObject = {};
	for (const [id, value] of Object.entries(values)) {
		// The editor keeps the values of fields that are gone since a Refresh: nobody sees them there.
		if (names.size > 0 && !names.has(id)) continue;
		// An agent may name an input as errors and Get do.
		const input = inputOf(id) ?? workflow.inputs.get(id);
		if (input !== undefined) read[input.key] = value;
		else if (value !== '') parameters.note(id, say.fieldOutdated(id, names.get(id) ?? id));
	}
	return overridesOf(read);
}

/** Names of the fields that the editor shows, by their ids; empty where the values do not come from the editor. */
function namesOfFields(given: unknown): Map<unknown, string> {
	const fields: unknown[] = isPlainObject(given) && Array.isArray(given.schema) ? given.schema : [];
	return new Map(fields.filter(isPlainObject).map(({ id, displayName }) => [id, String(displayName ?? id)]));
}

const isOverrides = (object: PlainObject): boolean =>
	Object.values(object).every((node) => isPlainObject(node) && isPlainObject(node.inputs));

function readJson(parameters: Parameters, deployment: Deployment): GivenInputs {
	const object = parameters.readObject(JSON_FIELD, JSON_LABEL, EXAMPLE);
	const names = Object.keys(object);
	if (names.some((name) => REQUEST_KEYS.includes(name))) return readWholeRequest(parameters, deployment, object);
	const { workflow, isWithoutWorkflow } = deployment;
	if (names.length > 0 && isOverrides(object)) return readOverrides(parameters, workflow, object);
	if (isWithoutWorkflow || (workflow === undefined && names.length > 0)) {
		for (const [name, value] of Object.entries(object)) noteUnsendable(parameters, name, value);
		return { ...overridesOf(object), form: 'flat' };
	}
	if (names.length > 0) {
		const [example = '6'] = workflow?.nodes.keys() ?? [];
		parameters.note(JSON_FIELD, problemOf(JSON_FIELD, JSON_LABEL, say.mustBeOverrides(example)));
	}
	return overridesOf();
}

/**
 * The workflow that is given in place of the deployed one; undefined where none is. What is wrong with it has been said before.
 */
export function ownWorkflowIn(parameters: Parameters): Workflow | undefined {
	if (readInputMode(parameters) !== 'json') return undefined;
	return readWorkflow(parameters.readObject(JSON_FIELD, JSON_LABEL).workflow_api_json);
}

function readWholeRequest(parameters: Parameters, { workflow }: Deployment, body: PlainObject): GivenInputs {
	const note = (rule: Rule) => parameters.note(JSON_FIELD, problemOf(JSON_FIELD, JSON_LABEL, rule));
	const { overrides = {}, workflow_api_json: own, extra_data: extraData, ...rest } = body;
	if (Object.keys(rest).length > 0) note(say.notABody(Object.keys(rest).slice(0, MAX_NAMES_IN_ERROR)));
	if (!isPlainObject(overrides) || !isOverrides(overrides)) {
		note(say.mustBeNodeInputs());
		return overridesOf();
	}
	const beside = extraData === undefined ? {} : { extraData };
	if (own === undefined) return { ...readOverrides(parameters, workflow, overrides), ...beside };
	if (Object.keys(overrides).length > 0) note(say.bothGraphs());
	if (!isWorkflow(own)) note(say.notAWorkflow());
	else noteUnsendableInputs(parameters, own);
	return { ...overridesOf(), form: 'workflow', ...(isWorkflow(own) && { workflow: own }), ...beside };
}

function noteUnsendableInputs(parameters: Parameters, workflow: Record<string, PlainObject>): void {
	for (const [nodeId, { inputs }] of Object.entries(workflow)) {
		for (const [name, value] of Object.entries(inputs as PlainObject)) {
			noteUnsendable(parameters, `${nodeId}.${name}`, value);
		}
	}
}

/** Overrides, held against the workflow where RunComfy reports one. */
function readOverrides(parameters: Parameters, workflow: Workflow | undefined, overrides: PlainObject): GivenInputs {
	const read = overridesOf();
	for (const [nodeId, node] of Object.entries(overrides)) {
		const known = workflow?.nodes.get(nodeId);
		if (workflow !== undefined && known === undefined) {
			parameters.note(JSON_FIELD, say.noSuchNode(nodeId, [...workflow.nodes.keys()].slice(0, MAX_NAMES_IN_ERROR)));
			continue;
		}
		for (const [name, value] of Object.entries((node as PlainObject).inputs as PlainObject)) {
			const key = `${nodeId}.${name}`;
			if (known !== undefined && !Object.hasOwn(known.inputs, name)) {
				const available = Object.keys(known.inputs).slice(0, MAX_NAMES_IN_ERROR);
				parameters.note(JSON_FIELD, say.noSuchInput(key, known.name, available));
			} else {
				takeOverride(read, workflow, key, value);
				if (key in read.asIs) noteUnsendable(parameters, key, value);
			}
		}
	}
	return read;
}

/**
 * A whole number that JSON has not held exactly, such as a seed of 2⁶⁴: another one would be sent, or one that ComfyUI refuses.
 */
const isInexact = (value: unknown) => Number.isInteger(value) && !Number.isSafeInteger(value);

const SAFE = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

/** What no schema checks must at least be something that a person wrote. */
function noteUnsendable(parameters: Parameters, key: string, value: unknown): void {
	const { broken } = isInexact(value) ? toNumber(value, true, SAFE) : toJson(value);
	if (broken !== undefined) parameters.note(key, problemOf(key, key, broken));
}

function takeOverride(read: GivenInputs, workflow: Workflow | undefined, key: string, value: unknown): void {
	const input = workflow?.inputs.get(key);
	const isEmptied = value === '' && typeof input?.saved === 'string' && input.media === undefined;
	const isOnMachine = input?.media !== undefined && typeof value === 'string' && FILE_ON_MACHINE.test(value);
	if (input === undefined || isLink(value) || isEmptied || isOnMachine) read.asIs[key] = value;
	else read.values[key] = input.isWrapped && isPlainObject(value) && WRAPPED in value ? value[WRAPPED] : value;
}
