/** The ledger under 'Maximum Cost (USD)': whatever way a purchase ends, it counts. Submits are counted at the server. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import type { Switches } from '../emulator/emulator.mts';
import type { NodeRun } from '../engine/index.mts';
import { AGENT, nodeOf, runAsTool, START, toolWorkflowOf } from '../engine/index.mts';
import { inputItems, jsonOf, onRequest, REFUSED, REPLACE, submitOne, useFixture } from './fixture.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const fixture = useFixture({ clockSpeed: 4, queueMs: 5, runMs: 10 });
beforeEach(() => {
	fixture.policies.call.lateCostPauseMs = 40;
	fixture.policies.schedule.overduePauseMs = 100;
});

const bought = () => fixture.emulator.counts().submitsAccepted;
const ids = () => fixture.emulator.requests().map(({ id }) => id);
const options = (given: INodeParameters): INodeParameters => ({ options: given });
const CONTINUE = { onError: 'continueRegularOutput' } as const;

const wordsOf = ({ error }: NodeRun) => `${error?.message} ${error?.description}`;
const errorsOf = ({ items }: NodeRun): string[] =>
	jsonOf(items).flatMap(({ error }) => (error === undefined ? [] : [JSON.stringify(error)]));

/** RunComfy's answer to every look at a result is this, with the request's own ID. */
const answerWith = (body: object) => {
	fixture.emulator.onCall = ({ phase, requestId }) =>
		phase === 'result' ? { kind: 'status', status: 200, body: { request_id: requestId, ...body } } : undefined;
};

describe('a request that ends after its Timeout: its cost is settled when its end is seen', () => {
	test.each<[what: string, switches: Partial<Switches>, given: INodeParameters]>([
		['it succeeds', {}, {}],
		['its cost is reported only the second time', { cost: 'later' }, {}],
		['its item was delivered unfinished', {}, { onTimeout: 'returnItem' }],
		['it could not be cancelled', {}, { onTimeout: 'cancel' }],
		['it makes several pictures', { costUsd: 0.5, outputCount: 2, output: 'images' }, {}],
	])('%s', async (_what, switches, given) => {
		fixture.emulator.set({ queueMs: 0, runMs: 900, costUsd: 1, ...switches });
		const run = await fixture.run({
			items: inputItems(6),
			...CONTINUE,
			parameters: options({ maxCost: 1, maxInFlight: 1, timeout: 3, ...given }),
		});
		expect(bought()).toBe(1);
		expect(errorsOf(run).join()).toContain('would be exceeded');
	});

	test.each([
		['failed', { status: 'failed', error: 'no', cost: 1 }],
		['cancelled, though charged', { status: 'cancelled', cost: 1 }],
		['a success without a file', { status: 'succeeded', output: {}, cost: 1 }],
	])('%s', async (_what, end) => {
		const startMs = Date.now();
		fixture.policies.call.emptyResultPauseMs = 1;
		fixture.emulator.onCall = ({ phase, requestId }) => {
			if (phase !== 'result') return undefined;
			const body = Date.now() - startMs < 900 ? { status: 'in_progress' } : end;
			return { kind: 'status', status: 200, body: { request_id: requestId, ...body } };
		};
		await fixture.run({
			items: inputItems(6),
			...CONTINUE,
			parameters: options({ maxCost: 1, maxInFlight: 1, timeout: 3 }),
		});
		expect(bought()).toBe(1);
	});
});

test.each<[what: string, switches: Partial<Switches>, given: INodeParameters]>([
	['by the node', { queueMs: 600_000 }, { onTimeout: 'cancel' }],
	['by the node, in another spelling', { queueMs: 600_000, cancelForm: 'canceled' }, { onTimeout: 'cancel' }],
	['by RunComfy', { jobOutcome: 'cancelledByRunComfy' }, {}],
])('a request that was cancelled %s counts nothing: Retry may buy as much again', async (_what, switches, given) => {
	fixture.emulator.set(switches);
	const run = { items: inputItems(2), parameters: options({ maxCost: 0.12, timeout: 1, ...given }) };
	const { finished } = await fixture.run(run);
	const { error } = await fixture.run({ ...run, retryOf: finished });
	expect(error?.message).not.toContain('Maximum Cost');
	expect(bought()).toBe(4);
});

describe('a purchase that leaves the journal leaves what it counted', () => {
	const PROMPT = "={{ $fromAI('prompt', 'what to make', 'string') }}";
	const credentials = () => ({ runComfyApi: fixture.credential });

	/** An agent without call IDs, in as many turns of one execution as there are nodes before it. */
	const ask = async (turns: number, given: INodeParameters, words = '"wish " + $runIndex') => {
		const parameters = { ...REPLACE, prompt: PROMPT, ...options({ maxCost: 0.13 }), ...given };
		const workflow = toolWorkflowOf(fixture.engine, { agent: 'v2', parameters });
		const names = Array.from({ length: turns }, (_, index) => `Turn ${index}`);
		const to = (node: string) => ({ node, type: 'main' as const, index: 0 });
		const agent = workflow.nodes.find(({ name }) => name === AGENT);
		if (agent !== undefined)
			agent.parameters.calls = `={{ JSON.stringify([{ id: "x", args: { prompt: ${words} } }]) }}`;
		workflow.nodes.push(...names.map((name) => nodeOf(name, { type: 'n8n-nodes-base.noOp' })));
		workflow.connections[START] = { main: [names.map(to)] };
		for (const name of names) workflow.connections[name] = { main: [[to(AGENT)]] };
		await fixture.engine.run(workflow, { items: inputItems(1), credentials: credentials() });
	};

	test.each<[what: string, given: INodeParameters, cost: Switches['cost']]>([
		['Submit', { operation: 'submit' }, 'atOnce'],
		['Replace and Wait, cost never reported', {}, 'never'],
		[
			'Submit of a model',
			{ ...runModel(TEXT_TO_IMAGE, PROMPT), operation: 'submit', ...options({ maxCost: 0.1 }) },
			'atOnce',
		],
	])('%s, asked again and again by an agent without call IDs', async (_what, given, cost) => {
		fixture.emulator.set({ cost });
		await ask(6, given);
		expect(bought()).toBe(2);
	});

	test('with the same words each time, too', async () => {
		await ask(6, { operation: 'submit' }, '"the same wish"');
		expect(bought()).toBe(2);
	});

	test('nor do several calls of one turn pass the limit', async () => {
		const calls = Array.from({ length: 6 }, (_, nth) => ({ id: `call_${nth}`, args: { prompt: `wish ${nth}` } }));
		const parameters = { ...REPLACE, prompt: PROMPT, ...options({ maxCost: 0.13 }) };
		await runAsTool(fixture.engine, { agent: 'v2', calls, credentials: credentials(), parameters });
		expect(bought()).toBe(2);
	});

	test.each<[what: string, parameters: INodeParameters, expected: number]>([
		['a request', options({ maxCost: 0.13 }), 2],
		['of a model', { ...runModel(TEXT_TO_IMAGE, 'a lake'), ...options({ maxCost: 0.09 }) }, 2],
		['variants', options({ maxCost: 0.25, variants: 2 }), 4],
	])('Retry of failed requests whose cost is not reported: %s', async (_what, parameters, expected) => {
		answerWith({ status: 'failed', error: 'no' });
		let { finished } = await fixture.run({ parameters });
		for (let retry = 0; retry < 4; retry += 1) ({ finished } = await fixture.run({ parameters, retryOf: finished }));
		expect(bought()).toBe(expected);
	});
});

describe('a cost that is reported a little later than the result', () => {
	test.each([
		['succeeds', 'succeeded'],
		['fails', 'failed'],
	] as const)('holds the next submit back until it is known, where the request %s', async (_what, jobOutcome) => {
		fixture.emulator.set({ queueMs: 0, runMs: 0, costUsd: 1, cost: 'later', jobOutcome });
		if (jobOutcome === 'failed') {
			const looks = new Map<string, number>();
			fixture.emulator.onCall = ({ phase, requestId = '' }) => {
				if (phase !== 'result') return undefined;
				looks.set(requestId, (looks.get(requestId) ?? 0) + 1);
				const cost = looks.get(requestId) === 1 ? {} : { cost: 1 };
				return { kind: 'status', status: 200, body: { request_id: requestId, status: 'failed', error: 'no', ...cost } };
			};
		}
		await fixture.run({ items: inputItems(6), ...CONTINUE, parameters: options({ maxCost: 1.5, maxInFlight: 1 }) });
		expect(bought()).toBe(1);
	});
});

test.each(['succeeded', 'failed'])('a cost of zero that RunComfy corrects a moment later: %s', async (status) => {
	const reads = new Map<string, number>();
	fixture.emulator.onCall = ({ phase, requestId = '' }) => {
		if (phase !== 'result') return undefined;
		reads.set(requestId, (reads.get(requestId) ?? 0) + 1);
		const cost = reads.get(requestId) === 1 ? 0 : 1;
		const output = { image: 'https://files.runcomfy.net/a.png' };
		return { kind: 'status', status: 200, body: { request_id: requestId, status, output, cost } };
	};
	await fixture.run({ items: inputItems(6), ...CONTINUE, parameters: options({ maxCost: 1.5, maxInFlight: 1 }) });
	expect(bought()).toBe(1);
});

describe('a cost that is not reported', () => {
	test.each<[what: string, first: object, given: INodeParameters]>([
		['one after the other', { status: 'succeeded' }, { maxInFlight: 1 }],
		['two at a time', { status: 'succeeded' }, { maxInFlight: 2 }],
		['the one reported is of a request that failed', { status: 'failed', error: 'no' }, { maxInFlight: 1 }],
	])('counts as the most expensive seen, and the sum says about: %s', async (_what, first, given) => {
		fixture.emulator.set({ cost: 'never' });
		const reported = new Set<string | undefined>();
		fixture.emulator.onCall = ({ phase, requestId }) => {
			if (phase !== 'result' || (reported.size > 0 && !reported.has(requestId))) return undefined;
			reported.add(requestId);
			const output = { image: 'https://files.runcomfy.net/a.png' };
			return { kind: 'status', status: 200, body: { request_id: requestId, output, ...first, cost: 0.4 } };
		};
		const run = await fixture.run({ items: inputItems(8), ...CONTINUE, parameters: options({ maxCost: 1, ...given }) });
		expect(bought()).toBe(2);
		expect(errorsOf(run).at(-1)).toMatch(/about \$0\.[48]0/);
	});

	test.each(['0.4', ' 0.4 ', '$0.40', '0.400000'])('%j is one: a number in a text is a number', async (cost) => {
		const output = { image: 'https://files.runcomfy.net/a.png' };
		answerWith({ status: 'succeeded', output, cost });
		await fixture.run({ items: inputItems(8), ...CONTINUE, parameters: options({ maxCost: 1, maxInFlight: 1 }) });
		expect(bought()).toBe(2);
	});
});

describe('an error after something was bought names it, and says nothing more', () => {
	const TRIES = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };

	/** The first item is bought and delivered, the second fails, so that n8n runs the node again. */
	const refuseSecond = () => {
		fixture.faultsInTurn('submit', undefined, REFUSED);
	};

	test('Retry On Fail, the limit reached', async () => {
		refuseSecond();
		fixture.emulator.set({ costFactor: 2 });
		const run = await fixture.run({
			items: inputItems(3),
			...TRIES,
			parameters: options({ maxCost: 0.2, maxInFlight: 1 }),
		});
		expect(ids()).toHaveLength(1);
		for (const words of ['Nothing more was submitted', ...ids()]) expect(wordsOf(run)).toContain(words);
	});

	test.each<[what: string, given: INodeParameters, isRefused: boolean]>([
		['the limit is reached', options({ maxCost: 0.1 }), false],
		['the limit is none', options({ maxCost: '={{ $runIndex === 0 ? 9 : "five" }}' }), false],
		['the input is bad', { prompt: '={{ $runIndex === 0 ? "a lake" : "" }}' }, false],
		['RunComfy refuses it', {}, true],
	])('a second pass of a loop, where %s', async (_what, given, isRefused) => {
		if (isRefused) refuseSecond();
		const { error } = await fixture.runPasses(2, { parameters: given });
		const words = `${error?.message} ${error?.description}`;
		expect(ids()).toHaveLength(1);
		expect(words).toContain(ids()[0]);
		expect(words).not.toMatch(/Nothing was (submitted|charged)/);
	});
});

describe('options by expressions', () => {
	const forFirst = (bad: string, good: string) => `={{ $json.sku === "sku-0" ? ${bad} : ${good} }}`;

	test.each<[what: string, given: INodeParameters]>([
		['Maximum Cost', { maxCost: forFirst('"five"', '1') }],
		['Maximum Cost, not resolved', { maxCost: forFirst('undefined', '1') }],
		['Timeout', { timeout: forFirst('0', '60') }],
		['File Name', { fileName: forFirst('({ a: 1 })', '"shoe"'), downloadImages: true }],
	])('each item reads its own: one that cannot be used fails for its item only: %s', async (_what, given) => {
		const run = await fixture.run({ items: inputItems(3), ...CONTINUE, parameters: options(given) });
		expect(bought()).toBe(2);
		expect(errorsOf(run)).toHaveLength(1);
		expect(run.items[0].json.error).toBeDefined();
	});

	test('in Get Result and Check Inputs as well', async () => {
		const requestId = await submitOne(fixture);
		const timeout = { waitUntilFinished: true, ...options({ timeout: forFirst('0', '60') }) };
		const parameters = onRequest('getResult', requestId, timeout);
		const results = await fixture.run({ items: inputItems(3), ...CONTINUE, parameters });
		expect(results.items.map(({ json }) => typeof json.image_url)).toEqual(['undefined', 'string', 'string']);
		const variants = options({ variants: forFirst('99', '2') });
		const checked = await fixture.run({ items: inputItems(3), parameters: { operation: 'checkInputs', ...variants } });
		expect(checked.items.map(({ json }) => json.ok)).toEqual([false, true, true]);
	});

	test.each<[what: string, others: INodeParameters]>([
		['', {}],
		[', of an item whose Timeout is wrong', { timeout: forFirst('0', '60') }],
		[', of an item whose number of variants is wrong', { variants: forFirst('99', '1') }],
		[', of an item one of whose options cannot be resolved', { timeout: forFirst("$('Nobody').item.json.x", '60') }],
	])('the least limit given counts for the execution%s', async (_what, others) => {
		const given = options({ maxCost: forFirst('0.1', '9'), ...others });
		const run = await fixture.run({ items: inputItems(3), ...CONTINUE, parameters: given });
		expect(errorsOf(run).filter((message) => message.includes('of $0.10 is too low')).length).toBeGreaterThan(1);
		expect(bought()).toBe(0);
	});

	test('the least number in flight likewise', async () => {
		let most = 0;
		fixture.emulator.set({ runMs: 60 });
		fixture.emulator.onCall = () => {
			const open = fixture.emulator.requests().filter(({ state }) => state === 'in_queue' || state === 'in_progress');
			most = Math.max(most, open.length);
			return undefined;
		};
		await fixture.run({
			items: inputItems(4),
			parameters: options({ maxInFlight: '={{ $json.sku === "sku-3" ? 1 : 20 }}' }),
		});
		expect([bought(), most]).toEqual([4, 1]);
	});
});

test('a parameter at its default is as if it were not there: Retry after an update does not buy again', async () => {
	answerWith({ status: 'in_progress' });
	const { finished } = await fixture.run({ items: inputItems(2), parameters: options({ timeout: 1 }) });
	fixture.emulator.onCall = undefined;
	const filledIn = { modelOptions: {}, binaryPropertyName: 'data', ...options({ timeout: 60 }) };
	const { items } = await fixture.run({ items: inputItems(2), parameters: filledIn, retryOf: finished });
	expect([items.length, bought()]).toEqual([2, 2]);
});
