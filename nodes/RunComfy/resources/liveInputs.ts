/** What an item gives for inputs whose names only RunComfy knows: by fields, as JSON, as files. See `liveInputFields`. */

import { problemOf } from '../errors/problem';
import { isPlainObject, type PlainObject } from '../errors/shape';
import { mustBeInputs } from '../errors/valueRules';
import type { GivenFile, GivenValues } from '../values/itemInputs';
import { mapperValues, type Parameters } from '../values/parameters';
import { isNotGiven, schemaOf } from '../values/schema';

/** The id in a resource locator's value; undefined where none was chosen. Not yet checked. */
export function idInLocator(value: unknown): unknown {
	const id: unknown = isPlainObject(value) ? value.value : value;
	const bare = typeof id === 'string' ? id.trim() : id;
	return bare === '' || bare === null ? undefined : bare;
}

const MODES = schemaOf({
	inputMode: { label: 'Inputs', kind: 'choice', choices: ['fields', 'json'] },
});

/** How the inputs are given. Undefined, and noted, for anything else than the two ways. */
export function readInputMode(parameters: Parameters): 'fields' | 'json' | undefined {
	const given = parameters.read('inputMode');
	const { inputMode } = parameters.check(MODES, { inputMode: given });
	if (inputMode === undefined && !isNotGiven(given)) return undefined;
	return inputMode === 'json' ? 'json' : 'fields';
}

/** The inputs given by fields. What is none of n8n's or an agent's forms is noted. */
export function readMappedInputs(parameters: Parameters): PlainObject {
	const given = parameters.read('inputs');
	const inputs = mapperValues(given);
	if (inputs === undefined) parameters.note('inputs', problemOf('inputs', 'Fields', mustBeInputs(given)));
	return inputs ?? {};
}

/** The lines of 'Files'. n8n itself leaves out whatever is not in its own form. */
export function readGivenFiles(parameters: Parameters): GivenFile[] {
	const { file } = parameters.readObject('files', 'Files');
	const lines: unknown[] = Array.isArray(file) ? file : [];
	return lines
		.filter(isPlainObject)
		.map(({ input, binaryPropertyName: source }) => ({ input: inputNameIn(input), source }));
}

/** The inputs and files as they are given, not yet checked; `example` is shown where JSON is wrong. */
export function readLiveInputs(parameters: Parameters, example?: unknown): GivenValues {
	const mode = readInputMode(parameters);
	const byFields = mode === 'fields' ? readMappedInputs(parameters) : {};
	const values = mode === 'json' ? parameters.readObject('inputsJson', 'Inputs (JSON)', example) : byFields;
	return { values, files: readGivenFiles(parameters) };
}

const inputNameIn = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
