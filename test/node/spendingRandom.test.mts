/**
 * Maximum Cost under random prices, faults, retries, loops and parallel work, counted at the emulator: no submit for which
 * there was no room by what RunComfy had told, each accepted request paid once, and delivered or named.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import type { Fault, IncomingCall, Switches } from '../emulator/emulator.mts';
import { type Finished, NODE_UNDER_TEST, type OnError } from '../engine/index.mts';
import { errorEndingOf, type Told } from '../faults/endings.mts';
import { type Charge, Ledger } from '../faults/ledger.mts';
import { type Fixture, type FixtureRun, openFixture, quickPolicies } from './fixture.mts';
import { seedFrom } from './seed.mts';

const seed = seedFrom('SPENDING_SEED');

/** So many in every run of the tests; `SPENDING_RUNS=1000` takes two minutes. */
const RUNS = Number(process.env.SPENDING_RUNS ?? 25);

const MS_PER_RUN = 2_000;

/** What one request of Background costs by the catalogue. */
const PRICE_USD = 0.06;

type PriceTold = Extract<Switches['priceTold'], 'asIs' | 'zero' | 'missing'>;

/** What may befall a submit. `bought`: RunComfy accepts it all the same. */
const SUBMIT_FAULTS = {
	slowDown: { fault: { kind: 'rateLimited' }, bought: false, unknown: false },
	refused: { fault: { kind: 'refusedInput' }, bought: false, unknown: false },
	cutBefore: { fault: { kind: 'cutBefore' }, bought: false, unknown: true },
	cutAfter: { fault: { kind: 'cutAfter' }, bought: true, unknown: true },
	brokenAnswer: { fault: { kind: 'badJson' }, bought: true, unknown: true },
	slow: { fault: { kind: 'slow', ms: 30 }, bought: true, unknown: false },
} satisfies Record<string, { fault: Fault; bought: boolean; unknown: boolean }>;

/** What may befall a look at a result; the last one ends the try. */
const LOOK_FAULTS = {
	serverError: { kind: 'status', status: 500 },
	cut: { kind: 'cutBefore' },
	slowDown: { kind: 'rateLimited' },
	refused: { kind: 'status', status: 400, body: { error_message: 'not now' } },
} satisfies Record<string, Fault>;

type SubmitFault = keyof typeof SUBMIT_FAULTS;
type LookFault = keyof typeof LOOK_FAULTS;

interface ItemPlan {
	/** What befalls its first submits, and its first looks. */
	submits: SubmitFault[];
	looks: LookFault[];
	/** How many times as much as the catalogue says. */
	costFactor: number;
	cost: Charge['told'];
	fails: boolean;
	runMs: number;
}

interface Plan {
	priceTold: PriceTold;
	items: ItemPlan[];
	/** 2: a loop comes by twice, with the same items. */
	passes: 1 | 2;
	variants: number;
	/** The limit in parts of what one pass costs by the catalogue. */
	limitFactor: number;
	maxInFlight: number;
	onError: OnError;
	maxTries: number;
	submitAgain: boolean;
	/** How often Retry execution is pressed where n8n offers it. */
	retries: number;
}

const rarely = <T extends string>(...names: T[]) =>
	fc.oneof(
		{ weight: 5, arbitrary: fc.constant<T[]>([]) },
		{ weight: 2, arbitrary: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }) },
	);

const itemPlan: fc.Arbitrary<ItemPlan> = fc.record({
	submits: rarely(...(Object.keys(SUBMIT_FAULTS) as SubmitFault[])),
	looks: rarely(...(Object.keys(LOOK_FAULTS) as LookFault[])),
	costFactor: fc.constantFrom(0, 0.5, 1, 1, 2, 4, 9),
	cost: fc.constantFrom('atOnce', 'atOnce', 'later', 'never'),
	fails: fc.nat(9).map((one) => one === 0),
	runMs: fc.integer({ min: 0, max: 60 }),
});

const plans: fc.Arbitrary<Plan> = fc.record({
	priceTold: fc.constantFrom<PriceTold>('asIs', 'asIs', 'asIs', 'asIs', 'asIs', 'asIs', 'zero', 'missing'),
	items: fc.array(itemPlan, { minLength: 1, maxLength: 8, size: 'max' }),
	passes: fc.constantFrom(1, 1, 2),
	variants: fc.constantFrom(1, 1, 1, 2),
	limitFactor: fc.constantFrom(0.5, 1, 1.3, 1.6, 2.2, 3, 5, 1_000),
	maxInFlight: fc.constantFrom(1, 2, 3, 8),
	onError: fc.constantFrom<OnError>('stopWorkflow', 'continueRegularOutput'),
	maxTries: fc.constantFrom(1, 1, 3),
	submitAgain: fc.nat(3).map((one) => one === 0),
	retries: fc.nat(2),
});

let fixtures: Record<PriceTold, Fixture>;
beforeAll(async () => {
	// A price that was read is kept for a minute, so each way to tell it has an account of its own.
	const open = async () => {
		const policies = quickPolicies();
		// A busy machine must not be taken for a server in trouble.
		Object.assign(policies.call, { submitTimeoutMs: 20_000, readTimeoutMs: 10_000, lateCostPauseMs: 20 });
		return await openFixture({ policies, spreadMs: 0, queueMs: 5 });
	};
	fixtures = { asIs: await open(), zero: await open(), missing: await open() };
}, 60_000);
afterAll(async () => {
	for (const { close } of Object.values(fixtures)) await close();
});

/** The node as planned. */
function nodeFor(plan: Plan, limitUsd: number): FixtureRun {
	const { maxTries, onError, maxInFlight, submitAgain, variants } = plan;
	const options = {
		maxCost: limitUsd,
		maxInFlight,
		variants,
		...(submitAgain && { onUnknownOutcome: 'submitAgain' }),
	};
	const tries = maxTries > 1 && { retryOnFail: true, maxTries, waitBetweenTries: 1 };
	return { parameters: { prompt: '={{ $runIndex }} {{ $json.nth }} on a table', options }, onError, ...tries };
}

/** What is bought, by the words and the seed that are sent for it. */
const nameOf = ({ prompt, seed: given }: Record<string, unknown>): string => `${String(prompt)} ${String(given)}`;

const itemOf = ({ items }: Plan, prompt: unknown): ItemPlan => items[Number(String(prompt).split(' ')[1])];

interface Submit {
	name: string;
	fault: SubmitFault | undefined;
	execution: number;
}

interface Played {
	executions: Finished[];
	submits: Submit[];
	/** By request, the execution that bought it. */
	executionOf: Map<string, number>;
	wrong: string[];
	estimateUsd: number;
	limitUsd: number;
	dearestUsd: number;
}

async function play({ emulator, runPasses }: Fixture, plan: Plan): Promise<Played> {
	emulator.reset();
	emulator.set({ priceTold: plan.priceTold });
	const estimateUsd = plan.priceTold === 'asIs' ? PRICE_USD : 0;
	const limitUsd = PRICE_USD * plan.items.length * plan.variants * plan.limitFactor;
	const ledger = new Ledger(emulator, limitUsd, estimateUsd, ({ input }) => {
		const { costFactor, cost } = itemOf(plan, input.prompt);
		return { actualUsd: PRICE_USD * costFactor, told: cost };
	});
	const submits: Submit[] = [];
	const executions: Finished[] = [];
	const boughtBy: number[] = [];

	const onSubmit = ({ input = {} }: IncomingCall): Fault | undefined => {
		const { submits: faults, costFactor, cost, fails, runMs } = itemOf(plan, input.prompt);
		const name = nameOf(input);
		const fault = faults[submits.filter((one) => one.name === name).length];
		submits.push({ name, fault, execution: executions.length });
		if (fault === undefined || SUBMIT_FAULTS[fault].bought) {
			emulator.set({ costFactor, cost, runMs, jobOutcome: fails ? 'failed' : 'succeeded' }, { next: 1 });
			ledger.submit();
			boughtBy.push(executions.length);
		}
		return fault && SUBMIT_FAULTS[fault].fault;
	};
	const onPoll = (call: IncomingCall): Fault | undefined => {
		const { input = {} } = emulator.requests().find(({ id }) => id === call.requestId) ?? {};
		const fault = itemOf(plan, input.prompt)?.looks[call.nth - 1];
		if (fault === undefined) ledger.look(call);
		return fault && LOOK_FAULTS[fault];
	};
	emulator.onCall = (call) => {
		if (call.phase === 'submit') return onSubmit(call);
		return call.phase === 'result' ? onPoll(call) : undefined;
	};

	const node = nodeFor(plan, limitUsd);
	const items = plan.items.map((_, nth) => ({ json: { nth } }));
	const run = async (options: FixtureRun) => {
		executions.push(await runPasses(plan.passes, { ...node, ...options }));
	};
	await run({ items });
	for (let retry = 0; retry < plan.retries && executions.at(-1)?.status === 'error'; retry += 1) {
		await run({ retryOf: executions.at(-1) });
	}
	ledger.close();
	const executionOf = new Map(emulator.requests().map(({ id }, index) => [id, boughtBy[index]]));
	return {
		executions,
		submits,
		executionOf,
		wrong: ledger.wrong,
		estimateUsd,
		limitUsd,
		dearestUsd: ledger.dearestUsd,
	};
}

/** Every error that a person is shown: thrown, or as an item. */
function errorsOf({ runsOf, itemsOf }: Finished): Told[] {
	const thrown = runsOf(NODE_UNDER_TEST).flatMap(({ error }) => error ?? []);
	const items = itemsOf(NODE_UNDER_TEST).flatMap(({ json }) => (json.error as unknown as Told | undefined) ?? []);
	return [...thrown, ...items].map(({ message, description }) => ({ message, description: description ?? '' }));
}

const isOverLimit = ({ message }: Told) => /'Maximum Cost \(USD\)'/.test(message);

/** Each accepted request stands for another purchase, unless a person asked for it again. */
function expectPaidOnce({ emulator }: Fixture, { submitAgain }: Plan, { submits, executionOf }: Played): void {
	const requests = emulator.requests();
	for (const name of new Set(submits.map((one) => one.name))) {
		const own = submits.filter((one) => one.name === name);
		const unknowns = own.filter(({ fault }) => fault !== undefined && SUBMIT_FAULTS[fault].unknown).length;
		const bought = requests.filter(({ input }) => nameOf(input) === name);
		const again = bought.slice(1).filter((request, index) => {
			const isAsked = Number(executionOf.get(request.id)) > Number(executionOf.get(bought[index].id));
			return bought[index].state !== 'failed' || !isAsked;
		});
		expect(again.length).toBeLessThanOrEqual(submitAgain ? Math.min(1, unknowns) : 0);
	}
}

/** What was accepted is an item, or its id stands in an error or in the log; or nobody can know the id, and that is said. */
function expectNothingLost({ emulator }: Fixture, { executions, submits }: Played): void {
	const outputs = executions.flatMap(({ itemsOf }) => itemsOf(NODE_UNDER_TEST)).map(({ json }) => json);
	const errors = executions.flatMap(errorsOf);
	const logs = executions.flatMap((one) => one.logs);
	const text = JSON.stringify({ outputs, errors, logs });
	const unnamed = emulator.requests().filter(({ id }) => !text.includes(id));
	const unknowns = submits.filter(({ fault }) => fault !== undefined && SUBMIT_FAULTS[fault].unknown);
	for (const { input } of unnamed) expect(unknowns.map(({ name }) => name)).toContain(nameOf(input));
	if (unnamed.length > 0) expect(text).toMatch(/not known whether|may have been charged|unknown outcome/);
}

/** Once the execution succeeds, all that succeeded of what it could name is there as pictures, or it says which is not. */
function expectDelivered({ emulator }: Fixture, played: Played): void {
	const last = played.executions.at(-1) as Finished;
	if (last.status !== 'success') return;
	const json = last.itemsOf(NODE_UNDER_TEST).map((item) => item.json);
	const delivered = json.filter(({ error }) => error === undefined).map(({ request_id: id }) => id);
	expect(new Set(delivered).size).toBe(delivered.length);
	const errors = JSON.stringify(json.filter(({ error }) => error !== undefined));
	const lost = emulator.requests().filter(({ id, state, input }) => {
		const unknown = played.submits.some(
			({ name, fault }) => name === nameOf(input) && fault !== undefined && SUBMIT_FAULTS[fault].unknown,
		);
		return state === 'succeeded' && !unknown && !delivered.includes(id) && !errors.includes(id);
	});
	expect(lost).toEqual([]);
}

/** Nobody is refused for whom there was room, whatever the others would have cost. */
function expectRoomUsed(plan: Plan, { executions, submits, limitUsd, dearestUsd }: Played): void {
	const refused = executions.flatMap(errorsOf).filter(isOverLimit);
	if (refused.length === 0 || plan.priceTold === 'missing') return;
	const all = plan.items.length * plan.variants * plan.passes + submits.length;
	expect(all * dearestUsd).toBeGreaterThan(limitUsd);
}

const seen = { bought: 0, refused: 0, executions: 0, unknown: 0 };

async function holds(plan: Plan): Promise<void> {
	const fixture = fixtures[plan.priceTold];
	const played = await play(fixture, plan);
	const { wrong, executions, submits } = played;
	expect(wrong).toEqual([]);
	for (const told of executions.flatMap(errorsOf)) {
		if (!isOverLimit(told) && errorEndingOf(told) === undefined) throw new Error(`Nobody worded: ${told.message}`);
	}
	if (plan.priceTold === 'missing') expect(submits).toEqual([]);
	if (plan.limitFactor < 1 && plan.priceTold === 'asIs') expect(submits).toEqual([]);
	expectPaidOnce(fixture, plan, played);
	expectNothingLost(fixture, played);
	expectDelivered(fixture, played);
	expectRoomUsed(plan, played);
	seen.bought += fixture.emulator.requests().length;
	seen.refused += executions.flatMap(errorsOf).filter(isOverLimit).length;
	seen.executions += executions.length;
	seen.unknown += submits.filter(({ fault }) => fault !== undefined && SUBMIT_FAULTS[fault].unknown).length;
}

test(
	`${RUNS} random runs under a limit (SPENDING_SEED=${seed})`,
	async () => {
		await fc.assert(fc.asyncProperty(plans, holds), { seed, numRuns: RUNS, endOnFailure: true });
		expect(seen.bought).toBeGreaterThan(RUNS);
		expect(seen.refused).toBeGreaterThan(RUNS / 4);
		if (process.env.SPENDING_RUNS !== undefined) process.stderr.write(`${JSON.stringify(seen)}\n`);
	},
	RUNS * MS_PER_RUN,
);
