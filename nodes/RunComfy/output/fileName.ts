/** What a downloaded file is called. */

import { ANY_FILE, GENERIC_TYPES } from './fileType';

/** What the files of a request are named after, without number and extension. */
export interface GivenName {
	/** Empty where the item gives none. */
	name: string;
	/** How many requests of this run with the same name came before. */
	before: number;
}

/** Where there is no other name: what made the file, for which item, and in which request. */
interface Origin {
	/** The model's or the deployment's name; empty where it is not known. */
	maker: string;
	itemIndex: number;
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
	'application/gzip': 'gz',
	'application/x-subrip': 'srt',
	'image/vnd.adobe.photoshop': 'psd',
	'image/vnd.radiance': 'hdr',
	'model/gltf+json': 'gltf',
	'model/gltf-binary': 'glb',
	'model/vnd.usdz+zip': 'usdz',
	'text/plain': 'txt',
	[ANY_FILE]: 'bin',
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

/** A model as file names have it: its ID without the vendor. Empty for what is no ID. */
export const modelInName = (modelId: unknown): string =>
	typeof modelId === 'string' ? modelId.split('/').slice(1).join('-') : '';

/** Enough of a request's ID to distinguish requests. The end, since IDs that are counted or dated begin alike. */
const ID_CHARACTERS = 8;

/** A name of its own for each request, so that files of later runs can lie in the same folder. */
function nameOfOrigin({ maker, itemIndex, requestId }: Origin): string {
	const name = cleanName(maker);
	if (name === '') return requestId;
	return `${name}-${itemIndex + 1}-${requestId.replace(/[^a-z0-9]/gi, '').slice(-ID_CHARACTERS)}`;
}

/** 'cup', 'cup-2', 'cup-3'. `index` counts from 0. */
const numberedName = (name: string, index: number): string => (index === 0 ? name : `${name}-${index + 1}`);

/** The names of a run's files: each is given once, so that all of them can lie in one folder. */
export class FileNames {
	private readonly requests = new Map<string, number>();

	private readonly taken = new Set<string>();

	/**
	 * Enters an item with its number of requests. To be called in the order of the items: they are numbered in it, whichever is
	 * finished first.
	 *
	 * @param fileName as the option File Name has it; empty where it is not set.
	 * @param source the name or the URL of what went in, where there is one.
	 */
	enter(fileName: string, source = '', requests = 1): GivenName {
		const name = cleanName(fileName) || cleanName(nameIn(source));
		const before = this.requests.get(name) ?? 0;
		this.requests.set(name, before + requests);
		return { name, before };
	}

	/** Names for the files of one request, without extensions. */
	take(count: number, { name, before }: GivenName, origin: Origin): string[] {
		const base = name || nameOfOrigin(origin);
		let index = name === '' ? 0 : before * count;
		return Array.from({ length: count }, () => {
			while (this.taken.has(asOnDisk(numberedName(base, index)))) index += 1;
			this.taken.add(asOnDisk(numberedName(base, index)));
			return numberedName(base, index);
		});
	}
}

/** Makes names equal that are the same file to Windows or macOS. */
const asOnDisk = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * The extension of a file's name at its address, in lower case; empty where it has none. Some stores have the name in the
 * query.
 */
export function extensionAt({ pathname, searchParams }: URL): string {
	const found = [pathname, searchParams.get('filename') ?? ''].map((name) => /\.([a-z0-9]{1,12})$/i.exec(name)?.[1]);
	return (found[0] ?? found[1] ?? '').toLowerCase();
}

/** The whole name, with an extension that fits the type. `ownExtension`: that of the file's name at its address. */
export function fileNameFor(baseName: string, mimeType: string, ownExtension = ''): string {
	const isUntrue = mimeType !== ANY_FILE && MEDIA_EXTENSION.test(`.${ownExtension}`);
	if (ownExtension !== '' && GENERIC_TYPES.includes(mimeType) && !isUntrue) return `${baseName}.${ownExtension}`;
	const extension = EXTENSION_OF_TYPE[mimeType] ?? (mimeType.split('/')[1] ?? '').replace(/^x-|[^a-z0-9]/g, '');
	return extension === '' ? baseName : `${baseName}.${extension}`;
}
