/** What may stand in a URL's path as an id. It imports nothing, since the editor's fields need it at n8n's start. */

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
