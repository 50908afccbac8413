/**
 * From what a person, a table or an agent gave to what the model takes, as long as nothing is lost on the way. Each reader
 * gives the value or the rule that is broken, and none throws.
 */
import * as say from '../errors/modelInputRules';
import { isPlainObject, type Bounds, type Choice, type JsonType, type SchemaInput } from './schema';

export type Converted<T = unknown> = { value: T; rule?: undefined } | { rule: string };

/** Gives the rule that a text breaks, or nothing. */
export type CheckText = (text: string) => string | undefined;

const ok = <T>(value: T): Converted<T> => ({ value });

const broken = (rule: string): { rule: string } => ({ rule });

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;

/** A number out of a text, undefined for any other text. */
const numberIn = (text: string) => (DECIMAL.test(text.trim()) ? Number(text) : undefined);

export function toNumber(value: unknown, isWhole: boolean, bounds: Bounds): Converted<number> {
	const number = typeof value === 'string' ? numberIn(value) : value;
	const isFit =
		typeof number === 'number' &&
		Number.isFinite(number) &&
		// Beyond the safe ones a whole number has silently become another one.
		(!isWhole || Number.isSafeInteger(number)) &&
		!(number < (bounds.minimum ?? -Infinity)) &&
		!(number > (bounds.maximum ?? Infinity)) &&
		!(number <= (bounds.exclusiveMinimum ?? -Infinity)) &&
		!(number >= (bounds.exclusiveMaximum ?? Infinity));
	return isFit ? ok(number) : broken(say.mustBeNumber(isWhole, bounds));
}

export function toSwitch(value: unknown): Converted<boolean> {
	if (typeof value === 'boolean') return ok(value);
	const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
	return word === 'true' || word === 'false' ? ok(word === 'true') : broken(say.mustBeSwitch());
}

/** The choice's own member: 5 becomes "5" where the model has it so, `1080P` where it is written so. */
export function toChoice(value: unknown, choices: readonly Choice[]): Converted<Choice> {
	if (!['string', 'number', 'boolean'].includes(typeof value)) return broken(say.mustBeOneOf(choices));
	const text = String(value).trim();
	const number = numberIn(text);
	const readings: Array<(choice: Choice) => boolean> = [
		(choice) => choice === value,
		(choice) => String(choice) === text,
		(choice) => number !== undefined && (typeof choice === 'string' ? numberIn(choice) : choice) === number,
		(choice) => String(choice).toLowerCase() === text.toLowerCase(),
	];
	for (const isMeant of readings) {
		const meant = choices.filter(isMeant);
		if (meant.length === 1) return ok(meant[0]);
	}
	return broken(say.mustBeOneOf(choices));
}

export function toText(value: unknown, { minLength = 0, maxLength = Infinity }: Bounds): Converted<string> {
	if (typeof value !== 'string' && typeof value !== 'number') return broken(say.mustBeText());
	if (typeof value === 'number' && !Number.isFinite(value)) return broken(say.mustBeText());
	const text = String(value);
	// Counted in characters, as JSON Schema does: no emoji is two.
	const length = text.length < minLength * 2 || text.length > maxLength ? lengthOf(text) : text.length;
	if (length < minLength) return broken(say.tooShort(minLength, length));
	return length > maxLength ? broken(say.tooLong(maxLength, length)) : ok(text);
}

function lengthOf(text: string): number {
	let pairs = 0;
	for (let at = 0; at < text.length; at++) {
		if (text.codePointAt(at)! > 0xffff) {
			pairs++;
			at++;
		}
	}
	return text.length - pairs;
}

/** Names that n8n's HTTP helper (axios) leaves out of a body without a word: something else would be bought. */
export const isUnsendable = (name: string) => ['__proto__', 'constructor', 'prototype'].includes(name);

/** A list or object as it survives JSON, all texts in it checked. Anything that JSON cannot hold breaks the rule. */
export function toJson(value: unknown, checkText: CheckText): Converted {
	let rule: string | undefined;
	try {
		const json = JSON.stringify(value, (key, part: unknown) => {
			if (isUnsendable(key)) rule ??= say.holdsUnsendable(key);
			// JSON would make null of these without a word.
			if (typeof part === 'number' && !Number.isFinite(part)) rule ??= say.unwritten(String(part));
			if (typeof part === 'string' && part !== '') rule ??= checkText(part);
			return part;
		});
		if (rule !== undefined) return broken(rule);
		return json === undefined ? broken(say.mustBeJson()) : ok(JSON.parse(json) as unknown);
	} catch {
		// Circular, too deep, a bigint.
		return broken(say.mustBeJson());
	}
}

/** What a JSON text says; undefined if it is none. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** What the schema's example looks like, if it is short enough to be shown. */
export function exampleOf(value: unknown, maxCharacters: number): string | undefined {
	const json = toJson(value, () => undefined);
	const text = json.rule === undefined ? JSON.stringify(json.value) : '';
	return text.length >= 3 && text.length <= maxCharacters ? text : undefined;
}

const MAX_EXAMPLE_CHARACTERS = 60;

export function toObject(value: unknown, input: SchemaInput, checkText: CheckText): Converted {
	const json = toJson(typeof value === 'string' ? parseJson(value) : value, checkText);
	if (json.rule === undefined && isPlainObject(json.value)) return json;
	if (json.rule !== undefined && json.rule !== say.mustBeJson()) return json;
	return broken(say.mustBeObject(exampleOf(input.default, MAX_EXAMPLE_CHARACTERS)));
}

/** A list that is no media: JSON, or plain entries one a line where no objects are wanted. */
export function toList(value: unknown, { items }: SchemaInput, checkText: CheckText): Converted<unknown[]> {
	const ofObjects = items?.types.length === 1 && (items.types[0] === 'object' || items.types[0] === 'array');
	const rule = say.mustBeList(ofObjects);
	let given: unknown = value;
	if (typeof value === 'string') {
		const parsed = parseJson(value);
		given = Array.isArray(parsed) ? parsed : value.split(/\r?\n/).flatMap((line) => line.trim() || []);
		// A broken JSON list is not a list of one.
		if (!Array.isArray(parsed) && (ofObjects || value.trim().startsWith('['))) return broken(rule);
	} else if (!ofObjects && ['number', 'boolean'].includes(typeof value)) {
		given = [value];
	}
	if (!Array.isArray(given)) return broken(rule);
	const entries: unknown[] = [];
	for (const [index, entry] of given.entries()) {
		const converted = toEntry(entry, items?.types ?? [], items?.choices, checkText);
		if (converted.rule !== undefined) return broken(say.entryRule(index + 1, converted.rule));
		entries.push(converted.value);
	}
	return ok(entries);
}

function toEntry(
	value: unknown,
	types: readonly JsonType[],
	choices: readonly Choice[] | undefined,
	checkText: CheckText,
): Converted {
	return choices === undefined ? toAnyOf(value, types, checkText) : toChoice(value, choices);
}

/** What types are called in a sentence. */
const TYPE_WORDS: Readonly<Record<JsonType, string>> = {
	string: 'text',
	number: 'a number',
	integer: 'a whole number',
	boolean: 'true or false',
	array: 'a JSON list',
	object: 'a JSON object',
};

const IS_TYPE: Readonly<Record<JsonType, (value: unknown) => boolean>> = {
	string: (value) => typeof value === 'string',
	number: (value) => typeof value === 'number',
	integer: (value) => Number.isSafeInteger(value),
	boolean: (value) => typeof value === 'boolean',
	array: (value) => Array.isArray(value),
	object: isPlainObject,
};

/**
 * A value for one of several types, or for any: as it is where that is allowed, else as the JSON its text says, else
 * as text. With no types a text stays text unless it is a JSON list or object, which no one means as text.
 */
export function toAnyOf(value: unknown, types: readonly JsonType[], checkText: CheckText): Converted {
	const json = toJson(value, checkText);
	if (json.rule !== undefined) return json;
	const isAllowed = (part: unknown) => types.some((type) => IS_TYPE[type](part));
	if (types.length > 0 && isAllowed(json.value)) return json;
	const parsed = typeof json.value === 'string' ? parseJson(json.value) : undefined;
	if (types.length === 0) return typeof parsed === 'object' && parsed !== null ? toJson(parsed, checkText) : json;
	if (parsed !== undefined && isAllowed(parsed)) return toJson(parsed, checkText);
	if (types.includes('string') && typeof json.value === 'number') return ok(String(json.value));
	return broken(say.mustBeAnyOf(types.map((type) => TYPE_WORDS[type])));
}
