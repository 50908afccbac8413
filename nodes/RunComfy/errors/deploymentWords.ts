/** Words for the resource Deployment: in errors that all resources share, in hints, and in the editor. */

import { quote } from './cleanText';
import { count, listSome, sentences } from './sentences';

/** How many values or nodes a hint lists. */
const MAX_LISTED = 5;

/** What is submitted, as in 'this run'. */
export const DEPLOYMENT_NOUN = 'run';

/** Where a person finds the requests of a deployment at runcomfy.com. */
export const ON_ITS_PAGE = "on the deployment's own page";

export const checkedAgainstWorkflow = (label: string) =>
	`Checked against the workflow of ${quote(label)} as it is deployed now.`;

/** How many machines are on at least and at most; undefined where RunComfy reports no number. */
interface InstanceLimits {
	minInstances?: number;
	maxInstances?: number;
}

/** What a run costs: it cannot be known in advance. */
const MACHINE_SECONDS = 'Billed per machine second, including start-up (usually 2 to 5 minutes) and keep-warm time';

export const billed = (hardware: string, { minInstances = 0, maxInstances }: InstanceLimits) =>
	sentences(
		`${MACHINE_SECONDS}${hardware === '' ? '' : `, at the rate of ${hardware}`}.`,
		maxInstances === 1
			? ''
			: `Several runs at once may start ${maxInstances === undefined ? 'several' : `up to ${maxInstances}`} machines.`,
		minInstances > 0 ? alwaysOn(minInstances) : '',
	);

/** What 'Min Instances' costs. */
export const alwaysOn = (minInstances: number) =>
	`'Min Instances' is ${minInstances}: RunComfy keeps ${count(minInstances, 'machine')} on and bills ${minInstances === 1 ? 'it' : 'them'} all day, even without any run. Set it to 0 with Deployment → Update when you no longer need ${minInstances === 1 ? 'it' : 'them'}.`;

/** `runs`: how many succeeded with nothing new. */
export const nothingNew = (runs: number) =>
	sentences(
		`${count(runs, 'run')} succeeded without a new file.`,
		'ComfyUI probably had everything cached because the inputs were the same as before: change a seed, or turn on Options → Randomize Seeds.',
	);

/** `runs`: how many gave output, but nothing for an item. `nodes`: that gave it, by title or ID. */
export const outputElsewhere = (runs: number, nodes: readonly string[]) =>
	sentences(
		`${count(runs, 'run')} succeeded, but returned no file or text that was asked for.`,
		`Output came from: ${listSome(
			nodes.map((name) => `'${quote(name)}'`),
			MAX_LISTED,
		)}.`,
		"If 'Output Nodes' left it out, Get Result with the request_id returns it at no cost. With 'Simplify' off, you see everything RunComfy returned.",
	);

/** `requests`: how many have a URL at which n8n resumes one and the same execution. */
export const resumedOnce = (requests: number) =>
	sentences(
		`${count(requests, 'request')} have the same resume URL in 'Webhook URL'. n8n resumes an execution only once, when the first of them ends.`,
		"Turn on 'Wait Until Finished' in Get Result, so that it waits for the others, or submit one item per execution.",
	);

/**
 * A value that ComfyUI's schema of the node does not allow. `allowed`: as in "1–10000", empty where there is a list of choices.
 */
interface OutOfLimits {
	itemIndex: number;
	label: string;
	value: unknown;
	allowed: string;
}

/** Not refused: only the machine knows what is installed on it by now. */
export const outOfLimits = (values: readonly OutOfLimits[]) => {
	const listed = values.slice(0, MAX_LISTED).map(({ itemIndex, label, value, allowed }) => {
		const found = `'${quote(label)}' is ${quote(String(value))}`;
		return `${found}, which is ${allowed === '' ? 'not one of its choices' : `outside ${allowed}`} (item ${itemIndex})`;
	});
	const more = values.length - listed.length;
	return sentences(
		`ComfyUI would probably refuse ${count(values.length, 'value')} after the machine has started: ${listed.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
		'Such a run fails, and its machine seconds are charged.',
	);
};

/** In n8n's log while a run waits for its machine. */
export const machineStarting = (requestId: string) =>
	`RunComfy request ${requestId} is still queued: a machine is probably starting, which usually takes 2 to 5 minutes.`;

/** A run whose time ended in the queue: what RunComfy does with it while its deployment is disabled is not documented. */
export const STILL_QUEUED = sentences(
	"It may be waiting behind other runs: then set 'Max Requests in Flight' to the deployment's Max Instances.",
	"Or the deployment has been disabled, for example because the balance ran out, and the run may stay queued: check 'is_enabled' with Deployment → Get.",
);

const HARDWARE: Readonly<Record<string, string>> = {
	TURING_16: 'T4 16 GB',
	AMPERE_24: 'A10G 24 GB',
	AMPERE_48: 'A6000 48 GB',
	ADA_48_PLUS: 'L40S 48 GB',
	AMPERE_80: 'A100 80 GB',
	ADA_80_PLUS: 'H100 80 GB',
	HOPPER_141: 'H200 141 GB',
};

export const HARDWARE_CHOICES = Object.entries(HARDWARE).map(([value, name]) => ({ name, value }));

/** A machine as people know it. */
export const hardwareName = (sku: string) => HARDWARE[sku] ?? quote(sku);

/** One line of the editor's list. */
export const deploymentInList = (name: string, version: string, hardware: string, isEnabled: boolean) =>
	[name, version, hardware === '' ? '' : hardwareName(hardware)].filter(Boolean).join(' · ') +
	(isEnabled ? '' : ' (disabled)');

// ---- In place of the fields --------------------------------------------------------------------------------------------

export const CHOOSE_A_DEPLOYMENT = 'Choose a deployment first: the inputs of its workflow appear here.';

export const DEPLOYMENT_FROM_EXPRESSION =
	"The deployment comes from an expression, so its inputs are not known here. Set 'Inputs' to Using JSON.";

export const NO_WORKFLOW =
	"RunComfy reports no workflow for this deployment (it may be a LoRA deployment). Set 'Inputs' to Using JSON.";

export const NO_INPUTS = 'The workflow of this deployment has no inputs that can be shown as fields.';
