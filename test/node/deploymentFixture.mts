/** What tests of the resource Deployment start from: the node, the five deployments, and machines that run 2,000 times as fast. */
import type { INodeParameters, ResourceMapperField } from 'n8n-workflow';

import { DEPLOYMENT_IDS, type EmulatedRun, type Switches } from '../emulator/emulator.mts';
import { fieldIdOf, fieldsOfWorkflow } from '../../nodes/RunComfy/catalogue/workflowMapperFields.ts';
import { readWorkflow, type Workflow } from '../../nodes/RunComfy/catalogue/workflow.ts';
import { type Fixture, type FixtureOptions, openFixture, patientPolicies } from './fixture.mts';

export const { flux: FLUX, busy: BUSY, video: VIDEO, lora: LORA, off: OFF } = DEPLOYMENT_IDS;

/** A cold start of 3 minutes takes 90 ms, FLUX's run 6 ms. */
export const SPEED = 2_000;

export const openDeployments = async (options: FixtureOptions = {}): Promise<Fixture> =>
	await openFixture({ deploymentSpeed: SPEED, balanceUsd: 1_000, policies: patientPolicies(), ...options });

export const locator = (value: unknown): INodeParameters => ({
	deploymentId: { __rl: true, mode: 'id', value: value as string },
});

/** Run and Wait with the inputs as JSON. */
export const runDeployment = (id: unknown, inputs: unknown = {}, rest: INodeParameters = {}): INodeParameters => ({
	resource: 'deployment',
	operation: 'runAndWait',
	...locator(id),
	inputMode: 'json',
	inputsJson: typeof inputs === 'string' ? inputs : JSON.stringify(inputs),
	...rest,
});

/** The same with fields, as the editor stores them. */
export const withFields = (
	id: unknown,
	value: Record<string, unknown>,
	schema: ResourceMapperField[] = [],
	rest: INodeParameters = {},
): INodeParameters => ({
	...runDeployment(id),
	inputMode: 'fields',
	inputs: { mappingMode: 'defineBelow', value, matchingColumns: [], schema } as unknown as INodeParameters,
	...rest,
});

/** The workflow of a deployment as the node reads it. */
export function workflowOf({ emulator }: Fixture, id: string): Workflow {
	const workflow = readWorkflow(emulator.deployments.graph(id));
	if (workflow === undefined) throw new Error('There is no workflow');
	return workflow;
}

/** The field of an input, by its key. */
export function fieldId(fixture: Fixture, id: string, key: string): string {
	const input = workflowOf(fixture, id).inputs.get(key);
	if (input === undefined) throw new Error(`There is no input ${key}`);
	return fieldIdOf(input);
}

export const fieldsOf = (fixture: Fixture, id: string): ResourceMapperField[] =>
	fieldsOfWorkflow(workflowOf(fixture, id), []);

/** The only run there is. */
export function onlyRun({ emulator }: Fixture): EmulatedRun {
	const runs = emulator.deployments.runs();
	if (runs.length !== 1) throw new Error(`There are ${runs.length} runs`);
	return runs[0];
}

/** Each run gives something new, whatever was run before it. */
export const UNCACHED: Partial<Switches> = { cached: false };
