/** Deployment: one's own ComfyUI workflow on RunComfy's machines, with inputs named after its nodes: see `methods/`. */

import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { DEPLOYMENT_ID_PATTERN } from '../../api/service';
import { optionsField, reuseInTestRunsField, runAndWaitOptionFields, simplifyField } from '../../batch/optionFields';
import { listFields } from '../listFields';
import { liveInputFields, locatorField, WITH_INPUTS } from '../liveInputFields';
import { type ResourceEntry, shownFor } from '../registry';
import { outputOptionFields, seedsField, updateFields, USUAL_TIMEOUT_SECONDS, webhookFields } from './deploymentFields';

const forDeployment = shownFor('deployment');

const onlyFor: Record<string, Partial<INodeProperties>> = {
	timeout: { default: USUAL_TIMEOUT_SECONDS },
	cancelOnStop: {
		description:
			'Whether stopping the execution also cancels its requests at RunComfy, whether they are queued or running. Machine time used until then is charged.',
	},
};

const waitingFields = runAndWaitOptionFields.map((field) => ({ ...field, ...onlyFor[field.name] }));

/** The deployment, chosen or named, wherever one is needed. */
export const deploymentField = (displayOptions: IDisplayOptions): INodeProperties =>
	locatorField(
		{
			displayName: 'Deployment',
			name: 'deploymentId',
			description: 'A ComfyUI workflow that you have deployed on RunComfy',
			searchListMethod: 'searchDeployments',
			exampleId: '3f9a52c1-7d0e-4b86-9a41-5c2e8f10b7d3',
			hint: 'Copy deployment_id from Get Many, or the ID from the URL of its page',
			regex: DEPLOYMENT_ID_PATTERN,
			errorMessage: 'A deployment ID is a UUID',
		},
		displayOptions,
	);

export const deployment: ResourceEntry = {
	name: 'Deployment',
	value: 'deployment',
	description: 'Your own ComfyUI workflow, deployed on RunComfy',
	operations: [
		{
			name: 'Run and Wait',
			value: 'runAndWait',
			isPaid: true,
			action: 'Run deployment and wait',
			description: 'Run your ComfyUI workflow and return the finished files',
			load: async () => await import('./runAndWait'),
		},
		{
			name: 'Submit',
			value: 'submit',
			isPaid: true,
			action: 'Submit run to deployment',
			description: 'Start a run of your ComfyUI workflow and return its request ID immediately',
			load: async () => await import('./submit'),
		},
		{
			name: 'Check Inputs',
			value: 'checkInputs',
			action: 'Check deployment inputs',
			description: 'Validate the inputs against the deployed workflow and show what a run would start',
			load: async () => await import('./checkInputs'),
		},
		{
			name: 'Get',
			value: 'get',
			action: 'Get deployment',
			description: 'Get a deployment and the inputs of its workflow',
			load: async () => await import('./get'),
		},
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many deployments',
			description: "List your account's deployments",
			load: async () => await import('./getMany'),
		},
		{
			name: 'Update',
			value: 'update',
			action: 'Update deployment',
			description: 'Enable or disable a deployment, or change its hardware, instances or workflow version',
			load: async () => await import('./update'),
		},
	],
	fields: [
		deploymentField(forDeployment(...WITH_INPUTS, 'get', 'update')),
		...liveInputFields(forDeployment(...WITH_INPUTS), {
			locator: 'deploymentId',
			inputsMethod: 'getDeploymentInputs',
			mediaInputsMethod: 'getDeploymentMediaInputs',
			valuesLabel: 'Workflow Inputs',
			jsonPlaceholder: 'e.g. {"6": {"inputs": {"text": "a red shoe"}}}',
			about: {
				inputMode: 'How to provide the inputs of the workflow. Inputs you leave out keep their saved values.',
				modeFields: 'One field for each value of the workflow',
				modeJson: 'For expressions, agents, whole workflows and LoRA deployments',
				inputs: 'Only the inputs you fill in are changed',
				inputsJson:
					'Overrides by node ID, or a whole request with overrides or workflow_api_json, or the inputs of a LoRA deployment',
				files: 'Files from the input item to load into the workflow',
			},
		}),
		simplifyField(forDeployment('runAndWait')),
		optionsField(
			[...waitingFields, ...outputOptionFields, reuseInTestRunsField, seedsField],
			forDeployment('runAndWait'),
		),
		optionsField([reuseInTestRunsField, seedsField, ...webhookFields], forDeployment('submit')),
		optionsField([seedsField], forDeployment('checkInputs')),
		{
			displayName: 'Fields to Update',
			name: 'fieldsToUpdate',
			type: 'collection',
			placeholder: 'Add Field',
			default: {},
			displayOptions: forDeployment('update'),
			options: updateFields,
		},
		...listFields(forDeployment('getMany')),
	],
};
