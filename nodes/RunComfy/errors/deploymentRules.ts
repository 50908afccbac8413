/** What can be wrong with what is given for the workflow of a deployment. */

import { quote } from './cleanText';
import { named, type Problem, rule } from './problem';

const REFRESH =
	"The deployment's workflow has changed since this field was chosen. Open the node, click ⋮ → Refresh Input List above the fields, check the values and run again.";

/** A field that was chosen for a workflow that has changed since. */
export const fieldOutdated = (input: string, label: string): Problem => ({
	input,
	message: `${named(label)} is no longer an input of the deployment's workflow`,
	advice: REFRESH,
});

export const noSuchNode = (nodeId: string, available: readonly string[]): Problem => ({
	input: nodeId,
	message: `The deployment's workflow has no node ${named(nodeId)}`,
	advice: available.length === 0 ? '' : `It has: ${available.map((id) => quote(id)).join(', ')}.`,
});

export const noSuchInput = (key: string, nodeName: string, available: readonly string[]): Problem => ({
	input: key,
	message: `${named(key)} is not an input of the node ${named(nodeName)}`,
	advice: available.length === 0 ? 'It has none.' : `It has: ${available.map((name) => quote(name)).join(', ')}.`,
});

export const mustBeNodeInputs = () =>
	rule('must have the form {"inputs": {"text": "…"}}', 'Each key of the overrides is the ID of a node.');

export const notABody = (names: readonly string[]) =>
	rule(
		`also contains ${names.map((name) => named(name)).join(', ')}`,
		'A complete request contains overrides or workflow_api_json, optionally extra_data, and nothing else.',
	);

export const bothGraphs = () =>
	rule(
		'has both overrides and workflow_api_json',
		'Overrides change the deployed workflow, workflow_api_json replaces it. Remove one of the two.',
	);

export const notAWorkflow = () =>
	rule(
		'has a workflow_api_json that is not a workflow in the API format',
		'In ComfyUI, use Workflow → Export (API): each node has class_type and inputs.',
	);

/** Flat inputs for a deployment that has a workflow. */
export const mustBeOverrides = (example: string) =>
	rule(
		'must be overrides: node IDs with inputs',
		`Example for this deployment: {"${quote(example)}": {"inputs": {…}}}. Only LoRA deployments take input names without a node.`,
	);

/** Where RunComfy posts the end of a request. */
export const webhookMustBeHttps = () =>
	rule(
		'must be a public URL that starts with https://',
		'For example {{ $execution.resumeUrl }}, if n8n is reachable from the internet.',
	);

/** `names`: what 'Output Nodes' has and the workflow has not. */
export const outputNodesMissing = (names: readonly string[]): Problem[] =>
	names.map((name) => ({
		input: 'outputNodes',
		message: `'Output Nodes' names ${named(name)}, which is not a node of the workflow`,
		advice: 'Use titles or IDs of nodes, separated by commas.',
	}));
