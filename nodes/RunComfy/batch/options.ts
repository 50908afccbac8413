/** Simplify and Options, as the operations that wait and deliver read them. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { readChoice } from '../values/choice';
import { isObject } from '../values/json';
import { readSwitch, readWholeNumber } from '../values/parameters';
import { readFieldName, readText } from '../values/text';
import type { DeliveryOptions } from '../output/deliver';
import {
	DEFAULT_OUTPUT_FIELD,
	DEFAULT_REQUESTS_IN_FLIGHT,
	DEFAULT_TIMEOUT_SECONDS,
	MAX_REQUESTS_IN_FLIGHT,
	MAX_TIMEOUT_SECONDS,
} from './optionLimits';

const ON_TIMEOUT = ['error', 'returnItem', 'cancel'] as const;
const ON_UNKNOWN_OUTCOME = ['stop', 'submitAgain'] as const;

export interface WaitingOptions extends DeliveryOptions {
	cancelOnStop: boolean;
	/** Requests bought and unfinished at any time, from 1 to 100. */
	maxInFlight: number;
	timeoutSeconds: number;
	onTimeout: (typeof ON_TIMEOUT)[number];
	onUnknownOutcome: (typeof ON_UNKNOWN_OUTCOME)[number];
}

const defaultWaitingOptions: WaitingOptions = {
	simplify: true,
	cancelOnStop: true,
	downloadImages: false,
	fileName: '',
	includeInputFields: false,
	maxInFlight: DEFAULT_REQUESTS_IN_FLIGHT,
	outputField: DEFAULT_OUTPUT_FIELD,
	timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
	onTimeout: 'error',
	onUnknownOutcome: 'stop',
};

/** Reads Simplify and Options for one item. Throws a RunComfyError for a value that cannot be used. */
export function readWaitingOptions(context: IExecuteFunctions, itemIndex: number): WaitingOptions {
	const options: unknown = context.getNodeParameter('options', itemIndex, {});
	const given = isObject(options) ? options : {};
	const usual = defaultWaitingOptions;
	const wholeNumber = (name: string, value: unknown, most: number) => readWholeNumber(name, value, 1, most);
	return {
		simplify: readSwitch('Simplify', context.getNodeParameter('simplify', itemIndex, true), usual.simplify),
		cancelOnStop: readSwitch('Stop Cancels Requests', given.cancelOnStop, usual.cancelOnStop),
		downloadImages: readSwitch('Download Files', given.downloadImages, usual.downloadImages),
		fileName: readText('File Name', given.fileName) ?? usual.fileName,
		includeInputFields: readSwitch('Include Input Fields', given.includeInputFields, usual.includeInputFields),
		maxInFlight: wholeNumber('Max Requests in Flight', given.maxInFlight, MAX_REQUESTS_IN_FLIGHT) ?? usual.maxInFlight,
		outputField: readFieldName('Put Output in Field', given.outputField, usual.outputField),
		timeoutSeconds: wholeNumber('Timeout', given.timeout, MAX_TIMEOUT_SECONDS) ?? usual.timeoutSeconds,
		onTimeout: readChoice('When Time Runs Out', given.onTimeout, ON_TIMEOUT) ?? usual.onTimeout,
		onUnknownOutcome:
			readChoice('When Outcome Is Unknown', given.onUnknownOutcome, ON_UNKNOWN_OUTCOME) ?? usual.onUnknownOutcome,
	};
}
