/** Simplify and Options, as the editor shows them, field by field. */

import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

/** Ten minutes: many times what a picture takes, so that it only ends what has gone wrong. */
export const DEFAULT_TIMEOUT_SECONDS = 600;

/** A day: n8n holds a worker for as long as a node waits. */
export const MAX_TIMEOUT_SECONDS = 86_400;

/** Keeps a batch well inside the rate limit; RunComfy publishes no limit of its own. */
export const DEFAULT_REQUESTS_IN_FLIGHT = 20;
export const MAX_REQUESTS_IN_FLIGHT = 100;

export const DEFAULT_OUTPUT_FIELD = 'data';

/** As many as fit side by side on a screen; whoever wants more gives the item more often. */
export const MAX_VARIANTS = 8;

export const simplifyField = (displayOptions: IDisplayOptions): INodeProperties => ({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
	displayOptions,
});

/** The collection Options, in alphabetical order as n8n's guidelines ask. The names keep related options together. */
export const optionsField = (fields: INodeProperties[], displayOptions: IDisplayOptions): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	displayOptions,
	// Not by localeCompare: it would load the rules of languages, more than half of the node's time at n8n's start.
	options: [...fields].sort((a, b) => (a.displayName < b.displayName ? -1 : 1)),
});

const cancelOnStopField: INodeProperties = {
	displayName: 'Stop Cancels Requests',
	name: 'cancelOnStop',
	type: 'boolean',
	default: true,
	description:
		'Whether stopping the execution also cancels its requests at RunComfy. Of requests to models, only queued ones can be cancelled; running ones are charged.',
};

/** An AI agent receives JSON only and no result of an earlier test run: options about files and reuse have no effect there. */
const notAsTool: IDisplayOptions = { hide: { '@tool': [true] } };

const downloadField: INodeProperties = {
	displayName: 'Download Files',
	// Named when there were only pictures; kept because saved workflows use it.
	name: 'downloadImages',
	type: 'boolean',
	// Whoever adds the option wants it on. Without the option it is off.
	default: true,
	description: 'Whether to put the file itself into each item, not just its URL',
	displayOptions: notAsTool,
};

const fileNameField: INodeProperties = {
	displayName: 'File Name',
	name: 'fileName',
	type: 'string',
	default: '',
	placeholder: 'e.g. {{ $json.sku }}',
	description:
		'Name of the downloaded file, without extension. Defaults to the name of the input file, or else of the model. Files with the same name get -2, -3 and so on.',
	displayOptions: notAsTool,
};

const includeInputFieldsField: INodeProperties = {
	displayName: 'Include Input Fields',
	name: 'includeInputFields',
	type: 'boolean',
	// As above.
	default: true,
	description:
		'Whether each output item, failed ones included, starts with the fields of its input item, so that a record ID or SKU stays with the result',
};

const maxInFlightField: INodeProperties = {
	displayName: 'Max Requests in Flight',
	name: 'maxInFlight',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_REQUESTS_IN_FLIGHT },
	default: DEFAULT_REQUESTS_IN_FLIGHT,
	description:
		'How many requests may be submitted but unfinished at the same time (1 to 100). If items have different values, the lowest applies to all.',
};

const outputFieldField: INodeProperties = {
	displayName: 'Put Output in Field',
	name: 'outputField',
	type: 'string',
	default: DEFAULT_OUTPUT_FIELD,
	placeholder: 'e.g. data',
	hint: 'The name of the output binary field to put the file in',
	description: 'Only used if Download Files is on',
	displayOptions: notAsTool,
};

const timeoutField: INodeProperties = {
	displayName: 'Timeout',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_TIMEOUT_SECONDS },
	default: DEFAULT_TIMEOUT_SECONDS,
	description:
		'How long to wait for each request, in seconds (1 to 86,400). Time spent waiting for a free slot does not count.',
};

const onTimeoutField: INodeProperties = {
	displayName: 'When Time Runs Out',
	name: 'onTimeout',
	type: 'options',
	options: [
		{
			name: 'Cancel the Request',
			value: 'cancel',
			description: 'A request to a model can be cancelled only while it is queued. The item fails either way.',
		},
		{
			name: 'Return the Unfinished Request',
			value: 'returnItem',
			description: 'Returns an item with finished = false. Use Get Result later.',
		},
		{
			name: 'Stop with an Error',
			value: 'error',
			description: 'The item fails. The error names the request ID, and the request may still finish at RunComfy.',
		},
	],
	default: 'error',
	description: 'What to do if a request is not finished within Timeout',
};

const onUnknownOutcomeField: INodeProperties = {
	displayName: 'When Outcome Is Unknown',
	name: 'onUnknownOutcome',
	type: 'options',
	options: [
		{
			name: 'Stop (Never Pay Twice)',
			value: 'stop',
			description: 'The item fails with an error that says where to look',
		},
		{
			name: 'Submit Again',
			value: 'submitAgain',
			description: 'Repeats the submit once. You may be charged twice.',
		},
	],
	default: 'stop',
	description: 'What to do if the connection breaks during a submit, so that RunComfy may or may not have accepted it',
};

/** For every operation that returns files. */
export const deliveryOptionFields = [downloadField, fileNameField, includeInputFieldsField, outputFieldField];

/** For every operation that waits. */
export const waitingOptionFields = [cancelOnStopField, maxInFlightField, timeoutField, onTimeoutField];

/** For every operation that submits and waits. */
export const runAndWaitOptionFields = [...deliveryOptionFields, ...waitingOptionFields, onUnknownOutcomeField];

const maxCostField: INodeProperties = {
	displayName: 'Maximum Cost (USD)',
	name: 'maxCost',
	type: 'number',
	typeOptions: { minValue: 0, numberPrecision: 4 },
	default: 5,
	description:
		'Spending limit for one execution of this node, including its retries and loops. Checked before each request; requests already in flight may still cost more than estimated.',
};

export const reuseInTestRunsField: INodeProperties = {
	displayName: 'Reuse in Test Runs',
	name: 'reuseInTestRuns',
	type: 'boolean',
	default: true,
	description:
		'Whether a test run from the editor reuses the result of an earlier test run with exactly the same input from the last hour instead of paying again. Production runs never do this.',
	displayOptions: notAsTool,
};

export const variantsField: INodeProperties = {
	displayName: 'Number of Variants',
	name: 'variants',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_VARIANTS, numberPrecision: 0 },
	default: 1,
	description: 'How many results to generate for each item, each with a different seed (1 to 8). Each one is charged.',
};

/** For every operation that costs money. */
export const paidOptionFields = [maxCostField, reuseInTestRunsField, variantsField];

/** The same fields, shown only where the node's parameters have these values. */
export const shownWhere = (parameters: Record<string, Array<string | boolean>>, fields: INodeProperties[]) =>
	fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: Object.fromEntries(Object.entries(parameters).map(([name, values]) => [`/${name}`, values])),
		},
	}));
