import { TINY_PNG } from '../emulator/sampleFiles.mts';

/** A JPEG that is whole by its marks, with the given bytes, free of 0xff, where its picture would be. */
export const jpegAround = (bytes: Buffer): Buffer =>
	Buffer.concat([Buffer.from('ffd8ffe00004ffffffda0002', 'hex'), bytes, Buffer.from('ffd9', 'hex')]);

/** A whole PNG that differs from others by the bytes behind its end. */
export const pngBefore = (bytes: Buffer): Buffer => Buffer.concat([TINY_PNG.bytes, bytes]);
