import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { problemsInWords } from '../../nodes/RunComfy/errors/problem.ts';
import {
	type CheckOptions,
	checkValues,
	givenValues,
	uncheckedValues,
} from '../../nodes/RunComfy/values/checkValues.ts';
import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
import { TINY_PNG } from '../emulator/sampleFiles.mts';
import { forms } from './schemas/forms.mts';

const IMAGE = 'https://example.com/shoe.jpg';
const PNG = `data:image/png;base64,${TINY_PNG.bytes.toString('base64')}`;

const check = (schema: unknown, given: Record<string, unknown>, options?: CheckOptions) =>
	checkValues(readModelSchema(schema)!, given, options);

/** Checks one input alone: what is sent of it, or what is said. */
function outcome(property: unknown, value: unknown, name = 'thing'): unknown {
	const { values: body, problems } = check({ properties: { [name]: property } }, { [name]: value });
	return problems.length > 0 ? problems.map(({ message }) => message).join('; ') : body[name];
}
const inForm = (form: string, name: string, value: unknown) => outcome(forms[form].properties[name], value, name);

const words = (schema: unknown, given: Record<string, unknown>, options?: CheckOptions) =>
	check(schema, given, options).problems.map(({ message }) => message);

describe('converted, since nothing is lost', () => {
	test.each([
		['a number as text', 'imageToVideo', 'duration', ' 5 ', 5],
		['a whole number with a point', 'imageToVideo', 'duration', '5.0', 5],
		['a broken number', 'numbers', 'guidance_scale', '2.5', 2.5],
		['a small number', 'numbers', 'guidance_scale', '1e-3', 0.001],
		['zero', 'numbers', 'seed', 0, 0],
		['zero as text', 'numbers', 'seed', '0', 0],
		['a switch', 'imageToVideo', 'generate_audio', false, false],
		['a switch as text', 'imageToVideo', 'generate_audio', ' TRUE ', true],
		['a number for text', 'numbers', 'tags', 42, '42'],
		['a number for a choice of texts', 'choices', 'duration', 6, '6'],
		['a text for a choice of numbers', 'choices', 'fps', '48', 48],
		['a text with a point for a choice of numbers', 'choices', 'fps', '48.0', 48],
		['zero for a choice', 'choices', 'strength', '0', 0],
		['a choice in other letters', 'choices', 'resolution', '1080p', '1080P'],
		['a choice with blanks', 'choices', 'duration', ' auto ', 'auto'],
		['a choice in its very letters', 'choices', 'size', '1k', '1k'],
		['an address with blanks', 'imageToVideo', 'image', ` ${IMAGE}\n`, IMAGE],
		['an address in a list of one', 'imageToVideo', 'image', [IMAGE], IMAGE],
		['a data URI', 'imageToVideo', 'image', PNG, PNG],
		['one address for a list', 'references', 'image_urls', IMAGE, [IMAGE]],
		['a line for each', 'references', 'image_urls', `${IMAGE}\r\n\n ${IMAGE}?2 \n`, [IMAGE, `${IMAGE}?2`]],
		['several in a row', 'references', 'image_urls', `${IMAGE}, ${IMAGE}?2 ${PNG}`, [IMAGE, `${IMAGE}?2`, PNG]],
		['with commas only', 'references', 'image_urls', `${IMAGE},${IMAGE}?a,b;`, [IMAGE, `${IMAGE}?a,b`]],
		['a JSON list', 'references', 'image_urls', JSON.stringify([IMAGE, '', null]), [IMAGE]],
		['a list', 'references', 'image_urls', [`${IMAGE} `], [IMAGE]],
		['JSON for an object', 'structured', 'lora', '{"path":"a"}', { path: 'a' }],
		['an object', 'structured', 'lora', { path: 'a' }, { path: 'a' }],
		['JSON for a list', 'structured', 'multi_prompt', '[{"prompt":"a"}]', [{ prompt: 'a' }]],
		['lines for a list', 'structured', 'keywords', 'sea, sand\nsun', ['sea, sand', 'sun']],
		['entries of their own type', 'structured', 'sizes', ['1', 2], [1, 2]],
		['a number alone', 'structured', 'sizes', 7, [7]],
		['entries of a choice', 'structured', 'moods', 'Calm\nloud', ['calm', 'loud']],
		['an empty list', 'structured', 'anything', [], []],
		['one of two types', 'numbers', 'safety', '2', '2'],
		['the other one', 'numbers', 'safety', 2, 2],
	])('%s', (_what, form, name, value, sent) => expect(inForm(form, name, value)).toEqual(sent));

	test('what a schema does not describe passes; JSON as text is JSON', () => {
		expect(outcome({}, 'some words')).toBe('some words');
		expect(outcome({ anyOf: [] }, '{"width":1}')).toEqual({ width: 1 });
		expect(outcome({}, '12')).toBe('12');
		expect(outcome({}, [1, { a: true }])).toEqual([1, { a: true }]);
		expect(outcome({ type: ['boolean', 'integer'] }, 'true')).toBe(true);
	});

	test('nothing, null and empty text are not given, an empty list of addresses neither', () => {
		const given = { last_image: null, watermark: undefined, image: '', duration: '' };
		expect(givenValues(given)).toEqual({});
		expect(check({ properties: forms.imageToVideo.properties }, given)).toEqual({ values: {}, problems: [] });
		expect(outcome(forms.references.properties.videos, [], 'videos')).toBeUndefined();
		expect(outcome(forms.references.properties.videos, ' [ ] ', 'videos')).toBeUndefined();
	});

	test('the body is in the order of what is given, not of the schema', () => {
		const { values: body } = check(forms.imageToVideo, { prompt: 'a', resolution: '2k', image: IMAGE, duration: 4 });
		expect(Object.keys(body)).toEqual(['prompt', 'resolution', 'image', 'duration']);
	});
});

describe('refused', () => {
	test.each([
		['imageToVideo', 'duration', 3, "'Duration' must be a whole number from 4 to 30"],
		['imageToVideo', 'duration', 31, "'Duration' must be a whole number from 4 to 30"],
		['imageToVideo', 'duration', 4.5, "'Duration' must be a whole number from 4 to 30"],
		['imageToVideo', 'duration', true, "'Duration' must be a whole number from 4 to 30"],
		['imageToVideo', 'duration', 'five', "'Duration' must be a whole number from 4 to 30"],
		['imageToVideo', 'duration', '0x10', "'Duration' must be a whole number from 4 to 30"],
		['imageToVideo', 'duration', [5], "'Duration' must be a whole number from 4 to 30"],
		['numbers', 'seed', 2 ** 53, "'Seed' must be a whole number"],
		['numbers', 'seed', '9007199254740993', "'Seed' must be a whole number"],
		['numbers', 'seed', NaN, "'Seed' must be a whole number"],
		['numbers', 'speed', 0, "'Speed' must be a number that is more than 0 and at most 2"],
		['numbers', 'start_time', -1, "'Start Time' must be a number that is at least 0"],
		['imageToVideo', 'generate_audio', 'yes', "'Generate Audio' must be true or false"],
		['imageToVideo', 'generate_audio', 1, "'Generate Audio' must be true or false"],
		['choices', 'ratio', '1:1', "'Ratio' must be one of: 16:9, 9:16"],
		['choices', 'duration', 7, "'Duration' must be one of: auto, 6, 8, 10"],
		['choices', 'fps', ['25'], "'FPS' must be one of: 24, 25, 48, 50"],
		['choices', 'shot_type', 'x', "'Shot Type' can only be customize"],
		['numbers', 'tags', 'x', "'Tags' needs at least 2 characters but has 1"],
		['numbers', 'tags', '👟', "'Tags' needs at least 2 characters but has 1"],
		['numbers', 'tags', { a: 1 }, "'Tags' must be text"],
		['numbers', 'tags', true, "'Tags' must be text"],
		['numbers', 'safety', true, "'Safety' must have one of these types: a whole number, text"],
		['structured', 'lora', 'path', `'LoRA' must be a JSON object, like {"name": "value"}`],
		['structured', 'lora', '[1]', `'LoRA' must be a JSON object, like {"name": "value"}`],
		['replaceBackground', 'color_palette', 'Ember', `'Color Palette' must be a JSON object, like {"name":"Ember"}`],
		['structured', 'multi_prompt', 'a', "'Multi Prompt' must be a JSON list, like [{…}]"],
		['structured', 'multi_prompt', [], "'Multi Prompt' needs at least 1 entry but has 0"],
		['structured', 'multi_prompt', ['a'], "'Multi Prompt' (entry 1) must have one of these types: a JSON object"],
		['structured', 'keywords', '[broken', "'Keywords' is not valid JSON: line 1, column 2"],
		['structured', 'keywords', 'a\nb\nc\nd\ne', "'Keywords' takes at most 4 entries but has 5"],
		['structured', 'sizes', [1, 'x'], "'Sizes' (entry 2) must have one of these types: a whole number"],
		['structured', 'moods', ['calm', 'wild'], "'Moods' (entry 2) must be one of: calm, loud"],
		['imageToVideo', 'image', 'shoe.jpg', "RunComfy cannot reach 'Image': it is not a URL"],
		[
			'imageToVideo',
			'image',
			'ftp://a/b.png',
			"RunComfy cannot reach 'Image': it does not start with http:// or https://",
		],
		['imageToVideo', 'image', { url: IMAGE }, "RunComfy cannot reach 'Image': it is not text"],
		['imageToVideo', 'image', [IMAGE, IMAGE], "'Image' takes one URL, not 2"],
		['imageToVideo', 'image', 'data:video/mp4;base64,AAAA', "The file in 'Image' is not a JPEG, PNG or WebP image"],
		['references', 'image_urls', `${IMAGE}\nshoe.jpg`, "RunComfy cannot reach 'Image URLs' (entry 2): it is not a URL"],
		['references', 'image_urls', 7, "'Image URLs' must be URLs: one per line, or a JSON list"],
		['references', 'image_urls', [7], "'Image URLs' must be URLs: one per line, or a JSON list"],
	])('%s: %s is %j', (form, name, value, message) => expect(inForm(form, name, value)).toBe(message));

	test.each([
		['[object Object]'],
		['a photo of [object Object]'],
		['#REF!'],
		['#N/A'],
		['NaN'],
		['undefined'],
		['null'],
		['{{ $json.title }}'],
		['Gr\ufffdn'],
	])('text that no person wrote: %s', (text) => {
		const contains = / contains (".*", probably left by|an unresolved expression: |"\ufffd", which marks a)/;
		for (const [form, name] of [
			['imageToVideo', 'prompt'],
			['imageToVideo', 'image'],
			['imageToVideo', 'duration'],
			['choices', 'ratio'],
			['misnamed', 'size'],
			['structured', 'keywords'],
		]) {
			const said = inForm(form, name, text) as string;
			expect(said).toMatch(contains);
		}
		expect(outcome({}, { deep: [{ text }] })).toMatch(contains);
		const list = inForm('references', 'image_urls', [IMAGE, text]);
		expect(list).toMatch(contains);
		expect(list).toMatch(/^RunComfy cannot reach 'Image URLs' \(entry 2\): it /);
	});

	test('too much of it', () => {
		expect(inForm('imageToVideo', 'prompt', '👟'.repeat(5000))).toBe('👟'.repeat(5000));
		expect(inForm('imageToVideo', 'prompt', '👟'.repeat(5001))).toBe(
			"'Prompt' takes at most 5000 characters but has 5001",
		);
		expect(inForm('references', 'image_urls', Array(11).fill(IMAGE))).toBe(
			"'Image URLs' takes at most 10 entries but has 11",
		);
	});

	test('a choice that may be one or the other', () => {
		expect(outcome({ enum: ['AB', 'ab'] }, 'Ab')).toBe("'Thing' must be one of: AB, ab");
		expect(outcome({ enum: [5, '5'] }, '5')).toBe('5');
		expect(outcome({ enum: [5, '5'] }, '5.0')).toBe("'Thing' must be one of: 5, 5");
	});

	test('blanks and invisible signs', () => {
		for (const blank of ['   ', '\n', '\u00a0']) {
			expect(inForm('numbers', 'tags', blank)).toBeUndefined();
			expect(words(forms.imageToVideo, { prompt: blank, image: blank, duration: 5, resolution: '2k' })).toEqual([
				"'Image' is required",
				"'Prompt' is required",
			]);
		}
		for (const invisible of ['\u200b', '\u0000', '\u2800 \ud83d']) {
			expect(inForm('numbers', 'tags', invisible)).toBe("'Tags' contains nothing visible");
			expect(inForm('choices', 'ratio', invisible)).toBe("'Ratio' contains nothing visible");
			expect(outcome({}, { deep: [invisible] })).toBe("'Thing' contains nothing visible");
		}
		for (const invisible of ['\u200b', '\u0000']) {
			expect(inForm('imageToVideo', 'image', invisible)).toMatch(/'Image': it contains nothing visible/);
			expect(inForm('references', 'videos', invisible)).toMatch(/'Videos' \(entry 1\): it contains nothing visible/);
		}
	});

	test('what JSON cannot hold', () => {
		const circle: unknown[] = [];
		circle.push(circle);
		for (const value of [circle, 10n, () => 1, Symbol('a')]) {
			expect(outcome({}, value)).toBe("'Thing' must be a value that can be sent as JSON");
			expect(outcome({ type: 'object' }, value)).toMatch(/must be a JSON object/);
		}
		expect(outcome({}, { a: NaN })).toMatch(/'Thing' contains "NaN"/);
	});

	test('required ones that are missing, all problems at once, each with its input', () => {
		const { problems } = check(forms.imageToVideo, { duration: 3, generate_audio: 'no', resolution: null });
		expect(problems.map(({ input, message }) => [input, message])).toEqual([
			['duration', "'Duration' must be a whole number from 4 to 30"],
			['generate_audio', "'Generate Audio' must be true or false"],
			['image', "'Image' is required"],
			['prompt', "'Prompt' is required"],
			['resolution', "'Resolution' is required"],
		]);
		expect(words(forms.references, { prompt: 'a', image_urls: [] })).toEqual(["'Image URLs' is required"]);
	});

	test('a name in required without a property is not missed, and takes what it is given', () => {
		expect(check(forms.misnamed, { prompt: 'a', images: IMAGE, wish: ['x'] })).toEqual({
			values: { prompt: 'a', images: [IMAGE], wish: ['x'] },
			problems: [],
		});
	});

	test('inputs the model does not have, with the list of those it has', () => {
		const { problems, values: body } = check(forms.misnamed, { prompt: 'a', sizes: 1, stale: null });
		expect(problems).toEqual([
			{ input: 'sizes', message: "'sizes' is not an input of this model. It has: prompt, images, size", advice: '' },
		]);
		expect(body).toEqual({ prompt: 'a' });
		const given = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`u${at}`, at]));
		expect(words({ properties: {} }, given)).toEqual([
			"'u0', 'u1', 'u2', 'u3', 'u4' and 2995 more are not inputs of this model. It has none",
		]);
	});

	test('a prompt for a model that has none', () => {
		expect(check({ properties: { tags: {} } }, { prompt: 'a', tags: 'b' }).problems).toEqual([
			{
				input: 'prompt',
				message: "'Prompt' must be empty, because this model takes no prompt. It has: tags",
				advice: '',
			},
		]);
	});

	test('of a schema that was cut, unknown inputs may be real ones', () => {
		const schema = { ...readModelSchema(forms.misnamed)!, isWhole: false };
		expect(checkValues(schema, { prompt: 'a', more: '5' })).toEqual({
			values: { prompt: 'a', more: '5' },
			problems: [],
		});
	});

	test('names of Object.prototype are sent and checked as any other', () => {
		const schema = { properties: { toString: { type: 'integer' }, valueOf: { type: 'string' } } };
		const { values: body, problems } = check(schema, { toString: '5', valueOf: 'c' } as never);
		expect(problems).toEqual([]);
		expect(JSON.stringify(body)).toBe('{"toString":5,"valueOf":"c"}');
		expect(check({ properties: { a: {} } }, { toString: 1 } as never).problems).toHaveLength(1);
		expect(check({ properties: { constructor: {} }, required: ['constructor'] }, {}).problems).toHaveLength(1);
	});

	test('names that n8n leaves out of what it sends', () => {
		const schema = JSON.parse(
			'{"properties":{"__proto__":{"type":"integer"},"constructor":{},"deep":{"type":"object"}}}',
		) as never;
		const given = JSON.parse('{"__proto__":"5","constructor":"c","deep":{"a":{"prototype":1}}}') as Record<
			string,
			unknown
		>;
		expect(words(schema, given)).toEqual([
			"'Proto' has a name that n8n cannot send",
			"'Constructor' has a name that n8n cannot send",
			"'Deep' contains the name 'prototype', which n8n cannot send",
		]);
		expect(words({ properties: { deep: { type: 'object' } } }, { prototype: 1 })).toHaveLength(1);
	});
});

describe('files', () => {
	const files = (entries: Record<string, Array<{ name?: string; type: string; bytes: number }>>) => ({
		files: new Map(Object.entries(entries)),
	});
	const png = { name: 'shoe.png', type: 'image/png', bytes: 1000 };
	const given = { prompt: 'a', duration: 5, resolution: '2k' };

	test('fill required inputs, alone and beside addresses', () => {
		expect(check(forms.imageToVideo, given, files({ image: [png] }))).toEqual({ values: given, problems: [] });
		const options = files({ image_urls: [png, png] });
		expect(check(forms.references, { prompt: 'a' }, options)).toEqual({ values: { prompt: 'a' }, problems: [] });
		expect(check(forms.references, { prompt: 'a', image_urls: IMAGE }, options).values).toEqual({
			prompt: 'a',
			image_urls: [IMAGE],
		});
		expect(words(forms.references, { prompt: 'a', image_urls: Array(9).fill(IMAGE) }, options)).toEqual([
			"'Image URLs' takes at most 10 entries but has 11",
		]);
	});

	test.each([
		['image', [png, png], "'Image' takes one file, not 2"],
		['duration', [png], "'Duration' takes no file"],
	])('for %s: %j', (name, list, message) => {
		expect(words(forms.imageToVideo, given, files({ image: [png], [name]: list }))).toEqual([message]);
	});

	test('together with an address, or for an input that is not there', () => {
		expect(words(forms.imageToVideo, { ...given, image: IMAGE }, files({ image: [png] }))).toEqual([
			"'Image' is given twice, as a URL and as a file",
		]);
		expect(words(forms.imageToVideo, given, files({ image: [png], picture: [png] }))[0]).toMatch(
			/^'picture' is not an input/,
		);
	});

	test('all together at most 64 MB, data URIs in addresses included', () => {
		const large = { type: 'image/png', bytes: 6 * 1024 * 1024 };
		const schema = { properties: { images: { type: 'array', format: 'image_uris' }, note: { type: 'string' } } };
		expect(words(schema, {}, files({ images: Array(7).fill(large) }))).toEqual([]);
		expect(words(schema, { note: 'x'.repeat(9 * 1024 * 1024) }, files({ images: Array(7).fill(large) }))).toEqual([
			'All inputs together are too large: 65.1 MB, and the limit is 64 MB',
		]);
		const uri = `data:image/png;base64,${'A'.repeat(8 * 1024 * 1024)}`;
		expect(words(schema, { images: Array(9).fill(uri) }).length).toBe(1);
		expect(check(schema, { images: Array(9).fill(uri) }).problems[0].input).toBe('images');
	});

	test('count with addresses: as many as the schema takes are taken, and no more', () => {
		const of = (addresses: number, count: number) =>
			check(
				forms.references,
				{ prompt: 'a', image_urls: Array(addresses).fill(IMAGE) },
				files({ image_urls: Array(count).fill(png) }),
			);
		expect(of(10, 0).problems).toEqual([]);
		expect(of(1, 1)).toEqual({ values: { prompt: 'a', image_urls: [IMAGE] }, problems: [] });
		expect(of(0, 10)).toEqual({ values: { prompt: 'a' }, problems: [] });
		expect(of(0, 11).problems).toMatchObject([{ message: expect.stringMatching(/at most 10 entries.* 11$/) }]);
	});

	test('for an input that takes none: the advice names those that do', () => {
		const { problems } = check(forms.imageToVideo, given, files({ image: [png], duration: [png] }));
		expect(problems[0].advice).toMatch(/Image/);
		expect(problems[0].advice).not.toMatch(/Resolution/);
	});

	test('too large together: the largest is named, and texts in lists and objects count', () => {
		const MB = 1024 * 1024;
		const uris = (megabytes: number) => [{ type: 'image/png', bytes: megabytes * MB * 0.75 }];
		const image = { type: 'string', format: 'image_uri' };
		const schema = {
			properties: {
				a: image,
				b: image,
				c: image,
				words: { type: 'array', items: { type: 'string' } },
				more: { type: 'object' },
			},
		};
		const problemsOf = (values: Record<string, unknown>, b: number) =>
			check(schema, values, files({ a: uris(4), b: uris(b), c: uris(1) })).problems;
		expect(problemsOf({}, 60).map(({ input }) => input)).toEqual(['b']);
		expect(problemsOf({}, 50)).toEqual([]);
		const text = 'x'.repeat(5 * MB);
		expect(problemsOf({ words: [text, text] }, 50).map(({ input }) => input)).toEqual(['b']);
		expect(problemsOf({ more: { text: text.repeat(2) } }, 50).map(({ input }) => input)).toEqual(['b']);
	});
});

test.each<[name: string, text: string, sent: unknown]>([
	['lora', '{\n"path": null\n}', { path: null }],
	['multi_prompt', '  [{\n"prompt": null\n}]', [{ prompt: null }]],
])('null within JSON is no leftover: %s', (name, text, sent) => {
	expect(inForm('structured', name, text)).toEqual(sent);
});

test('a name that n8n cannot send is no problem as long as nothing is given for it', () => {
	expect(words({ properties: { constructor: {}, a: {} } }, { a: 1 })).toEqual([]);
});

test('addresses may point into a private network where that is allowed', () => {
	const schema = { properties: { image: { type: 'string' }, images: { type: 'array' } } };
	const given = { image: 'http://localhost/a.png', images: [IMAGE, PNG] };
	expect(check(schema, given, { allowPrivate: true })).toEqual({ values: given, problems: [] });
	expect(check(schema, given)).toMatchObject({
		values: { images: [IMAGE, PNG] },
		problems: [{ input: 'image', message: "RunComfy cannot reach 'Image': it points to a private network" }],
	});
});

test('nothing is said of inputs of which something has been said', () => {
	const { problems } = check(forms.imageToVideo, { prompt: 'a', duration: 5 }, { faulty: new Set(['image']) });
	expect(problems.map(({ input }) => input)).toEqual(['resolution']);
});

test('where no schema is at hand, what is given is sent as JSON can hold it', () => {
	expect(uncheckedValues({ a: '#REF!', b: ' ', c: null, d: { e: ['x\0'] } })).toEqual({
		values: { a: '#REF!', d: { e: ['x'] } },
		problems: [],
	});
	const { problems } = uncheckedValues(
		JSON.parse('{"__proto__": 1, "a": {"constructor": 1}}') as Record<string, unknown>,
	);
	expect(problems.map(({ message }) => message)).toEqual([
		"'__proto__' has a name that n8n cannot send",
		"'a' contains the name 'constructor', which n8n cannot send",
	]);
});

test('a person reads ten problems and the number of the others', () => {
	const problems = Array.from({ length: 13 }, (_, at) => ({ input: 'a', message: `p${at}`, advice: '' }));
	expect(problemsInWords(problems)).toBe('p0; p1; p2; p3; p4; p5; p6; p7; p8; p9; and 3 more problems');
	expect(problemsInWords(problems.slice(0, 11))).toMatch(/; and 1 more problem$/);
	expect(problemsInWords([])).toBe('');
});

describe('whatever schema and inputs are', () => {
	const wild = fc.anything({
		withBigInt: true,
		withDate: true,
		withNullPrototype: true,
		withSparseArray: true,
		withMap: true,
	});
	const property = fc.record(
		{
			type: fc.oneof(fc.constantFrom('string', 'integer', 'number', 'float', 'boolean', 'array', 'object'), wild),
			format: fc.oneof(fc.constantFrom('image_uri', 'video_uris', 'audio_uri'), wild),
			enum: fc.oneof(fc.array(fc.oneof(fc.string(), fc.double(), fc.boolean())), wild),
			items: fc.oneof(fc.record({ type: fc.constantFrom('string', 'object', 'integer') }), wild),
			minimum: wild,
			maximum: fc.oneof(fc.double(), wild),
			maxLength: fc.nat(10),
			minItems: fc.nat(3),
			default: wild,
			title: wild,
			validations: wild,
		},
		{ requiredKeys: [] },
	);
	const name = fc.oneof(
		fc.constantFrom('image', 'images', 'prompt', '__proto__', 'constructor', 'a', 'b'),
		fc.string(),
	);
	const properties = fc.oneof(fc.dictionary(name, fc.oneof(property, wild)), wild);

	test('nothing is thrown, a message has one line, and what is sent survives JSON', () => {
		fc.assert(
			fc.property(properties, fc.array(name), fc.dictionary(name, wild), (some, required, given) => {
				const schema = readModelSchema({ properties: some, required });
				if (schema === undefined) return;
				const { values: body, problems } = checkValues(schema, given);
				for (const { input, message } of problems) {
					expect(typeof input).toBe('string');
					expect(message).not.toMatch(/[\n\r]/);
				}
				expect(JSON.parse(JSON.stringify(body))).toEqual(JSON.parse(JSON.stringify({ ...body })));
				for (const value of Object.values(body)) expect(JSON.stringify(value)).toBeDefined();
			}),
			{ numRuns: 200 },
		);
	});

	test('what has passed passes again and is not changed again', () => {
		fc.assert(
			fc.property(properties, fc.dictionary(name, wild), (some, given) => {
				const schema = readModelSchema({ properties: some });
				if (schema === undefined) return;
				const { values: body } = checkValues(schema, given);
				const again = checkValues(schema, body);
				expect(again.problems).toEqual([]);
				expect(JSON.stringify(again.values)).toBe(JSON.stringify(body));
			}),
			{ numRuns: 200 },
		);
	});
});

test('a bound that is excluded is not taken, what lies within is', () => {
	const property = { type: 'number', exclusiveMinimum: 1, exclusiveMaximum: 2 };
	for (const bound of [1, 2, '2', 2.5]) expect(outcome(property, bound)).toMatch(/must be a number/);
	for (const within of [1.001, 1.999]) expect(outcome(property, within)).toBe(within);
});
