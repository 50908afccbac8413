/** Options of every operation that buys, whether it waits or not. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { isObject } from '../values/json';
import { readSwitch, readWholeNumber } from '../values/parameters';
import { readAmount } from '../values/amount';
import { MAX_VARIANTS } from './optionLimits';

export interface BuyingOptions {
	/** US dollars; undefined: no limit. */
	maxCostUsd?: number;
	reuseInTestRuns: boolean;
	/** Requests for each item, from 1. */
	variants: number;
}

/** Reads them for one item. Throws a RunComfyError for a value that cannot be used. */
export function readBuyingOptions(context: IExecuteFunctions, itemIndex: number): BuyingOptions {
	const given: unknown = context.getNodeParameter('options', itemIndex, {});
	const { maxCost, reuseInTestRuns, variants } = isObject(given) ? given : {};
	return {
		maxCostUsd: readAmount('Maximum Cost (USD)', maxCost),
		reuseInTestRuns: readSwitch('Reuse in Test Runs', reuseInTestRuns, true),
		variants: readWholeNumber('Number of Variants', variants, 1, MAX_VARIANTS) ?? 1,
	};
}
