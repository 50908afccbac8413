/** Simplify and Options, as the operations read them: by the fields that the editor shows. */

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { invalidInput, problemOf } from '../errors/problem';
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
	deliveryOptionFields,
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

const WAITING = schemaOfFields([simplifyField({}), ...runAndWaitOptionFields], {
	outputField: { kind: 'fieldName' },
});

const BUYING = schemaOfFields(paidOptionFields, { maxCost: { minimum: undefined, exclusiveMinimum: 0 } });

/** What counts if an option is not added. What the editor proposes for an added one may differ. */
const USUAL: Omit<WaitingOptions, 'timeoutSeconds'> & BuyingOptions = {
	simplify: true,
	cancelOnStop: true,
	downloadImages: false,
	fileName: '',
	includeInputFields: false,
	maxInFlight: DEFAULT_REQUESTS_IN_FLIGHT,
	outputField: DEFAULT_OUTPUT_FIELD,
	onTimeout: 'error',
	onUnknownOutcome: 'stop',
	reuseInTestRuns: true,
	variants: 1,
};

/** Options that protect from something: if added, they must have a value. */
const GUARDS = ['maxCost'];

type Read = typeof USUAL & { maxCost?: number; timeout?: number };

/** Reads the options of a schema for one item; what belongs to other operations is not looked at. Throws a RunComfyError. */
function readOptions(context: IExecuteFunctions, itemIndex: number, schema: typeof WAITING): Read {
	const parameters = new Parameters(context, itemIndex);
	const options = parameters.readObject('options', 'Options');
	const all = { ...options, ...(schema.inputs.has('simplify') && { simplify: parameters.read('simplify') }) };
	const given = Object.fromEntries(Object.entries(all).filter(([name]) => schema.inputs.has(name)));
	const { values, problems } = checkValues(schema, given, parameters);
	const open = GUARDS.filter((name) => name in given && isNotGiven(given[name])).map((name) =>
		problemOf(name, schema.inputs.get(name)?.label ?? name, givesNoLimit()),
	);
	const wrong = [...parameters.problems, ...problems, ...open];
	if (wrong.length > 0) throw invalidInput(wrong);
	return { ...USUAL, ...values };
}

/**
 * Reads Simplify and the options of an operation that waits and delivers, for one item. `usualTimeoutSeconds`: where none is
 * given. Throws a RunComfyError.
 */
export function readWaitingOptions(
	context: IExecuteFunctions,
	itemIndex: number,
	usualTimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
): WaitingOptions {
	const { timeout, ...options } = readOptions(context, itemIndex, WAITING);
	return { ...options, timeoutSeconds: timeout ?? usualTimeoutSeconds };
}

const FAILED = schemaOfFields(deliveryOptionFields.filter(({ name }) => name === 'includeInputFields'));

/** The fields of its input that the item of a failure begins with. On an error output n8n adds them, and to no others. */
export function inputFieldsOfFailed(context: IExecuteFunctions, itemIndex: number): IDataObject {
	if (context.getNode().onError === 'continueErrorOutput') return {};
	try {
		const { includeInputFields } = readOptions(context, itemIndex, FAILED);
		return includeInputFields ? inputFieldsOf(context.getInputData()[itemIndex]) : {};
	} catch {
		// The option itself may be what is wrong.
		return {};
	}
}

/** Reads the options of an operation that buys, for one item. Throws a RunComfyError. */
export function readBuyingOptions(context: IExecuteFunctions, itemIndex: number): BuyingOptions {
	const { reuseInTestRuns, variants } = readOptions(context, itemIndex, BUYING);
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
	const { values, problems } = checkValues(BUYING, { maxCost });
	return problems.length > 0 ? undefined : (values.maxCost as number | undefined);
}

/** 'Max Requests in Flight' is one number for the execution: if expressions give several, the lowest counts. */
export const leastInFlight = (tasks: Array<{ options: WaitingOptions }>): number =>
	Math.min(...tasks.map(({ options }) => options.maxInFlight));
