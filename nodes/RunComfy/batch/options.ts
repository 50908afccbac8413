/** Simplify and Options, as the operations read them: by the fields that the editor shows. */

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { problemOf } from '../errors/problem';
import { givesNoLimit } from '../errors/valueRules';
import type { DeliveryOptions } from '../output/deliver';
import { inputFieldsOf } from '../output/items';
import { checkValues } from '../values/checkValues';
import { Parameters } from '../values/parameters';
import { schemaOfFields, isNotGiven } from '../values/schema';
import {
	DEFAULT_OUTPUT_FIELD,
	DEFAULT_REQUESTS_IN_FLIGHT,
	DEFAULT_TIMEOUT_SECONDS,
	paidOptionFields,
	runAndWaitOptionFields,
	simplifyField,
} from './optionFields';

export interface WaitingOptions extends DeliveryOptions {
	cancelOnStop: boolean;
	/** Requests bought and unfinished at any time, from 1 to 100. */
	maxInFlight: number;
	timeoutSeconds: number;
	onTimeout: 'error' | 'returnItem' | 'cancel';
	onUnknownOutcome: 'stop' | 'submitAgain';
}

export interface BuyingOptions {
	reuseInTestRuns: boolean;
	/** Requests for each item, from 1. */
	variants: number;
}

const SIMPLIFY = schemaOfFields([simplifyField({})]);

const WAITING = schemaOfFields(runAndWaitOptionFields, { outputField: { kind: 'fieldName' } });

const PAID = schemaOfFields(paidOptionFields, { maxCost: { minimum: undefined, exclusiveMinimum: 0 } });

/** What is given, unchecked; nothing where that cannot be read. */
const givenOptions = (context: IExecuteFunctions, itemIndex: number) =>
	new Parameters(context, itemIndex).readObject('options', 'Options');

/**
 * Reads Simplify and the options of an operation that waits and delivers, for one item. `usualTimeoutSeconds`: where none is
 * given. Throws a RunComfyError.
 */
export function readWaitingOptions(
	context: IExecuteFunctions,
	itemIndex: number,
	usualTimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
): WaitingOptions {
	const parameters = new Parameters(context, itemIndex);
	const { timeout = usualTimeoutSeconds, ...options } = parameters.checkOptions(WAITING);
	const simplify = parameters.check(SIMPLIFY, { simplify: parameters.read('simplify') });
	parameters.throwIfWrong();
	// What counts if an option is not added. What the editor proposes for an added one may differ.
	const usual: WaitingOptions = {
		simplify: true,
		cancelOnStop: true,
		downloadImages: false,
		fileName: '',
		includeInputFields: false,
		maxInFlight: DEFAULT_REQUESTS_IN_FLIGHT,
		outputField: DEFAULT_OUTPUT_FIELD,
		onTimeout: 'error',
		onUnknownOutcome: 'stop',
		timeoutSeconds: timeout as number,
	};
	return { ...usual, ...simplify, ...options };
}

/** The fields of its input that the item of a failure begins with. On an error output n8n adds them, and to no others. */
export function inputFieldsOfFailed(context: IExecuteFunctions, itemIndex: number): IDataObject {
	if (context.getNode().onError === 'continueErrorOutput') return {};
	try {
		// Other options may be what is wrong, so this one is checked alone.
		const { includeInputFields } = givenOptions(context, itemIndex);
		const { values } = checkValues(WAITING, { includeInputFields });
		return values.includeInputFields === true ? inputFieldsOf(context.getInputData()[itemIndex]) : {};
	} catch {
		// The item that says what failed must come out in any case: it may be all that names the request.
		return {};
	}
}

/** Reads the options of an operation that buys, for one item. Throws a RunComfyError. */
export function readBuyingOptions(context: IExecuteFunctions, itemIndex: number): BuyingOptions {
	const parameters = new Parameters(context, itemIndex);
	const { reuseInTestRuns = true, variants = 1 } = parameters.checkOptions(PAID) as Partial<BuyingOptions>;
	// It protects from something: if it is added, it must have a value.
	const given = givenOptions(context, itemIndex);
	if ('maxCost' in given && isNotGiven(given.maxCost)) {
		parameters.note('maxCost', problemOf('maxCost', PAID.inputs.get('maxCost')?.label ?? '', givesNoLimit()));
	}
	parameters.throwIfWrong();
	return { reuseInTestRuns, variants };
}

/**
 * The limit that an item gives, in US dollars, whatever else is wrong with the item. Undefined where it gives none, or none that
 * can be used: then `readBuyingOptions` throws.
 */
export function maxCostUsdOf(context: IExecuteFunctions, itemIndex: number): number | undefined {
	const parameters = new Parameters(context, itemIndex);
	// n8n resolves a collection as a whole or not at all: where another option cannot be resolved, this one is read alone.
	const { maxCost = parameters.read('options.maxCost') } = parameters.readObject('options', 'Options');
	return checkValues(PAID, { maxCost }).values.maxCost as number | undefined;
}

/** 'Max Requests in Flight' is one number for the execution: if expressions give several, the lowest counts. */
export const leastInFlight = (tasks: Array<{ options: WaitingOptions }>): number =>
	Math.min(...tasks.map(({ options }) => options.maxInFlight));
