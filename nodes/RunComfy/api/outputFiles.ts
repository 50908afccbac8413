/** The files a finished request gave, whatever shape its `output` has. */
import type { Connection } from './connection';

const KINDS = ['image', 'video', 'audio'] as const;

export interface OutputFile {
	url: string;
	kind: (typeof KINDS)[number] | 'file';
}

type Kind = OutputFile['kind'];

/** The keys of `output` in RunComfy's documents, in the order in which their files are listed. */
const DOCUMENTED_KEYS = KINDS.flatMap((kind) => [kind, `${kind}s`]);

/** More than any model gives. Each becomes an item, and each item costs n8n memory. */
const MAX_FILES = 1_000;

/** Outputs of workflows go four deep; what is deeper is looked at no more. */
const MAX_DEPTH = 20;

/** Echoes of what was sent, and addresses that are no files. */
const NO_OUTPUT_KEYS = new Set([
	...['input', 'inputs', 'prompt', 'negative_prompt', 'parameters', 'params'],
	...['status_url', 'result_url', 'cancel_url', 'model_url'],
]);

const EXTENSIONS: Record<Exclude<Kind, 'file'>, RegExp> = {
	image: /\.(jpe?g|png|webp|gif|avif|bmp|tiff?|svg|hei[cf])$/i,
	video: /\.(mp4|webm|mov|m4v|mkv|avi)$/i,
	audio: /\.(mp3|wav|ogg|opus|flac|m4a|aac)$/i,
};

/** A key that names its files' kind: 'image', 'images', 'image_url', 'video_urls'. */
const KIND_KEY = /^(image|video|audio)s?(_urls?)?$/i;

const kindOfKey = (key: string): Kind | undefined => KIND_KEY.exec(key)?.[1].toLowerCase() as Kind | undefined;

const kindOfName = (address: URL): Kind =>
	KINDS.find((kind) => EXTENSIONS[kind].test(address.pathname) || EXTENSIONS[kind].test(nameInQuery(address))) ??
	'file';

/** Some stores have the file's name in the query. */
const nameInQuery = ({ searchParams }: URL): string => searchParams.get('filename') ?? '';

/** What is known of a place within the output. */
interface Place {
	kind?: Kind;
	/** Whether RunComfy's documents have files there: then http will do. */
	isDocumented: boolean;
	depth: number;
}

/** Collects addresses, each once. */
class Collector {
	readonly files: OutputFile[] = [];

	/** How many more there were than are listed. */
	leftOut = 0;

	private readonly seen = new Set<string>();

	constructor(private readonly customHosts: readonly string[]) {}

	collect(value: unknown, place: Place): void {
		if (typeof value === 'string') this.take(value, place);
		if (typeof value !== 'object' || value === null || place.depth >= MAX_DEPTH) return;
		const depth = place.depth + 1;
		if (Array.isArray(value)) for (const entry of value) this.collect(entry, { ...place, depth });
		else this.collectFrom(value as Record<string, unknown>, { ...place, depth });
	}

	private collectFrom(object: Record<string, unknown>, place: Place): void {
		const isTop = place.depth === 1;
		const keys = Object.keys(object);
		const first = isTop ? DOCUMENTED_KEYS.filter((key) => Object.hasOwn(object, key)) : [];
		const rest = first.length === 0 ? keys : keys.filter((key) => !first.includes(key));
		for (const key of [...first, ...rest]) {
			if (NO_OUTPUT_KEYS.has(key.toLowerCase())) continue;
			const isDocumented = (isTop && first.includes(key)) || (place.isDocumented && key === 'url');
			this.collect(object[key], { kind: kindOfKey(key) ?? place.kind, isDocumented, depth: place.depth });
		}
	}

	private take(text: string, { kind, isDocumented }: Place): void {
		const url = text.trim();
		if (!/^https?:\/\//i.test(url) || this.seen.has(url)) return;
		if (this.files.length >= MAX_FILES) {
			this.leftOut += 1;
			return;
		}
		if (/\s/.test(url) || !URL.canParse(url)) return;
		const address = new URL(url);
		const isAllowed = address.protocol === 'https:' || isDocumented || this.customHosts.includes(address.host);
		if (!isAllowed) return;
		this.seen.add(url);
		this.files.push({ url, kind: kind ?? kindOfName(address) });
	}
}

/** Whose files they are: a custom environment may give its own over http. */
export type FileHosts = Pick<Connection, 'customFileHosts'>;

export interface OutputReading {
	files: OutputFile[];
	/** How many further addresses there are; each that stands there twice may count twice. */
	leftOut: number;
}

/**
 * Finds the addresses in a result's `output`, each once: the documented keys first, then whatever else holds one, nested and
 * under any key, in its order. Only `output` is read, since the rest of the body echoes the input. The kind is told by the
 * nearest key, else by the file's name.
 */
export function readOutput(output: unknown, { customFileHosts }: FileHosts = { customFileHosts: [] }): OutputReading {
	const collector = new Collector(customFileHosts);
	// Output that is itself an address, a list of them, or an object with one: these have no key of their own.
	collector.collect(output, { isDocumented: true, depth: 0 });
	return { files: collector.files, leftOut: collector.leftOut };
}

/** The files of a result's `output`: see `readOutput`. */
export const outputFilesOf = (output: unknown, hosts?: FileHosts): OutputFile[] => readOutput(output, hosts).files;
