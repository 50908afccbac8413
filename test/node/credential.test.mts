/** The credential: what its test says, and where its token goes. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INodeProperties } from 'n8n-workflow';

import { RunComfyApi } from '../../credentials/RunComfyApi.credentials.ts';
import { BROKE_TOKEN } from '../emulator/emulator.mts';
import { testCredential } from '../engine/index.mts';
import { type LocalServer, startLocalServer } from '../engine/localServer.mts';
import { guardNetwork } from './networkGuard.mts';
import { jsonOf, useFixture } from './fixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

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

describe('the token in a run', () => {
	test.each(PASTED)('%j is accepted', async (apiToken) => {
		const { items, error } = await node.run({ token: apiToken });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([{ status: 'succeeded' }]);
		expect(node.emulator.counts().unauthorized).toBe(0);
	});

	test.each(['submit', 'result', 'status', 'cancel'] as const)('never goes along a redirect of %s', async (phase) => {
		const to = `${elsewhere.url}/v1/anything`;
		node.emulator.fault(phase, { kind: 'redirect', to });
		const parameters = {
			submit: {},
			result: { resource: 'request', operation: 'getResult', requestId: 'id-1' },
			status: { resource: 'request', operation: 'getStatus', requestId: 'id-1' },
			cancel: { resource: 'request', operation: 'cancel', requestId: 'id-1' },
		}[phase];
		const { error } = await node.run({ parameters });
		expect(error).toBeDefined();
		expect(elsewhere.requests).toHaveLength(0);
	});
});

describe('the fields of the credential', () => {
	const { name, displayName, properties } = new RunComfyApi();
	const field = (wanted: string) => properties.find((property) => property.name === wanted) as INodeProperties;

	test('have the names of the public interface', () => {
		expect(name).toBe('runComfyApi');
		expect(displayName).toBe('RunComfy API');
		expect(properties.map((property) => property.name)).toEqual([
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

	test('the token is a password, and the URLs are shown for Custom only', () => {
		expect(field('apiToken').typeOptions?.password).toBe(true);
		for (const url of ['modelApiUrl', 'accountApiUrl']) {
			expect(field(url).displayOptions).toEqual({ show: { environment: ['custom'] } });
		}
	});
});
