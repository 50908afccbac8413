/** The rooms that decide about money, each with the tests that are to notice when something in it is broken. */

export interface Room {
	name: string;
	/** Files that are broken, one place at a time, as Stryker's globs. */
	mutate: string[];
	/** Quick ones first: a mutant is over with the first test that fails. */
	tests: string[];
}

const PRODUCT = 'nodes/RunComfy';

const of = (...names: string[]) => names.map((name) => `${PRODUCT}/${name}.ts`);

export const rooms: Room[] = [
	{ name: 'answers', mutate: of('api/answers'), tests: ['test/unit/answers.test.mts'] },
	{
		name: 'rateLimit',
		mutate: of('api/rateLimit', 'api/slidingWindow', 'api/submitSpacing'),
		tests: ['test/unit/rateLimit.test.mts'],
	},
	{ name: 'wait', mutate: of('wait/waitUntil'), tests: ['test/unit/waitUntil.test.mts'] },
	{ name: 'pool', mutate: of('batch/runPool'), tests: ['test/unit/runPool.test.mts'] },
	{
		name: 'journal',
		mutate: of('purchase/journal', 'purchase/journalKeys'),
		tests: ['test/unit/journal.test.mts', 'test/unit/spending.test.mts', 'test/unit/ledger.test.mts'],
	},
	{
		name: 'identity',
		mutate: of('purchase/identity', 'purchase/job'),
		tests: ['test/unit/identity.test.mts', 'test/unit/jobHash.test.mts', 'test/unit/variants.test.mts'],
	},
	{ name: 'purchase', mutate: of('purchase/buy', 'purchase/existingRequests'), tests: ['test/unit/buy.test.mts'] },
	{
		name: 'testRuns',
		mutate: of('purchase/testRunReuse'),
		tests: ['test/unit/testRunReuse.test.mts', 'test/unit/buy.test.mts'],
	},
	{ name: 'variants', mutate: of('purchase/variants'), tests: ['test/unit/variants.test.mts'] },
	{
		name: 'settle',
		mutate: of('purchase/settle', 'batch/waitForResult'),
		tests: ['test/unit/settle.test.mts', 'test/unit/outOfTime.test.mts', 'test/unit/waitForResult.test.mts'],
	},
	{ name: 'stop', mutate: of('purchase/openRequests'), tests: ['test/unit/openRequests.test.mts'] },
	{ name: 'orders', mutate: of('batch/orders'), tests: ['test/unit/orders.test.mts'] },
	{
		name: 'spending',
		mutate: of('purchase/spending', 'purchase/estimate', 'batch/buyingSteps'),
		tests: ['test/unit/spending.test.mts', 'test/unit/estimate.test.mts'],
	},
	{
		name: 'jobs',
		mutate: of(
			'resources/background/backgroundJobs',
			'resources/model/modelJobs',
			'resources/deployment/deploymentJobs',
		),
		tests: [
			'test/unit/backgroundJob.test.mts',
			'test/unit/modelJob.test.mts',
			'test/unit/deploymentJob.test.mts',
			'test/unit/jobHash.test.mts',
			'test/unit/input.test.mts',
		],
	},
	{
		name: 'values',
		mutate: of('values/checkValues', 'values/convert', 'values/leftovers', 'values/address', 'values/inputFile'),
		tests: [
			'test/unit/convert.test.mts',
			'test/unit/checkValues.test.mts',
			'test/unit/leftovers.test.mts',
			'test/unit/address.test.mts',
			'test/unit/inputFile.test.mts',
			'test/unit/input.test.mts',
		],
	},
];
