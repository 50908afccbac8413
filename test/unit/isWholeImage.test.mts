import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';
import sharp from 'sharp';

import { typeOfBytes } from '../../nodes/RunComfy/output/fileType.ts';
import { isImageType, isWholeImage } from '../../nodes/RunComfy/values/isWholeImage.ts';

const imageTypeOf = (bytes: Uint8Array) => {
	const type = typeOfBytes(Buffer.from(bytes));
	return type !== undefined && isImageType(type) ? type : undefined;
};

describe('the type of an image, by its content', () => {
	const bytes = (...parts: Array<string | number[]>) =>
		Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
	test.each([
		['JPEG', bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF'), 'image/jpeg'],
		['JPEG with EXIF', bytes([0xff, 0xd8, 0xff, 0xe1]), 'image/jpeg'],
		['PNG', bytes([0x89], 'PNG\r\n', [0x1a], '\n...'), 'image/png'],
		['WebP', bytes('RIFF', [1, 2, 3, 4], 'WEBPVP8 '), 'image/webp'],
		['PDF', bytes('%PDF-1.7'), undefined],
		['GIF', bytes('GIF89a'), undefined],
		['WAV, which is RIFF too', bytes('RIFF', [1, 2, 3, 4], 'WAVE'), undefined],
		['AVIF', bytes([0, 0, 0, 0x20], 'ftypavif'), undefined],
		['SVG', bytes('<svg xmlns='), undefined],
		['HTML', bytes('<!doctype html>'), undefined],
		['half a PNG signature', bytes([0x89], 'PNG'), undefined],
		['nothing', bytes(), undefined],
	])('%s', (_what, content, type) => expect(imageTypeOf(content)).toBe(type));

	test('random bytes never throw', () => {
		fc.assert(fc.property(fc.uint8Array(), (content) => void imageTypeOf(content)));
	});
});

const noise = () => {
	const width = 64;
	const height = 48;
	const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) % 251));
	return sharp(pixels, { raw: { width, height, channels: 3 } });
};

const KINDS = {
	JPEG: async () => await noise().jpeg().toBuffer(),
	'progressive JPEG': async () => await noise().jpeg({ progressive: true }).toBuffer(),
	PNG: async () => await noise().png().toBuffer(),
	'interlaced PNG': async () => await noise().png({ progressive: true }).toBuffer(),
	'lossy WebP': async () => await noise().webp().toBuffer(),
	'lossless WebP': async () => await noise().webp({ lossless: true }).toBuffer(),
};

/** A JPEG whose head has a whole small JPEG in it, as cameras write it. */
function withThumbnail(jpeg: Buffer, thumbnail: Buffer): Buffer {
	const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]);
	head.writeUInt16BE(thumbnail.length + 2, 4);
	return Buffer.concat([head, thumbnail, jpeg.subarray(2)]);
}

const isWhole = (bytes: Buffer) => {
	const type = imageTypeOf(bytes);
	return type !== undefined && isWholeImage(bytes, type);
};

describe.each(Object.entries(KINDS))('%s', (_kind, make) => {
	test('is whole, with something behind its end too', async () => {
		const bytes = await make();
		expect(isWhole(bytes)).toBe(true);
		expect(isWhole(Buffer.concat([bytes, Buffer.alloc(1_000, 0xff)]))).toBe(true);
	});

	test('is not, wherever it is cut off', async () => {
		const bytes = await make();
		for (let length = 0; length < bytes.length; length += 1) expect(isWhole(bytes.subarray(0, length))).toBe(false);
	});
});

test("a thumbnail's end in the head of a JPEG is not the photo's", async () => {
	const photo = withThumbnail(await KINDS.JPEG(), await KINDS['progressive JPEG']());
	expect(isWhole(photo)).toBe(true);
	expect(isWhole(photo.subarray(0, photo.length - 2))).toBe(false);
});

test('random bytes behind a good head never throw, and take no time', () => {
	const heads = ['ffd8ff', '89504e470d0a1a0a', '52494646aaaaaaaa57454250'].map((hex) => Buffer.from(hex, 'hex'));
	fc.assert(
		fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }), (head, rest) => {
			void isWhole(Buffer.concat([head, rest]));
		}),
	);
	// Of the process's own time: a busy machine is not slow code.
	const before = process.cpuUsage();
	for (const byte of [0, 0xff, 0xda])
		for (const head of heads) void isWhole(Buffer.concat([head, Buffer.alloc(2_000_000, byte)]));
	expect(process.cpuUsage(before).user / 1000).toBeLessThan(3_000);
});
