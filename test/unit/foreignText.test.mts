import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { quote } from '../../nodes/RunComfy/errors/foreignText.ts';
import { withoutPayloads } from '../../nodes/RunComfy/errors/cleanText.ts';
import { workedMs } from '../lib/workedMs.mts';

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
