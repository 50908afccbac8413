/** What is said about the inputs of a model. Rules complete a sentence: 'Duration' must be a whole number from 4 to 30. */
import { quote as quoteAny } from './foreignText';

/** One thing that is wrong with one input. */
export interface InputProblem {
	/** Name of the input as RunComfy has it. */
	input: string;
	message: string;
}

const MAX_NAME_CHARACTERS = 60;
const MAX_PROBLEMS_SHOWN = 10;
const MAX_CHOICES_SHOWN = 30;
const MAX_NAMES_SHOWN = 40;
const MAX_UNKNOWN_SHOWN = 5;

/** n8n shows an error's details as HTML, and names and choices come from the network. */
const quote = (text: string, maxCharacters: number) =>
	quoteAny(text, maxCharacters).replaceAll('<', '‹').replaceAll('>', '›');

/** Bounds of numbers, as JSON Schema names them. */
interface NumberBounds {
	minimum?: number;
	maximum?: number;
	exclusiveMinimum?: number;
	exclusiveMaximum?: number;
}

const named = (name: string) => `'${quote(name, MAX_NAME_CHARACTERS)}'`;

function listed(words: readonly string[], max: number): string {
	const shown = words.slice(0, max).map((word) => quote(word, MAX_NAME_CHARACTERS));
	return shown.join(', ') + (words.length > max ? ` and ${words.length - max} more` : '');
}

const count = (number: number, noun: string, nouns = `${noun}s`) => `${number} ${number === 1 ? noun : nouns}`;

/** Megabytes to one decimal; what is too large is rounded up and the limit down, so that the two never look the same. */
const tooMany = (bytes: number) => `${Math.ceil((bytes / (1024 * 1024)) * 10) / 10} MB`;
const atMost = (bytes: number) => `at most ${Math.floor((bytes / (1024 * 1024)) * 10) / 10} MB`;

/** A rule that an input breaks, as a problem. */
export const brokenRule = (input: string, label: string, rule: string): InputProblem => ({
	input,
	message: `${named(label)} ${rule}`,
});

// ---- Rules ---------------------------------------------------------------------------------------------------------

export const isRequired = () => 'is required';

export const mustBeText = () => 'must be text';

export const mustBeSwitch = () => 'must be true or false';

export function mustBeNumber(isWhole: boolean, bounds: NumberBounds): string {
	const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = bounds;
	const range =
		minimum !== undefined && maximum !== undefined && exclusiveMinimum === undefined && exclusiveMaximum === undefined
			? [`from ${minimum} to ${maximum}`]
			: [
					minimum === undefined ? '' : `at least ${minimum}`,
					exclusiveMinimum === undefined ? '' : `more than ${exclusiveMinimum}`,
					maximum === undefined ? '' : `at most ${maximum}`,
					exclusiveMaximum === undefined ? '' : `less than ${exclusiveMaximum}`,
				].filter(Boolean);
	const open = range.length > 0 && !range[0].startsWith('from') ? ', ' : ' ';
	return `must be a ${isWhole ? 'whole number' : 'number'}${range.length === 0 ? '' : open + range.join(' and ')}`;
}

export const mustBeOneOf = (choices: ReadonlyArray<string | number | boolean>) =>
	choices.length === 1
		? `can only be ${listed([String(choices[0])], 1)}`
		: `must be one of: ${listed(choices.map(String), MAX_CHOICES_SHOWN)}`;

export const mustBeAddress = (media: string) =>
	`must be the public address of ${media === 'file' ? 'a file' : media === 'video' ? 'a video' : `an ${media} file`}: a URL that starts with http:// or https://`;

export const mustBeAddresses = () => 'must be addresses: one a line, or a JSON list';

export const takesOneAddress = (given: number) => `takes one address, not ${given}`;

export const mustBeList = (ofObjects: boolean) =>
	ofObjects ? 'must be a JSON list, like [{…}]' : 'must be a list: one entry a line, or a JSON list';

export const mustBeObject = (example?: string) =>
	`must be a JSON object, like ${example === undefined ? '{"name": "value"}' : quote(example, MAX_NAME_CHARACTERS)}`;

export const mustBeJson = () => 'must be something that JSON can hold';

export const mustBeAnyOf = (types: readonly string[]) => `must be one of these: ${types.join(', ')}`;

/** The rule of one entry of a list, numbered from 1. */
export const entryRule = (number: number, rule: string) => `(entry ${number}) ${rule}`;

export const tooShort = (minimum: number, length: number) =>
	`needs at least ${count(minimum, 'character')}, it has ${length}`;

export const tooLong = (maximum: number, length: number) =>
	`takes at most ${count(maximum, 'character')}, it has ${length}`;

export const tooFewEntries = (minimum: number, given: number) =>
	`needs at least ${count(minimum, 'entry', 'entries')}, it has ${given}`;

export const tooManyEntries = (maximum: number, given: number) =>
	`takes at most ${count(maximum, 'entry', 'entries')}, it has ${given}`;

/** `part` as it was found; empty when the text has nothing that can be seen. */
export const unwritten = (part: string) =>
	part === ''
		? 'holds nothing that can be seen'
		: `holds ${quote(part, MAX_NAME_CHARACTERS)}: the expression or cell it comes from gave no value`;

/** n8n leaves some names out of what it sends. */
export const isUnsendable = () => 'has a name that n8n cannot send';

export const holdsUnsendable = (name: string) => `holds the name '${name}', which n8n cannot send`;

/** `found`: the expression as it stands there. */
export const unresolved = (found: string) =>
	`holds ${quote(found, MAX_NAME_CHARACTERS)}, which n8n was not asked to resolve: switch the field to Expression`;

// ---- Files -----------------------------------------------------------------------------------------------------------

export const takesNoFile = (inputs: readonly string[]) =>
	inputs.length === 0
		? 'takes no file, and neither does any other input of this model'
		: `takes no file. Inputs that do: ${listed(inputs, MAX_NAMES_SHOWN)}`;

export const fileTooLarge = (fileName: string | undefined, bytes: number, limit: number) =>
	`gets a file that is too large${fileName === undefined ? '' : ` (${quote(fileName, MAX_NAME_CHARACTERS)})`}: ` +
	`${tooMany(bytes)}, ${atMost(limit)}. Put it at a public address and give that instead`;

export const fileOfWrongKind = (fileName: string | undefined, type: string, media: string) =>
	`takes ${media === 'audio' ? 'audio' : `${media}s`}, not ${quote(type, MAX_NAME_CHARACTERS) || 'a file without a type'}` +
	(fileName === undefined ? '' : ` (${quote(fileName, MAX_NAME_CHARACTERS)})`);

export const fileAndAddress = () => 'is given twice, as an address and as a file';

export const tooManyFiles = (given: number) => `takes one file, not ${given}`;

export const bodyTooLarge = (input: string, bytes: number, limit: number): InputProblem => ({
	input,
	message: `All inputs together are too large: ${tooMany(bytes)}, ${atMost(limit)}. Put the largest file at a public address`,
});

/** A line of 'Files' that names no input. */
export const fileWithoutInput = (): InputProblem => ({
	input: '',
	message: "'Files' has a file without an input: choose the input that gets it",
});

/** `field` as it was given, `available` the fields of the item that have files. */
export const fileMissing = (input: string, field: string, available: readonly string[]): InputProblem => ({
	input,
	message:
		`${named(input)} gets no file: the item has none in the field ${named(field)}. ` +
		(available.length === 0
			? 'It carries no file at all: put a node before this one that reads or downloads it'
			: `It has files in: ${listed(available, MAX_NAMES_SHOWN)}`),
});

export const fileEmpty = (input: string, field: string): InputProblem => ({
	input,
	message: `${named(input)} gets an empty file from the field ${named(field)}`,
});

/** `reason`: what is wrong with the address, about 'it'. `advice`: what to do about just this; empty where that says it all. */
export const cannotBeFetched = (reason: string, advice: string) =>
	`cannot be fetched by RunComfy: ${reason}. ${advice === '' ? 'Give a public address, or a file of the item' : advice.replace(/\.$/, '')}`;

// ---- Inputs the model does not have -------------------------------------------------------------------------------------

/** RunComfy takes unknown inputs without a word and charges for them, so they are refused here. */
export const unknownInputs = (names: readonly string[], available: readonly string[]): InputProblem => ({
	input: names[0] ?? '',
	message:
		(names.length === 1
			? `${named(names[0])} is not an input of this model.`
			: `${listed(
					names.map((name) => `'${name}'`),
					MAX_UNKNOWN_SHOWN,
				)} are not inputs of this model.`) +
		(available.length === 0 ? ' It has none' : ` It has: ${listed(available, MAX_NAMES_SHOWN)}`),
});

/** 'Prompt' is a parameter of its own, and stays when another model is chosen. */
export const promptNotTaken = (available: readonly string[]): InputProblem => ({
	input: 'prompt',
	message:
		"'Prompt' must be empty, since this model has no prompt" +
		(available.length === 0 ? '' : `. It has: ${listed(available, MAX_NAMES_SHOWN)}`),
});

export const promptTwice = (): InputProblem => ({
	input: 'prompt',
	message: "'Prompt' is given twice, in its own field and among the inputs: remove one of the two",
});

/** All problems of one item in one text, as long as a person reads it. */
export function problemsInWords(problems: readonly InputProblem[]): string {
	const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map(({ message }) => message);
	const more = problems.length - shown.length;
	return shown.join('; ') + (more > 0 ? `; and ${count(more, 'problem')} more` : '');
}
