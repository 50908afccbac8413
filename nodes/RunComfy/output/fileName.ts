/** What a downloaded file is called. */

/** Where a name may come from, the first that gives one wins. */
export interface NameSources {
	/** As the option File Name has it; empty where it is not set. */
	fileName: string;
	/** The name or the address of what went in, where there is one. */
	source?: string;
	requestId: string;
}

/** Longer names are hard to read. */
const MAX_BASE_NAME_CHARACTERS = 100;

/** File systems take 255 bytes, number and extension included; a Chinese character has three bytes, an emoji four. */
const MAX_NAME_BYTES = 200;

const EXTENSION_OF_TYPE: Record<string, string> = {
	'image/jpeg': 'jpg',
	'image/png': 'png',
	'image/webp': 'webp',
	'image/gif': 'gif',
	'image/svg+xml': 'svg',
	'image/tiff': 'tif',
	'video/mp4': 'mp4',
	'video/webm': 'webm',
	'video/quicktime': 'mov',
	'video/x-matroska': 'mkv',
	'video/x-msvideo': 'avi',
	'audio/mpeg': 'mp3',
	'audio/mp4': 'm4a',
	'audio/wav': 'wav',
	'audio/x-wav': 'wav',
	'audio/vnd.wave': 'wav',
};

/** Extensions that are taken off a name, since the file that comes out may be of another type. */
const MEDIA_EXTENSION =
	/\.(jpe?g|png|webp|gif|svg|tiff?|bmp|avif|hei[cf]|mp4|webm|mov|m4v|mkv|avi|mp3|m4a|wav|ogg|flac|aac)$/i;

/** Names that Windows keeps for itself, whatever the extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

function decodeIfPossible(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** Of an address the last part of its path; anything else as it is. */
export function nameIn(source: string): string {
	if (!/^https?:\/\//i.test(source) || !URL.canParse(source)) return source;
	return decodeIfPossible(new URL(source).pathname.split('/').filter(Boolean).pop() ?? '');
}

/** Without folders, extension and whatever file systems refuse; empty where nothing is left. */
function cleanName(name: string): string {
	const plain = name
		.replace(MEDIA_EXTENSION, '')
		// \p{C} is all of Unicode's control, format and unassigned characters.
		.replace(/[\p{C}/\\:*?"<>|]+/gu, '_')
		.replace(/^[\s._]+|[\s._]+$/g, '');
	const short = cutName(plain).trim();
	return RESERVED.test(short) ? `_${short}` : short;
}

/** Without splitting a character. */
function cutName(name: string): string {
	let bytes = 0;
	const characters = Array.from(name).slice(0, MAX_BASE_NAME_CHARACTERS);
	const end = characters.findIndex((character) => (bytes += Buffer.byteLength(character)) > MAX_NAME_BYTES);
	return characters.slice(0, end < 0 ? undefined : end).join('');
}

/** The name of an item's files, without number and extension. */
export const baseNameOf = ({ fileName, source = '', requestId }: NameSources): string =>
	cleanName(fileName) || cleanName(nameIn(source)) || requestId;

/** The names of further files of the same item: 'cup', 'cup-2', 'cup-3'. `index` counts from 0. */
export const numberedName = (baseName: string, index: number): string =>
	index === 0 ? baseName : `${baseName}-${index + 1}`;

/**
 * The names of an item's files. Each has the one that it had on the machine, unless the user names them; then, and where there is
 * none, they are numbered, from `firstIndex` on.
 */
export function baseNamesOf(
	files: ReadonlyArray<{ filename?: string }>,
	sources: NameSources,
	firstIndex: number,
): string[] {
	const common = baseNameOf(sources);
	const taken = new Map<string, number>();
	return files.map(({ filename = '' }, index) => {
		const own = sources.fileName === '' ? cleanName(nameIn(filename)) : '';
		if (own === '') return numberedName(common, firstIndex + index);
		const before = taken.get(own) ?? 0;
		taken.set(own, before + 1);
		return numberedName(own, before);
	});
}

/** The whole name, with an extension that fits the type. */
export function fileNameFor(baseName: string, mimeType: string): string {
	const extension = EXTENSION_OF_TYPE[mimeType] ?? (mimeType.split('/')[1] ?? '').replace(/^x-|[^a-z0-9]/g, '');
	return extension === '' ? baseName : `${baseName}.${extension}`;
}
