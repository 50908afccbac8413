/**
 * What is known of RunComfy without asking it: its hosts, its codes, what its ids look like. It imports nothing, since n8n loads
 * every credential, and the editor's fields, at its start.
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

const PART = '(?!\\.+(?:/|$))[A-Za-z0-9_.-]+';

/** 2 to 6 parts, none of dots only, since those would be another address. RunComfy's ids have 2 to 5; letter case counts. */
export const MODEL_ID_PATTERN = `^${PART}(?:/${PART}){1,5}$`;

const MODEL_ID_REGEX = new RegExp(MODEL_ID_PATTERN);

/** The longest model id seen has 56 characters. */
const MAX_MODEL_ID_CHARACTERS = 200;

export const isModelId = (value: unknown): value is string =>
	typeof value === 'string' && value.length <= MAX_MODEL_ID_CHARACTERS && MODEL_ID_REGEX.test(value);

/** A catalogue with more models than this would be another one. It also ends a list that never ends by itself. */
export const MAX_MODELS = 20_000;

/** RunComfy's deployment ids are UUIDs. */
const UUID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** As a person may paste it, with blanks around it. */
export const DEPLOYMENT_ID_PATTERN = `^\\s*${UUID}\\s*$`;

const DEPLOYMENT_ID_REGEX = new RegExp(`^${UUID}$`);

export const isDeploymentId = (value: unknown): value is string =>
	typeof value === 'string' && DEPLOYMENT_ID_REGEX.test(value);

/** RunComfy's request ids look like UUIDs; this is a little wider. */
const REQUEST_ID_REGEX = /^[A-Za-z0-9_-]{1,128}$/;

export const isRequestId = (value: unknown): value is string =>
	typeof value === 'string' && REQUEST_ID_REGEX.test(value);
