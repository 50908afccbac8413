/** RunComfy's words for an error, wherever in an answer they are. */
import { describe, expect, test } from '@jest/globals';

import { asText, errorWordsIn, fieldErrorsIn, hasError } from '../../nodes/RunComfy/api/answerWords.ts';
import { workedMs } from '../lib/workedMs.mts';

describe("RunComfy's words for an error", () => {
	test.each([
		[{ error_message: 'one', message: 'two', error: 'three', detail: 'four' }, 'one'],
		[{ message: 'two', error: 'three', detail: 'four' }, 'two'],
		[{ error: 'three', detail: 'four' }, 'three'],
		[{ detail: 'four' }, 'four'],
		[{ error: { message: 'inner' }, detail: 'four' }, 'inner'],
		[{ error_message: '', message: null, detail: 'four' }, 'four'],
		[{ error: {}, detail: 'four' }, 'four'],
		[{ detail: ['a', 'b'] }, 'a; b'],
		[
			{
				detail: [
					{ loc: ['body', 'seed'], msg: 'too large' },
					{ loc: ['body', 'image'], msg: 'missing' },
				],
			},
			'seed: too large; image: missing',
		],
		[[{ loc: ['body', 'seed'], msg: 'too large' }], 'seed: too large'],
		[{ error: false, detail: 'four' }, 'four'],
		[{ code: 400004, error: 'UserAccountError' }, 'UserAccountError'],
		[{ error: { error_message: 'inner' } }, 'inner'],
		[{ error: [{ message: 'one' }, 'two', {}, { message: 'one' }] }, 'one; two'],
		['plain text', 'plain text'],
		[{}, ''],
		[null, ''],
		[undefined, ''],
		[[], ''],
	])('%j says %j', (body, words) => expect(errorWordsIn(body)).toBe(words));

	test.each([
		[{ detail: [{ loc: ['body', 'seed'], msg: 'too large', type: 'x' }] }, ['seed: too large']],
		[
			{ detail: [{ loc: ['body', 'style', 'style_type'], msg: 'unknown' }, 'odd'] },
			['style.style_type: unknown', 'odd'],
		],
		[{ detail: [{ loc: ['body'], msg: 'no object' }] }, ['{"loc":["body"],"msg":"no object"}']],
		[{ detail: 'text' }, []],
		[{}, []],
		['text', []],
	])('%j names %j', (body, details) => expect(fieldErrorsIn(body)).toEqual(details));
});

describe('an error beside a state', () => {
	test.each([
		['a text', { error: 'boom' }, true],
		['an object', { error: { message: 'boom' } }, true],
		['a list', { error: [{ errorCode: 1 }] }, true],
		['nothing', {}, false],
		['null', { error: null }, false],
		['an empty text', { error: '' }, false],
		['an empty object', { error: {} }, false],
		['an empty list', { error: [] }, false],
		['false', { error: false }, false],
	])('%s', (_what, body, tells) => expect(hasError(body)).toBe(tells));
});

describe('however large a body is, its words are found at once and are short', () => {
	const LARGE = 30_000_000;
	const deep = (levels: number): unknown => (levels === 0 ? 'deep' : { inner: deep(levels - 1) });
	test.each([
		['a text', 'x'.repeat(LARGE)],
		['a message', { error_message: 'no '.repeat(LARGE / 3) }],
		['a list of details', { detail: Array.from({ length: 300_000 }, () => ({ loc: ['body', 'a'], msg: 'no' })) }],
		['an object', { error: Object.fromEntries(Array.from({ length: 300_000 }, (_, index) => [`k${index}`, index])) }],
		['a list of lists', { error: Array.from({ length: 1_000 }, () => Array.from({ length: 1_000 }, () => 1)) }],
		['a deep object', { error: deep(1_000) }],
	])('%s', (_what, body) => {
		const startMs = workedMs();
		expect(errorWordsIn(body).length).toBeLessThanOrEqual(20_000);
		expect(errorWordsIn(body)).not.toBe('');
		expect(workedMs() - startMs).toBeLessThan(1_500);
	});

	test('a value is told as JSON', () => expect(asText({ nsfw: true, seed: 7 })).toBe('{"nsfw":true,"seed":7}'));
});
