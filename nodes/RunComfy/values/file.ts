/** Files of the input: found by the name of their field, or given by an expression as n8n's file object. */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { FILE_FAULT, fileMissing, fileUnreadable, fileWrong, notAFile, sizeOver } from '../errors/fileErrors';
import { wordsOfThrown } from '../errors/RunComfyError';
import { isNotGiven } from './schema';
import { isObject } from './json';

/** The field that names a file, and what is taken, as errors say it. */
export interface FileField {
	name: string;
	noun: string;
	/** A sentence with the types and the limit. */
	accepted: string;
	maxBytes: number;
}

/** The name that n8n's own nodes give to a file's field. */
const USUAL_FIELD = 'data';

/** Where files travel in a workflow whose setting `binaryMode` is `combined`: inside the JSON. */
const FILES_IN_JSON = '_files';

const isFile = (value: unknown): value is IBinaryData =>
	isObject(value) &&
	typeof value.mimeType === 'string' &&
	(typeof value.data === 'string' || typeof value.id === 'string');

/** A file of the input, with the name that errors give it. */
interface FoundFile {
	file: IBinaryData;
	label: string;
}

function findFile(context: IExecuteFunctions, itemIndex: number, value: unknown, field: FileField): FoundFile {
	// Of a file that is stored elsewhere, older versions leave `data` out in expressions, and then do not know it for a file.
	if (isFile(value)) return { file: { ...value, data: value.data ?? '' }, label: field.name };
	if (!isNotGiven(value) && typeof value !== 'string' && typeof value !== 'number') throw notAFile(field.name, value);
	const label = isNotGiven(value) ? USUAL_FIELD : String(value).trim();
	for (const path of [label, `${FILES_IN_JSON}.${label}`]) {
		const file = fileAt(context, itemIndex, path);
		if (file !== undefined) return { file, label };
	}
	throw fileMissing(field.name, label, fileFields(context, itemIndex), field.noun);
}

/** n8n's helper knows both ways in which files travel, and throws where there is none. */
function fileAt(context: IExecuteFunctions, itemIndex: number, path: string): IBinaryData | undefined {
	try {
		const found: unknown = context.helpers.assertBinaryData(itemIndex, path);
		return isFile(found) ? found : undefined;
	} catch {
		return undefined;
	}
}

function fileFields(context: IExecuteFunctions, itemIndex: number): string[] {
	const { json = {}, binary = {} } = context.getInputData()[itemIndex] ?? {};
	const inJson = json[FILES_IN_JSON];
	return [...Object.keys(binary), ...(isObject(inJson) ? Object.keys(inJson) : [])];
}

/** How large n8n knows a file to be without reading it; undefined where it does not say. */
async function knownBytes(
	{ helpers }: IExecuteFunctions,
	{ id, bytes, data }: IBinaryData,
): Promise<number | undefined> {
	// Without an id the file itself is in `data`, as base64.
	if (id === undefined || id === '')
		return Math.floor((data.length * 3) / 4) - (/=*$/.exec(data.slice(-2))?.[0].length ?? 0);
	if (typeof bytes === 'number') return bytes;
	try {
		return (await helpers.getBinaryMetadata(id)).fileSize;
	} catch {
		return undefined;
	}
}

/**
 * Finds and reads a file. `value` is the parameter's: a field's name, or a file that an expression gave. A file that n8n
 * knows to be too large is refused unread. Throws a RunComfyError. Files are read anew for each use, so that a batch of
 * them is never in memory as a whole.
 */
export async function readFile(
	context: IExecuteFunctions,
	itemIndex: number,
	value: unknown,
	field: FileField,
): Promise<{ bytes: Buffer; file: IBinaryData; label: string }> {
	const { accepted, maxBytes } = field;
	const { file, label } = findFile(context, itemIndex, value, field);
	const refuseLarge = (size: number | undefined) => {
		if (size !== undefined && size > maxBytes) {
			throw fileWrong(label, FILE_FAULT.tooLarge(sizeOver(size, maxBytes)), accepted);
		}
	};
	refuseLarge(await knownBytes(context, file));
	const bytes = await bytesOf(context, itemIndex, file, label);
	refuseLarge(bytes.length);
	if (bytes.length === 0) throw fileWrong(label, FILE_FAULT.empty, accepted);
	return { bytes, file, label };
}

async function bytesOf(context: IExecuteFunctions, itemIndex: number, file: IBinaryData, label: string) {
	try {
		return await context.helpers.getBinaryDataBuffer(itemIndex, file);
	} catch (error) {
		throw fileUnreadable(label, wordsOfThrown(error));
	}
}

/** A file as it travels in a request. RunComfy's own ComfyUI nodes send their images in this form. */
export const asDataUri = ({ bytes, type }: { bytes: Buffer; type: string }) =>
	`data:${type};base64,${bytes.toString('base64')}`;
