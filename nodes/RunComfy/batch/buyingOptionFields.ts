/** Options of every operation that costs money, as the editor shows them. */

import type { INodeProperties } from 'n8n-workflow';

import { MAX_VARIANTS } from './optionFields';

export const maxCostField: INodeProperties = {
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
		'Whether a test run from the editor reuses the result of an earlier test run with exactly the same input from the last hour instead of paying again. Production runs are always charged.',
};

export const variantsField: INodeProperties = {
	displayName: 'Number of Variants',
	name: 'variants',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_VARIANTS, numberPrecision: 0 },
	default: 1,
	description: 'How many results to generate for each item, each with a different seed (1 to 8). Each one is charged.',
};

export const purchaseOptionFields = [maxCostField, reuseInTestRunsField, variantsField];
