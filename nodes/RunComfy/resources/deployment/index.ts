/** Deployment: one's own ComfyUI workflow on RunComfy's machines, with inputs named after its nodes. */

import type { ResourceEntry } from '../registryEntries';
import { deploymentFields } from './deploymentFields';

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
	fields: deploymentFields('deployment'),
};
