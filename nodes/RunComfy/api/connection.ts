import { createHash } from 'node:crypto';

import type { ICredentialsDecrypted, IExecuteFunctions, ILoadOptionsFunctions } from 'n8n-workflow';

import { invalidCredentialUrl, tokenMissing, tokenUnusable } from '../errors/accountErrors';
import {
	bareToken,
	CREDENTIAL_TYPE,
	PRODUCTION_ACCOUNT_API_URL,
	PRODUCTION_MODEL_API_URL,
	RUNCOMFY_DOMAINS,
} from './service';

/** Who may call RunComfy: an execution of the node, and the editor while somebody fills in its fields. */
export type Caller = IExecuteFunctions | ILoadOptionsFunctions;

/** What the credential says: where calls go, and what must stay secret. */
export interface Connection {
	credentialName: string;
	environment: 'production' | 'custom';
	/** Without a trailing slash and without `/v1`. */
	modelApiUrl: string;
	/** As the credential has it, path included; empty where a custom environment names none. */
	accountApiUrl: string;
	/** Host names, with port where there is one, that only this environment's files may come from besides RunComfy's. */
	customFileHosts: string[];
	/** The bare token: known here so that it can be kept out of everything the node shows. */
	token: string;
	/** As n8n has decrypted it, for n8n's own helper. */
	credential: ICredentialsDecrypted;
	/** Tells accounts apart without revealing the token. */
	fingerprint: string;
}

const urlIn = (value: unknown): URL | undefined =>
	typeof value === 'string' && URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;

function readUrl(name: string, value: unknown): URL {
	const url = urlIn(value);
	if (url === undefined || !['http:', 'https:'].includes(url.protocol)) throw invalidCredentialUrl(name);
	return url;
}

const withoutSlash = (url: URL) => `${url.origin}${url.pathname}`.replace(/\/+$/, '');

const withoutVersion = (url: URL) => withoutSlash(url).replace(/\/v1$/, '');

/** Reads the node's credential. Throws a RunComfyError when token or URLs are not usable. */
export async function readConnection(caller: Caller): Promise<Connection> {
	const credential = await caller.getCredentials(CREDENTIAL_TYPE);
	const credentialName = caller.getNode().credentials?.[CREDENTIAL_TYPE]?.name ?? 'RunComfy API';
	const token = bareToken(credential.apiToken);
	if (token === '') throw tokenMissing(credentialName);
	// Such a header cannot be sent, and a submit that failed for it would look like one of unknown outcome.
	if (!/^[\x21-\x7e]+$/.test(token)) throw tokenUnusable(credentialName);

	const isCustom = credential.environment === 'custom';
	const modelApi = readUrl('Model API URL', isCustom ? credential.modelApiUrl : PRODUCTION_MODEL_API_URL);
	// Only the balance and deployments need the account host, so a run does not insist on it.
	const accountApi = urlIn(isCustom ? credential.accountApiUrl : PRODUCTION_ACCOUNT_API_URL);
	const modelApiUrl = withoutVersion(modelApi);
	return {
		credentialName,
		environment: isCustom ? 'custom' : 'production',
		modelApiUrl,
		accountApiUrl: accountApi === undefined ? '' : withoutSlash(accountApi),
		customFileHosts: isCustom ? [modelApi.host, ...(accountApi === undefined ? [] : [accountApi.host])] : [],
		token,
		credential: { id: '', name: credentialName, type: CREDENTIAL_TYPE, data: credential },
		fingerprint: createHash('sha256').update(`${modelApiUrl}\n${token}`).digest('hex'),
	};
}

/**
 * Whether a file may be fetched from this address: RunComfy's own domains over https, and, in a custom environment,
 * that environment's hosts too.
 */
export function isFileAddressAllowed(address: URL, { customFileHosts }: Connection): boolean {
	if (customFileHosts.includes(address.host)) return ['http:', 'https:'].includes(address.protocol);
	const isRunComfy = RUNCOMFY_DOMAINS.some(
		(domain) => address.hostname === domain || address.hostname.endsWith(`.${domain}`),
	);
	return isRunComfy && address.protocol === 'https:';
}
