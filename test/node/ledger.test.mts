/** The ledger under 'Maximum Cost (USD)': whatever way a purchase ends, it counts. Submits are counted at the server. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import type { NodeRun } from '../engine/index.mts';
import { nodeOf, NODE_UNDER_TEST, runAsTool, START, type WorkflowJson } from '../engine/index.mts';
import { inputItems, jsonOf, NODE_TYPE, REPLACE, useFixture } from './fixture.mts';

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

describe('a request that ends after its Timeout', () => {
	test('its cost is settled when its end is seen', async () => {
		fixture.emulator.set({ queueMs: 0, runMs: 900, costUsd: 1 });
		const run = await fixture.run({
			items: inputItems(6),
			...CONTINUE,
			parameters: options({ maxCost: 1, maxInFlight: 1, timeout: 3 }),
		});
		expect(bought()).toBe(1);
		expect(errorsOf(run).join()).toContain('would be exceeded');
	});

	test('its cost is asked for once more where it is not reported at once', async () => {
		fixture.emulator.set({ queueMs: 0, runMs: 900, costUsd: 1, cost: 'later' });
		await fixture.run({
			items: inputItems(6),
			...CONTINUE,
			parameters: options({ maxCost: 1, maxInFlight: 1, timeout: 3 }),
		});
		expect(bought()).toBe(1);
	});

	test('cancelled by the node: it counts nothing', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		const run = await fixture.run({
			items: inputItems(4),
			...CONTINUE,
			parameters: options({ maxCost: 0.06 * 4, maxInFlight: 1, timeout: 1, onTimeout: 'cancel' }),
		});
		expect(bought()).toBe(4);
		expect(errorsOf(run).join()).not.toContain('exceeded');
	});
});

describe('a purchase that leaves the journal leaves what it counted', () => {
	const ask = async (times: number, operation: string) => {
		const calls = Array.from({ length: times }, (_, nth) => ({ id: `call_${nth}`, args: { prompt: `wish ${nth}` } }));
		const parameters = {
			...REPLACE,
			operation,
			prompt: "={{ $fromAI('prompt', 'the new background', 'string') }}",
			...options({ maxCost: 0.13 }),
		};
		const credentials = { runComfyApi: fixture.credential };
		return await runAsTool(fixture.engine, { agent: 'v2', calls, credentials, parameters });
	};

	test.each([
		['Submit', 'submit', 'atOnce'],
		['Replace and Wait, cost never reported', 'replaceAndWait', 'never'],
	] as const)('%s, asked again and again by an agent without call IDs', async (_what, operation, cost) => {
		fixture.emulator.set({ cost });
		await ask(6, operation);
		expect(bought()).toBe(2);
	});

	test('Retry of failed requests whose cost is not reported', async () => {
		answerWith({ status: 'failed', error: 'no' });
		const run = { parameters: options({ maxCost: 0.13 }) };
		let { finished } = await fixture.run(run);
		for (let retry = 0; retry < 4; retry += 1) ({ finished } = await fixture.run({ ...run, retryOf: finished }));
		expect(bought()).toBe(2);
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
	test('counts as the most expensive seen, and the sum says about', async () => {
		let looks = 0;
		fixture.emulator.set({ cost: 'never' });
		fixture.emulator.onCall = ({ phase, requestId }) => {
			if (phase !== 'result' || ++looks > 1) return undefined;
			const output = { image: 'https://files.runcomfy.net/a.png' };
			return { kind: 'status', status: 200, body: { request_id: requestId, status: 'succeeded', output, cost: 0.4 } };
		};
		const run = await fixture.run({
			items: inputItems(8),
			...CONTINUE,
			parameters: options({ maxCost: 1, maxInFlight: 1 }),
		});
		expect(bought()).toBe(2);
		expect(errorsOf(run)[0]).toContain('has spent about $0.80');
	});

	test.each(['0.4', ' 0.4 '])('%j is one: a number in a text is a number', async (cost) => {
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
		let submits = 0;
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'submit' && ++submits === 2 ? { kind: 'status', status: 422, body: { detail: 'no' } } : undefined;
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

	test('a second pass of a loop', async () => {
		const to = (node: string) => ({ node, type: 'main' as const, index: 0 });
		const parameters = { ...REPLACE, ...options({ maxCost: 0.1 }) };
		const workflow: WorkflowJson = {
			nodes: [
				nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
				nodeOf('A', { type: 'n8n-nodes-base.noOp' }),
				nodeOf('B', { type: 'n8n-nodes-base.noOp' }),
				nodeOf(NODE_UNDER_TEST, { type: NODE_TYPE, parameters }),
			],
			connections: {
				[START]: { main: [[to('A'), to('B')]] },
				A: { main: [[to(NODE_UNDER_TEST)]] },
				B: { main: [[to(NODE_UNDER_TEST)]] },
			},
		};
		const credentials = { runComfyApi: fixture.credential };
		const { error } = await fixture.engine.run(workflow, { items: inputItems(1), credentials });
		expect(ids()).toHaveLength(1);
		for (const words of ['Nothing more was submitted', ...ids()]) {
			expect(`${error?.message} ${error?.description}`).toContain(words);
		}
	});
});

describe('options by expressions', () => {
	test('each item reads its own: one that cannot be used fails for its item only', async () => {
		const run = await fixture.run({
			items: inputItems(3),
			...CONTINUE,
			parameters: options({ maxCost: '={{ $json.sku === "sku-0" ? "five" : 1 }}' }),
		});
		expect(bought()).toBe(2);
		expect(errorsOf(run)).toHaveLength(1);
	});

	test('the least limit given counts for the execution', async () => {
		const { error } = await fixture.run({
			items: inputItems(3),
			parameters: options({ maxCost: '={{ $json.sku === "sku-2" ? 0.1 : 9 }}' }),
		});
		expect(error?.message).toContain('of $0.10 is too low');
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

test('the catalogue gone in the middle of a batch: the price was read, and is not read again', async () => {
	let submits = 0;
	fixture.emulator.onCall = ({ phase }) => {
		if (phase === 'submit') submits += 1;
		return phase === 'model' && submits > 0 ? { kind: 'status', status: 503, body: {} } : undefined;
	};
	const { items } = await fixture.run({ items: inputItems(4), parameters: options({ maxCost: 5, maxInFlight: 1 }) });
	expect(items).toHaveLength(4);
	expect(fixture.emulator.counts().modelReads).toBeLessThanOrEqual(1);
});

test('a parameter at its default is as if it were not there: Retry after an update does not buy again', async () => {
	answerWith({ status: 'in_progress' });
	const { finished } = await fixture.run({ items: inputItems(2), parameters: options({ timeout: 1 }) });
	fixture.emulator.onCall = undefined;
	const filledIn = { modelOptions: {}, binaryPropertyName: 'data', ...options({ timeout: 60 }) };
	const { items } = await fixture.run({ items: inputItems(2), parameters: filledIn, retryOf: finished });
	expect([items.length, bought()]).toEqual([2, 2]);
});
