/** Simplify and Options, as the operations that wait and deliver read them. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { readSwitch, readWholeNumber } from '../input/parameters';
import type { DeliveryOptions } from '../output/deliver';
import {
	DEFAULT_OUTPUT_FIELD,
	DEFAULT_REQUESTS_IN_FLIGHT,
	DEFAULT_TIMEOUT_SECONDS,
	MAX_REQUESTS_IN_FLIGHT,
	MAX_TIMEOUT_SECONDS,
} from './optionLimits';

export interface WaitingOptions extends DeliveryOptions {
	cancelOnStop: boolean;
	/** Requests bought and unfinished at any time, from 1 to 100. */
	maxInFlight: number;
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
