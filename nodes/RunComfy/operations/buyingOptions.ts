/** Options of every operation that buys, whether it waits or not. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { readSwitch, readWholeNumber } from '../input/parameters';
import { readAmount } from '../input/amount';
import { MAX_VARIANTS } from './optionLimits';

export interface BuyingOptions {
	/** US dollars; undefined: no limit. */
	maxCostUsd?: number;
	reuseInTestRuns: boolean;
	/** Requests for each item, from 1. */
	variants: number;
}

const isGiven = (value: unknown): boolean =>
	value !== undefined && value !== null && (typeof value !== 'string' || value.trim() !== '');

/** Reads them for one item. Throws a RunComfyError for a value that cannot be used. */
export function readBuyingOptions(context: IExecuteFunctions, itemIndex: number): BuyingOptions {
	const given: unknown = context.getNodeParameter('options', itemIndex, {});
	const { maxCost, reuseInTestRuns, variants } = (
		typeof given === 'object' && given !== null ? given : {}
	) as IDataObject;
	return {
		...(isGiven(maxCost) && { maxCostUsd: readAmount('Maximum Cost (USD)', maxCost) }),
		reuseInTestRuns: readSwitch('Reuse in Test Runs', reuseInTestRuns, true),
		variants: isGiven(variants) ? readWholeNumber('Variants', variants, 1, MAX_VARIANTS) : 1,
	};
}
