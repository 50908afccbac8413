/**
 * What the credential and the node both know of RunComfy. It imports nothing, since n8n loads every credential at its start.
 */

export const CREDENTIAL_TYPE = 'runComfyApi';

/** RunComfy's two hosts. Source: its public documents and official clients. */
export const PRODUCTION_MODEL_API_URL = 'https://model-api.runcomfy.net';
export const PRODUCTION_ACCOUNT_API_URL = 'https://api.runcomfy.net/prod/v2';

/** Where a user finds the API token. Source: RunComfy's public documents and official clients. */
export const PROFILE_PAGE = 'https://www.runcomfy.com/profile';

/** RunComfy's files live under these domains. Source: its public documents. */
export const RUNCOMFY_DOMAINS = ['runcomfy.net', 'runcomfy.com'];

/** Codes of RunComfy's own. Source: its public documents and official clients. */
export const ERROR_CODE = {
	noSuchModel: 400001,
	noBalance: 400002,
	badToken: 400004,
	resultNotReady: 400005,
	foreignRequest: 403001,
	badTokenOnAccountHost: 403003,
	unknownRequest: 404001,
	/** Of deployments; each of these is answered before a request is accepted. */
	deploymentOutOfFunds: 10001,
	deploymentDisabled: 10002,
	deploymentDeleted: 10003,
};

/** The token alone: it is often pasted together with the word Bearer or with blanks around it. */
export const bareToken = (apiToken: unknown): string =>
	String(apiToken ?? '')
		.trim()
		.replace(/^bearer(\s+|$)/i, '');
