import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { isPage, mediaTypeOf, typeOfBytes } from '../../nodes/RunComfy/output/fileType.ts';

const ascii = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(40)]);
const hex = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'hex'), Buffer.alloc(40)]);

/** A bitmap's head: its size, four zeros, where its points begin, the size of its second head. */
const BITMAP = Buffer.concat([Buffer.from('BM', 'latin1'), Buffer.from('36000000000000003600000028000000', 'hex')]);

describe('the type that the first bytes show', () => {
	test.each([
		['JPEG', hex('ffd8ffe000104a464946'), 'image/jpeg'],
		['PNG', hex('89504e470d0a1a0a'), 'image/png'],
		['WebP', ascii('RIFF\x10\0\0\0WEBPVP8 '), 'image/webp'],
		['GIF', ascii('GIF89a'), 'image/gif'],
		['AVIF', ascii('\0\0\0\x20ftypavif'), 'image/avif'],
		['HEIC', ascii('\0\0\0\x20ftypheic'), 'image/heic'],
		['TIFF', ascii('II*\0'), 'image/tiff'],
		['a bitmap', BITMAP, 'image/bmp'],
		['MP4', ascii('\0\0\0\x20ftypisom'), 'video/mp4'],
		['QuickTime', ascii('\0\0\0\x14ftypqt  '), 'video/quicktime'],
		['WebM', ascii('\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm'), 'video/webm'],
		['Matroska', ascii('\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska'), 'video/x-matroska'],
		['AVI', ascii('RIFF\x10\0\0\0AVI LIST'), 'video/x-msvideo'],
		['MP3 with tags', ascii('ID3\x04'), 'audio/mpeg'],
		['MP3 without', hex('fffb9064'), 'audio/mpeg'],
		['AAC', hex('fff15080'), 'audio/aac'],
		['WAV', ascii('RIFF\x10\0\0\0WAVEfmt '), 'audio/wav'],
		['Ogg', ascii('OggS'), 'audio/ogg'],
		['FLAC', ascii('fLaC'), 'audio/flac'],
		['M4A', ascii('\0\0\0\x20ftypM4A '), 'audio/mp4'],
		['a text', ascii('Hello'), undefined],
		['a text that begins with BM', ascii('BMW is a maker of cars and of motorcycles'), undefined],
		['JSON', ascii('{"error":1}'), undefined],
		['a page', ascii('<!doctype html>'), undefined],
		['PDF', ascii('%PDF-1.7'), undefined],
		['RIFF of no known kind', ascii('RIFF\x10\0\0\0ACON'), undefined],
		['all bits set', Buffer.alloc(64, 0xff), undefined],
		['nothing', Buffer.alloc(0), undefined],
		['one byte', Buffer.from([0xff]), undefined],
	])('%s: %s', (_what, bytes, type) => expect(typeOfBytes(bytes)).toBe(type));

	test('whatever comes, nothing is thrown', () => {
		fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void typeOfBytes(Buffer.from(bytes))));
	});
});

describe('the type under which a file is delivered', () => {
	const png = hex('89504e470d0a1a0a');
	test.each([
		['shown, not declared', png, '', 'image/png'],
		['shown, declared as anything', png, 'application/octet-stream', 'image/png'],
		['shown, declared as another', png, 'image/webp', 'image/png'],
		['not shown, declared', ascii('<svg xmlns='), 'image/svg+xml', 'image/svg+xml'],
		['neither', ascii('Hello'), 'text/plain', undefined],
		['a container of films, declared as a sound', ascii('\0\0\0\x20ftypisom'), 'audio/mp4', 'audio/mp4'],
		['a container of films, declared as a picture', ascii('\0\0\0\x20ftypisom'), 'image/png', 'video/mp4'],
		['an odd type', ascii('Hello'), 'image/../x', undefined],
	])('%s', (_what, bytes, declared, type) => expect(mediaTypeOf(bytes, declared)).toBe(type));
});

test.each([
	['<!DOCTYPE html><p>', true],
	['\n <html lang="en">', true],
	['\xef\xbb\xbf<html>', true],
	['<head><title>', true],
	['<svg xmlns="http://www.w3.org/2000/svg">', false],
	['<htmlx>', false],
	['', false],
])('%j is a page: %s', (text, page) => expect(isPage(Buffer.from(text, 'latin1'))).toBe(page));
