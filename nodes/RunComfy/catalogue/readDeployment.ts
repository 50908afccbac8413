/** A deployment as RunComfy has it, read once a run and cached for a moment. */

import type { IDataObject } from 'n8n-workflow';

import { type DeploymentAnswer, getDeployment, listDeployments } from '../api/accountCalls';
import { Cache } from '../batch/cache';
import { tryForAMinute } from '../batch/tryForAMinute';
import { type Lookup, readOnce } from '../batch/lookup';
import { listingDeployments, readingDeployment } from '../errors/deploymentErrors';
import { isPlainObject } from '../errors/shape';
import { plainLine } from './names';
import { readWorkflow, type Workflow } from './workflow';

export interface Deployment {
	id: string;
	/** Its name, else its id, as people are shown it. */
	label: string;
	/** Its name as RunComfy has it, letter by letter. */
	name: unknown;
	/** RunComfy says otherwise only of one that lets nothing in. */
	isEnabled: boolean;
	/** RunComfy's word for the machine; empty where it reports none. */
	hardware: string;
	/** Machines that are on, and billed, without any request. */
	minInstances: number;
	/** Machines that may be on at once; undefined where RunComfy reports no number. */
	maxInstances?: number;
	version: string;
	/** Undefined where RunComfy reports none. */
	workflow?: Workflow;
	/** Where ComfyUI's schema of all node classes lies; empty where RunComfy reports none. */
	objectInfoUrl: string;
	/** Whether it is certain that it has none: only then it takes flat inputs. */
	isWithoutWorkflow: boolean;
	/** The record under RunComfy's names, without the workflow. */
	about: IDataObject;
}

/** Gives a deployment. Throws a RunComfyError where there is none. */
export type ReadDeployment = (deploymentId: string) => Promise<Deployment>;

/** More than a run uses; beyond it they are read again. */
const MAX_DEPLOYMENTS_OF_RUN = 100;

const MAX_RECORD_TEXT_CHARACTERS = 200;

/** The record's fields, in RunComfy's order. */
const RECORD_FIELDS = [
	...['name', 'workflow_id', 'workflow_version', 'hardware', 'min_instances', 'max_instances', 'queue_size'],
	...['keep_warm_duration_in_seconds', 'status', 'is_enabled', 'created_at', 'updated_at'],
];

const line = (value: unknown): string =>
	typeof value === 'string' ? plainLine(value, MAX_RECORD_TEXT_CHARACTERS) : '';

function plainValue(value: unknown): IDataObject[string] {
	if (Array.isArray(value)) return value.slice(0, RECORD_FIELDS.length).map((entry) => line(String(entry)));
	if (typeof value === 'string') return line(value);
	return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Reads what RunComfy reports of a deployment. Never throws. */
export function deploymentOf(answer: DeploymentAnswer, givenId?: string): Deployment {
	const id = givenId ?? (typeof answer.id === 'string' ? answer.id : '');
	const { name, min_instances: minInstances, max_instances: maxInstances } = answer;
	const payload = isPlainObject(answer.payload) ? answer.payload : undefined;
	const workflow = payload && readWorkflow(payload.workflow_api_json, payload.overrides);
	const fields = RECORD_FIELDS.filter((field) => Object.hasOwn(answer, field));
	return {
		id,
		label: line(name) || id,
		name,
		isEnabled: answer.is_enabled !== false,
		hardware: line([answer.hardware].flat()[0]),
		minInstances: typeof minInstances === 'number' ? minInstances : 0,
		...(typeof maxInstances === 'number' && { maxInstances }),
		version: line(answer.workflow_version),
		...(workflow && { workflow }),
		objectInfoUrl: typeof payload?.object_info_url === 'string' ? payload.object_info_url : '',
		isWithoutWorkflow: payload !== undefined && !Object.hasOwn(payload, 'workflow_api_json'),
		about: {
			deployment_id: id,
			...Object.fromEntries(fields.map((field) => [field, plainValue(answer[field])])),
		},
	};
}

/** Reads a deployment, or takes what was read of it within the last minute: for its names only. */
export async function readDeployment(lookup: Lookup, deploymentId: string): Promise<Deployment> {
	const reading = lookup.catalogue.get(`deployment ${deploymentId}`, async () => await readNow(lookup, deploymentId));
	// The reading may be another execution's, which our Stop does not end.
	return await lookup.stop.race(reading);
}

/** Reads a deployment as it is now. */
export async function readNow(lookup: Lookup, deploymentId: string): Promise<Deployment> {
	const seen = await tryForAMinute(lookup, readingDeployment(deploymentId), async (options) => {
		return await getDeployment(lookup.calls, deploymentId, options);
	});
	return deploymentOf(seen.answer, deploymentId);
}

/**
 * The deployments of a run, not from the cache of other runs: what is submitted must fit the workflow as it is deployed now,
 * since RunComfy would take a value for another node of the same number, and charge for it. `read` reads each once; `current`
 * again, where that was more than a minute ago.
 */
export function deploymentsOfRun(lookup: Lookup): { read: ReadDeployment; current: ReadDeployment } {
	const { clock, policies } = lookup;
	const newest = new Cache(clock, policies.call.workflowFreshMs, MAX_DEPLOYMENTS_OF_RUN);
	const current: ReadDeployment = async (deploymentId) =>
		await newest.get(deploymentId, async () => await readNow(lookup, deploymentId));
	return { read: readOnce(current), current };
}

/** The account's deployments, disabled ones last. */
export async function allDeployments(lookup: Lookup): Promise<Deployment[]> {
	const seen = await tryForAMinute(lookup, listingDeployments, async (options) => {
		return await listDeployments(lookup.calls, options);
	});
	const all = seen.answer.map((answer) => deploymentOf(answer));
	return [...all.filter(({ isEnabled }) => isEnabled), ...all.filter(({ isEnabled }) => !isEnabled)];
}
