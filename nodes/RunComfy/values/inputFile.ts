/** Files of the input: found by the name of their field or given by an expression, and judged by their content. */

import { createHash } from 'node:crypto';

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import * as say from '../errors/fileRules';
import type { FileKind, FileLimits } from '../errors/fileRules';
import type { Rule } from '../errors/problem';
import { wordsOfThrown } from '../errors/RunComfyError';
import { isPlainObject } from '../errors/shape';
import { isPage, mediaTypeOf, TELLING_BYTES, typeOfBytes, VIDEO_OR_AUDIO } from '../output/fileType';
import { isNotGiven, type SchemaInput } from './schema';
import { isImageType, isWholeImage } from './isWholeImage';

export interface FileFacts {
	name?: string;
	/** Media type, as in image/png: by the content as far as that shows it. */
	type: string;
	bytes: number;
}

/** Where a parameter gives a file itself and not the name of a field. */
const GIVEN_FILE = 'Input Data Field Name';

/** The name that n8n's own nodes give to a file's field. */
const USUAL_FIELD = 'data';

/** Where files travel in a workflow whose setting `binaryMode` is `combined`: inside the JSON. */
const FILES_IN_JSON = '_files';

const NO_TYPE = 'application/octet-stream';

const MEBIBYTE = 1024 * 1024;

/** RunComfy's "MB" in `file_size_mb<` is the decimal one, as its own clients read it. */
const DECIMAL_MEGABYTE = 1_000_000;

/** Largest file within a request. Image and body as in RunComfy's own ComfyUI nodes; longer media belong at an address. */
const MAX_FILE_BYTES: Readonly<Record<FileKind, number>> = {
	image: 6 * MEBIBYTE,
	video: 32 * MEBIBYTE,
	audio: 16 * MEBIBYTE,
	file: 32 * MEBIBYTE,
};

/** What an input takes, by the schema or as usual, whichever is less; undefined if it takes no file. */
export function limitsOf({ media, maxFileBytes, validations }: SchemaInput): FileLimits | undefined {
	if (media === undefined) return undefined;
	const ownLimits = validations
		.filter(({ rule, value }) => rule === 'file_size_mb<' && value > 0)
		// Less than, not as much as.
		.map(({ value }) => Math.ceil(value * DECIMAL_MEGABYTE) - 1);
	return { media, maxBytes: Math.min(maxFileBytes ?? MAX_FILE_BYTES[media], ...ownLimits) };
}

// ---- Finding -----------------------------------------------------------------------------------------------------------

const isFile = (value: unknown): value is IBinaryData =>
	isPlainObject(value) &&
	typeof value.mimeType === 'string' &&
	(typeof value.data === 'string' || typeof value.id === 'string');

interface FoundFile {
	file: IBinaryData;
	place: string;
}

function findFile(context: IExecuteFunctions, itemIndex: number, given: unknown): FoundFile | { broken: Rule } {
	// In expressions, older n8n versions leave `data` out of files that are stored elsewhere, and then do not recognize them as
	// files.
	if (isFile(given)) return { file: { ...given, data: given.data ?? '' }, place: GIVEN_FILE };
	if (!isNotGiven(given) && typeof given !== 'string' && typeof given !== 'number') {
		return { broken: say.notAFile(given) };
	}
	const place = isNotGiven(given) ? USUAL_FIELD : String(given).trim();
	for (const path of [place, `${FILES_IN_JSON}.${place}`]) {
		const file = fileAt(context, itemIndex, path);
		if (file !== undefined) return { file, place };
	}
	return { broken: say.fileMissing(place, binaryFieldNames(context, itemIndex)) };
}

/** The name of a given file; undefined where there is none. Never throws. */
export function nameOfFile(context: IExecuteFunctions, itemIndex: number, given: unknown): string | undefined {
	const found = findFile(context, itemIndex, given);
	return 'file' in found ? found.file.fileName : undefined;
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

function binaryFieldNames(context: IExecuteFunctions, itemIndex: number): string[] {
	const { json = {}, binary = {} } = context.getInputData()[itemIndex] ?? {};
	const inJson = json[FILES_IN_JSON];
	return [...Object.keys(binary), ...(isPlainObject(inJson) ? Object.keys(inJson) : [])];
}

// ---- Reading -----------------------------------------------------------------------------------------------------------

interface ReadFile {
	bytes: Buffer;
	facts: FileFacts;
	/** Tells its content from that of others. */
	digest: string;
}

/**
 * Finds, reads and judges a file. A file that n8n knows to be too large is refused unread. Never throws. Files are read again
 * for each use, so that a batch of them is never in memory as a whole.
 *
 * @param given the parameter's value: a field's name, or a file that an expression gave.
 * @param limits what the input takes; undefined where nothing is known of it, and then any file will do.
 */
export async function readFile(
	context: IExecuteFunctions,
	itemIndex: number,
	given: unknown,
	limits?: FileLimits,
): Promise<ReadFile | { broken: Rule }> {
	const found = findFile(context, itemIndex, given);
	if ('broken' in found) return found;
	const { file, place } = found;
	const known = await knownBytes(context, file);
	const tooLarge = known === undefined ? undefined : ruleOfSize(known, limits, place);
	if (tooLarge !== undefined) return { broken: tooLarge };
	let bytes: Buffer;
	try {
		bytes = await context.helpers.getBinaryDataBuffer(itemIndex, file);
	} catch (error) {
		return { broken: say.fileUnreadable(place, wordsOfThrown(error)) };
	}
	const judged = judgeFile(bytes, file.mimeType, limits, place);
	if ('broken' in judged) return judged;
	const { fileName: name } = file;
	const digest = createHash('sha256').update(bytes).digest('base64url');
	return { bytes, facts: { ...(name !== undefined && { name }), ...judged, bytes: bytes.length }, digest };
}

/** How large n8n knows a file to be without reading it; undefined where it does not say. */
async function knownBytes(
	{ helpers }: IExecuteFunctions,
	{ id, bytes, data }: IBinaryData,
): Promise<number | undefined> {
	// Without an id the file itself is in `data`, as base64.
	if (id === undefined || id === '') return Buffer.byteLength(data, 'base64');
	if (typeof bytes === 'number') return bytes;
	try {
		return (await helpers.getBinaryMetadata(id)).fileSize;
	} catch {
		return undefined;
	}
}

// ---- Judging -----------------------------------------------------------------------------------------------------------

function ruleOfSize(bytes: number, limits: FileLimits | undefined, place: string | undefined): Rule | undefined {
	if (limits === undefined || bytes <= limits.maxBytes) return undefined;
	return say.fileTooLarge(place, bytes, limits);
}

/**
 * The type of a file that may be sent, or the rule it breaks. The content decides, not the name and not what an earlier node
 * declared; an image that was cut off costs as much as a complete one.
 */
function judgeFile(
	bytes: Buffer,
	declared: string,
	limits: FileLimits | undefined,
	place: string | undefined,
): { type: string } | { broken: Rule } {
	if (bytes.length === 0) return { broken: say.fileEmpty(place) };
	const bare = declared.split(';', 1)[0].trim().toLowerCase();
	const shown = typeOfBytes(bytes);
	if (limits === undefined) return { type: shown ?? (bare || NO_TYPE) };
	const tooLarge = ruleOfSize(bytes.length, limits, place);
	if (tooLarge !== undefined) return { broken: tooLarge };
	const { media } = limits;
	const type = typeOfInputFile(media, bytes, bare);
	if (type === undefined) {
		const content = shown ?? contentInWords(bytes) ?? '';
		return { broken: say.fileOfWrongKind(place, media, content) };
	}
	return isImageType(type) && !isWholeImage(bytes, type) ? { broken: say.fileIncomplete(place) } : { type };
}

/** The type under which a file fills an input; undefined if it is not what the input takes. */
function typeOfInputFile(media: FileKind, bytes: Buffer, declared: string): string | undefined {
	if (media === 'file')
		return isPage(bytes.subarray(0, TELLING_BYTES)) ? undefined : (typeOfBytes(bytes) ?? (declared || NO_TYPE));
	const shown = typeOfBytes(bytes);
	if (media === 'image') return isImageType(shown) ? shown : undefined;
	// Rare kinds of video and audio are not recognized by their bytes: then the declared type counts, unless it is text.
	if (shown === undefined && contentInWords(bytes) !== undefined) return undefined;
	const type = mediaTypeOf(bytes, declared);
	if (type === undefined) return undefined;
	if (type.startsWith(`${media}/`)) return type;
	const isDeclared = /^(image|video|audio)\//.test(declared);
	return VIDEO_OR_AUDIO.includes(type) && !isDeclared ? `${media}${type.slice(type.indexOf('/'))}` : undefined;
}

/** Enough of a file to see whether it is text. */
const HEAD_BYTES = 512;

/** Names the content of a file that is no image, video or audio; undefined where its bytes do not show it. */
function contentInWords(bytes: Buffer): string | undefined {
	const start = bytes.subarray(0, HEAD_BYTES);
	const text = start.toString('latin1');
	if (isPage(start)) return 'a web page';
	if (text.startsWith('%PDF')) return 'a PDF';
	if (text.startsWith('PK\x03\x04')) return 'a ZIP archive, or a document of an office suite';
	// Every video and audio file has control characters in its head.
	if (start.some((byte) => byte < 9 || (byte > 13 && byte < 27))) return undefined;
	return /^\s*[{[]/.test(text) ? 'JSON' : 'text';
}

// ---- Data URIs ---------------------------------------------------------------------------------------------------------

/** A file as it travels in a request. RunComfy's own ComfyUI nodes send their images in this form. */
export const asDataUri = ({ bytes, facts: { type } }: Pick<ReadFile, 'bytes' | 'facts'>): string =>
	`data:${type};base64,${bytes.toString('base64')}`;

/** Bytes of a file when it travels as a data URI. */
export const dataUriBytes = ({ type, bytes }: FileFacts): number =>
	`data:${type};base64,`.length + Math.ceil(bytes / 3) * 4;

const DATA_URI = /^data:([^;,]{0,100})((?:;[^;,]{0,100}){0,10}),/i;

/**
 * A data URI that a person gave, as it is sent: with the type that its content shows. Or the rule that its file breaks;
 * undefined for what is no data URI.
 */
export function readDataUri(text: string, limits: FileLimits): { value: string } | { broken: Rule } | undefined {
	const found = DATA_URI.exec(text);
	if (found === null) return undefined;
	const [head, declared, parameters] = found;
	const isBase64 = /;base64$/i.test(parameters);
	const content = text.slice(head.length);
	const contentBytes = isBase64 ? Buffer.byteLength(content, 'base64') : content.length;
	const tooLarge = ruleOfSize(contentBytes, limits, undefined);
	if (tooLarge !== undefined) return { broken: tooLarge };
	const judged = judgeFile(
		isBase64 ? Buffer.from(content, 'base64') : Buffer.from(content),
		declared,
		limits,
		undefined,
	);
	if ('broken' in judged) return judged;
	return { value: judged.type === declared ? text : `data:${judged.type}${parameters},${content}` };
}
