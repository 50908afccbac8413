/** What can go wrong with a deployment: that it is not there, closed, or has another workflow than before. */

import { quote } from './cleanText';
import { named, type Problem, rule, invalidId } from './problem';
import type { Asked } from './requestErrors';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { NOT_CHARGED, said, sentences } from './sentences';

export const listingDeployments: Asked = { doing: 'list the deployments' };

export const readingDeployment = (deploymentId: string): Asked => ({ doing: `read the deployment ${deploymentId}` });

export const updatingDeployment = (deploymentId: string): Asked => ({
	doing: `change the deployment ${deploymentId}`,
	perhaps: 'RunComfy may have changed it anyway: check with Deployment → Get.',
});

const WHERE_DEPLOYMENT_IDS_ARE =
	'Choose the deployment from the list, or copy the deployment_id that Get Many returns.';

/** `value`: undefined where there is none. */
export const invalidDeploymentId = (value: unknown) =>
	invalidId(
		'Deployment',
		'a deployment ID',
		value,
		'An ID looks like 3f9a52c1-7d0e-4b86-9a41-5c2e8f10b7d3.',
		WHERE_DEPLOYMENT_IDS_ARE,
	);

/** `label`: its name or its id. */
export const notFound = (label: string, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy does not know the deployment ${quote(label)}`,
		sentences(
			NOT_CHARGED,
			'It may have been deleted, or it belongs to another environment.',
			WHERE_DEPLOYMENT_IDS_ARE,
			said(words),
		),
		facts,
	);

/** Of a deployment that was there a moment ago. */
export const versionNotFound = (deploymentId: string, version: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy does not know version ${quote(version)} of the workflow in the deployment ${deploymentId}`,
		'Nothing was changed. Saved versions are called v1, v2 and so on: see the workflow at runcomfy.com.',
		facts,
	);

export const deploymentNotAllowed = (deploymentId: string, credentialName: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy did not allow this API token to use the deployment ${deploymentId}`,
		`${NOT_CHARGED} Either the API token in the credential '${credentialName}' is wrong or has expired, or the deployment belongs to another account.`,
		facts,
	);

export const disabled = (label: string, words = '', facts: ErrorFacts = {}) =>
	new RunComfyError(
		`The deployment ${quote(label)} is disabled`,
		sentences(
			NOT_CHARGED,
			"Enable it with Deployment → Update ('Enabled' on), or at runcomfy.com. If RunComfy disabled it because the balance ran out, top up first.",
			said(words),
		),
		facts,
	);

export const outOfFunds = (label: string, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy has disabled the deployment ${quote(label)} because the balance ran out`,
		sentences(
			NOT_CHARGED,
			"Top up the balance on the billing page at runcomfy.com, and then enable the deployment again with Deployment → Update ('Enabled' on): it stays disabled otherwise.",
			said(words),
		),
		facts,
	);

/** Without its workflow nothing can be checked or shown. */
export const workflowUnreadable = (label: string) =>
	new RunComfyError(
		`RunComfy reports no workflow for the deployment ${quote(label)}`,
		`${NOT_CHARGED} It may be a LoRA deployment, whose inputs cannot be shown as fields. Set 'Inputs' to Using JSON and enter the inputs shown on the deployment's API page.`,
	);

/** In the middle of a batch. */
export const workflowChanged = (label: string) =>
	new RunComfyError(
		`The workflow of the deployment ${quote(label)} has changed since this batch began`,
		`${NOT_CHARGED} The inputs were checked against the workflow as it was, and might now belong to other nodes. Verify them with Deployment → Check Inputs, and run this item again.`,
	);

export const nothingToChange = () =>
	new RunComfyError("'Fields to Update' is empty", 'Nothing was changed. Add the fields to change.');

// ---- What is given for its workflow ---------------------------------------------------------------------------------

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
