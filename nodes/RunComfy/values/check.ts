/** Checks what is given against the live schema of a model, before anything is paid. */
import * as say from '../errors/modelInputRules';
import type { InputProblem } from '../errors/modelInputRules';
import { addressesIn, isWebAddress } from './addresses';
import { isUnsendable, toAnyOf, toChoice, toJson, toList, toNumber, toObject, toSwitch, toText } from './convert';
import type { CheckText, Converted } from './convert';
import {
	dataUriBytes,
	fileInDataUri,
	type FileFacts,
	MAX_BODY_BYTES,
	takesFiles,
	tooLarge,
	wrongKind,
} from './fileRules';
import type { Schema, SchemaInput } from './schema';
import { ruleBrokenBy } from './unwrittenText';

export interface CheckOptions {
	/** Files that will fill inputs, by the input's name. They are sent besides the body. */
	files?: ReadonlyMap<string, readonly FileFacts[]>;
	/** The rule that a text breaks, as the end of a sentence that starts with the input's name. */
	checkText?: CheckText;
	/** The address as it is sent, or the rule it breaks. For web addresses only, data URIs have been checked. */
	checkAddress?: (text: string, inputName: string) => string | { problem: string };
}

export interface CheckedInputs {
	/** What is sent, less the files; in the order in which it was given. */
	body: Record<string, unknown>;
	/** Empty: the body may be sent. All that is wrong, one after the other. */
	problems: InputProblem[];
}

type Context = Required<CheckOptions>;

const notGiven = (value: unknown) => value === undefined || value === null || value === '';

/** What is given at all: without the inputs that are null, empty text or missing. Nothing is checked. */
export const givenInputs = (given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
	// fromEntries, since an assignment to `__proto__` would be none.
	Object.fromEntries(Object.entries(given).filter(([, value]) => !notGiven(value)));

/**
 * Converts and checks all inputs of one item. Gives all problems at once, never throws, whatever schema and inputs are.
 *
 * @param given inputs by RunComfy's names, `prompt` among them; null, empty text and undefined are not given.
 */
export function checkInputs(
	schema: Schema,
	given: Readonly<Record<string, unknown>>,
	options: CheckOptions = {},
): CheckedInputs {
	const context: Context = {
		files: options.files ?? new Map(),
		checkText: options.checkText ?? ruleBrokenBy,
		checkAddress: options.checkAddress ?? ((text) => text),
	};
	const values = new Map(Object.entries(givenInputs(given)));
	const problems: InputProblem[] = [];
	const unknown: string[] = [];
	const converted = new Map<string, unknown>();
	const take = (name: string, label: string, outcome: Converted) => {
		if (outcome.rule !== undefined) problems.push(say.brokenRule(name, label, outcome.rule));
		else if (outcome.value !== undefined) converted.set(name, outcome.value);
	};

	for (const input of schema.inputs.values()) {
		take(input.name, input.label, checkInput(schema, input, values.get(input.name), context));
	}
	for (const name of new Set([...values.keys(), ...context.files.keys()])) {
		if (schema.inputs.has(name)) continue;
		if (schema.isWhole || context.files.has(name) || isUnsendable(name)) unknown.push(name);
		else take(name, name, toJson(values.get(name), context.checkText));
	}
	problems.push(...unknownProblems(schema, unknown));
	// In the order of what was given, so that the same input is the same body whatever order the schema came in.
	const body = Object.fromEntries(
		[...values.keys()].filter((name) => converted.has(name)).map((name) => [name, converted.get(name)]),
	);
	return { body, problems: [...problems, ...sizeProblems(body, context)] };
}

function unknownProblems(schema: Schema, unknown: readonly string[]): InputProblem[] {
	const available = [...schema.inputs.values()].filter(({ isDescribed }) => isDescribed).map(({ name }) => name);
	const others = unknown.filter((name) => name !== 'prompt');
	return [
		...(others.length < unknown.length ? [say.promptNotTaken(available)] : []),
		...(others.length > 0 ? [say.unknownInputs(others, available)] : []),
	];
}

/** The value to send, undefined for none. */
function checkInput(schema: Schema, input: SchemaInput, value: unknown, context: Context): Converted {
	const files = context.files.get(input.name) ?? [];
	if (files.length > 0) {
		const rule = ruleBrokenByFiles(schema, input, files);
		if (rule !== undefined) return { rule };
	}
	if (isUnsendable(input.name) && (value !== undefined || files.length > 0)) return { rule: say.isUnsendable() };
	if (input.media !== undefined) return checkMedia(input, value, files.length, context);
	if (value === undefined) return input.required ? { rule: say.isRequired() } : { value };
	if (typeof value === 'string') {
		const rule = context.checkText(value);
		if (rule !== undefined) return { rule };
	}
	return convert(input, value, context.checkText);
}

function convert(input: SchemaInput, value: unknown, checkText: CheckText): Converted {
	switch (input.kind) {
		case 'text':
			return toText(value, input);
		case 'number':
			return toNumber(value, false, input);
		case 'integer':
			return toNumber(value, true, input);
		case 'boolean':
			return toSwitch(value);
		case 'choice':
			return toChoice(value, input.choices ?? []);
		case 'object':
			return toObject(value, input, checkText);
		case 'list': {
			const list = toList(value, input, checkText);
			return list.rule === undefined ? withinCount(input, list.value, 0) : list;
		}
		default:
			return toAnyOf(value, input.types, checkText);
	}
}

/** Whether the number of entries, files included, is within the schema's bounds. */
function withinCount(input: SchemaInput, entries: unknown[], files: number): Converted<unknown[]> {
	const number = entries.length + files;
	const { minItems = 0, maxItems = Infinity } = input;
	if (number < minItems) return { rule: say.tooFewEntries(minItems, number) };
	return number > maxItems ? { rule: say.tooManyEntries(maxItems, number) } : { value: entries };
}

function checkMedia(input: SchemaInput, value: unknown, files: number, context: Context): Converted {
	const addresses = value === undefined ? [] : addressesIn(value);
	const isList = input.kind === 'mediaMany';
	if (!Array.isArray(addresses)) {
		const rule = typeof value === 'string' ? context.checkText(value) : undefined;
		return { rule: rule ?? (isList ? addresses.rule : say.mustBeAddress(input.media ?? 'file')) };
	}
	if (addresses.length + files === 0) {
		// An empty list is nothing. Blanks are something, and say so.
		const rule = typeof value === 'string' ? context.checkText(value) : undefined;
		return rule !== undefined ? { rule } : input.required ? { rule: say.isRequired() } : { value: undefined };
	}
	if (!isList && addresses.length > 1) return { rule: say.takesOneAddress(addresses.length) };
	if (!isList && addresses.length > 0 && files > 0) return { rule: say.fileAndAddress() };
	const checked: string[] = [];
	for (const [index, address] of addresses.entries()) {
		const outcome = checkAddress(input, address, context);
		if (outcome.rule !== undefined) return isList ? { rule: say.entryRule(index + 1, outcome.rule) } : outcome;
		checked.push(outcome.value);
	}
	if (!isList) return { value: checked[0] };
	const list = withinCount(input, checked, files);
	return list.rule === undefined && checked.length === 0 ? { value: undefined } : list;
}

function checkAddress(input: SchemaInput, address: string, context: Context): Converted<string> {
	const file = fileInDataUri(address);
	if (file !== undefined) {
		const rule = ruleBrokenByFile(input, file);
		return rule === undefined ? { value: address } : { rule };
	}
	const rule = address === '' ? undefined : context.checkText(address);
	if (rule !== undefined) return { rule };
	if (!isWebAddress(address)) return { rule: say.mustBeAddress(input.media ?? 'file') };
	const outcome = context.checkAddress(address, input.name);
	return typeof outcome === 'string' ? { value: outcome } : { rule: outcome.problem };
}

function ruleBrokenByFiles(schema: Schema, input: SchemaInput, files: readonly FileFacts[]): string | undefined {
	if (!takesFiles(input)) {
		return say.takesNoFile([...schema.inputs.values()].filter(takesFiles).map(({ label }) => label));
	}
	if (input.kind === 'mediaOne' && files.length > 1) return say.tooManyFiles(files.length);
	return files.map((file) => ruleBrokenByFile(input, file)).find((rule) => rule !== undefined);
}

function ruleBrokenByFile(input: SchemaInput, file: FileFacts): string | undefined {
	if (wrongKind(input, file.type)) return say.fileOfWrongKind(file.name, file.type, input.media ?? 'file');
	const limit = tooLarge(input, file.bytes);
	return limit === undefined ? undefined : say.fileTooLarge(file.name, file.bytes, limit);
}

/** The whole request is counted by what makes it large: texts and files. */
function sizeProblems(body: Record<string, unknown>, { files }: Context): InputProblem[] {
	const sizes = new Map(Object.entries(body).map(([name, value]) => [name, bytesOf(value)]));
	for (const [name, list] of files) {
		const bytes = list.reduce((sum, file) => sum + dataUriBytes(file), 0);
		sizes.set(name, (sizes.get(name) ?? 0) + bytes);
	}
	const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
	if (total <= MAX_BODY_BYTES) return [];
	const [largest] = [...sizes.entries()].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
	return [say.bodyTooLarge(largest, total, MAX_BODY_BYTES)];
}

function bytesOf(value: unknown): number {
	if (typeof value === 'string') return Buffer.byteLength(value);
	if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) {
		return value.reduce((sum: number, entry: string) => sum + Buffer.byteLength(entry), 0);
	}
	return typeof value === 'object' ? Buffer.byteLength(JSON.stringify(value)) : 0;
}
