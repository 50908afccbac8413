/** What can be wrong with a value that a person, a table or an expression gave. */

import { quote } from './cleanText';
import { type Rule, listNames, named, plain, type Problem, rule } from './problem';
import { count, listSome, sentences } from './sentences';
import { wrongShape, likelyField, whatItIs } from './shape';

const MAX_CHOICES_SHOWN = 30;
const MAX_UNKNOWN_SHOWN = 5;

// ---- Text ------------------------------------------------------------------------------------------------------------

export const isRequired = (advice = '') => rule('is required', advice);

export const mustBeText = (value: unknown) => rule('must be text', wrongShape(value));

export const isInvisible = () =>
	rule('contains nothing visible', 'It consists of invisible characters only. Type the text again.');

/** Text that a program left, and what to do about it. */
export interface Leftover {
	kind: 'expression' | 'trace' | 'encoding';
	/** As it stands in the text. */
	found: string;
}

const LEFTOVER_ADVICE: Record<Leftover['kind'], string> = {
	expression:
		'Switch the field to Expression (hover over it to see the switch): in Fixed mode n8n sends the text as it is.',
	trace:
		'A cell or an expression before this node had no value, or a value that is not text. Check the input of this node and fix the field it comes from.',
	encoding:
		'The text was read in the wrong encoding. Choose the right one where the file is read: Excel, for example, often saves CSV files as windows-1252.',
};

/** About 'it', as part of a sentence. */
const leftoverWords = ({ kind, found }: Leftover): string =>
	({
		expression: `an unresolved expression: ${plain(found)}`,
		trace: `"${plain(found)}", probably left by an expression or a spreadsheet`,
		encoding: `"${plain(found)}", which marks a character that was lost`,
	})[kind];

const leftoverAdvice = ({ kind }: Leftover): string => LEFTOVER_ADVICE[kind];

export const containsLeftover = (leftover: Leftover) =>
	rule(`contains ${leftoverWords(leftover)}`, leftoverAdvice(leftover));

export const tooShort = (minimum: number, length: number) =>
	rule(`needs at least ${count(minimum, 'character')} but has ${length}`);

export const tooLong = (maximum: number, length: number) =>
	rule(`takes at most ${count(maximum, 'character')} but has ${length}`);

export const mustBeColor = (value: unknown) => rule('must be a color like #FF6D5A', whatItIs(value));

// ---- Numbers, switches, choices --------------------------------------------------------------------------------------

/** Bounds of numbers, as JSON Schema names them. */
export interface NumberBounds {
	minimum?: number;
	maximum?: number;
	exclusiveMinimum?: number;
	exclusiveMaximum?: number;
}

export function mustBeNumber(isWhole: boolean, bounds: NumberBounds, value: unknown): Rule {
	const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = bounds;
	const limits = [
		minimum === undefined ? [] : `at least ${minimum}`,
		exclusiveMinimum === undefined ? [] : `more than ${exclusiveMinimum}`,
		maximum === undefined ? [] : `at most ${maximum}`,
		exclusiveMaximum === undefined ? [] : `less than ${exclusiveMaximum}`,
	].flat();
	const isClosed = minimum !== undefined && maximum !== undefined && limits.length === 2;
	const those = limits.length === 0 ? '' : ` that is ${limits.join(' and ')}`;
	const range = isClosed ? ` from ${minimum} to ${maximum}` : those;
	return rule(`must be a ${isWhole ? 'whole number' : 'number'}${range}`, whatItIs(value));
}

export const mustBeSwitch = (value: unknown) => rule('must be true or false', whatItIs(value));

/** `advice`: how to send what is not in the list, where there is a way. */
export const mustBeOneOf = (choices: ReadonlyArray<string | number | boolean>, value: unknown, advice = '') =>
	rule(
		choices.length === 1
			? `can only be ${plain(String(choices[0]))}`
			: `must be one of: ${listNames(choices.map(String), MAX_CHOICES_SHOWN)}`,
		sentences(whatItIs(value), advice),
	);

// ---- JSON and lists --------------------------------------------------------------------------------------------------

/** Where a text stops being JSON. Lines and columns are counted from 1. */
export interface JsonBreak {
	line: number;
	column: number;
	/** What stands before it, and from it on; the latter empty at the end of the text. */
	before: string;
	after: string;
}

export const notJson = ({ line, column, before, after }: JsonBreak) =>
	rule(
		`is not valid JSON: line ${line}, column ${column}`,
		after === ''
			? `It ends after ${plain(before)}. A bracket or a quotation mark is missing there.`
			: `It breaks after ${plain(before) || 'the beginning'}, at ${plain(after)}. Often a comma, a quotation mark or a bracket is missing, or there is one too many.`,
	);

export const mustBeObject = (example = '{"name": "value"}') => rule(`must be a JSON object, like ${plain(example)}`);

export const mustBeList = (ofObjects: boolean) =>
	rule(ofObjects ? 'must be a JSON list, like [{…}]' : 'must be a list: one entry per line, or a JSON list');

export const mustBeJson = () => rule('must be a value that can be sent as JSON');

export const mustBeAnyOf = (types: readonly string[], value: unknown) =>
	rule(`must have one of these types: ${types.join(', ')}`, whatItIs(value));

/** Of an option that was added to limit something: without a value it would limit nothing. */
export const givesNoLimit = () =>
	rule(
		'is set but has no value',
		'Its field is empty, or its expression returned nothing. If you want no limit, remove the option.',
	);

/** Where the resource mapper's values should be. */
export const mustBeInputs = (value: unknown) =>
	rule(
		'must be a JSON object with the inputs, like {"duration": 5}',
		sentences(whatItIs(value), "To use an expression, set 'Inputs' to Using JSON."),
	);

export const tooFewEntries = (minimum: number, given: number) =>
	rule(`needs at least ${count(minimum, 'entry', 'entries')} but has ${given}`);

export const tooManyEntries = (maximum: number, given: number) =>
	rule(`takes at most ${count(maximum, 'entry', 'entries')} but has ${given}`);

/** n8n's HTTP helper leaves some names out of what it sends. */
export const isUnsendable = () => rule('has a name that n8n cannot send');

export const containsUnsendable = (name: string) => rule(`contains the name '${name}', which n8n cannot send`);

// ---- Addresses and files given for one input -------------------------------------------------------------------------

export const mustBeAddresses = (value: unknown) => {
	const field = Array.isArray(value) ? likelyField(value.find((entry) => typeof entry !== 'string')) : '';
	return rule(
		'must be URLs: one per line, or a JSON list',
		field === ''
			? Array.isArray(value)
				? ''
				: whatItIs(value)
			: `It is a list of objects: write {{ $json.field.map((entry) => entry${field}) }} to get the URLs.`,
	);
};

export const takesOneAddress = (value: readonly unknown[]) =>
	rule(`takes one URL, not ${value.length}`, wrongShape(value));

export const isGivenTwice = (one: string, other: string) =>
	rule(`is given twice, ${one} and ${other}`, 'Remove one of the two.');

export const cannotBeCombined = (other: string) =>
	rule(`cannot be combined with ${named(other)}`, 'Remove one of the two.');

export const cannotBeEmpty = () =>
	rule('cannot be empty', 'The model needs a value: enter one, or remove this field from the JSON.');

// ---- Inputs that are not there ---------------------------------------------------------------------------------------

/** RunComfy accepts unknown inputs silently and charges for the run. `owner`: what does not have them. */
export const unknownInputs = (names: readonly string[], available: readonly string[], owner: string): Problem => ({
	input: names[0] ?? '',
	message:
		(names.length === 1
			? `${named(names[0])} is not an input of ${owner}.`
			: `${listSome(names.map(named), MAX_UNKNOWN_SHOWN)} are not inputs of ${owner}.`) +
		(available.length === 0 ? ' It has none' : ` It has: ${listNames(available)}`),
	advice: '',
});

/** 'Prompt' is a parameter of its own, and stays when another model is chosen. */
export const promptNotTaken = (available: readonly string[]): Problem => ({
	input: 'prompt',
	message:
		"'Prompt' must be empty, because this model takes no prompt" +
		(available.length === 0 ? '' : `. It has: ${listNames(available)}`),
	advice: '',
});

// ---- An address from which RunComfy is to fetch a file --------------------------------------------------------------

export interface AddressFault {
	/** What is wrong, about 'it'. */
	reason: string;
	/** What to do about just this; empty where the reason says it all. */
	advice: string;
}

const fault = (reason: string, advice = ''): AddressFault => ({ reason, advice });

const byNode = (node: string) => `Get the file with n8n's ${node} node`;
const byHttpRequest = (service: string) => `Get the file with the HTTP Request node and a ${service} credential`;

const SHARE_ELSEWHERE = 'It has no direct links to files: download the file, or share it in another way.';

/** How to get at the file behind a page that a person shares. */
const WAYS_TO_FILE: Readonly<Record<string, string>> = {
	'Google Drive': `${byNode('Google Drive')}, or, if anyone with the link can view it, use https://drive.google.com/uc?export=download&id= followed by the file's ID.`,
	'Google Photos': SHARE_ELSEWHERE,
	Dropbox: "Change dl=0 to dl=1 at the end of the link, or get the file with n8n's Dropbox node.",
	OneDrive: `${byNode('Microsoft OneDrive')}, or add download=1 to the URL if anyone with the link can view the file.`,
	SharePoint: `${byNode('Microsoft SharePoint')}: its files require a login.`,
	Slack: `${byHttpRequest('Slack')}: its files are private, and RunComfy cannot log in there.`,
	iCloud: SHARE_ELSEWHERE,
	Box: `${byNode('Box')}, or use the direct link in Box's link settings.`,
	WeTransfer: SHARE_ELSEWHERE,
	GitHub: 'Use the URL behind the Raw button.',
};

const NOT_THE_FILE =
	'RunComfy needs the file itself, not a page that shows it. Use the URL of the file, or pass the file itself to the node.';

const ALONE = 'Enter only the URL, without quotation marks, brackets or a name.';

/** What can be seen to be wrong with an address before it is fetched. */
export const ADDRESS_FAULT = {
	notText: (value: unknown) => fault('it is not text', wrongShape(value)),
	invisible: fault('it contains nothing visible', 'It consists of invisible characters only. Enter the URL again.'),
	leftover: (leftover: Leftover) => fault(`it contains ${leftoverWords(leftover)}`, leftoverAdvice(leftover)),
	several: fault(
		'it contains more than one URL',
		'Use one item per URL: {{ $json.field.split(",") }} turns the text into a list, and the Split Out node turns a list into items.',
	),
	severalLines: fault('it has more than one line', 'Enter one URL, on one line.'),
	textAround: fault('it contains other text besides the URL', ALONE),
	backslash: fault('it contains a backslash', 'Use / instead.'),
	twiceHttp: fault('it starts with http:// or https:// twice', 'Remove one of the two.'),
	notAUrl: fault('it is not a URL', 'Use a full URL, such as https://example.com/mug.jpg.'),
	notHttp: fault('it does not start with http:// or https://'),
	noHost: fault('it has no host', 'The host follows https://, as in https://example.com/mug.jpg.'),
	private: fault('it points to a private network'),
	page: (service: string) =>
		fault(`it is a page of ${quote(service)}, not a file`, WAYS_TO_FILE[service] ?? NOT_THE_FILE),
};

/** `wayOut`: what to do with a file that only n8n can read. */
export const unreachableAddress = ({ reason, advice }: AddressFault, wayOut: string): Rule => ({
	messageFor: (name) => `RunComfy cannot reach ${name}: ${reason}`,
	advice: sentences(advice, 'The URL must be public, because RunComfy downloads the file itself.', wayOut),
});
