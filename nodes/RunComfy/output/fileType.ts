/** What a file is, told by its first bytes: servers of stored files often say application/octet-stream, or nothing. */

/** So many bytes tell every type below. */
export const TELLING_BYTES = 64;

const MEDIA_TYPE = /^(image|video|audio)\/[a-z0-9.+-]+$/;

/** Bytes at the beginning, as text with one character a byte, and the type they mean. */
const SIGNATURES: Array<[start: string, mimeType: string]> = [
	['\xff\xd8\xff', 'image/jpeg'],
	['\x89PNG\r\n\x1a\n', 'image/png'],
	['GIF8', 'image/gif'],
	['BM', 'image/bmp'],
	['II*\0', 'image/tiff'],
	['MM\0*', 'image/tiff'],
	['ID3', 'audio/mpeg'],
	['fLaC', 'audio/flac'],
	['OggS', 'audio/ogg'],
];

/** The kinds of RIFF and of ISO media files, by the word that follows their mark. */
const RIFF: Record<string, string> = { WEBP: 'image/webp', WAVE: 'audio/wav', 'AVI ': 'video/x-msvideo' };
const ISO_BRANDS: Record<string, string> = {
	avif: 'image/avif',
	avis: 'image/avif',
	heic: 'image/heic',
	heix: 'image/heic',
	mif1: 'image/heif',
	'qt  ': 'video/quicktime',
	'M4A ': 'audio/mp4',
	'M4B ': 'audio/mp4',
};

const EBML = '\x1a\x45\xdf\xa3';

/** Uncompressed bitmaps say their size, which no text that begins with BM does. */
const isBitmap = (bytes: Buffer): boolean =>
	bytes.length >= 18 && bytes.readUInt32LE(6) === 0 && bytes.readUInt32LE(14) < 256;

/** The frame of an MPEG audio stream without tags: eleven bits set, then a version and a layer that exist. */
const isMpegAudio = (bytes: Buffer): boolean =>
	bytes.length >= 3 &&
	bytes[0] === 0xff &&
	(bytes[1] & 0xe6) >= 0xe2 &&
	(bytes[1] & 0x18) !== 0x08 &&
	bytes[2] >> 4 !== 0x0f;

const isAac = (bytes: Buffer): boolean => bytes.length >= 2 && bytes[0] === 0xff && (bytes[1] & 0xf6) === 0xf0;

/** The type that a file's first bytes show; undefined where they show none of a picture, a film or a sound. */
export function typeOfBytes(bytes: Buffer): string | undefined {
	const text = bytes.subarray(0, TELLING_BYTES).toString('latin1');
	if (text.startsWith('RIFF')) return RIFF[text.slice(8, 12)];
	if (text.slice(4, 8) === 'ftyp') return ISO_BRANDS[text.slice(8, 12)] ?? 'video/mp4';
	if (text.startsWith(EBML)) return text.includes('webm') ? 'video/webm' : 'video/x-matroska';
	const found = SIGNATURES.find(([start]) => text.startsWith(start))?.[1];
	if (found !== undefined && (found !== 'image/bmp' || isBitmap(bytes))) return found;
	if (isAac(bytes)) return 'audio/aac';
	return isMpegAudio(bytes) ? 'audio/mpeg' : undefined;
}

/** Whether a file is a page for people, whatever it is called: a store's error, a form to sign in. */
export const isPage = (bytes: Buffer): boolean =>
	/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)\b/i.test(bytes.toString('latin1'));

const isMediaType = (mimeType: string): boolean => MEDIA_TYPE.test(mimeType);

/** Containers of films that hold sounds alone as well: the server may know better. */
const EITHER = ['video/mp4', 'video/webm', 'video/x-matroska', 'audio/ogg'];

/** The type of a file, by its first bytes, else as the server declares it; undefined for one that is not downloaded. */
export function mediaTypeOf(start: Buffer, declared: string): string | undefined {
	const shown = typeOfBytes(start);
	const trusted = isMediaType(declared) ? declared : undefined;
	if (shown === undefined) return trusted;
	return EITHER.includes(shown) && trusted !== undefined && !trusted.startsWith('image/') ? trusted : shown;
}

/** What else models give. What is in a container of its own name, as `.usdz` is a ZIP, is told by its name. */
const OTHER_SIGNATURES: Array<[start: string, mimeType: string]> = [
	['glTF', 'model/gltf-binary'],
	['PK\x03\x04', 'application/zip'],
	['\x76\x2f\x31\x01', 'image/x-exr'],
	['#?RADIANCE', 'image/vnd.radiance'],
	['%PDF-', 'application/pdf'],
	['\x1f\x8b', 'application/gzip'],
	['8BPS', 'image/vnd.adobe.photoshop'],
	['ply\n', 'model/ply'],
];

/** Types of files that only their name tells. */
const TYPES_BY_NAME: Record<string, string> = {
	csv: 'text/csv',
	fbx: 'application/octet-stream',
	gltf: 'model/gltf+json',
	json: 'application/json',
	obj: 'model/obj',
	srt: 'application/x-subrip',
	stl: 'model/stl',
	txt: 'text/plain',
	usdz: 'model/vnd.usdz+zip',
	vtt: 'text/vtt',
};

const ANY_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/;

/** What servers say of files that they do not know. */
const NO_TYPES = ['', 'application/octet-stream', 'binary/octet-stream', 'application/x-download'];

/** The extension of a file by its address, in small letters; empty where it has none. */
export const extensionOf = (path: string): string => /\.([a-z0-9]{1,12})$/i.exec(path)?.[1].toLowerCase() ?? '';

/** The type of any file: by its first bytes, else as the server declares it, else by its name. */
export function fileTypeOf(start: Buffer, declared: string, path: string): string {
	const text = start.subarray(0, TELLING_BYTES).toString('latin1');
	const shown = OTHER_SIGNATURES.find(([signature]) => text.startsWith(signature))?.[1];
	const trusted = ANY_TYPE.test(declared) && !NO_TYPES.includes(declared) ? declared : undefined;
	const named = Object.entries(TYPES_BY_NAME).find(([extension]) => extension === extensionOf(path))?.[1];
	const isContainer = shown === 'application/zip' || shown === 'application/gzip';
	const told = isContainer ? (named ?? shown) : shown;
	return mediaTypeOf(start, declared) ?? told ?? trusted ?? named ?? 'application/octet-stream';
}

/** Whether a type is of text: no image, video or audio, but for SVG, is written in letters. */
export const isTextType = (mimeType: string): boolean =>
	mimeType.startsWith('text/') || mimeType === 'application/json';
