import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { checkAddress, imageTypeOf, isPrivateHost } from '../../nodes/RunComfy/input/image.ts';
import { IMAGE_URL } from '../../nodes/RunComfy/errors/backgroundWords.ts';

/** The host name as `URL` gives it, which is how the check gets it. */
const hostOf = (host: string) => new URL(`http://${host}/`).hostname;

describe('hosts that RunComfy cannot reach', () => {
	test.each([
		'localhost',
		'localhost.',
		'LOCALHOST',
		'shop.localhost',
		'nas',
		'printer.local',
		'cms.internal',
		'files.lan',
		'router.home.arpa',
		'0.0.0.0',
		'127.0.0.1',
		'127.1',
		'0x7f.0.0.1',
		'2130706433',
		'10.0.0.1',
		'10.255.255.255',
		'172.16.0.1',
		'172.31.255.255',
		'192.168.1.1',
		'169.254.169.254',
		'100.64.0.1',
		'224.0.0.1',
		'255.255.255.255',
		'[::1]',
		'[::]',
		'[fc00::1]',
		'[fd12:3456::1]',
		'[fe80::1]',
		'[ff02::1]',
		'[::ffff:127.0.0.1]',
		'[::ffff:192.168.0.1]',
	])('%s', (host) => expect(isPrivateHost(hostOf(host))).toBe(true));
});

describe('hosts that may be public', () => {
	test.each([
		'example.com',
		'images.example.com',
		'localhost.example.com',
		'local.example.com',
		'8.8.8.8',
		'11.0.0.1',
		'126.255.255.255',
		'128.0.0.1',
		'172.15.0.1',
		'172.32.0.1',
		'192.167.1.1',
		'192.169.1.1',
		'100.63.0.1',
		'100.128.0.1',
		'169.253.0.1',
		'223.255.255.255',
		'[2001:4860:4860::8888]',
		'[2606:4700::1]',
		'xn--bcher-kva.example',
	])('%s', (host) => expect(isPrivateHost(hostOf(host))).toBe(false));
});

describe("'Image URL'", () => {
	test.each([
		['', 'it is empty'],
		['   ', 'it is empty'],
		[undefined, 'it is empty'],
		[{ url: 'https://example.com' }, 'it is empty'],
		['photo.jpg', 'it is not a URL'],
		['//example.com/a.jpg', 'it is not a URL'],
		['ftp://example.com/a.jpg', 'it does not start with http:// or https://'],
		['file:///etc/passwd', 'it does not start with http:// or https://'],
		['data:image/png;base64,AAAA', 'it does not start with http:// or https://'],
		['blob:https://example.com/1', 'it does not start with http:// or https://'],
		['http://192.168.0.7/a.jpg', 'it points into a private network'],
		['https://user:pass@localhost/a.jpg', 'it points into a private network'],
	])('%j: %s', (value, reason) => {
		expect(() => checkAddress(value, IMAGE_URL, false)).toThrow(`RunComfy cannot reach 'Image URL': ${reason}`);
	});

	test.each([
		['https://example.com/a.jpg'],
		['http://example.com:8080/a.jpg?sig=%2F&x=1#part'],
		['https://example.com/bücher.jpg'],
		['HTTPS://EXAMPLE.COM/A.JPG'],
	])('%j is passed on as it is', (url) => expect(checkAddress(` ${url} `, IMAGE_URL, false)).toBe(url));

	test('a private address is fine in a custom environment, another scheme is not', () => {
		expect(checkAddress('http://127.0.0.1:9/a.jpg', IMAGE_URL, true)).toBe('http://127.0.0.1:9/a.jpg');
		expect(() => checkAddress('ftp://127.0.0.1/a.jpg', IMAGE_URL, true)).toThrow('http:// or https://');
	});
});

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
