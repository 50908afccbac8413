import { createHash } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import { invalidCredentialUrl, tokenMissing, tokenUnusable } from '../errors/wording';

export const CREDENTIAL_TYPE = 'runComfyApi';

const PRODUCTION_MODEL_API_URL = 'https://model-api.runcomfy.net';

/** RunComfy's files live under these domains. Source: its public documents. */
const RUNCOMFY_DOMAINS = ['runcomfy.net', 'runcomfy.com'];

/** The account a run works with: where its calls go, and what must stay secret. */
export interface Account {
	credentialName: string;
	environment: 'production' | 'custom';
	/** Without a trailing slash and without `/v1`. */
	modelApiUrl: string;
	/** Host names, with port where there is one, that only this environment's files may come from besides RunComfy's. */
	customFileHosts: string[];
	/** The bare token, for the sake of keeping it out of everything the node says. */
	token: string;
	/** Tells accounts apart without telling the token. */
	fingerprint: string;
}

function readUrl(name: string, value: unknown): URL {
	const url = typeof value === 'string' && URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
	if (url === undefined || !['http:', 'https:'].includes(url.protocol)) throw invalidCredentialUrl(name);
	return url;
}

/** Only the credential's own test needs the account host, so a run does not insist on it. */
const hostOf = (url: unknown): string[] => (typeof url === 'string' && URL.canParse(url) ? [new URL(url).host] : []);

const withoutVersion = (url: URL) => `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');

/** Reads the account from the node's credential. Throws a RunComfyError when token or URLs are not usable. */
export async function readAccount(context: IExecuteFunctions): Promise<Account> {
	const credential = await context.getCredentials(CREDENTIAL_TYPE);
	const credentialName = context.getNode().credentials?.[CREDENTIAL_TYPE]?.name ?? 'RunComfy API';
	const token = String(credential.apiToken ?? '')
		.trim()
		.replace(/^bearer(\s+|$)/i, '');
	if (token === '') throw tokenMissing(credentialName);
	// Such a header cannot be sent, and a submit that failed for it would look like one of unknown outcome.
	if (!/^[\x21-\x7e]+$/.test(token)) throw tokenUnusable(credentialName);

	const environment = credential.environment === 'custom' ? 'custom' : 'production';
	const modelApi = readUrl(
		'Model API URL',
		environment === 'custom' ? credential.modelApiUrl : PRODUCTION_MODEL_API_URL,
	);
	const modelApiUrl = withoutVersion(modelApi);
	return {
		credentialName,
		environment,
		modelApiUrl,
		customFileHosts: environment === 'custom' ? [modelApi.host, ...hostOf(credential.accountApiUrl)] : [],
		token,
		fingerprint: createHash('sha256').update(`${modelApiUrl}\n${token}`).digest('hex'),
	};
}

/**
 * Whether a file may be fetched from this address: RunComfy's own domains over https, and, in a custom environment,
 * that environment's hosts too.
 */
export function isFileAddressAllowed(address: URL, account: Account): boolean {
	if (account.customFileHosts.includes(address.host)) return ['http:', 'https:'].includes(address.protocol);
	const isRunComfy = RUNCOMFY_DOMAINS.some(
		(domain) => address.hostname === domain || address.hostname.endsWith(`.${domain}`),
	);
	return isRunComfy && address.protocol === 'https:';
}
