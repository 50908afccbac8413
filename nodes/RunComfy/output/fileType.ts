/** What a file is, by its first bytes: storage servers often say application/octet-stream, or nothing. */

/** Enough bytes to recognize every type below. */
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

/** The type that a file's first bytes show; undefined where they show no image, video or audio. */
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

/** Whether a file is really a web page, whatever its name: a storage error, a login form. */
export const isPage = (bytes: Buffer): boolean =>
	/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)\b/i.test(bytes.toString('latin1'));

const isMediaType = (mimeType: string): boolean => MEDIA_TYPE.test(mimeType);

/** Containers of video that may hold audio alone: the server may know better. */
export const VIDEO_OR_AUDIO = ['video/mp4', 'video/webm', 'video/x-matroska', 'audio/ogg'];

/** The type of an image, video or audio, by its first bytes, else as the server declares it; undefined for anything else. */
export function mediaTypeOf(start: Buffer, declared: string): string | undefined {
	const shown = typeOfBytes(start);
	const trusted = isMediaType(declared) ? declared : undefined;
	if (shown === undefined) return trusted;
	return VIDEO_OR_AUDIO.includes(shown) && trusted !== undefined && !trusted.startsWith('image/') ? trusted : shown;
}

/** What other files begin with. */
const OTHER_SIGNATURES: Array<[start: string, mimeType: string]> = [
	['glTF', 'model/gltf-binary'],
	['PK\x03\x04', 'application/zip'],
	['\x1f\x8b', 'application/gzip'],
	['\x76\x2f\x31\x01', 'image/x-exr'],
	['#?RADIANCE', 'image/vnd.radiance'],
	['8BPS', 'image/vnd.adobe.photoshop'],
	['%PDF-', 'application/pdf'],
	['ply\n', 'model/ply'],
];

/** Types that only a file's name shows, by its extension. */
const TYPE_OF_EXTENSION: Record<string, string> = {
	csv: 'text/csv',
	gltf: 'model/gltf+json',
	html: 'text/html',
	json: 'application/json',
	obj: 'model/obj',
	srt: 'application/x-subrip',
	stl: 'model/stl',
	txt: 'text/plain',
	usdz: 'model/vnd.usdz+zip',
	vtt: 'text/vtt',
};

export const ANY_FILE = 'application/octet-stream';

/** Types that many kinds of files have: the file's name says more. */
export const GENERIC_TYPES = [ANY_FILE, 'binary/octet-stream', 'application/zip', 'application/gzip', 'text/plain'];

const ANY_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/;

/**
 * The type of any file: by its first bytes, else as the server declares it, else by its name.
 *
 * @param declared without parameters, in lower case; empty where the server declares none.
 * @param extension of the file's name, in lower case; empty where it has none.
 */
export function fileTypeOf(start: Buffer, declared: string, extension: string): string {
	const text = start.toString('latin1');
	const shown = OTHER_SIGNATURES.find(([signature]) => text.startsWith(signature))?.[1];
	if (shown !== undefined && !GENERIC_TYPES.includes(shown)) return shown;
	const named = Object.hasOwn(TYPE_OF_EXTENSION, extension) ? TYPE_OF_EXTENSION[extension] : undefined;
	const media = shown === undefined ? mediaTypeOf(start, declared) : undefined;
	const isTrusted = ANY_TYPE.test(declared) && !GENERIC_TYPES.includes(declared) && !isMediaType(declared);
	return (
		media ?? (isTrusted ? declared : undefined) ?? named ?? shown ?? (declared === 'text/plain' ? declared : ANY_FILE)
	);
}

/** Whether a type is written in letters: what a store sends instead of a picture. */
export const isTextType = (mimeType: string): boolean =>
	mimeType.startsWith('text/') || mimeType === 'application/json' || mimeType === 'application/xml';
