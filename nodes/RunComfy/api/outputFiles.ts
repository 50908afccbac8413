/** The files of a finished request, whatever shape its `output` has. */

import type { IDataObject } from 'n8n-workflow';

import type { FileKind } from '../errors/fileRules';
import type { Connection } from './connection';

const MEDIA_KINDS = ['image', 'video', 'audio'] as const;

/** A file that lives at an address. */
export interface OutputFile {
	url: string;
	kind: FileKind;
	/** What else is known about it, as fields of its item. */
	moreFields?: IDataObject;
}

/** A file that is written out in the answer itself, as base64. */
export interface EmbeddedFile {
	kind: FileKind;
	/** As its data URI has it; empty where there was none. */
	mimeType: string;
	base64: string;
}

/** The keys of `output` in RunComfy's documents, in the order in which their files are listed. */
const DOCUMENTED_KEYS = MEDIA_KINDS.flatMap((kind) => [kind, `${kind}s`]);

/** More than any model returns. Each becomes an item, and each item costs n8n memory. */
export const MAX_FILES = 1_000;

/** Outputs of workflows are nested four deep; anything deeper is ignored. */
const MAX_OUTPUT_DEPTH = 20;

/** Echoes of what was sent, and addresses that are no files. */
const NO_OUTPUT_KEYS = new Set([
	...['input', 'inputs', 'prompt', 'negative_prompt', 'parameters', 'params'],
	...['status_url', 'result_url', 'cancel_url', 'model_url'],
]);

/** Keys of what the model worked on: 'source_image', 'original', 'init_image_url', 'input_images'. */
const SOURCE_KEY = /^(source|src|original|input|init|reference)(_?(image|video|audio|file|photo|media)s?)?(_urls?)?$/i;

const EXTENSIONS_OF_KIND: Record<Exclude<FileKind, 'file'>, RegExp> = {
	image: /\.(jpe?g|png|webp|gif|avif|bmp|tiff?|svg|hei[cf])$/i,
	video: /\.(mp4|webm|mov|m4v|mkv|avi)$/i,
	audio: /\.(mp3|wav|ogg|opus|flac|m4a|aac)$/i,
};

/** A key that names its files' kind: 'image', 'images', 'image_url', 'video_urls'. */
const KIND_KEY = /^(image|video|audio)s?(_urls?)?$/i;

const kindOfKey = (key: string): FileKind | undefined => KIND_KEY.exec(key)?.[1].toLowerCase() as FileKind | undefined;

/** The kind of media in a file, by its name; undefined for anything else. */
export const mediaOfName = (name: string) => MEDIA_KINDS.find((kind) => EXTENSIONS_OF_KIND[kind].test(name));

/** The kind of a file, by its name. */
export const kindOfFile = (address: URL): FileKind =>
	mediaOfName(address.pathname) ?? mediaOfName(nameInQuery(address)) ?? 'file';

const kindOfType = (mimeType: string): FileKind =>
	MEDIA_KINDS.find((kind) => mimeType.startsWith(`${kind}/`)) ?? 'file';

/** Some stores have the file's name in the query. */
const nameInQuery = ({ searchParams }: URL): string => searchParams.get('filename') ?? '';

const BASE64_URI_HEAD = /^data:([a-z0-9.+/-]*)[^,]{0,100};base64,/i;

/** No word and no key is as long as this; a file in base64 is longer. */
const MIN_BASE64_CHARACTERS = 1_000;

/** Enough of a text to see whether it is base64. */
const BASE64_SAMPLE_CHARACTERS = 4_000;

const isBase64 = (text: string): boolean =>
	text.length >= MIN_BASE64_CHARACTERS &&
	/^[A-Za-z0-9+/_\r\n-]+={0,2}\s*$/.test(text.slice(0, BASE64_SAMPLE_CHARACTERS));

/** The URL in a text that is one: spaces and non-ASCII letters are encoded, the rest is kept. */
function addressOf(text: string): string | undefined {
	const isPlain = /^[\x21-\x7e]+$/.test(text);
	// In prose a URL ends at the first space; one that contains spaces ends like a file name.
	if (!isPlain && /[\r\n]|\shttps?:/i.test(text)) return undefined;
	if (!isPlain && /\s/.test(text) && !/\.[a-z0-9]{2,5}([?#]\S*)?$/i.test(text)) return undefined;
	if (!URL.canParse(text)) return undefined;
	return isPlain ? text : new URL(text).href;
}

/** What is known about a position within the output. */
interface Position {
	kind?: FileKind;
	/** Whether RunComfy's documents have files there: then http will do. */
	isDocumented: boolean;
	depth: number;
}

/** Collects files, each once. */
class Collector {
	readonly files: OutputFile[] = [];

	readonly embedded: EmbeddedFile[] = [];

	/** How many there were beyond those listed. */
	leftOut = 0;

	private readonly seen: Set<string>;

	constructor(
		private readonly context: FileContext,
		private readonly skipsSources: boolean,
	) {
		// What was sent is no result, so it counts as seen.
		this.seen = new Set(context.sent);
	}

	collect(value: unknown, position: Position): void {
		if (typeof value === 'string') this.take(value, position);
		if (typeof value !== 'object' || value === null || position.depth >= MAX_OUTPUT_DEPTH) return;
		const depth = position.depth + 1;
		if (Array.isArray(value)) for (const entry of value) this.collect(entry, { ...position, depth });
		else this.collectFrom(value as Record<string, unknown>, { ...position, depth });
	}

	private collectFrom(object: Record<string, unknown>, position: Position): void {
		const isTop = position.depth === 1;
		const keys = Object.keys(object);
		const first = isTop ? DOCUMENTED_KEYS.filter((key) => Object.hasOwn(object, key)) : [];
		const rest = first.length === 0 ? keys : keys.filter((key) => !first.includes(key));
		for (const key of [...first, ...rest]) {
			if (NO_OUTPUT_KEYS.has(key.toLowerCase()) || (this.skipsSources && SOURCE_KEY.test(key))) continue;
			const isDocumented = (isTop && first.includes(key)) || (position.isDocumented && key === 'url');
			this.collect(object[key], { kind: kindOfKey(key) ?? position.kind, isDocumented, depth: position.depth });
		}
	}

	private take(given: string, position: Position): void {
		const text = given.trim();
		if (/^https?:\/\//i.test(text)) this.takeAddress(text, position);
		else this.takeBase64(text, position);
	}

	private takeAddress(text: string, { kind, isDocumented }: Position): void {
		const url = addressOf(text);
		if (url === undefined) {
			// Several URLs in one text, one after the other.
			const several = text.split(/\s+/);
			if (several.length > 1 && several.every((part) => /^https?:\/\//i.test(part))) {
				for (const part of several) this.takeAddress(part, { kind, isDocumented, depth: 0 });
			}
			return;
		}
		if (this.seen.has(url)) return;
		if (this.files.length >= MAX_FILES) {
			this.leftOut += 1;
			return;
		}
		const address = new URL(url);
		const isAllowed =
			address.protocol === 'https:' || isDocumented || this.context.customFileHosts.includes(address.host);
		if (!isAllowed) return;
		this.seen.add(url);
		this.files.push({ url, kind: kind ?? kindOfFile(address) });
	}

	private takeBase64(text: string, { kind }: Position): void {
		const head = BASE64_URI_HEAD.exec(text.slice(0, 300));
		if (head === null && !isBase64(text)) return;
		const base64 = head === null ? text : text.slice(head[0].length);
		if (base64 === '' || this.seen.has(base64) || this.embedded.length >= MAX_FILES) return;
		this.seen.add(base64);
		const mimeType = head?.[1].toLowerCase() ?? '';
		this.embedded.push({ kind: kind ?? kindOfType(mimeType), mimeType, base64 });
	}
}

/** What distinguishes results from other URLs. */
export interface FileContext extends Pick<Connection, 'customFileHosts'> {
	/** Addresses that the request was given. */
	sent?: readonly string[];
}

export interface OutputReading {
	files: OutputFile[];
	embedded: EmbeddedFile[];
	/** How many further URLs there are; one that occurs twice may count twice. */
	leftOut: number;
	/** Who made it, as people are shown it, where that is not the model in the answer. */
	maker?: string;
	/** Results without a file, as fields of their items; absent where the whole output is the one there is. */
	others?: IDataObject[];
}

/**
 * Finds the files in a result's `output`, each once: the documented keys first, then whatever else holds one, nested and under
 * any key, in its order. Only `output` is read, since the rest of the body echoes the input. The kind comes from the nearest
 * key, else from the file's name. What a model worked on is a result only where there is no other.
 */
export function readOutput(output: unknown, context: FileContext = { customFileHosts: [] }): OutputReading {
	const read = (skipsSources: boolean): OutputReading => {
		const collector = new Collector(context, skipsSources);
		// Output that is itself an address, a list of them, or an object with one: these have no key of their own.
		collector.collect(output, { isDocumented: true, depth: 0 });
		const { files, embedded, leftOut } = collector;
		return { files, embedded, leftOut };
	};
	const results = read(true);
	return results.files.length + results.embedded.length > 0 ? results : read(false);
}

/** Whether there is any file in a result's `output`. */
export function hasFiles(output: unknown, context?: FileContext): boolean {
	const { files, embedded } = readOutput(output, context);
	return files.length + embedded.length > 0;
}

/** The addresses in what a request was given. */
export function sentAddresses(value: unknown): string[] {
	if (typeof value === 'string') return /^https?:\/\//i.test(value.trim()) ? [value.trim()] : [];
	return typeof value === 'object' && value !== null ? Object.values(value).flatMap(sentAddresses) : [];
}
