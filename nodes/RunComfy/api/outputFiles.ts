/** The files a finished request gave. */
export interface OutputFile {
	url: string;
	kind: 'image' | 'video';
}

/** The keys of `output` in the model's document, in the order in which their files are listed. */
const KEYS: Array<[key: string, kind: OutputFile['kind']]> = [
	['image', 'image'],
	['images', 'image'],
	['video', 'video'],
	['videos', 'video'],
];

const VIDEO_NAME = /\.(mp4|webm|mov|m4v|mkv|avi)$/i;

const isUrl = (value: unknown): value is string =>
	typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);

const kindOf = (url: string): OutputFile['kind'] => (VIDEO_NAME.test(new URL(url).pathname) ? 'video' : 'image');

/** URLs in a value: a string, an object with `url`, or a list of these. */
function urlsIn(value: unknown): string[] {
	if (Array.isArray(value)) return value.flatMap((entry) => (Array.isArray(entry) ? [] : urlsIn(entry)));
	if (isUrl(value)) return [value];
	if (typeof value === 'object' && value !== null && 'url' in value && isUrl(value.url)) return [value.url];
	return [];
}

/**
 * Lists the files in a result's `output`, each once, in order. Only `output` is read, since the rest of the body echoes
 * the input. Takes the shapes of the model's document and the others that were seen: a string, a list, objects
 * with a `url`.
 */
export function outputFilesOf(output: unknown): OutputFile[] {
	const isKeyed = typeof output === 'object' && output !== null && !Array.isArray(output) && !('url' in output);
	const found = isKeyed
		? KEYS.flatMap(([key, kind]) => urlsIn((output as Record<string, unknown>)[key]).map((url) => ({ url, kind })))
		: urlsIn(output).map((url) => ({ url, kind: kindOf(url) }));
	return found.filter(({ url }, index) => found.findIndex((other) => other.url === url) === index);
}
