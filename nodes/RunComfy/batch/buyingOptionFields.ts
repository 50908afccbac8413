/** Options of every operation that buys, as the editor shows them. */
import type { INodeProperties } from 'n8n-workflow';

import { MAX_VARIANTS } from './optionLimits';

export const maxCostField: INodeProperties = {
	displayName: 'Maximum Cost (USD)',
	name: 'maxCost',
	type: 'number',
	typeOptions: { minValue: 0, numberPrecision: 4 },
	default: 5,
	description:
		'What this node may spend in one execution, its retries and loops included. Checked before each request by what is known then: those in flight may still turn out dearer.',
};

export const reuseInTestRunsField: INodeProperties = {
	displayName: 'Reuse in Test Runs',
	name: 'reuseInTestRuns',
	type: 'boolean',
	default: true,
	description:
		'Whether a run started from the editor takes up what an earlier one bought with exactly the same input within the last hour, instead of paying again. Production runs always buy.',
};

export const variantsField: INodeProperties = {
	displayName: 'Variants',
	name: 'variants',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_VARIANTS, numberPrecision: 0 },
	default: 1,
	description: 'How many results to buy for each item, each with another seed (1 to 8). Each one is charged.',
};

export const purchaseOptionFields = [maxCostField, reuseInTestRunsField, variantsField];
