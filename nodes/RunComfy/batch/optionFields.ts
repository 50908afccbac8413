/** Simplify and Options, as the editor shows them, field by field. */
import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import {
	DEFAULT_OUTPUT_FIELD,
	DEFAULT_REQUESTS_IN_FLIGHT,
	DEFAULT_TIMEOUT_SECONDS,
	MAX_REQUESTS_IN_FLIGHT,
	MAX_TIMEOUT_SECONDS,
} from './optionLimits';

export const simplifyField = (displayOptions: IDisplayOptions): INodeProperties => ({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
	displayOptions,
});

/** The collection Options with the given fields, which n8n wants in alphabetical order. */
export const optionsField = (fields: INodeProperties[], displayOptions: IDisplayOptions): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	displayOptions,
	options: [...fields].sort((a, b) => a.displayName.localeCompare(b.displayName, 'en')),
});

const cancelOnStopField: INodeProperties = {
	displayName: 'Cancel Requests on Stop',
	name: 'cancelOnStop',
	type: 'boolean',
	default: true,
	description:
		'Whether stopping the execution also cancels its requests at RunComfy. Only queued requests can be cancelled; those already running are charged.',
};

/** An AI agent is given JSON only, so what is about files has no effect there. */
const notAsTool: IDisplayOptions = { hide: { '@tool': [true] } };

const downloadField: INodeProperties = {
	displayName: 'Download Files',
	// Called so when there were pictures only; workflows have it.
	name: 'downloadImages',
	type: 'boolean',
	default: false,
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
		'What downloaded files are called, without extension. Left empty, they are called like the input file or the last part of its address. Further files of the same item get -2, -3 and so on.',
	displayOptions: notAsTool,
};

const includeInputFieldsField: INodeProperties = {
	displayName: 'Include Input Fields',
	name: 'includeInputFields',
	type: 'boolean',
	default: false,
	description:
		'Whether each output item begins with the fields of its input item, so that a record ID or SKU travels along',
};

const maxInFlightField: INodeProperties = {
	displayName: 'Max Requests in Flight',
	name: 'maxInFlight',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_REQUESTS_IN_FLIGHT },
	default: DEFAULT_REQUESTS_IN_FLIGHT,
	description:
		'How many requests may be submitted and unfinished at any time (1 to 100). The value of the first item counts for all.',
};

const outputFieldField: INodeProperties = {
	displayName: 'Put Output in Field',
	name: 'outputField',
	type: 'string',
	default: DEFAULT_OUTPUT_FIELD,
	placeholder: 'e.g. data',
	hint: 'The name of the output binary field to put the file in',
	description: 'Used when Download Files is on',
	displayOptions: notAsTool,
};

const timeoutField: INodeProperties = {
	displayName: 'Timeout',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_TIMEOUT_SECONDS },
	default: DEFAULT_TIMEOUT_SECONDS,
	description: 'How many seconds to wait for each request (1 to 86,400). Waiting for a free place does not count.',
};

const onTimeoutField: INodeProperties = {
	displayName: 'When Time Runs Out',
	name: 'onTimeout',
	type: 'options',
	options: [
		{
			name: 'Cancel the Request',
			value: 'cancel',
			description: 'Works while the request is queued; the item then ends with an error',
		},
		{
			name: 'Return the Unfinished Request',
			value: 'returnItem',
			description: 'Gives an item with finished = false, to be looked up later with Get Result',
		},
		{
			name: 'Stop with an Error',
			value: 'error',
			description: 'The error names the request ID; the request goes on at RunComfy',
		},
	],
	default: 'error',
	description: 'What to do with a request that is not finished after Timeout',
};

const onUnknownOutcomeField: INodeProperties = {
	displayName: 'When Outcome Is Unknown',
	name: 'onUnknownOutcome',
	type: 'options',
	options: [
		{
			name: 'Stop (Never Pay Twice)',
			value: 'stop',
			description: 'The item ends with an error that says where to look',
		},
		{
			name: 'Submit Again',
			value: 'submitAgain',
			description: 'Repeats the submit once, which may be charged a second time',
		},
	],
	default: 'stop',
	description: 'What to do when the connection broke during a submit and it may or may not have been accepted',
};

/** What every operation that gives files offers. */
export const deliveryOptionFields = [downloadField, fileNameField, includeInputFieldsField, outputFieldField];

/** What an operation offers besides while it waits. */
export const waitingOptionFields = [cancelOnStopField, maxInFlightField, timeoutField, onTimeoutField];

/** What an operation that buys and waits offers. */
export const buyingOptionFields = [...deliveryOptionFields, ...waitingOptionFields, onUnknownOutcomeField];

/** The same fields, shown only where the node's parameters have these values. */
export const shownWhere = (parameters: Record<string, Array<string | boolean>>, fields: INodeProperties[]) =>
	fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: Object.fromEntries(Object.entries(parameters).map(([name, values]) => [`/${name}`, values])),
		},
	}));
