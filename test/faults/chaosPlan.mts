/** One batch of the chaos runner, drawn by fast-check: the same seed gives the same batch. */
import fc from '../lib/fastCheck.mts';

import type { Switches } from '../emulator/emulator.mts';
import type { OnError } from '../engine/index.mts';
import { type FaultName, FAULTS } from './matrix.mts';

/** What befalls one item. Lists hold the fault of the first, the second … call; after the last all is well. */
export interface ItemPlan {
	submit: Array<FaultName | null>;
	result: Array<FaultName | null>;
	status: Array<FaultName | null>;
	cancel: Array<FaultName | null>;
	download: Array<FaultName | null>;
	/** Repeats the last entry of `result` and `status` for ever. */
	endless: boolean;
	job: Pick<
		Switches,
		'jobOutcome' | 'failureTold' | 'output' | 'outputCount' | 'queueMs' | 'runMs' | 'cost' | 'costFactor'
	>;
}

export const RESOURCES = ['background', 'model', 'deployment'] as const;

export interface BatchPlan {
	items: ItemPlan[];
	resource: (typeof RESOURCES)[number];
	/** Except for Background, 'replaceAndWait' is Run and Wait. */
	operation: 'replaceAndWait' | 'submit';
	modelId: string;
	/** Of a deployment; they only count there. `randomizeSeeds` gives each run another seed, so that nothing of it is cached. */
	deployment: { randomizeSeeds: boolean; maxInstances: number; queueSize: number };
	/** The faults of the readings of the catalogue or of the deployment. Most batches find the model in memory. */
	model: Array<FaultName | null>;
	onError: OnError;
	/** 1: Retry On Fail is off. */
	maxTries: number;
	simplify: boolean;
	options: {
		cancelOnStop: boolean;
		downloadImages: boolean;
		includeInputFields: boolean;
		maxInFlight: number;
		onTimeout: 'error' | 'returnItem' | 'cancel';
		onUnknownOutcome: 'stop' | 'submitAgain';
		timeout: number;
	};
	earlyResult: Switches['earlyResult'];
	cancelAnswer: Switches['cancelAnswer'];
	/** Stop or the workflow's timeout, so many milliseconds after the start. */
	interruption: { kind: 'stop' | 'timeout'; afterMs: number } | null;
	/** Whether the prompt is another one each time n8n looks at it. */
	volatile: boolean;
	/** Somebody sets the machine's clock, so many milliseconds after the start. */
	clockSet: { afterMs: number; byMs: number } | null;
	/** Requests for each item; only where the model takes a seed. */
	variants: number;
	/** The limit in parts of what one run costs by the catalog; null is none. */
	limitFactor: number | null;
	/** A run from the editor, which is played again at the end: what succeeded in the first must not be charged again. */
	isTestRun: boolean;
	/** How long n8n takes to give the credential, in milliseconds. */
	storageMs: number;
	/** Retry execution, once with the faults going on, and with this choice of workflow. */
	retryWith: 'saved' | 'original';
}

/** They take a prompt and require nothing else. */
const MODEL_IDS = [
	'blackforestlabs/flux-2-klein/9b/text-to-image',
	'blackforestlabs/flux-2/flash/text-to-image',
	'blackforestlabs/flux-3/image',
	'bytedance/seedream-5.0-pro/text-to-image',
	'emulator/Studio/v1.5/Fast/HD/text-to-image',
	'emulator/text-to-image',
	'ideogram-ai/ideogram-v4/text-to-image',
	'wan-ai/wan-2.7/text-to-image',
];

/** What a request costs by the catalog, in US dollars. */
const PRICES_USD: Record<string, number> = {
	'blackforestlabs/flux-2-klein/9b/text-to-image': 0.01,
	'blackforestlabs/flux-2/flash/text-to-image': 0.005,
	'blackforestlabs/flux-3/image': 0.04,
	'bytedance/seedream-5.0-pro/text-to-image': 0.04,
	'emulator/Studio/v1.5/Fast/HD/text-to-image': 0.015,
	'emulator/text-to-image': 0.01,
	'ideogram-ai/ideogram-v4/text-to-image': 0.05,
	'wan-ai/wan-2.7/text-to-image': 0.03,
};
const BACKGROUND_USD = 0.06;

const TAKES_SEED = [
	'blackforestlabs/flux-2/flash/text-to-image',
	'blackforestlabs/flux-3/image',
	'wan-ai/wan-2.7/text-to-image',
];

export const priceOf = ({ resource, modelId }: Pick<BatchPlan, 'resource' | 'modelId'>): number =>
	resource === 'background' ? BACKGROUND_USD : PRICES_USD[modelId];

export const variantsOf = ({ resource, modelId, variants }: BatchPlan): number =>
	resource === 'background' || (resource === 'model' && TAKES_SEED.includes(modelId)) ? variants : 1;

/** The limit in US dollars. What a deployment costs nobody knows before. */
export const limitOf = (plan: BatchPlan): number | undefined =>
	plan.limitFactor === null || plan.resource === 'deployment'
		? undefined
		: Math.max(1e-4, Number((priceOf(plan) * plan.items.length * variantsOf(plan) * plan.limitFactor).toFixed(4)));

const faultName = fc.constantFrom(...(Object.keys(FAULTS) as FaultName[]));

/** Mostly nothing: a batch in which everything breaks tells less than one in which something does. */
const faults = (calmWeight: number, maxLength: number): fc.Arbitrary<Array<FaultName | null>> =>
	fc.oneof(
		{ weight: calmWeight, arbitrary: fc.constant<Array<FaultName | null>>([]) },
		{ weight: 10, arbitrary: fc.array(fc.option(faultName, { freq: 4 }), { minLength: 1, maxLength }) },
	);

const mostly = <T extends string | boolean>(usual: T, weight: number, ...others: T[]) =>
	fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 10, arbitrary: fc.constantFrom(...others) });

const item: fc.Arbitrary<ItemPlan> = fc.record({
	submit: faults(30, 3),
	result: faults(20, 4),
	status: faults(20, 4),
	cancel: faults(20, 2),
	download: faults(20, 3),
	endless: mostly(false, 150, true),
	job: fc.record({
		jobOutcome: mostly<Switches['jobOutcome']>(
			'succeeded',
			80,
			'failed',
			'stuck',
			'stuckInQueue',
			'cancelledByRunComfy',
		),
		failureTold: fc.constantFrom('result' as const, 'status' as const),
		output: mostly<Switches['output']>(
			'image',
			30,
			'images',
			'both',
			'string',
			'array',
			'objects',
			'video',
			'videos',
			'none',
		),
		outputCount: fc.constantFrom(1, 1, 1, 3),
		queueMs: fc.integer({ min: 0, max: 60 }),
		runMs: fc.integer({ min: 0, max: 60 }),
		cost: fc.constantFrom('atOnce' as const, 'later' as const, 'never' as const),
		costFactor: fc.constantFrom(1, 1, 1, 0.5, 2, 5),
	}),
});

const batchPlan: fc.Arbitrary<BatchPlan> = fc.record({
	items: fc.array(item, { minLength: 1, maxLength: 12, size: 'max' }),
	resource: fc.constantFrom(...RESOURCES),
	deployment: fc.record({
		randomizeSeeds: fc.boolean(),
		maxInstances: fc.constantFrom(1, 3, 12),
		queueSize: fc.constantFrom(0, 1, 4),
	}),
	modelId: fc.constantFrom(...MODEL_IDS),
	model: faults(10, 3),
	operation: mostly<BatchPlan['operation']>('replaceAndWait', 50, 'submit'),
	onError: fc.constantFrom<OnError>('stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'),
	maxTries: fc.constantFrom(1, 1, 2, 5),
	simplify: mostly(true, 30, false),
	options: fc.record({
		cancelOnStop: mostly(true, 20, false),
		downloadImages: fc.boolean(),
		includeInputFields: fc.boolean(),
		maxInFlight: fc.constantFrom(1, 3, 20),
		onTimeout: fc.constantFrom('error' as const, 'returnItem' as const, 'cancel' as const),
		onUnknownOutcome: mostly<'stop' | 'submitAgain'>('stop', 20, 'submitAgain'),
		timeout: fc.constant(1),
	}),
	earlyResult: fc.constantFrom('200' as const, '400' as const),
	cancelAnswer: mostly<Switches['cancelAnswer']>('byState', 30, 'not_cancellable', 'cancelled'),
	interruption: fc.oneof(
		{ weight: 70, arbitrary: fc.constant(null) },
		{
			weight: 30,
			arbitrary: fc.record({
				kind: fc.constantFrom('stop' as const, 'timeout' as const),
				afterMs: fc.integer({ min: 1, max: 400 }),
			}),
		},
	),
	retryWith: fc.constantFrom('saved' as const, 'original' as const),
	volatile: fc.boolean(),
	clockSet: fc.oneof(
		{ weight: 93, arbitrary: fc.constant(null) },
		{
			weight: 7,
			arbitrary: fc.record({
				afterMs: fc.integer({ min: 1, max: 300 }),
				byMs: fc.constantFrom(3_600_000, 5_000, -400),
			}),
		},
	),
	variants: fc.constantFrom(1, 1, 1, 2, 3),
	limitFactor: fc.oneof(
		{ weight: 60, arbitrary: fc.constant(null) },
		{ weight: 40, arbitrary: fc.constantFrom(0.5, 1, 1.3, 2, 4, 1_000) },
	),
	isTestRun: mostly(false, 20, true),
	storageMs: fc.oneof(
		{ weight: 70, arbitrary: fc.constant(0) },
		{ weight: 30, arbitrary: fc.constantFrom(5, 60, 300) },
	),
});

/** `resource`: this one, whatever the dice say. */
export function planOf(seed: number, resource?: BatchPlan['resource']): BatchPlan {
	const [plan] = fc.sample(batchPlan, { seed, numRuns: 1 });
	return resource === undefined ? plan : { ...plan, resource };
}
