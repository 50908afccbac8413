import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { TINY_PNG } from '../emulator/sampleFiles.mts';

/** A JPEG that is whole by its marks, with the given bytes, free of 0xff, where its picture would be. */
export const jpegAround = (bytes: Buffer): Buffer =>
	Buffer.concat([Buffer.from('ffd8ffe00004ffffffda0002', 'hex'), bytes, Buffer.from('ffd9', 'hex')]);

/** A whole PNG that differs from others by the bytes behind its end. */
export const pngBefore = (bytes: Buffer): Buffer => Buffer.concat([TINY_PNG.bytes, bytes]);

/** A product photo as a shop has it, a mug on a plain ground: a JPEG. See `photos/README.md`. */
export async function productPhoto(): Promise<Buffer> {
	return await readFile(join(import.meta.dirname, 'photos', 'mug.jpg'));
}

/** RunComfy's own public sample: the photo in the examples. */
export const SAMPLE_PHOTO =
	'https://playgrounds-storage-public.runcomfy.net/tools/7018/media-files/usecase5-1-input.png';
