/** Checks what is given against a schema, before anything is paid: the one reader of values. */

import { unreachableAddress } from '../errors/valueRules';
import { bodyTooLarge, takesNoFile, tooManyFiles } from '../errors/fileRules';
import { entryRule, invalidInput, type Problem, problemOf } from '../errors/problem';
import * as say from '../errors/valueRules';
import { splitAddresses, readAddress } from './address';
import * as convert from './convert';
import type { Converted } from './convert';
import { dataUriBytes, type FileFacts, limitsOf, readDataUri } from './inputFile';
import { isNotGiven, type Schema, type SchemaInput } from './schema';
import { sendableText, textRule } from './leftovers';

export interface CheckOptions {
	/** Files that will fill inputs, by the input's name. They are sent besides the values. */
	files?: ReadonlyMap<string, readonly FileFacts[]>;
	/** Inputs with a known problem: they are not checked again. */
	faulty?: ReadonlySet<string>;
	/** Whether addresses may point into a private network. */
	allowPrivate?: boolean;
	/** A sentence: what to do with a file that only n8n can read. */
	wayOut?: string;
}

type Context = Required<CheckOptions>;

export interface CheckedValues {
	/** Converted, without the files, in the order in which they were given. */
	values: Record<string, unknown>;
	/** All that is wrong, one after the other. Empty: the values may be sent. */
	problems: Problem[];
}

/** Largest request, files included. As in RunComfy's own ComfyUI nodes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The values that are given: without those that are null, blank or missing. Nothing is checked. */
export const givenValues = (given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
	// fromEntries, since an assignment to `__proto__` would be none.
	Object.fromEntries(Object.entries(given).filter(([, value]) => !isNotGiven(value)));

/**
 * Converts and checks all values of one item. Returns all problems at once. Never throws, whatever schema and values are.
 *
 * @param given values by the schema's names; null, blank text and undefined are not given.
 */
export function checkValues(
	schema: Schema,
	given: Readonly<Record<string, unknown>>,
	{ files = new Map(), faulty = new Set(), allowPrivate = false, wayOut = '' }: CheckOptions = {},
): CheckedValues {
	const context: Context = { files, faulty, allowPrivate, wayOut };
	const givenOnes = new Map(Object.entries(givenValues(given)));
	const problems: Problem[] = [];
	const unknown: string[] = [];
	const converted = new Map<string, unknown>();
	const take = (name: string, label: string, outcome: Converted) => {
		if (outcome.broken !== undefined) problems.push(problemOf(name, label, outcome.broken));
		else if (outcome.value !== undefined) converted.set(name, outcome.value);
	};

	for (const input of schema.inputs.values()) {
		if (!faulty.has(input.name))
			take(input.name, input.label, checkInput(schema, input, givenOnes.get(input.name), context));
	}
	for (const name of new Set([...givenOnes.keys(), ...files.keys()])) {
		if (schema.inputs.has(name)) continue;
		if (schema.isWhole || files.has(name) || convert.isUnsendableName(name)) unknown.push(name);
		else take(name, schema.labelOf?.(name) ?? name, convert.toJson(givenOnes.get(name)));
	}
	problems.push(...unknownProblems(schema, unknown));
	// In the order of what was given, so that the same input is the same body whatever order the schema came in.
	const values = Object.fromEntries(
		[...givenOnes.keys()].filter((name) => converted.has(name)).map((name) => [name, converted.get(name)]),
	);
	return { values, problems: [...problems, ...sizeProblems(values, context)] };
}

/** What is sent without a schema: the given values, as far as they can be sent at all. */
export function uncheckedValues(given: Readonly<Record<string, unknown>>): CheckedValues {
	const values: Record<string, unknown> = {};
	const problems: Problem[] = [];
	for (const [name, value] of Object.entries(givenValues(given))) {
		const json = convert.isUnsendableName(name) ? { broken: say.isUnsendable() } : convert.toJson(value, false);
		if (json.broken === undefined) values[name] = json.value;
		else problems.push(problemOf(name, name, json.broken));
	}
	return { values, problems };
}

/** The values of fields of the node itself. Throws a RunComfyError with all that is wrong with them. */
export function readValues(schema: Schema, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
	const { values, problems } = checkValues(schema, given);
	if (problems.length > 0) throw invalidInput(problems);
	return values;
}

function unknownProblems({ inputs, owner }: Schema, unknown: readonly string[]): Problem[] {
	const available = [...inputs.values()].filter(({ isDescribed }) => isDescribed).map(({ name }) => name);
	const others = unknown.filter((name) => name !== 'prompt');
	return [
		...(others.length < unknown.length ? [say.promptNotTaken(available)] : []),
		...(others.length > 0 ? [say.unknownInputs(others, available, owner)] : []),
	];
}

/** The value to send, undefined for none. */
function checkInput(schema: Schema, input: SchemaInput, given: unknown, context: Context): Converted {
	const files = context.files.get(input.name) ?? [];
	if (files.length > 0 && input.media === undefined) {
		const others = [...schema.inputs.values()].filter(({ media }) => media !== undefined);
		return { broken: takesNoFile(others.map(({ label }) => label)) };
	}
	if (convert.isUnsendableName(input.name) && (given !== undefined || files.length > 0))
		return { broken: say.isUnsendable() };
	const value = typeof given === 'string' && input.media === undefined ? sendableText(given) : given;
	if (input.media !== undefined) return checkMedia(input, value, files, context);
	if (value === undefined) return input.required ? { broken: say.isRequired(input.advice) } : { value };
	const isJsonText =
		input.kind === 'object' || (input.kind === 'list' && typeof value === 'string' && /^\s*\[/.test(value));
	const rule = isJsonText ? undefined : textRule(given);
	return rule === undefined ? convertTo(input, value) : { broken: rule };
}

function convertTo(input: SchemaInput, value: unknown): Converted {
	const { kind, choices = [], items, types, advice } = input;
	switch (kind) {
		case 'text':
			return convert.toText(value, input);
		case 'number':
			return convert.toNumber(value, false, input);
		case 'integer':
			return convert.toNumber(value, true, input);
		case 'boolean':
			return convert.toSwitch(value);
		case 'choice':
			return convert.toChoice(value, choices, advice);
		case 'object':
			return convert.toObject(value, input.default);
		case 'color':
			return convert.toColor(value);
		case 'fieldName':
			return convert.toFieldName(value);
		case 'list': {
			const list = convert.toList(value, items, (entry) => checkEntry(items?.schema, entry));
			return list.broken === undefined ? withinCount(input, list.value, 0) : list;
		}
		default:
			return convert.toAnyOf(value, types);
	}
}

/** One object of a list whose objects have a schema of their own. */
function checkEntry(schema: Schema | undefined, entry: unknown): Converted {
	const object = convert.objectIn(entry);
	if (object.broken !== undefined || schema === undefined) return object;
	const { values, problems } = checkValues(schema, object.value);
	const [first] = problems;
	return first === undefined
		? { value: values }
		: { broken: { messageFor: (name) => `${name}: ${first.message}`, advice: first.advice } };
}

/** Whether the number of entries, files included, is within the schema's bounds. */
function withinCount(input: SchemaInput, entries: unknown[], files: number): Converted<unknown[]> {
	const number = entries.length + files;
	const { minItems = 0, maxItems = Infinity } = input;
	if (number < minItems) return { broken: say.tooFewEntries(minItems, number) };
	return number > maxItems ? { broken: say.tooManyEntries(maxItems, number) } : { value: entries };
}

function checkMedia(input: SchemaInput, value: unknown, files: readonly FileFacts[], context: Context): Converted {
	if (input.kind !== 'mediaMany') return checkOneMedia(input, value, files.length, context);
	const addresses = value === undefined ? [] : splitAddresses(value);
	if (addresses === undefined) return { broken: textRule(value) ?? say.mustBeAddresses(value) };
	// An empty list counts as not given.
	if (addresses.length + files.length === 0) {
		return input.required ? { broken: say.isRequired(input.advice) } : { value: undefined };
	}
	const checked: string[] = [];
	for (const [index, address] of addresses.entries()) {
		const outcome = checkAddress(input, address, context);
		if (outcome.broken !== undefined) return { broken: entryRule(index + 1, outcome.broken) };
		checked.push(outcome.value);
	}
	const list = withinCount(input, checked, files.length);
	return list.broken === undefined && checked.length === 0 ? { value: undefined } : list;
}

function checkOneMedia(input: SchemaInput, given: unknown, files: number, context: Context): Converted {
	if (files > 1) return { broken: tooManyFiles(files) };
	const list =
		Array.isArray(given) || (typeof given === 'string' && given.trim().startsWith('['))
			? splitAddresses(given)
			: undefined;
	if (list !== undefined && list.length > 1) return { broken: say.takesOneAddress(list) };
	const value: unknown = list === undefined ? given : list[0];
	if (value === undefined) return files === 0 && input.required ? { broken: say.isRequired(input.advice) } : { value };
	if (files > 0) return { broken: say.isGivenTwice('as a URL', 'as a file') };
	return checkAddress(input, value, context);
}

function checkAddress(input: SchemaInput, value: unknown, { allowPrivate, wayOut }: Context): Converted<string> {
	const limits = limitsOf(input);
	const file = typeof value === 'string' && limits !== undefined ? readDataUri(value.trim(), limits) : undefined;
	if (file !== undefined) return file;
	const read = readAddress(value, allowPrivate);
	return 'address' in read ? { value: read.address } : { broken: unreachableAddress(read.fault, wayOut) };
}

/** The size of a request is that of its texts and files: nothing else makes it large. */
function sizeProblems(values: Record<string, unknown>, { files }: Context): Problem[] {
	const sizes = new Map(Object.entries(values).map(([name, value]) => [name, bytesOf(value)]));
	for (const [name, list] of files) {
		const bytes = list.reduce((sum, file) => sum + dataUriBytes(file), 0);
		sizes.set(name, (sizes.get(name) ?? 0) + bytes);
	}
	const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
	if (total <= MAX_BODY_BYTES) return [];
	const [largest] = [...sizes.entries()].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
	return [bodyTooLarge(largest, total, MAX_BODY_BYTES)];
}

const bytesOf = (value: unknown): number =>
	Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
