import { describe, expect, test } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';

import { isFileAddressAllowed, readConnection } from '../../nodes/RunComfy/api/connection.ts';

const connectionOf = async (credential: Record<string, unknown>) =>
	await readConnection({
		getCredentials: async () => credential,
		getNode: () => ({ credentials: { runComfyApi: { id: '1', name: 'Shop' } } }),
	} as unknown as IExecuteFunctions);

const custom = { apiToken: 'token-1', environment: 'custom', accountApiUrl: 'https://account.example.com/prod/v2' };

describe('the token', () => {
	test.each([
		['token-1', 'token-1'],
		['  token-1\n', 'token-1'],
		['Bearer token-1', 'token-1'],
		[' bearer   token-1 ', 'token-1'],
		['BEARER token-1', 'token-1'],
		['bearertoken', 'bearertoken'],
	])('%j is read as %j', async (apiToken, token) => expect(await connectionOf({ apiToken })).toMatchObject({ token }));

	test.each(['', '   ', undefined, null])('%j: the credential holds none', async (apiToken) => {
		await expect(connectionOf({ apiToken })).rejects.toThrow("The credential 'Shop' contains no API token");
	});

	test('accounts are told apart without telling the token', async () => {
		const [one, same, other] = await Promise.all(
			['token-1', 'Bearer token-1', 'token-2'].map(async (apiToken) => (await connectionOf({ apiToken })).fingerprint),
		);
		expect(one).toBe(same);
		expect(one).not.toBe(other);
		expect(one).not.toContain('token');
	});
});

describe('where the calls go', () => {
	test('to RunComfy in Production, whatever stands in the fields that are not shown', async () => {
		const connection = await connectionOf({
			...custom,
			environment: 'production',
			modelApiUrl: 'https://evil.example',
		});
		expect(connection).toMatchObject({ modelApiUrl: 'https://model-api.runcomfy.net', customFileHosts: [] });
	});

	test.each([
		['https://model.example.com', 'https://model.example.com'],
		['https://model.example.com/', 'https://model.example.com'],
		['https://model.example.com/v1', 'https://model.example.com'],
		['https://model.example.com/v1/', 'https://model.example.com'],
		[' http://127.0.0.1:4747/base// ', 'http://127.0.0.1:4747/base'],
		['https://model.example.com/?a=1#b', 'https://model.example.com'],
	])('Custom: %j is %s', async (modelApiUrl, expected) => {
		expect((await connectionOf({ ...custom, modelApiUrl })).modelApiUrl).toBe(expected);
	});

	test.each([[''], [undefined], ['model.example.com'], ['ftp://model.example.com']])(
		'Custom: %j is refused',
		async (modelApiUrl) => {
			const message = "'Model API URL' in the credential must be a URL that starts with http:// or https://";
			await expect(connectionOf({ ...custom, modelApiUrl })).rejects.toThrow(message);
		},
	);

	test('Custom: the account host is not needed for a run', async () => {
		const connection = await connectionOf({ ...custom, modelApiUrl: 'https://model.example.com', accountApiUrl: '' });
		expect(connection.customFileHosts).toEqual(['model.example.com']);
	});
});

describe('files are fetched from', () => {
	test.each([
		['https://files.runcomfy.net/a.png', true],
		['https://runcomfy.com/a.png', true],
		['https://cdn.files.runcomfy.com:8443/a.png', true],
		['http://files.runcomfy.net/a.png', false],
		['https://runcomfy.net.example.com/a.png', false],
		['https://notruncomfy.net/a.png', false],
		['https://example.com/runcomfy.net/a.png', false],
		['https://runcomfy.net@example.com/a.png', false],
		['http://169.254.169.254/latest', false],
		['http://model.example.com:8080/a.png', false],
	])('Production: %s: %s', async (address, allowed) => {
		expect(isFileAddressAllowed(new URL(address), await connectionOf({ apiToken: 't' }))).toBe(allowed);
	});

	test.each([
		['http://model.example.com:8080/a.png', true],
		['https://model.example.com:8080/a.png', true],
		['https://account.example.com/a.png', true],
		['http://model.example.com/a.png', false],
		['https://files.runcomfy.net/a.png', true],
		['https://example.com/a.png', false],
	])('Custom: %s: %s', async (address, allowed) => {
		const connection = await connectionOf({ ...custom, modelApiUrl: 'http://model.example.com:8080' });
		expect(isFileAddressAllowed(new URL(address), connection)).toBe(allowed);
	});
});
