/** What is wrong with what a person, an expression or a table put into a field. */
import { quote } from './foreignText';
import { RunComfyError } from './RunComfyError';
import { sentences } from './sentences';
import { wrongShape } from './wrongShape';

/** Enough to recognise a value by. */
const MAX_VALUE_CHARACTERS = 60;

const invalidParameter = (name: string, rule: string, advice = '') => new RunComfyError(`'${name}' ${rule}`, advice);

/** What stands in the field: words are repeated, of all else the kind is told. */
const whatItIs = (value: unknown): string =>
	typeof value === 'string' ? `It is '${quote(value, MAX_VALUE_CHARACTERS)}'.` : wrongShape(value);

export const mustBeText = (name: string, value: unknown) => invalidParameter(name, 'must be text', wrongShape(value));

export const isEmpty = (name: string, advice: string) => invalidParameter(name, 'is empty', advice);

export const isInvisible = (name: string) =>
	invalidParameter(name, 'holds nothing that can be seen', 'Every character in it is one that is drawn as nothing.');

const LOOK_AT_INPUT =
	'A cell or an expression before this node had nothing to give, or gave something that is not text. ' +
	'Look at the input of this node, and correct the field it comes from.';

/** Where a text of this kind comes from, and what to do. */
export const SWITCH_TO_EXPRESSION =
	'Switch the field to Expression (above it, when the mouse is over it): set to Fixed, n8n sends the text as it is.';

export const leftoverAdvice = (kind: 'expression' | 'trace') =>
	kind === 'expression' ? SWITCH_TO_EXPRESSION : LOOK_AT_INPUT;

/** `found`: as it stands in the text. */
export const holdsLeftover = (name: string, found: string) =>
	invalidParameter(name, `holds what no person wrote: ${quote(found, MAX_VALUE_CHARACTERS)}`, leftoverAdvice('trace'));

export const holdsExpression = (name: string, found: string) =>
	invalidParameter(
		name,
		`holds an expression that was not resolved: ${quote(found, MAX_VALUE_CHARACTERS)}`,
		leftoverAdvice('expression'),
	);

export const mustBeWholeNumber = (name: string, min: number, max: number, value: unknown) =>
	invalidParameter(name, `must be a whole number from ${min} to ${max}`, whatItIs(value));

export const mustBeNumber = (name: string, min: number, max: number, advice: string) =>
	invalidParameter(name, `must be a number from ${min} to ${max}`, advice);

export const mustBeAmount = (name: string) => invalidParameter(name, 'must be an amount above 0');

export const mustBeSwitch = (name: string) => invalidParameter(name, 'must be true or false');

/** `advice`: how to send what is not in the list, where there is a way. */
export const mustBeOfList = (name: string, list: ReadonlyArray<unknown>, value: unknown, advice: string) =>
	invalidParameter(name, `must be one of: ${quote(list.join(', '))}`, sentences(whatItIs(value), advice));

export const mustBeJsonObject = (name: string, example: string) =>
	invalidParameter(name, 'must be a JSON object', `For example ${example}.`);

export const partOf = (name: string): string => `It is part of '${name}'.`;

export const mustBeColor = (name: string, collection: string) =>
	invalidParameter(name, 'must be a color like #FF6D5A', partOf(collection));

export const needsColors = (name: string, most: number) => invalidParameter(name, `needs 1 to ${most} colors`);

export const cannotBeCombined = (name: string, other: string) =>
	invalidParameter(name, `cannot be combined with '${other}'`, 'Remove one of the two.');

const WHAT_A_REQUEST_ID_IS =
	"It is the 'request_id' of an earlier item or error: letters, digits, - and _ only, at most 128 of them. " +
	'The addresses that Submit gives will do too.';

/** `value`: undefined where there is none. */
export const invalidRequestId = (name: string, value: unknown) =>
	value === undefined
		? isEmpty(name, WHAT_A_REQUEST_ID_IS)
		: invalidParameter(name, 'is not a request ID', sentences(whatItIs(value), WHAT_A_REQUEST_ID_IS));

export const foreignRequestAddress = (name: string, requestsUrl: string) =>
	invalidParameter(
		name,
		"is not the address of one of this service's requests",
		`With this credential such an address begins with ${quote(requestsUrl)}/.`,
	);

/** `field`: what the model cannot do without. */
export const mayNotEmpty = (name: string, field: string) =>
	invalidParameter(
		name,
		`may not empty '${quote(field, MAX_VALUE_CHARACTERS)}'`,
		'The model needs it. Take it out of the JSON.',
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
