/** The id of a model. It imports nothing, since the editor's fields need it at n8n's start. */

const PART = '(?!\\.+(?:/|$))[A-Za-z0-9_.-]+';

/** 2 to 6 parts, none of dots only, since those would be another address. RunComfy's ids have 2 to 5, and letter case counts. */

export const MODEL_ID_PATTERN = `^${PART}(?:/${PART}){1,5}$`;

const MODEL_ID = new RegExp(MODEL_ID_PATTERN);

/** The longest id seen has 56 characters. */
const MAX_ID_CHARACTERS = 200;

/** Whether a text may stand in a URL's path as the id of a model. */
export const isModelId = (value: unknown): value is string =>
	typeof value === 'string' && value.length <= MAX_ID_CHARACTERS && MODEL_ID.test(value);
