/** Pictures written as text, and what only looks like them. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { quote, withoutPayloads } from '../../nodes/RunComfy/errors/cleanText.ts';
import { workedMs } from '../lib/workedMs.mts';

/** Bytes as a picture's: any value, none that repeats. */
const bytes = (count: number): Buffer =>
	Buffer.from(Array.from({ length: count }, (_, index) => (index * 167 + 13) % 256));
const PHOTO = bytes(3_000);
const BASE64 = PHOTO.toString('base64');
const inLines = (text: string, length: number, end = '\n') => text.match(new RegExp(`.{1,${length}}`, 'g'))!.join(end);

/** A part of the picture as short as nobody would write by chance. */
const holds = (text: string): boolean => [120, 1_200, 3_600].some((at) => text.includes(BASE64.slice(at, at + 40)));

describe('left out', () => {
	test.each([
		['base64', BASE64],
		['base64 for addresses', PHOTO.toString('base64url')],
		['a data URI', `data:image/png;base64,${BASE64}`],
		['a data URI with a parameter', `data:image/svg+xml;charset=utf-8;base64,${BASE64}`],
		['a short data URI', `data:image/png;base64,${BASE64.slice(120, 200)}`],
		['a data URI in lines', `data:image/png;base64,${inLines(BASE64, 76)}`],
		['lines of 76', inLines(BASE64, 76)],
		['lines of 76 as on Windows', inLines(BASE64, 76, '\r\n')],
		['lines of 64', inLines(BASE64, 64)],
		['lines after a short one', `image\n${inLines(BASE64, 76)}`],
		['with the slashes of JSON', BASE64.replaceAll('/', '\\/')],
		['behind an address', `https://a.example/b.png ${BASE64}`],
		['lines behind an address', `https://a.example/${'q'.repeat(60)}\n${inLines(BASE64, 76)}`],
		['twice', `${BASE64} and ${BASE64}`],
	])('%s', (_what, text) => {
		const clean = withoutPayloads(`Before ${text} after`);
		expect(holds(clean)).toBe(false);
		expect(clean).toMatch(/^Before .*after$/s);
		expect(clean).toContain('characters left out)');
	});

	test.each([
		['with commas', [...PHOTO].join(',')],
		['with blanks', [...PHOTO].join(', ')],
		['in brackets', JSON.stringify([...PHOTO])],
		['over lines', JSON.stringify([...PHOTO], null, 1)],
	])('a list of bytes %s', (_what, text) => {
		const clean = withoutPayloads(`Before ${text} after`);
		expect(clean).toContain('(3000 bytes left out)');
		expect(clean.length).toBeLessThan(60);
	});
});

describe('left as it is', () => {
	const long = 'k'.repeat(3_000);
	test.each([
		['nothing', ''],
		['words', 'The image could not be processed. '.repeat(200)],
		['a word a line', 'word\n'.repeat(2_000)],
		['an address with a long query', `https://bucket.example/a.png?X-Amz-Signature=${long}`],
		['an address with a long path', `https://bucket.example/${long}/a.png`],
		['such an address in a sentence', `The image "https://bucket.example/a.png?sig=${long}" could not be read.`],
		['a list of such addresses', [1, 2, 3].map((n) => `https://bucket.example/${n}?sig=${long}`).join('\n')],
		['a harmless data URI', 'data:image/png;base64,AAAA'],
		['the word base64', 'Send ;base64, please, or data: and ;base64, apart'],
		['a long key', 'k'.repeat(999)],
		['few numbers', JSON.stringify([...PHOTO.subarray(0, 256)])],
		['numbers that are no bytes', Array.from({ length: 2_000 }, (_, index) => index + 1_000).join(',')],
		['many lists of addresses', Array.from({ length: 50 }, (_, n) => `https://files.runcomfy.net/${n}.png`).join('\n')],
	])('%s', (_what, text) => expect(withoutPayloads(text)).toBe(text));
});

test('an address longer than any server takes is no address', () => {
	expect(withoutPayloads(`https://a.example/?q=${'k'.repeat(20_000)}`)).toContain('left out');
});

describe('5 MB take no time to speak of', () => {
	const LARGE = 5_000_000;
	const repeated = (part: string) => part.repeat(Math.ceil(LARGE / part.length));
	test.each([
		['words', repeated('no such thing ')],
		['one letter', repeated('a')],
		['runs that are nearly long enough', repeated(`${'a'.repeat(999)} `)],
		['lines that are nearly long enough', repeated(`${'a'.repeat(39)}\n`)],
		['lines of base64', repeated(`${'a'.repeat(76)}\n`)],
		['heads of data URIs', repeated('data:image/png;base64,')],
		['heads without ends', repeated('data:')],
		['ends without heads', repeated(';base64,')],
		['addresses', repeated(`https://a.example/?q=${'k'.repeat(1_500)} `)],
		['letters beyond ASCII', repeated('ä尺')],
		['bytes', repeated('255,')],
		['large numbers', repeated('2550,')],
		['line breaks', repeated('\n')],
		['a list that is nearly long enough', repeated(`${'255,'.repeat(250)}x`)],
		['base64 as long as the largest answer', 'a'.repeat(80_000_000)],
		['the same in lines', `${'a'.repeat(76)}\n`.repeat(1_000_000)],
	])('%s', (_what, text) => {
		const startMs = workedMs();
		withoutPayloads(text);
		expect(workedMs() - startMs).toBeLessThan(3_000);
	});
});

test('whatever stands around it, no picture is left', () => {
	const around = fc.string({ unit: 'binary', maxLength: 40 });
	fc.assert(
		fc.property(around, around, fc.integer({ min: 60, max: 80 }), (before, after, length) => {
			// A letter before it would be a part of the address that an `https://` there begins.
			fc.pre(!/https?:\/\//i.test(before));
			expect(holds(withoutPayloads(`${before} ${BASE64} ${after}`))).toBe(false);
			expect(holds(withoutPayloads(`${before}\n${inLines(BASE64, length)}\n${after}`))).toBe(false);
		}),
	);
});

/** Words for which n8n throws away the message they stand in. */
const TRIGGERS = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'ENOENT', 'EPERM', 'EACCES', 'GETADDRINFO'];

const URI = `data:image/png;base64,${'A'.repeat(400)}`;

describe("somebody else's words", () => {
	test.each([
		['a\u0000b\u0007c', 'a b c'],
		['line one\r\nline two\t end', 'line one line two end'],
		['\u001b[31mred\u001b[0m', '[31mred [0m'],
		['left\u202eright', 'left right'],
		['zero\u200bwidth', 'zero width'],
		['  blanks   all   over  ', 'blanks all over'],
		['', ''],
		['Größe 尺寸 👟', 'Größe 尺寸 👟'],
	])('%j becomes %j', (text, clean) => expect(quote(text)).toBe(clean));

	test('are cut at 500 characters, never within one', () => {
		expect(quote('no '.repeat(166) + 'xy')).toBe('no '.repeat(166) + 'xy');
		expect(quote('no '.repeat(166) + 'xyz')).toBe(`${'no '.repeat(166)}xy…`);
		expect(quote('👟'.repeat(501))).toBe(`${'👟'.repeat(500)}…`);
		expect(quote('abcdef', 3)).toBe('abc…');
	});

	test.each(TRIGGERS)('%s is broken up, in any letter case', (word) => {
		for (const written of [word, word.toLowerCase(), `x${word[0]}${word.slice(1).toLowerCase()}x`]) {
			expect(quote(`said: ${written}.`).toUpperCase()).not.toContain(word);
		}
	});

	test('bring no picture along', () => {
		expect(quote(`bad image ${URI} sent`)).toBe('bad image data:image/png;base64,(400 characters left out) sent');
		expect(withoutPayloads('data:image/png;base64,AAAA')).toBe('data:image/png;base64,AAAA');
	});

	test.each([
		['base64 as short as a thumbnail', 'aB3/'.repeat(40)],
		['the same in lines', `${'aB3/'.repeat(19)}\n`.repeat(4)],
		['bytes', Array.from({ length: 60 }, (_, index) => index * 4).join(', ')],
	])('do not bring %s along', (_what, payload) => {
		const clean = quote(`image: ${payload} is bad`);
		expect(clean).toMatch(/^image: .{0,80}left out\).{0,80}$/);
		expect(clean).not.toMatch(/aB3\/aB3|, 8, 12/);
	});

	test('of 30 MB are cut before they are read', () => {
		const startMs = workedMs();
		for (const part of ['no such thing ', 'a', '\u0000', '255, ', `${'a'.repeat(76)}\n`]) {
			expect(quote(part.repeat(30_000_000 / part.length)).length).toBeLessThanOrEqual(501);
		}
		expect(workedMs() - startMs).toBeLessThan(2_000);
	});

	test('whatever comes: no control character, no trigger word, at most 500 characters and a mark', () => {
		const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...TRIGGERS, URI, '\u0000', '\u202e'));
		fc.assert(
			fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
				const clean = quote(parts.join(' '));
				expect(clean).not.toMatch(/\p{C}/u);
				expect(Array.from(clean).length).toBeLessThanOrEqual(501);
				for (const word of TRIGGERS) expect(clean.toUpperCase()).not.toContain(word);
				expect(clean).not.toContain('A'.repeat(100));
			}),
		);
	});
});
