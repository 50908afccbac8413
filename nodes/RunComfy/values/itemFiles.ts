/** Files of an item that go into inputs of the model. */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { fileUnreadable } from '../errors/fileErrors';
import { fileEmpty, fileMissing, fileWithoutInput, type InputProblem } from '../errors/modelInputRules';
import { wordsOfThrown } from '../errors/RunComfyError';
import { imageTypeOf } from './imageContent';
import type { FileFacts } from './fileRules';
import { isPlainObject } from './schema';

/** A file and the input it goes to. */
export interface ItemFile {
	/** Name of the input as RunComfy has it. */
	input: string;
	/** The field of the item, or what n8n has of the file itself: an expression may give a file of an earlier node. */
	source: string | IBinaryData;
	facts: FileFacts;
}

export interface ItemFiles {
	files: ItemFile[];
	problems: InputProblem[];
}

/** Where nothing is known of a file's type. */
const NO_TYPE = 'application/octet-stream';

/** What is said of a file, in words. */
const fieldNameOf = (source: unknown): string => (typeof source === 'string' ? source : 'Files');

const textOf = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

/** Finds the files that 'Files' names, and how large they are, without reading them. Never throws. */
export async function findFiles(context: IExecuteFunctions, itemIndex: number): Promise<ItemFiles> {
	const entries = context.getNodeParameter('files.file', itemIndex, []) as unknown;
	const found: ItemFiles = { files: [], problems: [] };
	for (const entry of Array.isArray(entries) ? (entries as unknown[]) : []) {
		const { input: rawInput, binaryPropertyName: given } = isPlainObject(entry) ? entry : {};
		const input = textOf(rawInput);
		const source = isPlainObject(given) ? (given as unknown as IBinaryData) : textOf(given);
		const outcome = input === '' ? fileWithoutInput() : await findFile(context, itemIndex, input, source);
		if ('source' in outcome) found.files.push(outcome);
		else found.problems.push(outcome);
	}
	return found;
}

async function findFile(
	context: IExecuteFunctions,
	itemIndex: number,
	input: string,
	source: string | IBinaryData,
): Promise<ItemFile | InputProblem> {
	let file: IBinaryData;
	try {
		file = context.helpers.assertBinaryData(itemIndex, source);
	} catch {
		const available = Object.keys(context.getInputData()[itemIndex]?.binary ?? {});
		return fileMissing(input, fieldNameOf(source), available);
	}
	const bytes = await sizeOf(context, file);
	if (bytes === 0) return fileEmpty(input, fieldNameOf(source));
	const name = textOf(file.fileName);
	return { input, source, facts: { ...(name !== '' && { name }), type: textOf(file.mimeType) || NO_TYPE, bytes } };
}

/** Older versions of n8n do not write the size down; without an id the file itself is in `data`. */
async function sizeOf(context: IExecuteFunctions, { bytes, id, data }: IBinaryData): Promise<number> {
	if (typeof bytes === 'number' && bytes > 0) return bytes;
	if (id === undefined) return Buffer.byteLength(data, 'base64');
	const { fileSize } = await context.helpers.getBinaryMetadata(id);
	return fileSize;
}

/** Reads a file. Throws a RunComfyError. */
export async function readFile(
	context: IExecuteFunctions,
	itemIndex: number,
	{ source, facts }: ItemFile,
): Promise<{ bytes: Buffer; facts: FileFacts }> {
	try {
		const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, source);
		// n8n takes the type from the name where a node gave it one; the content is right.
		return { bytes, facts: { ...facts, type: imageTypeOf(bytes) ?? facts.type, bytes: bytes.length } };
	} catch (error) {
		throw fileUnreadable(fieldNameOf(source), wordsOfThrown(error));
	}
}
