/** What a model takes as a file, decided without reading one. */
import type { MediaType, SchemaInput } from './schema';

/** What is known of a file before it is sent. */
export interface FileFacts {
	name?: string;
	/** Media type, as in image/png. */
	type: string;
	bytes: number;
}

const MEBIBYTE = 1024 * 1024;

/** RunComfy's "MB" in `file_size_mb<` is the decimal one, as its own clients read it. */
const MEGABYTE = 1_000_000;

/** Largest file within a request. Image and body as in RunComfy's own ComfyUI nodes; longer media belong at an address. */
export const MAX_FILE_BYTES: Readonly<Record<MediaType, number>> = {
	image: 6 * MEBIBYTE,
	video: 32 * MEBIBYTE,
	audio: 16 * MEBIBYTE,
	file: 32 * MEBIBYTE,
};

/** Largest request, files included. */
export const MAX_BODY_BYTES = 64 * MEBIBYTE;

/** Types that name the container but not what is in it. */
const CONTAINERS: ReadonlyMap<string, readonly MediaType[]> = new Map([
	['application/ogg', ['audio', 'video']],
	['application/mp4', ['audio', 'video']],
	['application/octet-stream', ['image', 'video', 'audio']],
	['', ['image', 'video', 'audio']],
]);

/** Whether an input takes files at all. */
export const takesFiles = (input: SchemaInput) => input.media !== undefined;

/** The limit for one file of this input, in bytes: the house's or the schema's, whichever is less. */
export function maxFileBytes(input: SchemaInput): number {
	const ownLimits = input.validations
		.filter(({ rule, value }) => rule === 'file_size_mb<' && value > 0)
		// Less than, not as much as.
		.map(({ value }) => Math.ceil(value * MEGABYTE) - 1);
	return Math.min(MAX_FILE_BYTES[input.media ?? 'file'], ...ownLimits);
}

/** The limit in bytes that a file breaks; undefined if it is small enough. */
export function tooLarge(input: SchemaInput, bytes: number): number | undefined {
	const limit = maxFileBytes(input);
	return bytes > limit ? limit : undefined;
}

/** Whether a file is certainly not what the input takes. An unknown type is given the benefit of the doubt. */
export function wrongKind(input: SchemaInput, type: string): boolean {
	if (input.media === undefined) return true;
	if (input.media === 'file') return false;
	const bare = type.split(';', 1)[0].trim().toLowerCase();
	const inside = CONTAINERS.get(bare);
	return inside === undefined ? !bare.startsWith(`${input.media}/`) : !inside.includes(input.media);
}

/** Bytes of a file when it travels as a data URI. */
export const dataUriBytes = ({ type, bytes }: FileFacts) => `data:${type};base64,`.length + Math.ceil(bytes / 3) * 4;

/** The file within a data URI, by its head and its length; undefined for anything else. */
export function fileInDataUri(text: string): FileFacts | undefined {
	// The head alone is looked at: a photo's worth of text is no food for a pattern.
	const [head, type, parameters = ''] =
		/^data:([^;,]{0,100})((?:;[^;,]{0,100}){0,10}),/i.exec(text.slice(0, 2000)) ?? [];
	if (head === undefined || type === undefined) return undefined;
	const length = text.length - head.length;
	return { type, bytes: /;base64$/i.test(parameters) ? Math.floor((length * 3) / 4) : length };
}
