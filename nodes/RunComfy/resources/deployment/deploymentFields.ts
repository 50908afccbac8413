/** The fields of Deployment whose values are read by their descriptions. */

import type { INodeProperties } from 'n8n-workflow';

import { HARDWARE_CHOICES } from '../../errors/deploymentWords';

/** A cold start takes minutes, and a video half an hour. */
export const USUAL_TIMEOUT_SECONDS = 1_800;

export const seedsField: INodeProperties = {
	displayName: 'Randomize Seeds',
	name: 'randomizeSeeds',
	type: 'boolean',
	// A person who adds the option wants it on. Without the option it is off.
	default: true,
	description:
		'Whether every seed that you do not set gets a new value in each run. If off, the saved seed is used again, and ComfyUI may return nothing new.',
};

export const outputOptionFields: INodeProperties[] = [
	{
		displayName: 'Include Previews',
		name: 'includePreviews',
		type: 'boolean',
		default: true,
		description: 'Whether to also return files that ComfyUI marks as temporary, such as previews',
	},
	{
		displayName: 'Output Nodes',
		name: 'outputNodes',
		type: 'string',
		default: '',
		placeholder: 'e.g. Save Image, 58',
		description: 'Titles or IDs of the nodes to return results from, separated by commas. Defaults to all nodes.',
	},
];

export const webhookFields: INodeProperties[] = [
	{
		displayName: 'Intermediate Updates',
		name: 'intermediateUpdates',
		type: 'boolean',
		default: true,
		description: 'Whether RunComfy also calls the webhook when the request is queued and when it starts running',
	},
	{
		displayName: 'Webhook URL',
		name: 'webhookUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $execution.resumeUrl }}',
		description:
			'RunComfy calls this URL when the request ends. Anyone can call it, so read the result with Get Result instead of trusting what arrives.',
	},
];

/** What Update can change. */
export const updateFields: INodeProperties[] = [
	{
		displayName: 'Enabled',
		name: 'enabled',
		type: 'boolean',
		default: true,
		description: 'Whether the deployment accepts requests. RunComfy disables it when the balance runs out.',
	},
	{
		displayName: 'Hardware',
		name: 'hardware',
		type: 'options',
		options: HARDWARE_CHOICES,
		default: 'AMPERE_48',
		description: 'The machine to run on. Each has its own price per hour.',
	},
	{
		displayName: 'Keep Warm',
		name: 'keepWarm',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 60,
		description: 'How many seconds a machine stays on without a request. This time is billed.',
	},
	{
		displayName: 'Max Instances',
		name: 'maxInstances',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 1,
		description: 'Maximum number of machines running at the same time',
	},
	{
		displayName: 'Min Instances',
		name: 'minInstances',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description: 'Number of machines that stay on all the time. They are billed even without any request.',
	},
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		placeholder: 'e.g. Product shots',
		description: 'The name of the deployment',
	},
	{
		displayName: 'Queue Size',
		name: 'queueSize',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'How many requests may wait for each machine before another machine is started',
	},
	{
		displayName: 'Workflow Version',
		name: 'workflowVersion',
		type: 'string',
		default: '',
		placeholder: 'e.g. v2',
		description: 'The saved version of the workflow to run',
	},
];
