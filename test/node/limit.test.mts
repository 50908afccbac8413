/** 'Maximum Cost (USD)' against costs told late, or never, and against what earlier passes and attempts left behind. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import type { Fault } from '../emulator/emulator.mts';
import type { NodeRun } from '../engine/index.mts';
import { modelOf, runModel, TEXT_TO_IMAGE } from './modelFixture.mts';
import { inputItems, jsonOf, patientPolicies, REFUSED, useFixture } from './fixture.mts';

const policies = patientPolicies(4);
policies.batch.catalogueKeptMs = 0;
const fixture = useFixture({ clockSpeed: 4, queueMs: 5, runMs: 10, policies });
beforeEach(() => {
	fixture.policies.call.lateCostPauseMs = 40;
	fixture.policies.schedule.overduePauseMs = 100;
});

const CONTINUE = { onError: 'continueRegularOutput' } as const;
const TRIES = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };

const options = (given: INodeParameters): INodeParameters => ({ options: given });
const bought = () => fixture.emulator.counts().submitsAccepted;
const ids = () => fixture.emulator.requests().map(({ id }) => id);
const wordsOf = ({ error }: Pick<NodeRun, 'error'>) => `${error?.message} ${error?.description}`;

const refuse = (isRefused: (nth: number) => boolean) => {
	let submits = 0;
	fixture.emulator.onCall = ({ phase }) => (phase === 'submit' && isRefused((submits += 1)) ? REFUSED : undefined);
};

describe('a cost that is told a little later', () => {
	test('nothing is bought on the estimate while the cost of a finished request is being asked for', async () => {
		fixture.policies.call.lateCostPauseMs = 2_000;
		fixture.emulator.set({ costUsd: 1, cost: 'later' });
		await fixture.run({ items: inputItems(20), ...CONTINUE, parameters: options({ maxCost: 1.5, maxInFlight: 1 }) });
		// The first is finished and its cost not known yet.
		expect(bought()).toBe(1);
	});

	test('with the usual twenty in flight and jobs longer than the pause', async () => {
		fixture.policies.call.lateCostPauseMs = 2_000;
		fixture.emulator.set({ costUsd: 1, cost: 'later', queueMs: 0, runMs: 1_500 });
		await fixture.run({ items: inputItems(60), ...CONTINUE, parameters: options({ maxCost: 5 }) });
		expect(bought()).toBe(20);
	});

	test.each([
		['a failed request', { status: 'failed', error: 'no' }],
		['a success without a file', { status: 'succeeded', output: {} }],
	])('is asked for once more for %s too', async (_what, body) => {
		fixture.policies.call.emptyResultPauseMs = 1;
		const looks = new Map<string, number>();
		fixture.emulator.onCall = ({ phase, requestId = '' }) => {
			if (phase !== 'result') return undefined;
			const nth = (looks.get(requestId) ?? 0) + 1;
			looks.set(requestId, nth);
			const isLate = nth > (body.status === 'failed' ? 1 : 5);
			return { kind: 'status', status: 200, body: { request_id: requestId, ...body, ...(isLate && { cost: 1 }) } };
		};
		await fixture.run({ items: inputItems(20), ...CONTINUE, parameters: options({ maxCost: 1.5, maxInFlight: 1 }) });
		expect(bought()).toBe(1);
	});
});

test('a cancelled request for which RunComfy reports a cost counts with it', async () => {
	fixture.emulator.onCall = ({ phase, requestId }) =>
		phase === 'result'
			? { kind: 'status', status: 200, body: { request_id: requestId, status: 'cancelled', cost: 1 } }
			: undefined;
	await fixture.run({ items: inputItems(20), ...CONTINUE, parameters: options({ maxCost: 1.5, maxInFlight: 1 }) });
	expect(bought()).toBe(1);
});

test('nor does the answer to a cancellation, if it reports a cost, count as nothing', async () => {
	fixture.emulator.onCall = ({ phase, requestId }) => {
		const body = { request_id: requestId, status: 'cancelled', outcome: 'cancelled', cost: 1 };
		if (phase === 'cancel') return { kind: 'status', status: 200, body };
		return phase === 'result' ? { kind: 'status', status: 200, body: { status: 'in_progress' } } : undefined;
	};
	await fixture.run({
		items: inputItems(8),
		...CONTINUE,
		parameters: options({ maxCost: 1.5, maxInFlight: 1, timeout: 1, onTimeout: 'cancel' }),
	});
	expect(bought()).toBe(1);
});

describe('what earlier passes and attempts left behind', () => {
	test('a request whose time ran out in an earlier pass is over by now: its cost is settled', async () => {
		fixture.emulator.set({ queueMs: 0, runMs: 500, costUsd: 1 });
		await fixture.runPasses(8, { parameters: options({ maxCost: 1, timeout: 1 }), ...CONTINUE });
		// One is over for $1.00 by the third pass at the latest.
		expect(bought()).toBeLessThanOrEqual(3);
	});

	test.each([
		['succeed', {}, 1],
		['fail', { jobOutcome: 'failed' }, 10],
		['go on', { queueMs: 600_000 }, 10],
	] as const)(
		'requests of a loop of Submit that %s: their costs are settled before the next pass',
		async (_what, switches, expected) => {
			fixture.emulator.set({ queueMs: 0, runMs: 0, costUsd: 1, ...switches });
			await fixture.runPasses(10, { parameters: { operation: 'submit', ...options({ maxCost: 1 }) } });
			expect(bought()).toBe(expected);
		},
	);

	test('a long loop does not read all of them before each pass', async () => {
		fixture.policies.batch.readOfUnfinished = 3;
		fixture.emulator.set({ queueMs: 600_000 });
		await fixture.runPasses(12, { parameters: { operation: 'submit', ...options({ maxCost: 9 }) } });
		// None, one and two before the first three passes, and three before each of the others.
		expect(fixture.emulator.counts().resultReads).toBe(1 + 2 + 9 * 3);
	});

	test('the oldest requests are stuck: that others are over is noticed anyway', async () => {
		fixture.policies.batch.readOfUnfinished = 4;
		fixture.emulator.set({ jobOutcome: 'stuckInQueue' }, { next: 4 });
		fixture.emulator.set({ queueMs: 0, runMs: 0, costUsd: 1 });
		await fixture.runPasses(20, { parameters: { operation: 'submit', ...options({ maxCost: 3 }) } });
		// Four that are stuck, the first that is over, and those submitted before it was read.
		expect(bought()).toBeLessThanOrEqual(6);
	});

	test('a request whose time ran out in the first attempt is over by the second one: its cost is settled', async () => {
		fixture.emulator.set({ queueMs: 0, runMs: 400, costUsd: 1 });
		refuse((nth) => nth > 1 && nth <= 6);
		await fixture.run({
			items: inputItems(6),
			...CONTINUE,
			...TRIES,
			waitBetweenTries: 1_000,
			parameters: options({ maxCost: 1, timeout: 1 }),
		});
		expect(bought()).toBe(1);
	});

	test('RunComfy says cancelled of what it has reported the cost of: it still counts', async () => {
		const ends = [
			{ status: 'succeeded', output: { image: 'https://files.runcomfy.net/a.png' }, cost: 1 },
			{ status: 'cancelled' },
		];
		let submits = 0;
		fixture.emulator.onCall = ({ phase, requestId }) => {
			if (phase === 'submit') return [1, 3].includes((submits += 1)) ? REFUSED : undefined;
			if (phase !== 'result') return undefined;
			const end = requestId === ids()[0] ? (ends.length > 1 ? ends.shift() : ends[0]) : ends[0];
			return { kind: 'status', status: 200, body: { request_id: requestId, ...end } };
		};
		await fixture.run({
			items: inputItems(3),
			...CONTINUE,
			...TRIES,
			maxTries: 3,
			parameters: options({ maxCost: 2.5, maxInFlight: 1 }),
		});
		expect(bought()).toBe(1);
	});

	test('failed without a limit, the cost not reported: it still counts when Retry has replaced it', async () => {
		fixture.emulator.set({ jobOutcome: 'failed', cost: 'never' });
		const run = { items: inputItems(3) };
		let { finished } = await fixture.run(run);
		const limited = { ...run, parameters: options({ maxCost: 0.36 }) };
		for (let retry = 0; retry < 3; retry += 1) ({ finished } = await fixture.run({ ...limited, retryOf: finished }));
		// Three for $0.18, and three more: that is the limit.
		expect(bought()).toBe(6);
	});

	test('bought without a limit, its cost never reported: it does not count as nothing', async () => {
		fixture.emulator.set({ cost: 'never' });
		refuse((nth) => nth === 5);
		const { finished } = await fixture.run({ items: inputItems(5) });
		expect(bought()).toBe(4);
		fixture.emulator.onCall = undefined;
		const again = await fixture.run({
			items: inputItems(5),
			parameters: options({ maxCost: 0.1 }),
			retryOf: finished,
		});
		expect(bought()).toBe(4);
		expect(wordsOf(again)).not.toContain('has spent about $0.00');
	});

	test('the least limit that any pass gave counts for the execution', async () => {
		await fixture.runPasses(6, { parameters: options({ maxCost: '={{ $runIndex === 0 ? 0.1 : 9 }}' }) });
		expect(bought()).toBe(1);
	});
});

describe('a cost that is reported only at the third read of its request', () => {
	const FILE = { status: 'succeeded', output: { image: 'https://files.runcomfy.net/a.png' } };
	const FAILED = { status: 'failed', error: 'no' };
	const limited = options({ maxCost: 1, maxInFlight: 1 });

	test.each<[what: string, body: object, second: Fault | undefined, expected: number, run: () => Promise<unknown>]>([
		[
			'items, one after the other',
			FILE,
			undefined,
			2,
			async () => await fixture.run({ items: inputItems(16), ...CONTINUE, parameters: limited }),
		],
		[
			'and the second read has no answer',
			FILE,
			{ kind: 'status', status: 503 },
			2,
			async () => await fixture.run({ items: inputItems(16), ...CONTINUE, parameters: limited }),
		],
		[
			'of requests that failed',
			FAILED,
			undefined,
			2,
			async () => await fixture.run({ items: inputItems(16), ...CONTINUE, parameters: limited }),
		],
		[
			'passes of a loop',
			FILE,
			undefined,
			2,
			async () => await fixture.runPasses(10, { parameters: limited, ...CONTINUE }),
		],
		[
			'by a second attempt, in passes of a loop',
			FAILED,
			undefined,
			1,
			async () => await fixture.runPasses(8, { parameters: limited, ...CONTINUE, ...TRIES }),
		],
	])('counts for those whose cost is not reported either: %s', async (_what, body, second, expected, run) => {
		const reads = new Map<string, number>();
		fixture.emulator.onCall = ({ phase, requestId = '' }) => {
			if (phase !== 'result') return undefined;
			const nth = (reads.get(requestId) ?? 0) + 1;
			reads.set(requestId, nth);
			if (nth === 2 && second !== undefined) return second;
			const answer = { request_id: requestId, ...body, ...(nth > 2 && { cost: 1 }) };
			return { kind: 'status', status: 200, body: answer };
		};
		await run();
		expect(bought()).toBe(expected);
	});
});

describe('Continue On Fail, a second attempt, the price not to be had', () => {
	/** The first submit is refused, so that n8n runs the node again; by then the catalogue is gone. */
	const run = async (count: number, given: INodeParameters) => {
		let submits = 0;
		let reads = 0;
		fixture.emulator.onCall = ({ phase }) => {
			if (phase === 'submit' && (submits += 1) === 1) return REFUSED;
			if (phase === 'model' && (reads += 1) > 1) return { kind: 'status', status: 404, body: { detail: 'gone' } };
			return undefined;
		};
		return await fixture.run({
			items: inputItems(count),
			...CONTINUE,
			...TRIES,
			parameters: options({ maxCost: 5, maxInFlight: 1, ...given }),
		});
	};

	test('what is paid and finished comes out; only what would have to be bought fails', async () => {
		const { items } = await run(3, {});
		expect(bought()).toBe(2);
		expect(jsonOf(items).map(({ image_url: url }) => typeof url)).toEqual(['undefined', 'string', 'string']);
	});

	test('every variant that is paid is named', async () => {
		const { items } = await run(1, { variants: 3 });
		expect(bought()).toBe(2);
		for (const id of ids()) expect(JSON.stringify(jsonOf(items))).toContain(id);
	});
});

test.each<[what: string, status: number, given: INodeParameters]>([
	['out of reach', 503, {}],
	['without the model', 404, {}],
	['out of reach, with variants', 503, { variants: 2 }],
])(
	'the catalogue %s in the middle of a batch: the price was read, and is not read again',
	async (_what, status, given) => {
		let submits = 0;
		fixture.emulator.onCall = ({ phase }) => {
			if (phase === 'submit') submits += 1;
			return phase === 'model' && submits > 0 ? { kind: 'status', status, body: {} } : undefined;
		};
		const parameters = options({ maxCost: 5, maxInFlight: 1, ...given });
		const { items } = await fixture.run({ items: inputItems(4), parameters });
		expect(items).toHaveLength(4 * Number(given.variants ?? 1));
		expect(fixture.emulator.counts().modelReads).toBe(1);
	},
);

test.each([
	['cannot be read', { kind: 'status', status: 404, body: { detail: 'gone' } }],
	['is absurd by now', { kind: 'status', status: 200, body: { base_price_usd: 1e300, price_unit: 'output' } }],
] as const)('a second attempt, in which the price %s, names what the first one bought', async (_what, answer) => {
	let submits = 0;
	fixture.emulator.onCall = ({ phase }) => {
		if (phase === 'submit' && (submits += 1) === 2) return REFUSED;
		return phase === 'model' && submits > 1 ? answer : undefined;
	};
	const run = await fixture.run({
		items: inputItems(3),
		...TRIES,
		parameters: options({ maxCost: 5, maxInFlight: 1 }),
	});
	expect(ids()).toHaveLength(1);
	expect(wordsOf(run)).toContain(ids()[0]);
	expect(wordsOf(run)).not.toMatch(/Nothing was (submitted|charged)/);
});

test('a submit of unknown outcome is not called in flight', async () => {
	fixture.emulator.fault('submit', { kind: 'cutBefore' }, { next: 1 });
	const run = await fixture.runPasses(2, { ...CONTINUE, parameters: options({ maxCost: 0.1 }) });
	const [, last] = jsonOf(run.itemsOf('Node Under Test'));
	expect(JSON.stringify(last.error)).toContain('1 request in flight or of unknown outcome counts as about $0.06');
});

test.each([
	['one request', {}, 0.15, '1 request would cost about $0.10'],
	['several', { variants: 2 }, 0.3, '2 requests would cost about $0.20'],
	['as many as there were', { variants: 3 }, 0.5, '3 requests would cost about $0.30'],
])('the sum that decides is the sum in the error: %s', async (_what, given, maxCost, words) => {
	fixture.emulator.set({ costUsd: 0.1 });
	const { error } = await fixture.runPasses(2, { parameters: options({ maxCost, ...given }) });
	expect(error?.message).toContain(words);
});

test('Continue On Fail: an item whose price cannot be known fails by itself, and the others are not told that it is theirs', async () => {
	const model = structuredClone(modelOf(TEXT_TO_IMAGE)) as unknown as {
		price_unit: string;
		base_price_usd: number;
		input_schema: { properties: Record<string, unknown> };
	};
	model.price_unit = 'second';
	model.base_price_usd = 0.01;
	model.input_schema.properties.duration = { type: 'integer', title: 'Duration', minimum: 1, maximum: 10 };
	fixture.emulator.set({ validation: 'lenient' });
	fixture.emulator.onCall = ({ phase }) =>
		phase === 'model' ? { kind: 'status', status: 200, body: model } : undefined;
	const inputs = '={{ $json.sku === "sku-1" ? "{}" : "{\\"duration\\": 5}" }}';
	const { items } = await fixture.run({
		items: inputItems(3),
		...CONTINUE,
		parameters: runModel(TEXT_TO_IMAGE, 'a cat', inputs, options({ maxCost: 5 })),
	});
	const saysMissing = jsonOf(items).map(({ error }) =>
		JSON.stringify(error ?? '').includes("Set the input 'duration'"),
	);
	expect(saysMissing).toEqual([false, true, false]);
	expect(bought()).toBe(2);
});
