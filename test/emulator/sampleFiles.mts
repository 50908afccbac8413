import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file that is served to anyone who knows its URL. */
export interface StoredFile {
	bytes: Buffer;
	contentType: string;
}

const NAMES: Readonly<Record<string, string>> = { mp4: 'film.mp4', mp3: 'chime.mp3' };

/** A film or a sound that plays, the same one for every request, by the ending of its name; others are tiny. */
export function sampleFile(ending: string): StoredFile | undefined {
	if (!Object.hasOwn(NAMES, ending)) return TINY_FILES[ending];
	const bytes = readFileSync(join(import.meta.dirname, 'media', NAMES[ending]));
	return { bytes, contentType: TINY_FILES[ending].contentType };
}

/** A whole PNG of one grey pixel. */
export const TINY_PNG: StoredFile = {
	contentType: 'image/png',
	bytes: Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
		'base64',
	),
};

/** The head of an MP4 file: enough for its type to be recognised, nothing to play. */
export const TINY_MP4: StoredFile = {
	contentType: 'video/mp4',
	bytes: Buffer.from('000000186674797069736f6d0000020069736f6d6d703431000000086d646174', 'hex'),
};

/** Length of an MPEG-1 layer III frame at 128 kbit/s and 44.1 kHz, without padding. */
const MP3_FRAME_BYTES = 417;

/** An empty ID3 tag and one silent frame. */
export const TINY_MP3: StoredFile = {
	contentType: 'audio/mpeg',
	bytes: Buffer.concat([
		Buffer.from('49443303000000000000', 'hex'),
		Buffer.from('fffb9000', 'hex'),
		Buffer.alloc(MP3_FRAME_BYTES - 4),
	]),
};

/** One silent sample: PCM, one channel, 8 kHz, 16 bits. */
export const TINY_WAV: StoredFile = {
	contentType: 'audio/wav',
	bytes: Buffer.from(
		'52494646260000005741564566' + '6d74201000000001000100401f0000803e00000200100064617461020000000000',
		'hex',
	),
};

/** By the ending of their names. */
export const TINY_FILES: Readonly<Record<string, StoredFile>> = {
	png: TINY_PNG,
	mp4: TINY_MP4,
	mp3: TINY_MP3,
	wav: TINY_WAV,
};

/** What one meets instead of an answer or a file: a page of something in between. */
export const HTML_PAGE = Buffer.from('<!doctype html><html><body><h1>Please sign in</h1></body></html>');
