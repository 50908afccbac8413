/**
 * From what a person, a table or an agent gave to what is sent, as long as nothing is lost on the way. Each reader gives the
 * value or the rule that it breaks, and none throws. Text has been seen to be a person's before.
 */

import { entryRule, type Rule } from '../errors/problem';
import { isPlainObject, type PlainObject } from '../errors/shape';
import * as say from '../errors/valueRules';
import { parseJson, whereJsonBreaks } from './json';
import type { Bounds, Choice, JsonType, SchemaInput } from './schema';
import { sendableText, textRule } from './leftovers';

export type Converted<T = unknown> = { value: T; broken?: undefined } | { broken: Rule };

export const ok = <T>(value: T): Converted<T> => ({ value });

const broken = (rule: Rule): { broken: Rule } => ({ broken: rule });

/** Without the positive exponents by which spreadsheets round large numbers. */
const NUMERAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e-\d{1,3})?$/i;

/** The number in a text, undefined for any other text. */
const numberIn = (text: string) => (NUMERAL.test(text.trim()) ? Number(text) : undefined);

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
	return isFit ? ok(number) : broken(say.mustBeNumber(isWhole, bounds, value));
}

export function toSwitch(value: unknown): Converted<boolean> {
	if (typeof value === 'boolean') return ok(value);
	const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
	return word === 'true' || word === 'false' ? ok(word === 'true') : broken(say.mustBeSwitch(value));
}

/**
 * The choice's own member: 5 becomes "5" where the model has it so, `1080P` where it is written so.
 *
 * @param advice how to send what is not in the list, where there is a way.
 */
export function toChoice(value: unknown, choices: readonly Choice[], advice = ''): Converted<Choice> {
	const refused = broken(say.mustBeOneOf(choices, value, advice));
	if (!['string', 'number', 'boolean'].includes(typeof value)) return refused;
	const text = String(value).trim();
	const number = numberIn(text);
	const readings: Array<(choice: Choice) => boolean> = [
		(choice) => choice === value,
		(choice) => String(choice) === text,
		(choice) => number !== undefined && (typeof choice === 'string' ? numberIn(choice) : choice) === number,
		(choice) => String(choice).trim().toLowerCase() === text.toLowerCase(),
	];
	for (const isMeant of readings) {
		const meant = choices.filter(isMeant);
		if (meant.length === 1) return ok(meant[0]);
	}
	return refused;
}

export function toText(value: unknown, { minLength = 0, maxLength = Infinity }: Bounds): Converted<string> {
	if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
		return broken(say.mustBeText(value));
	}
	if (typeof value === 'number' && !Number.isFinite(value)) return broken(notFinite(value));
	const text = String(value);
	// Counted in characters, as JSON Schema does: no emoji is two.
	const length = text.length < minLength * 2 || text.length > maxLength ? charactersIn(text) : text.length;
	if (length < minLength) return broken(say.tooShort(minLength, length));
	return length > maxLength ? broken(say.tooLong(maxLength, length)) : ok(text);
}

const notFinite = (value: number): Rule => say.containsLeftover({ kind: 'trace', found: String(value) });

const charactersIn = (text: string): number => text.replace(/[\u{10000}-\u{10ffff}]/gu, ' ').length;

/** The name of a field of an item: it becomes a key, so it must not be a name that objects have from birth. */
export function toFieldName(value: unknown): Converted<string> {
	const text = toText(value, {});
	if (text.broken !== undefined) return text;
	const name = text.value.trim();
	const isInborn = name in Object.prototype || name === 'prototype';
	return isInborn ? broken(say.containsLeftover({ kind: 'trace', found: name })) : ok(name);
}

export function toColor(value: unknown): Converted<string> {
	const hex = typeof value === 'string' ? value.trim() : '';
	return /^#?[0-9a-f]{6}$/i.test(hex) ? ok(`#${hex.replace('#', '').toUpperCase()}`) : broken(say.mustBeColor(value));
}

/** Names that n8n's HTTP helper (axios) leaves out of a body without a word: something else would be bought. */
export const isUnsendableName = (name: string) => ['__proto__', 'constructor', 'prototype'].includes(name);

/**
 * A value as it survives JSON, its texts as they can be sent. Anything that JSON cannot hold, and a text that no person
 * wrote, breaks a rule. `checkText`: false where that has been or will be seen elsewhere.
 */
export function toJson(value: unknown, checkText = true): Converted {
	let rule: Rule | undefined;
	try {
		const json = JSON.stringify(value, (key, part: unknown) => {
			if (isUnsendableName(key)) rule ??= say.containsUnsendable(key);
			// JSON would make null of these without a word.
			if (typeof part === 'number' && !Number.isFinite(part)) rule ??= notFinite(part);
			if (typeof part !== 'string') return part;
			if (checkText) rule ??= textRule(part);
			return sendableText(part);
		});
		if (rule !== undefined) return broken(rule);
		return ok(JSON.parse(json) as unknown);
	} catch {
		// Circular, too deep, a bigint, or nothing that JSON knows.
		return broken(say.mustBeJson());
	}
}

/** What the schema's example looks like, if it is short enough to be shown. */
export function exampleOf(value: unknown, maxCharacters: number): string | undefined {
	const json = toJson(value, false);
	const text = json.broken === undefined ? JSON.stringify(json.value) : '';
	return text.length >= 3 && text.length <= maxCharacters ? text : undefined;
}

const MAX_EXAMPLE_CHARACTERS = 60;

/** A text that was meant as JSON and is not. */
const brokenJson = (text: string): Rule | undefined =>
	/^\s*[[{]/.test(text) && parseJson(text) === undefined ? say.notJson(whereJsonBreaks(text)) : undefined;

/** An object as it is given, or the one that a JSON text says. What is in it is not looked at. */
export function objectIn(value: unknown, example?: unknown): Converted<PlainObject> {
	const given = typeof value === 'string' ? parseJson(value) : value;
	if (isPlainObject(given)) return ok(given);
	const text = typeof value === 'string' ? value : '';
	const rule = textRule(text) ?? brokenJson(text);
	return broken(rule ?? say.mustBeObject(exampleOf(example, MAX_EXAMPLE_CHARACTERS)));
}

/** The same, as it can be sent. */
export function toObject(value: unknown, example?: unknown): Converted {
	const given = objectIn(value, example);
	if (given.broken !== undefined) return given;
	const json = toJson(given.value);
	// A date is an object only until it is written as JSON.
	return json.broken !== undefined || isPlainObject(json.value) ? json : objectIn([], example);
}

/** A list that is no media: JSON, or plain entries one per line where no objects are wanted. */
export function toList(
	value: unknown,
	items: SchemaInput['items'],
	toObjectOf: (entry: unknown) => Converted,
): Converted<unknown[]> {
	const ofObjects = items?.types.length === 1 && (items.types[0] === 'object' || items.types[0] === 'array');
	const rule = say.mustBeList(ofObjects);
	let given: unknown = value;
	if (typeof value === 'string') {
		const parsed = parseJson(value);
		given = Array.isArray(parsed) ? parsed : value.split(/\r?\n/).flatMap((line) => line.trim() || []);
		// A broken JSON list is not a list of one.
		if (!Array.isArray(parsed) && (ofObjects || value.trim().startsWith('['))) {
			return broken(textRule(value) ?? brokenJson(value) ?? rule);
		}
	} else if (!ofObjects && ['number', 'boolean'].includes(typeof value)) {
		given = [value];
	}
	if (!Array.isArray(given)) return broken(rule);
	const entries: unknown[] = [];
	for (const [index, entry] of given.entries()) {
		const converted = items?.schema === undefined ? toEntry(entry, items) : toObjectOf(entry);
		if (converted.broken !== undefined) return broken(entryRule(index + 1, converted.broken));
		entries.push(converted.value);
	}
	return ok(entries);
}

function toEntry(value: unknown, { types = [], choices }: Partial<NonNullable<SchemaInput['items']>> = {}): Converted {
	if (choices === undefined) return toAnyOf(value, types);
	const rule = textRule(value);
	return rule === undefined ? toChoice(value, choices) : broken(rule);
}

/** What a type is called in a sentence, and what is of it. */
const JSON_TYPES: Readonly<Record<JsonType, [words: string, is: (value: unknown) => boolean]>> = {
	string: ['text', (value) => typeof value === 'string'],
	number: ['a number', (value) => typeof value === 'number'],
	integer: ['a whole number', (value) => Number.isSafeInteger(value)],
	boolean: ['true or false', (value) => typeof value === 'boolean'],
	array: ['a JSON list', (value) => Array.isArray(value)],
	object: ['a JSON object', isPlainObject],
};

/**
 * A value for one of several types, or for any: as it is where that is allowed, else as the JSON its text says, else
 * as text. With no types a text stays text unless it is a JSON list or object, which no one means as text.
 */
export function toAnyOf(value: unknown, types: readonly JsonType[]): Converted {
	const json = toJson(value);
	if (json.broken !== undefined) return json;
	const isAllowed = (part: unknown) => types.some((type) => JSON_TYPES[type][1](part));
	if (isAllowed(json.value)) return json;
	const parsed = typeof json.value === 'string' ? parseJson(json.value) : undefined;
	if (types.length === 0) return typeof parsed === 'object' && parsed !== null ? toJson(parsed) : json;
	if (isAllowed(parsed)) return toJson(parsed);
	if (types.includes('string') && typeof json.value === 'number') return ok(String(json.value));
	return broken(
		say.mustBeAnyOf(
			types.map((type) => JSON_TYPES[type][0]),
			value,
		),
	);
}
