/** The parameters of one item, as a person, a table or an agent filled them in. */

import type { IExecuteFunctions } from 'n8n-workflow';

import { invalidInput, type Problem, problemOf, problemOfThrown } from '../errors/problem';
import { isPlainObject, type PlainObject } from '../errors/shape';
import { checkValues } from './checkValues';
import { objectIn } from './convert';
import { parseJson } from './json';
import { isNotGiven, type Schema } from './schema';

/** Reads parameters of an item and collects what is wrong with them, so that a person is shown all of it at once. */
export class Parameters {
	readonly problems: Problem[] = [];
	/** Names of parameters that cannot be read. */
	readonly faulty = new Set<string>();

	constructor(
		readonly context: IExecuteFunctions,
		readonly itemIndex: number,
	) {}

	/**
	 * The parameter as it is given, null where it is not; undefined where its expression cannot be resolved. `input`: the
	 * model's input that it is for, where that has another name.
	 */
	read(name: string, input = name): unknown {
		try {
			return this.context.getNodeParameter(name, this.itemIndex, null as unknown as object);
		} catch (error) {
			this.note(input, problemOfThrown(input, error));
			return undefined;
		}
	}

	/** The object in a collection or a JSON field: as such, or as text. Empty where nothing is given. */
	readObject(name: string, label: string, example?: unknown): PlainObject {
		return this.objectIn(this.read(name), name, label, example);
	}

	/** The same in a value that has been read. */
	objectIn(given: unknown, name: string, label: string, example?: unknown): PlainObject {
		if (isNotGiven(given)) return {};
		const object = objectIn(given, example);
		if (object.broken === undefined) return object.value;
		this.note(name, problemOf(name, label, object.broken));
		return {};
	}

	/** Checks fields of the node itself, by the names in the schema. What is wrong is noted under these names. */
	check(schema: Schema, given: PlainObject): PlainObject {
		const { values, problems } = checkValues(schema, given, { faulty: this.faulty });
		for (const problem of problems) this.note(problem.input, problem);
		return values;
	}

	/** Checks the options that a schema has; those that only other operations have are not looked at. */
	checkOptions(schema: Schema): PlainObject {
		const given = Object.entries(this.readObject('options', 'Options')).filter(([name]) => schema.inputs.has(name));
		return this.check(schema, Object.fromEntries(given));
	}

	note(name: string, problem: Problem): void {
		this.problems.push(problem);
		this.faulty.add(name);
	}

	/** Throws a RunComfyError with all that is wrong, if anything is. */
	throwIfWrong(): void {
		if (this.problems.length > 0) throw invalidInput(this.problems);
	}
}

/** What n8n keeps around the values of a resource mapper. */
const FRAME = ['mappingMode', 'value', 'matchingColumns', 'schema', 'attemptToConvertTypes', 'convertFieldsToString'];

/**
 * The values of a resource mapper: those that are given and shown, since some editors keep `false` for switches that nobody
 * sees. Language models write them without n8n's frame, or as JSON text, and mean the same. Undefined for anything else. Never
 * throws.
 */
export function mapperValues(parameter: unknown): PlainObject | undefined {
	if (isNotGiven(parameter)) return {};
	const given = typeof parameter === 'string' ? parseJson(parameter) : parameter;
	if (!isPlainObject(given)) return undefined;
	const isFramed =
		'mappingMode' in given || ('value' in given && Object.keys(given).every((key) => FRAME.includes(key)));
	if (!isFramed) return given;
	if (isNotGiven(given.value)) return {};
	const value = typeof given.value === 'string' ? parseJson(given.value) : given.value;
	if (!isPlainObject(value)) return undefined;
	const fields: unknown[] = Array.isArray(given.schema) ? given.schema : [];
	const hidden = new Set(fields.flatMap((field) => (isPlainObject(field) && field.removed === true ? [field.id] : [])));
	return Object.fromEntries(Object.entries(value).filter(([name, one]) => one !== null && !hidden.has(name)));
}
