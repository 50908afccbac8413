/** The inputs of one item: its values and its files, checked together before anything is paid. */

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { type FileLimits, fileWithoutInput } from '../errors/fileRules';
import { invalidInput, problemOf } from '../errors/problem';
import type { PlainObject } from '../errors/shape';
import { type CheckedValues, type CheckOptions, checkValues, uncheckedValues } from './checkValues';
import { asDataUri, type FileFacts, limitsOf, readFile } from './inputFile';
import type { Parameters } from './parameters';
import type { Schema } from './schema';

/** The parameter that gives files, as the editor calls it. */
const FILE_FIELD = 'Input Data Field Name';

/** A file of the item and the input that it is for. */
export interface GivenFile {
	input: string;
	/** Name of the field, or the file itself. */
	source: unknown;
}

/** What an item gives, not yet checked. */
export interface GivenValues {
	values: PlainObject;
	files: GivenFile[];
}

/** A file whose content has been seen. */
export interface SeenFile extends GivenFile {
	facts: FileFacts;
	/** Tells its content from that of others. */
	digest: string;
	limits?: FileLimits;
}

/** Problems empty: they may be sent. `values`: what is sent, less the files. */
export interface ItemInputs extends CheckedValues {
	files: SeenFile[];
	/** Whether the schema says so of any of the problems. */
	isRefusedBySchema: boolean;
}

/**
 * Reads an item's files and checks all of its inputs. Files are read one at a time, and only their facts are kept: a batch of
 * videos is never in memory as a whole.
 *
 * @param parameters what is already known to be wrong with them counts, too.
 * @param schema undefined where what is given is to be sent as it is.
 */
export async function readItemInputs(
	{ context, itemIndex, ...known }: Pick<Parameters, 'context' | 'itemIndex' | 'problems' | 'faulty'>,
	schema: Schema | undefined,
	given: Readonly<Record<string, unknown>>,
	givenFiles: readonly GivenFile[],
	options: Omit<CheckOptions, 'files' | 'faulty'>,
): Promise<ItemInputs> {
	const files: SeenFile[] = [];
	const problems = [...known.problems];
	const faulty = new Set(known.faulty);
	for (const { input, source } of givenFiles) {
		if (input === '') {
			problems.push(fileWithoutInput());
			continue;
		}
		const field = schema?.inputs.get(input);
		const limits = field && limitsOf(field);
		const read = await readFile(context, itemIndex, source, limits);
		if ('broken' in read) {
			problems.push(problemOf(input, FILE_FIELD, read.broken));
			faulty.add(input);
		} else {
			files.push({ input, source, facts: read.facts, digest: read.digest, ...(limits && { limits }) });
		}
	}
	if (schema === undefined) {
		const unchecked = uncheckedValues(given);
		return { ...unchecked, files, problems: [...problems, ...unchecked.problems], isRefusedBySchema: false };
	}
	const factsOf = new Map<string, FileFacts[]>();
	for (const { input, facts } of files) factsOf.set(input, [...(factsOf.get(input) ?? []), facts]);
	const checked = checkValues(schema, given, { ...options, faulty, files: factsOf });
	return {
		values: checked.values,
		files,
		problems: [...problems, ...checked.problems],
		isRefusedBySchema: checked.problems.length > 0,
	};
}

/**
 * What is sent: the values, and the files read again, as data URIs. Throws a RunComfyError where a file is no longer what it
 * was when it was checked.
 *
 * @param isList whether an input takes a list.
 */
export async function bodyOf(
	context: IExecuteFunctions,
	itemIndex: number,
	{ values, files }: Pick<ItemInputs, 'values' | 'files'>,
	isList: (input: string) => boolean = () => false,
): Promise<IDataObject> {
	const uris = new Map<string, string[]>();
	for (const { input, source, limits } of files) {
		const read = await readFile(context, itemIndex, source, limits);
		if ('broken' in read) throw invalidInput([problemOf(input, input, read.broken)]);
		uris.set(input, [...(uris.get(input) ?? []), asDataUri(read)]);
	}
	const withFiles = [...uris].map(([input, list]) => {
		const isGiven = Object.hasOwn(values, input);
		const isOne = !isList(input) && !isGiven && list.length === 1;
		return [input, isOne ? list[0] : [...(isGiven ? [values[input]].flat() : []), ...list]] as const;
	});
	// fromEntries, since an assignment to `__proto__` would be none.
	return Object.fromEntries([...Object.entries(values), ...withFiles]) as IDataObject;
}
