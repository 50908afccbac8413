/** What Replace and Wait and Get Result share: the fields about waiting and delivering, and how they are read. */
import type { IDataObject, IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { readSwitch, readWholeNumber } from '../input/parameters';

/** Ten minutes: many times what a picture takes, so that it only ends what has gone wrong. */
const DEFAULT_TIMEOUT_SECONDS = 600;

/** A day: n8n holds a worker for as long as a node waits. */
const MAX_TIMEOUT_SECONDS = 86_400;

/** Keeps a batch well inside the call budget; RunComfy publishes no limit of its own. */
const DEFAULT_REQUESTS_IN_FLIGHT = 20;
const MAX_REQUESTS_IN_FLIGHT = 100;

const DEFAULT_OUTPUT_FIELD = 'data';

/** Simplify and Options, shown under the given conditions. */
export function waitingFields(displayOptions: IDisplayOptions, buys: boolean): INodeProperties[] {
	return [
		{
			displayName: 'Simplify',
			name: 'simplify',
			type: 'boolean',
			default: true,
			description: 'Whether to return a simplified version of the response instead of the raw data',
			displayOptions,
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add Option',
			default: {},
			displayOptions,
			options: [
				{
					displayName: 'Cancel Requests on Stop',
					name: 'cancelOnStop',
					type: 'boolean',
					default: true,
					description:
						'Whether stopping the execution also cancels its requests at RunComfy. Only queued requests can be cancelled; those already running are charged.',
				},
				{
					displayName: 'Download Images',
					name: 'downloadImages',
					type: 'boolean',
					default: false,
					description: 'Whether to put the file itself into each item, not just its URL',
				},
				{
					displayName: 'Include Input Fields',
					name: 'includeInputFields',
					type: 'boolean',
					default: false,
					description:
						'Whether each output item begins with the fields of its input item, so that a record ID or SKU travels along',
				},
				{
					displayName: 'Max Requests in Flight',
					name: 'maxInFlight',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: MAX_REQUESTS_IN_FLIGHT },
					default: DEFAULT_REQUESTS_IN_FLIGHT,
					description:
						'How many requests may be submitted and unfinished at any time (1 to 100). The value of the first item counts for all.',
				},
				{
					displayName: 'Put Output in Field',
					name: 'outputField',
					type: 'string',
					default: DEFAULT_OUTPUT_FIELD,
					placeholder: 'e.g. data',
					hint: 'The name of the output binary field to put the file in',
					description: 'Used when Download Images is on',
				},
				{
					displayName: 'Timeout',
					name: 'timeout',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: MAX_TIMEOUT_SECONDS },
					default: DEFAULT_TIMEOUT_SECONDS,
					description:
						'How many seconds to wait for each request (1 to 86,400). Waiting for a free place does not count.',
				},
				...(buys ? [unknownOutcomeField] : []),
				{
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
				},
			],
		},
	];
}

const unknownOutcomeField: INodeProperties = {
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

export interface WaitingOptions {
	simplify: boolean;
	cancelOnStop: boolean;
	downloadImages: boolean;
	includeInputFields: boolean;
	/** Requests bought and unfinished at any time, from 1 to 100. */
	maxInFlight: number;
	outputField: string;
	timeoutSeconds: number;
	onTimeout: 'error' | 'returnItem' | 'cancel';
	onUnknownOutcome: 'stop' | 'submitAgain';
}

export const defaultWaitingOptions: WaitingOptions = {
	simplify: true,
	cancelOnStop: true,
	downloadImages: false,
	includeInputFields: false,
	maxInFlight: DEFAULT_REQUESTS_IN_FLIGHT,
	outputField: DEFAULT_OUTPUT_FIELD,
	timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
	onTimeout: 'error',
	onUnknownOutcome: 'stop',
};

/** Reads Simplify and Options for one item. Throws a RunComfyError for a value that cannot be used. */
export function readWaitingOptions(context: IExecuteFunctions, itemIndex: number): WaitingOptions {
	const given = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	const options = { ...defaultWaitingOptions, ...given };
	const { maxInFlight, timeout = DEFAULT_TIMEOUT_SECONDS, onTimeout, onUnknownOutcome } = options as IDataObject;
	const outputField = String(options.outputField).trim();
	return {
		simplify: readSwitch('Simplify', context.getNodeParameter('simplify', itemIndex, true), true),
		cancelOnStop: readSwitch('Cancel Requests on Stop', options.cancelOnStop, true),
		downloadImages: readSwitch('Download Images', options.downloadImages, false),
		includeInputFields: readSwitch('Include Input Fields', options.includeInputFields, false),
		maxInFlight: readWholeNumber('Max Requests in Flight', maxInFlight, 1, MAX_REQUESTS_IN_FLIGHT),
		outputField: outputField === '' ? DEFAULT_OUTPUT_FIELD : outputField,
		timeoutSeconds: readWholeNumber('Timeout', timeout, 1, MAX_TIMEOUT_SECONDS),
		onTimeout: onTimeout === 'returnItem' || onTimeout === 'cancel' ? onTimeout : 'error',
		onUnknownOutcome: onUnknownOutcome === 'submitAgain' ? 'submitAgain' : 'stop',
	};
}
