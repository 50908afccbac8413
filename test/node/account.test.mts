/** Account → Get Balance. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INodeProperties } from 'n8n-workflow';

import { BROKE_TOKEN, type Switches } from '../emulator/emulator.mts';
import { runAsTool, testCredential } from '../engine/index.mts';
import { errorShown, inputIndexOf, inputItems, jsonOf, useFixture } from './fixture.mts';
import { RunComfyApi } from '../../credentials/RunComfyApi.credentials.ts';
import { type LocalServer, startLocalServer } from '../engine/localServer.mts';
import { guardNetwork } from './networkGuard.mts';

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
	expect(message).toBe('RunComfy did not report the balance');
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
	expect(message).toMatch(/^'Account API URL' in the credential must be a URL/);
});

test('an error as an item', async () => {
	node.emulator.set({ balanceTold: 'null' });
	const shown = await errorShown(node, 'continueErrorOutput', { items: inputItems(2), parameters }, 1);
	expect(shown.message).toBe('RunComfy did not report the balance');
});

test.each(['v2', 'v3'] as const)('as the tool of an agent %s', async (agent) => {
	const { answers } = await runAsTool(node.engine, {
		agent,
		parameters,
		credentials: { runComfyApi: node.credential },
	});
	expect(answers[0].response).toContain('"balance_usd":25');
});

/** The credential: what its test says, and where its token goes. */
describe('the credential', () => {
	const testOf = async (values: Record<string, unknown>) =>
		await testCredential(node.engine, 'runComfyApi', { ...node.credential, ...values });

	let elsewhere: LocalServer;
	beforeAll(async () => {
		elsewhere = await startLocalServer((_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json' }).end('{"balance_usd": 1, "status": "succeeded"}');
		});
	});
	afterAll(async () => await elsewhere.close());

	/** The token as people paste it. */
	const PASTED = ['demo-token', ' demo-token\n', 'Bearer demo-token', '  bearer   demo-token ', '\tBEARER demo-token'];

	describe('the test of the credential', () => {
		test.each(PASTED)('accepts the token %j', async (apiToken) => {
			expect(await testOf({ apiToken })).toMatchObject({ status: 'OK' });
			expect(node.emulator.counts()).toMatchObject({ balanceReads: 1, total: 1 });
		});

		test('an account without balance has a good token', async () => {
			expect(await testOf({ apiToken: BROKE_TOKEN })).toMatchObject({ status: 'OK' });
		});

		test('blanks and a slash at the end of the URL are tolerated', async () => {
			expect(await testOf({ accountApiUrl: ` ${node.emulator.accountApiUrl}/ ` })).toMatchObject({ status: 'OK' });
		});

		test.each(['200', '400', '401', '403'] as const)('a wrong token, told by HTTP %s, is not accepted', async (how) => {
			node.emulator.set({ balanceTokenRefusal: how });
			const result = await testOf({ apiToken: 'wrong-token' });
			expect(result.status).toBe('Error');
			expect(result.message).not.toContain('wrong-token');
			if (how === '200') expect(result.message).toMatch(/did not accept the API token.*profile page/);
		});

		test.each([403003, 400004, 500001, 1])('HTTP 200 with error_code %d is not accepted', async (errorCode) => {
			node.emulator.fault('balance', { kind: 'errorUnder200', errorCode });
			expect(await testOf({})).toMatchObject({ status: 'Error', message: expect.stringMatching(/did not accept/) });
		});

		test.each([
			['an answer without a balance', { kind: 'status', status: 200, body: {} }],
			['a page in place of JSON', { kind: 'status', status: 200, body: '<html>' }],
			['5xx', { kind: 'status', status: 503 }],
			['a cut connection', { kind: 'cutBefore' }],
		] as const)('%s is no success', async (_what, fault) => {
			node.emulator.fault('balance', fault);
			expect(await testOf({})).toMatchObject({ status: 'Error' });
		});

		test('a balance of nothing is a balance', async () => {
			node.emulator.fault('balance', { kind: 'status', status: 200, body: { balance_usd: 0 } });
			expect(await testOf({})).toMatchObject({ status: 'OK' });
		});

		test('a redirect is not followed with the token', async () => {
			node.emulator.fault('balance', { kind: 'redirect', to: `${elsewhere.url}/balance`, status: 302 });
			expect(await testOf({})).toMatchObject({ status: 'Error' });
			expect(elsewhere.requests).toHaveLength(0);
		});

		test("in Production it asks RunComfy's account host, and no other", async () => {
			const guard = guardNetwork();
			const result = await testOf({ environment: 'production' });
			guard.open();
			expect(result.status).toBe('Error');
			expect(new Set(guard.refused)).toEqual(new Set(['api.runcomfy.net:443']));
			expect(node.emulator.counts().total).toBe(0);
		});
	});

	test('the token in a run is read as in its test', async () => {
		const { items, error } = await node.run({ token: PASTED[3] });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([{ status: 'succeeded' }]);
		expect(node.emulator.counts().unauthorized).toBe(0);
	});

	describe('the fields of the credential', () => {
		const { name, displayName, properties } = new RunComfyApi();
		const field = (wanted: string) => properties.find((property) => property.name === wanted) as INodeProperties;

		test('have the names of the public interface', () => {
			expect(name).toBe('runComfyApi');
			expect(displayName).toBe('RunComfy API');
			const fields = properties.filter(({ type }) => type !== 'notice');
			expect(fields.map((property) => property.name)).toEqual([
				'apiToken',
				'environment',
				'modelApiUrl',
				'accountApiUrl',
			]);
			expect(field('environment').options?.map((option) => 'value' in option && option.value)).toEqual([
				'production',
				'custom',
			]);
			expect(field('environment').default).toBe('production');
		});

		test('the form links to the page where the token is', () => {
			const link = /<a href="https:\/\/www\.runcomfy\.com\/profile" target="_blank">/;
			expect(properties.find(({ type }) => type === 'notice')?.displayName).toMatch(link);
		});

		test('the token is a password, and the URLs are shown for Custom only', () => {
			expect(field('apiToken').typeOptions?.password).toBe(true);
			for (const url of ['modelApiUrl', 'accountApiUrl']) {
				expect(field(url).displayOptions).toEqual({ show: { environment: ['custom'] } });
			}
		});
	});
});
