import { describe, expect, test } from '@jest/globals';

import {
	type Converted,
	exampleOf,
	objectIn,
	toAnyOf,
	toChoice,
	toColor,
	toFieldName,
	toJson,
	toList,
	toNumber,
	toObject,
	toSwitch,
	toText,
} from '../../nodes/RunComfy/values/convert.ts';
import { textRule } from '../../nodes/RunComfy/values/leftovers.ts';
import type { JsonType } from '../../nodes/RunComfy/values/schema.ts';

/** The value that comes out, or the words of the rule that is broken, about a field without a name. */
const outcomeOf = (converted: Converted): unknown =>
	converted.broken === undefined ? converted.value : converted.broken.messageFor('').trim();

const EXAMPLE_CHARACTERS = 20;

describe('numbers', () => {
	test.each([
		['.25', 0.25],
		['.5', 0.5],
		[' 12. ', 12],
		['-3', -3],
		['+3', 3],
		['1e-10', 1e-10],
		['2.5E-3', 0.0025],
		[7.5, 7.5],
	])('%j is %d', (value, number) => expect(outcomeOf(toNumber(value, false, {}))).toBe(number));

	test.each([
		'1e3',
		'1.5E+10',
		'1,5',
		'1 000',
		'.',
		'.x',
		'',
		'5 s',
		'٣',
		'Infinity',
		'0x10',
		'1e-1000',
		Infinity,
		NaN,
	])('%j is none', (value) => expect(outcomeOf(toNumber(value, false, {}))).toBe('must be a number'));

	test.each([[null], [undefined], [[5]], [{}], [true], [5n]])('%p is none', (value) => {
		expect(outcomeOf(toNumber(value, false, {}))).toBe('must be a number');
	});
});

describe('switches, colors and names of fields', () => {
	test.each<[unknown, unknown]>([
		[' True\n', true],
		['false', false],
		['', 'must be true or false'],
		[0, 'must be true or false'],
		[['true'], 'must be true or false'],
	])('the switch %j: %j', (value, outcome) => expect(outcomeOf(toSwitch(value))).toBe(outcome));

	test.each<[unknown, string]>([
		[' #ff6d5a\n', '#FF6D5A'],
		['00ff00', '#00FF00'],
		['#ff6d5', 'must be a color like #FF6D5A'],
		['##ff6d5', 'must be a color like #FF6D5A'],
		[0xff6d5a, 'must be a color like #FF6D5A'],
		[null, 'must be a color like #FF6D5A'],
	])('the color %j: %s', (value, outcome) => expect(outcomeOf(toColor(value))).toBe(outcome));

	test.each<[unknown, string]>([
		[' photo ', 'photo'],
		[7, '7'],
		['toString', 'contains "toString", probably left by an expression or a spreadsheet'],
		[' __proto__', 'contains "__proto__", probably left by an expression or a spreadsheet'],
		['prototype', 'contains "prototype", probably left by an expression or a spreadsheet'],
		[null, 'must be text'],
	])('the name of a field %j: %s', (value, outcome) => expect(outcomeOf(toFieldName(value))).toBe(outcome));
});

describe('choices', () => {
	test.each<[unknown, Array<string | number | boolean>, unknown]>([
		[true, [true, false], true],
		['FALSE', [true, false], false],
		[' 1k ', ['1K', '1k'], '1k'],
		['0.50', [0, 0.5, 1], 0.5],
		['true', ['yes', 'no'], 'must be one of: yes, no'],
		[null, ['null', 'other'], 'must be one of: null, other'],
	])('%j of %j: %j', (value, choices, outcome) => expect(outcomeOf(toChoice(value, choices))).toBe(outcome));

	test('what is not in the list is repeated, with the advice where there is one', () => {
		expect(toChoice('huge', ['small', 'large']).broken?.advice).toBe("It is 'huge'.");
		expect(toChoice('huge', ['small', 'large'], 'Use small.').broken?.advice).toBe("It is 'huge'. Use small.");
	});
});

describe('text', () => {
	test.each<[unknown, { minLength?: number; maxLength?: number }, string]>([
		[10n, {}, '10'],
		[0.5, {}, '0.5'],
		[NaN, {}, 'contains "NaN", probably left by an expression or a spreadsheet'],
		[null, {}, 'must be text'],
		['👟👟', { minLength: 2, maxLength: 2 }, '👟👟'],
		['👟a👟', { minLength: 4 }, 'needs at least 4 characters but has 3'],
		['👟👟👟', { maxLength: 2 }, 'takes at most 2 characters but has 3'],
		['shoes', { minLength: 5, maxLength: 5 }, 'shoes'],
		['shoes', { maxLength: 4 }, 'takes at most 4 characters but has 5'],
	])('%p within %j: %s', (value, bounds, outcome) => expect(outcomeOf(toText(value, bounds))).toBe(outcome));

	test('a blank one was written by a person, or by nobody', () => {
		expect(textRule(' \n')).toBeUndefined();
		expect(textRule('\u200b')?.messageFor('')).toMatch(/contains nothing visible/);
		expect(outcomeOf(toJson({ note: ' ' }))).toEqual({ note: ' ' });
	});
});

describe('objects', () => {
	const MUST_BE = 'must be a JSON object, like {"name": "value"}';

	test.each<[unknown, unknown]>([
		[' {"a":[1,null]} ', { a: [1, null] }],
		[{ a: { b: 'x\u0000y\u2028z' } }, { a: { b: 'xy\nz' } }],
		['  {"a":1', 'is not valid JSON: line 1, column 9'],
		['a photo [of shoes', MUST_BE],
		['shoes', MUST_BE],
		[7, MUST_BE],
		[null, MUST_BE],
		[[{ a: 1 }], MUST_BE],
		['#REF!', 'contains "#REF!", probably left by an expression or a spreadsheet'],
		[{ a: [{ b: '#REF!' }] }, 'contains "#REF!", probably left by an expression or a spreadsheet'],
		[{ a: Infinity }, 'contains "Infinity", probably left by an expression or a spreadsheet'],
		[JSON.parse('{"a":{"__proto__":1}}'), "contains the name '__proto__', which n8n cannot send"],
		[new Date(0), MUST_BE],
	])('%j: %j', (value, outcome) => expect(outcomeOf(toObject(value))).toEqual(outcome));

	test('what is in it is not looked at where that is done elsewhere', () => {
		expect(outcomeOf(objectIn('{"a":"#REF!"}'))).toEqual({ a: '#REF!' });
		expect(outcomeOf(toJson({ a: '#REF!', b: 'x\u0000' }, false))).toEqual({ a: '#REF!', b: 'x' });
	});

	test('what JSON knows no word for is none', () => {
		for (const value of [undefined, () => 1, 10n]) {
			expect(outcomeOf(toJson(value))).toBe('must be a value that can be sent as JSON');
		}
	});

	test('the example is shown unless it is too short or too long, whatever stands in it', () => {
		expect(exampleOf({ a: '{{b}}' }, EXAMPLE_CHARACTERS)).toBe('{"a":"{{b}}"}');
		expect(exampleOf([7], EXAMPLE_CHARACTERS)).toBe('[7]');
		for (const none of [{}, '', undefined, 10n]) expect(exampleOf(none, EXAMPLE_CHARACTERS)).toBeUndefined();
		const ofLength = (length: number) => ['x'.repeat(length - '[""]'.length)];
		expect(exampleOf(ofLength(EXAMPLE_CHARACTERS), EXAMPLE_CHARACTERS)).toHaveLength(EXAMPLE_CHARACTERS);
		expect(exampleOf(ofLength(EXAMPLE_CHARACTERS + 1), EXAMPLE_CHARACTERS)).toBeUndefined();
	});
});

describe('lists', () => {
	const listOf = (value: unknown, types?: JsonType[], choices?: string[]) =>
		outcomeOf(toList(value, types && { types, choices }, objectIn));

	test.each<[unknown, unknown]>([
		[' sea \n\n\tsun\r\n', ['sea', 'sun']],
		['["sea", 7, null]', ['sea', 7, null]],
		[true, [true]],
		[0, [0]],
		[' [sea', 'is not valid JSON: line 1, column 3'],
		[{ a: 1 }, 'must be a list: one entry per line, or a JSON list'],
		[null, 'must be a list: one entry per line, or a JSON list'],
		[['sea', '#N/A'], '(entry 2) contains "#N/A", probably left by an expression or a spreadsheet'],
	])('of anything: %j is %j', (value, outcome) => expect(listOf(value)).toEqual(outcome));

	test.each<[unknown, JsonType[], unknown]>([
		['[[1],[2]]', ['array'], [[1], [2]]],
		['shoes', ['array'], 'must be a JSON list, like [{…}]'],
		['shoes', ['object'], 'must be a JSON list, like [{…}]'],
		[7, ['object'], 'must be a JSON list, like [{…}]'],
		['#REF!', ['object'], 'contains "#REF!", probably left by an expression or a spreadsheet'],
		['{"a":1}', ['object', 'string'], ['{"a":1}']],
		[[7], ['string'], ['7']],
	])('%j of %j: %j', (value, types, outcome) => expect(listOf(value, types)).toEqual(outcome));

	test.each<[unknown, unknown]>([
		['Sea\nSUN', ['sea', 'sun']],
		['sea\nrain', '(entry 2) must be one of: sea, sun'],
		[['#N/A'], '(entry 1) contains "#N/A", probably left by an expression or a spreadsheet'],
	])('of choices: %j is %j', (value, outcome) => expect(listOf(value, ['string'], ['sea', 'sun'])).toEqual(outcome));
});

describe('one of several types', () => {
	test.each<[unknown, JsonType[], unknown]>([
		[2.5, ['number', 'boolean'], 2.5],
		['2.5', ['number', 'boolean'], 2.5],
		['[1]', ['array', 'boolean'], [1]],
		[[1], ['array', 'boolean'], [1]],
		['{"a":1}', ['object', 'number'], { a: 1 }],
		[2, ['string', 'boolean'], '2'],
		[2.5, ['integer', 'string'], '2.5'],
		['[1]', ['string', 'array'], '[1]'],
		[2.5, ['integer', 'boolean'], 'must have one of these types: a whole number, true or false'],
		[[5], ['integer', 'string'], 'must have one of these types: a whole number, text'],
		['shoes', ['number', 'array'], 'must have one of these types: a number, a JSON list'],
		[null, ['string', 'object'], 'must have one of these types: text, a JSON object'],
		['#REF!', ['string', 'integer'], 'contains "#REF!", probably left by an expression or a spreadsheet'],
		[10n, ['string', 'integer'], 'must be a value that can be sent as JSON'],
	])('%p of %j: %j', (value, types, outcome) => expect(outcomeOf(toAnyOf(value, types))).toEqual(outcome));

	test.each<[unknown, unknown]>([
		['[{"a":"x\\u0000y"}]', [{ a: 'xy' }]],
		['{"a":"#REF!"}', 'contains "#REF!", probably left by an expression or a spreadsheet'],
		['7', '7'],
		['"shoes"', '"shoes"'],
		[['{"a":1}'], ['{"a":1}']],
		[null, null],
	])('of any type: %j is %j', (value, outcome) => expect(outcomeOf(toAnyOf(value, []))).toEqual(outcome));
});
