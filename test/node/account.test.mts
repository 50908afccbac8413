/** Account → Get Balance. */
import { describe, expect, test } from '@jest/globals';

import { BROKE_TOKEN, type Switches } from '../emulator/emulator.mts';
import { runAsTool } from '../engine/index.mts';
import { errorShown, inputIndexOf, inputItems, jsonOf, useFixture } from './fixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const parameters = { resource: 'account', operation: 'getBalance' };

test.each([
	[25.5, { balance_usd: 25.5, currency: 'USD' }],
	[0, { balance_usd: 0, currency: 'USD' }],
	[-1.25, { balance_usd: -1.25, currency: 'USD' }],
])('a balance of %d', async (balanceUsd, expected) => {
	node.emulator.set({ balanceUsd });
	const { items, error } = await node.run({ parameters });
	expect([error, jsonOf(items)]).toEqual([undefined, [expected]]);
	expect(node.emulator.counts()).toMatchObject({ balanceReads: 1, submitsReceived: 0 });
});

test('is read once, and given to each item', async () => {
	const { items } = await node.run({ items: inputItems(20), parameters });
	expect(items.map(inputIndexOf)).toEqual(Array.from({ length: 20 }, (_, index) => index));
	expect(node.emulator.counts().balanceReads).toBe(1);
});

test('of an account without money', async () => {
	expect(jsonOf((await node.run({ token: BROKE_TOKEN, parameters })).items)).toEqual([
		{ balance_usd: 0, currency: 'USD' },
	]);
});

describe('a token that is refused', () => {
	test.each<Switches['balanceTokenRefusal']>(['200', '400', '401', '403', '403message'])(
		'told with %s',
		async (told) => {
			node.emulator.set({ balanceTokenRefusal: told });
			const { message, description } = await errorShown(node, 'stopWorkflow', { token: 'wrong', parameters });
			expect(message).toBe('RunComfy did not accept the API token');
			expect(description).toMatch(/Copy the API token/);
			expect(node.emulator.counts().balanceReads).toBe(1);
		},
	);
});

test.each<Switches['balanceTold']>(['text', 'null'])('no number, but %s', async (balanceTold) => {
	node.emulator.set({ balanceTold });
	const { message } = await errorShown(node, 'stopWorkflow', { parameters });
	expect(message).toBe('RunComfy did not say what the balance is');
});

test('an answer that says nothing', async () => {
	node.policies.call.singleCallWindowMs = 200;
	node.emulator.set({ balanceTold: 'missing' });
	const { message } = await errorShown(node, 'stopWorkflow', { parameters });
	expect(message).toBe('Could not read the balance: RunComfy gave no usable answer');
});

test('a server in trouble for a moment', async () => {
	node.emulator.fault('balance', { kind: 'status', status: 502 }, { next: 2 });
	expect((await node.run({ parameters })).error).toBeUndefined();
	expect(node.emulator.counts().balanceReads).toBe(3);
});

test('a custom environment without an account address', async () => {
	const credentials = { runComfyApi: { ...node.credential, accountApiUrl: '' } };
	const { message } = await errorShown(node, 'stopWorkflow', { parameters, credentials });
	expect(message).toMatch(/^'Account API URL' of the credential must be a URL/);
});

test('an error as an item', async () => {
	node.emulator.set({ balanceTold: 'null' });
	const shown = await errorShown(node, 'continueErrorOutput', { items: inputItems(2), parameters }, 1);
	expect(shown.message).toBe('RunComfy did not say what the balance is');
});

test.each(['v2', 'v3'] as const)('as the tool of an agent %s', async (agent) => {
	const { answers } = await runAsTool(node.engine, {
		agent,
		parameters,
		credentials: { runComfyApi: node.credential },
	});
	expect(answers[0].response).toContain('"balance_usd":25');
});
