/** Texts, choices, numbers, switches and JSON, as an expression or a table gives them. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { readValues } from '../../nodes/RunComfy/values/checkValues.ts';
import { type SchemaInput, schemaOf } from '../../nodes/RunComfy/values/schema.ts';
import { workedMs } from '../lib/workedMs.mts';

type Details = Pick<SchemaInput, 'kind'> & Partial<SchemaInput>;

const readOne = (label: string, value: unknown, details: Details): unknown =>
	readValues(schemaOf({ it: { label, ...details } }), { it: value }).it;

const readText = (name: string, value: unknown) => readOne(name, value, { kind: 'text' }) as string | undefined;
const readChoice = (name: string, value: unknown, choices: ReadonlyArray<string | number | boolean>, advice = '') =>
	readOne(name, value, { kind: 'choice', choices, advice });
const readWholeNumber = (name: string, value: unknown, minimum: number, maximum: number) =>
	readOne(name, value, { kind: 'integer', minimum, maximum });
const readNumber = (name: string, value: unknown, { min, max }: { min: number; max: number }) =>
	readOne(name, value, { kind: 'number', minimum: min, maximum: max });
const readSwitch = (name: string, value: unknown) => readOne(name, value, { kind: 'boolean' });
const readFieldName = (name: string, value: unknown) => readOne(name, value, { kind: 'fieldName' });
const readObject = (name: string, value: unknown, example?: unknown) =>
	readOne(name, value, { kind: 'object', default: example });

const refusalOf = (read: () => unknown): RunComfyError => {
	try {
		throw new Error(`It was taken, as ${String(read())}`);
	} catch (error) {
		if (error instanceof RunComfyError) return error;
		throw error;
	}
};

const NOT_GIVEN = [undefined, null, '', ' ', '\n\t', '\u00a0', '\ufeff'];

describe('text that no person wrote', () => {
	test.each([
		['on a [object Object] table', '[object Object]'],
		['[object Undefined]', '[object Undefined]'],
		['on #REF! in the sun', '#REF!'],
		['#N/A', '#N/A'],
		['a shoe, #VALUE!', '#VALUE!'],
		['#NAME?', '#NAME?'],
		['#DIV/0!', '#DIV/0!'],
		['on #BEZUG! marble', '#BEZUG!'],
		['#WERT!', '#WERT!'],
		['#¡VALOR!', '#¡VALOR!'],
		['#ERROR!', '#ERROR!'],
		['Loading...', 'Loading...'],
		[' Loading… ', 'Loading…'],
		['#NV', '#NV'],
		['#Nom', '#Nom'],
		['#ZAHL', '#ZAHL'],
		['#zahl!', '#zahl!'],
		['NaN', 'NaN'],
		['nan', 'nan'],
		['a table for NaN euros', 'NaN'],
		['made on Invalid DateTime', 'Invalid DateTime'],
		['function trim() { [native code] }', '[native code]'],
		['undefined', 'undefined'],
		['NULL', 'NULL'],
		['(null)', '(null)'],
		['<nil>', '‹nil›'],
		['N/A', 'N/A'],
		['on a undefined table', 'a undefined'],
		['on marble in undefined', 'in undefined'],
		['Color: undefined, light: soft', 'undefined'],
		['marble\nnull\nmorning', 'null'],
		['a shoe on "null".', 'null'],
		['made of undefined, in the sun', 'of undefined'],
		[NaN, 'NaN'],
		[Infinity, 'Infinity'],
	])('%j', (value, found) => {
		const { message, description } = refusalOf(() => readText('Prompt', value));
		expect(message).toBe(`'Prompt' contains "${found}", probably left by an expression or a spreadsheet`);
		expect(description).toMatch(/Check the input of this node/);
	});

	test.each([
		['on a {{ $json.material }} table', '{{ $json.material }}'],
		['{{$json["x"]}}', '{{$json["x"]}}'],
		['{{product}}', '{{product}}'],
		['on {{ $json.a\n}}', '{{ $json.a }}'],
		['}} on {{ $json.a }} and {{ $json.b }}', '{{ $json.a }}'],
		['on $json.material', '$json.'],
		['on $json ["material"]', '$json ['],
		['on $item(0).json.x', '$item('],
		['on $items("Form")', '$items('],
		["on $('Form').item.json.x", "$('"],
		["on $( 'Form' ).item.json.x", "$( '"],
		['on ${material}', '${material}'],
		['on {{ $json.material }', '$json.'],
	])('%j: an expression that nobody resolved', (value, found) => {
		const { message, description } = refusalOf(() => readText('Prompt', value));
		expect(message).toBe(`'Prompt' contains an unresolved expression: ${found}`);
		expect(description).toMatch(/Switch the field to Expression/);
	});

	test.each([
		['Gr\ufffdn', '\ufffd'],
		['\ufffd\ufffd\ufffd on marble, \ufffd', '\ufffd\ufffd\ufffd'],
	])('%j: characters that were lost', (value, found) => {
		const { message, description } = refusalOf(() => readText('Prompt', value));
		expect(message).toBe(`'Prompt' contains "${found}", which marks a character that was lost`);
		expect(description).toMatch(/^The text was read in the wrong encoding\./);
	});

	test.each(['\u200b', '\u200b\u200d \u2060', '\u2800', '\u3164', '\ufe0f', '\0\x01', '\ud83d'])(
		'%j: nothing that can be seen',
		(value) => {
			expect(refusalOf(() => readText('Prompt', value)).message).toBe("'Prompt' contains nothing visible");
		},
	);

	test.each<[unknown, RegExp]>([
		[['a beach'], /a list: add \[0\] after/],
		[{ text: 'a beach' }, /the fields text: add \.text after/],
		[true, /the boolean true/],
		[() => 1, /not something that can be sent/],
	])('%p is no text', (value, advice) => {
		const { message, description } = refusalOf(() => readText('Prompt', value));
		expect(message).toBe("'Prompt' must be text");
		expect(description).toMatch(advice);
	});
});

describe('text that a person wrote', () => {
	test.each([
		['an undefined shape in the fog', undefined],
		['the edges are left undefined, and soft', undefined],
		['a sign that says #LOVE! in neon', undefined],
		['item #1, 50 % off! {sale} $5', undefined],
		['soft and undefined, in warm light', undefined],
		['on Null Island', undefined],
		['nan bread, nannies and bananas', undefined],
		['bei null Grad', undefined],
		['loading dock at dawn', undefined],
		['Loading... in neon, at dawn', undefined],
		['a screen that says loading...', undefined],
		['#nomad life', undefined],
		['in the style of #Zahl', undefined],
		['a poster for the C#NUM! evening', undefined],
		['Invalid Dates, a band of two', undefined],
		['a BaNaNa, ripe', undefined],
		['a smile }} in brackets', undefined],
		['brackets {{ that stay open', undefined],
		['🏖️ 👩‍🚀', undefined],
		['می‌خواهم', undefined],
		['a "quoted"\n\tline', undefined],
		['[an object] on a table', undefined],
		['-', undefined],
		[1984, '1984'],
		[0, '0'],
		[12345678901234567890n, '12345678901234567890'],
		['half \ud83d an emoji \ude00', 'half  an emoji '],
		['a\0b\x07c\x7fd\x9be', 'abcde'],
		['line\vbreak\u2028again', 'line\nbreak\nagain'],
		['\ufeffmark', 'mark'],
		['no\ufffecharacter', 'nocharacter'],
	])('%j goes out as %j', (value, sent) => expect(readText('Prompt', value)).toBe(sent ?? value));

	test('whatever it is, what goes out can be sent', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (value) => {
				try {
					const text = readText('Prompt', value);
					if (text === undefined) return;
					expect(text.isWellFormed()).toBe(true);
					expect(text).not.toMatch(/[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/);
				} catch (error) {
					expect(error).toBeInstanceOf(RunComfyError);
				}
			}),
			{ numRuns: 300 },
		);
	});

	test.each(['{{', '}}', '\n', ' ', '${', '[object ', '#', 'a ', ',', '\u200b'])(
		'100,000 times %j is judged at once',
		(part) => {
			const startedMs = workedMs();
			for (const text of [part.repeat(100_000), `${part.repeat(100_000)}x`]) {
				try {
					readText('Prompt', text);
				} catch (error) {
					expect(error).toBeInstanceOf(RunComfyError);
				}
			}
			expect(workedMs() - startedMs).toBeLessThan(2_000);
		},
	);
});

describe.each(NOT_GIVEN)('%j is not given', (value) => {
	test('as text, choice, number, JSON', () => {
		expect(readText('Prompt', value)).toBeUndefined();
		expect(readChoice('Style', value, ['Auto'])).toBeUndefined();
		expect(readWholeNumber('Seed', value, 0, 9)).toBeUndefined();
		expect(readNumber('Weight', value, { min: 0, max: 1 })).toBeUndefined();
		expect(readObject('Extra', value)).toBeUndefined();
	});

	test('as a switch and the name of a field neither; as a text that must be there: refused', () => {
		expect(readSwitch('Simplify', value)).toBeUndefined();
		expect(readFieldName('Put Output in Field', value)).toBeUndefined();
		const required = { kind: 'text', required: true, advice: 'Say it.' } as const;
		expect(refusalOf(() => readOne('Prompt', value, required))).toMatchObject({
			message: "'Prompt' is required",
			description: 'Say it.',
		});
	});
});

test.each(['choice', 'integer', 'number', 'boolean', 'color', 'fieldName'] as const)(
	'a %s: text that no person wrote is said to be that',
	(kind) => {
		for (const text of ['undefined', '{{ $json.speed }}', '[object Object]', '#REF!', 'NaN', 'Gr\ufffdn']) {
			const { message } = refusalOf(() => readOne('Field', text, { kind, choices: ['a'] }));
			expect(message).toMatch(/^'Field' contains /);
		}
	},
);

describe('a choice', () => {
	const SPEEDS = ['TURBO', 'BALANCED', 'QUALITY'] as const;
	test.each([
		['turbo', 'TURBO'],
		[' Quality ', 'QUALITY'],
		['BALANCED', 'BALANCED'],
	])('%j is %s', (value, meant) => expect(readChoice('Rendering Speed', value, SPEEDS)).toBe(meant));

	test.each<[unknown, unknown]>([
		['5', 5],
		[5, 5],
		['true', true],
		['TRUE', true],
		['10s', '10s'],
	])('%j of numbers, switches and words is %j', (value, meant) => {
		expect(readChoice('Duration', value, [5, 10, true, '10s'])).toBe(meant);
	});

	test('where only the case tells two apart, the case counts', () => {
		expect(readChoice('Size', 'M', ['m', 'M'])).toBe('M');
		expect(refusalOf(() => readChoice('Size', 'a', ['A', 'á', 'A '])).message).toBe("'Size' must be one of: A, á, A");
	});

	test.each(['fastest', 'TURBO!', 7, true, ['TURBO'], { a: 1 }, NaN])('%j is refused with the list', (value) => {
		const { message, description } = refusalOf(() => readChoice('Rendering Speed', value, SPEEDS, 'Or so.'));
		expect(message).toBe("'Rendering Speed' must be one of: TURBO, BALANCED, QUALITY");
		expect(description).toMatch(/^It is .* Or so\.$/);
	});
});

describe('a number', () => {
	test.each([
		[7, 7],
		['7', 7],
		[' 7 ', 7],
		['+7', 7],
		['7.0', 7],
		[-3, -3],
		['-3', -3],
	])('%j is %j', (value, meant) => expect(readWholeNumber('Seed', value, -10, 10)).toBe(meant));

	test.each(['7.5', '1e1', '0x7', '7 pieces', '١', NaN, Infinity, true, [7], { a: 7 }, '7,0', 11, '11', '--7'])(
		'%j is refused',
		(value) => {
			const { message } = refusalOf(() => readWholeNumber('Seed', value, -10, 10));
			expect(message).toBe("'Seed' must be a whole number from -10 to 10");
		},
	);

	test('with decimals, as text too', () => {
		expect(readNumber('Weight', '0.25', { min: 0, max: 1 })).toBe(0.25);
		expect(refusalOf(() => readNumber('Weight', 'heavy', { min: 0, max: 1 })).message).toMatch(/from 0 to 1$/);
	});
});

describe('a switch', () => {
	test.each([
		[true, true],
		['TRUE', true],
		[' false ', false],
	])('%j is %s', (value, meant) => expect(readSwitch('Simplify', value)).toBe(meant));

	test.each(['yes', 1, 0, [true], { a: 1 }, NaN])('%j is refused', (value) => {
		expect(refusalOf(() => readSwitch('Simplify', value)).message).toBe("'Simplify' must be true or false");
	});
});

describe('the name of a field', () => {
	test.each([
		['photo', 'photo'],
		[' photo ', 'photo'],
		[7, '7'],
	])('%j is %s', (value, meant) => expect(readFieldName('Field', value)).toBe(meant));

	test.each([
		'undefined',
		'null',
		'__proto__',
		' constructor ',
		'prototype',
		'toString',
		'[object Object]',
		'{{ $json.x }}',
		NaN,
	])('%j is refused', (value) => {
		expect(refusalOf(() => readFieldName('Field', value)).message).toMatch(/^'Field' contains /);
	});
});

describe('a JSON object', () => {
	test.each([
		['{"a":{"b":[1,"x"]}}', { a: { b: [1, 'x'] } }],
		[{ a: 1 }, { a: 1 }],
		['{"a":["half \\ud83d an emoji"]}', { a: ['half  an emoji'] }],
		[{ a: { b: 'x\0y' } }, { a: { b: 'xy' } }],
	])('%j', (value, meant) => expect(readObject('Extra', value)).toEqual(meant));

	test.each(['[1]', '7', [1], 7, true, 'text'])('%j is refused', (value) => {
		const { message } = refusalOf(() => readObject('Extra', value, { a: 1 }));
		expect(message).toBe(`'Extra' must be a JSON object, like {"a":1}`);
	});

	test.each([
		'{"a": "{{ $json.x }}"}',
		'{"a": {{ $json.x }} }',
		'{"a": {"b": ["x", "[object Object]"]}}',
		'[object Object]',
		'null',
		{ a: NaN },
		{ a: [{ b: '#REF!' }] },
		{ a: 'undefined' },
	])('%j holds what no person wrote, at whatever depth', (value) => {
		expect(refusalOf(() => readObject('Extra', value)).message).toMatch(/^'Extra' contains /);
	});

	test('a value that holds itself is none', () => {
		const round: Record<string, unknown> = { a: 'x' };
		round.self = round;
		expect(refusalOf(() => readObject('Extra', round)).message).toBe(
			"'Extra' must be a value that can be sent as JSON",
		);
	});
});
