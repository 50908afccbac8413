/** What is wrong with what a person, an expression or a table put into a field. */
import { quote } from './foreignText';
import { RunComfyError } from './RunComfyError';

const MAX_FIELD_NAME_CHARACTERS = 60;

const fieldName = (name: string) => quote(name, MAX_FIELD_NAME_CHARACTERS);

const invalidParameter = (name: string, rule: string, advice = '') => new RunComfyError(`'${name}' ${rule}`, advice);

export const mustBeText = (name: string) => invalidParameter(name, 'must be text');

export const isEmpty = (name: string, advice: string) => invalidParameter(name, 'is empty', advice);

export const mustBeWholeNumber = (name: string, min: number, max: number) =>
	invalidParameter(name, `must be a whole number from ${min} to ${max}`);

export const mustBeNumber = (name: string, min: number, max: number, advice: string) =>
	invalidParameter(name, `must be a number from ${min} to ${max}`, advice);

export const mustBeSwitch = (name: string) => invalidParameter(name, 'must be true or false');

export const mustBeOfList = (name: string) => invalidParameter(name, 'must be one of the values of its list');

export const mustBeJsonObject = (name: string, example: string) =>
	invalidParameter(name, 'must be a JSON object', `For example ${example}.`);

export const partOf = (name: string): string => `It is part of '${name}'.`;

export const mustBeColor = (name: string, collection: string) =>
	invalidParameter(name, 'must be a color like #FF6D5A', partOf(collection));

export const needsColors = (name: string, most: number) => invalidParameter(name, `needs 1 to ${most} colors`);

export const cannotBeCombined = (name: string, other: string) =>
	invalidParameter(name, `cannot be combined with '${other}'`, 'Remove one of the two.');

export const invalidRequestId = (name: string, isMissing: boolean) =>
	invalidParameter(
		name,
		isMissing ? 'is empty' : 'is not a request ID',
		"It is the 'request_id' of an earlier item or error: letters, digits, - and _ only, at most 128 of them.",
	);

/** What can be wrong with an address before it is fetched. */
export const ADDRESS_FAULT = {
	empty: 'it is empty',
	notAUrl: 'it is not a URL',
	notHttp: 'it does not start with http:// or https://',
	private: 'it points into a private network',
};

/** `wayOut`: what to do with a file that only n8n can read. */
export const addressUnreachable = (name: string, reason: string, noun: string, wayOut: string) =>
	new RunComfyError(
		`RunComfy cannot reach '${name}': ${reason}`,
		`The address must be public, since RunComfy fetches the ${noun} itself. ${wayOut}`,
	);

export const fileMissing = (name: string, field: string, available: string[], noun: string) =>
	new RunComfyError(
		`'${name}': the input item has no file in the field '${fieldName(field)}'`,
		available.length === 0
			? `The item carries no file at all. Put a node before this one that reads or downloads the ${noun}.`
			: `The item has files in: ${quote(available.join(', '))}.`,
	);

export const fileUnreadable = (field: string, reason: string) =>
	new RunComfyError(
		`The file in '${fieldName(field)}' could not be read`,
		`n8n said: ${quote(reason)}. Nothing was submitted for this item.`,
	);

/** What can be wrong with a file. */
export const FILE_FAULT = {
	empty: 'is empty',
	notAnImage: 'is not a JPEG, PNG or WebP image',
	tooLarge: (megabytes: string) => `is too large: ${megabytes} MB`,
};

/** `accepted`: what is taken, as a sentence. */
export const fileWrong = (field: string, problem: string, accepted: string) =>
	new RunComfyError(
		`The file in '${fieldName(field)}' ${problem}`,
		`${accepted} The content counts, not the name of the file.`,
	);

export const unknownResource = (resource: string) =>
	new RunComfyError(
		`This version of the node does not know the resource '${quote(resource)}'`,
		"Choose one of the list 'Resource', or update the node: the workflow may come from a newer version.",
	);

export const unknownOperation = (operation: string, resource: string) =>
	new RunComfyError(
		`This version of the node does not know the operation '${quote(operation)}' of the resource '${quote(resource)}'`,
		"Choose one of the list 'Operation', or update the node: the workflow may come from a newer version.",
	);
