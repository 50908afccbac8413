import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import type { Connection } from '../../nodes/RunComfy/api/connection.ts';
import { backgroundJobs } from '../../nodes/RunComfy/resources/background/backgroundJobs.ts';
import { TINY_PNG } from '../emulator/sampleFiles.mts';
import { type FakeInput, fakeContext } from './fakeContext.mts';

const IMAGE = 'https://example.com/shoe.jpg';
const PRODUCTION = { modelApiUrl: 'https://model-api.runcomfy.net', environment: 'production' } as Connection;
const { bytes: PNG } = TINY_PNG;

const read = async ({ parameters, files }: FakeInput, service: Connection = PRODUCTION) =>
	await backgroundJobs().readJob(
		{
			context: fakeContext({
				parameters: { imageSource: 'url', imageUrl: IMAGE, prompt: 'a beach', ...parameters },
				files,
			}),
			connection: service,
		} as Run,
		0,
	);
const bodyOf = async (modelOptions: unknown) => await (await read({ parameters: { modelOptions } })).makeBody();

describe('what is sent', () => {
	test('only image and prompt, as long as no option is added', async () => {
		expect(await bodyOf({})).toEqual({ image: IMAGE, prompt: 'a beach' });
	});

	test.each([
		['a palette', { colorPalette: 'Jungle' }, { color_palette: { name: 'Jungle' } }],
		[
			'a custom palette',
			{ customPalette: { colors: [{ color: '#ff6d5a', weight: 0.5 }, { color: '00FF00' }] } },
			{ color_palette: { members: [{ color_hex: '#FF6D5A', color_weight: 0.5 }, { color_hex: '#00FF00' }] } },
		],
		[
			'the bounds of a weight',
			{
				customPalette: {
					colors: [
						{ color: '#000000', weight: 0.05 },
						{ color: '#ffffff', weight: 1 },
					],
				},
			},
			{
				color_palette: {
					members: [
						{ color_hex: '#000000', color_weight: 0.05 },
						{ color_hex: '#FFFFFF', color_weight: 1 },
					],
				},
			},
		],
		['magic prompt', { magicPrompt: 'OFF' }, { magic_prompt: 'OFF' }],
		['rendering speed', { renderingSpeed: 'TURBO' }, { rendering_speed: 'TURBO' }],
		['the smallest seed', { seed: 0 }, { seed: 0 }],
		['the largest seed', { seed: 2147483647 }, { seed: 2147483647 }],
		['a seed in words of digits', { seed: '42' }, { seed: 42 }],
		['style', { style: 'Realistic' }, { style: { style_type: 'Realistic' } }],
		['extra fields', { extraFields: '{"negative_prompt":"text"}' }, { negative_prompt: 'text' }],
		['extra fields from an expression', { extraFields: { a: [1] } }, { a: [1] }],
		['no extra fields', { extraFields: '' }, {}],
	])('%s', async (_what, options, added) => {
		expect(await bodyOf(options)).toEqual({ image: IMAGE, prompt: 'a beach', ...added });
	});

	test('all seven fields of the schema', async () => {
		const all = { colorPalette: 'Ember', magicPrompt: 'ON', renderingSpeed: 'QUALITY', seed: 7, style: 'Auto' };
		expect(await bodyOf(all)).toEqual({
			image: IMAGE,
			prompt: 'a beach',
			color_palette: { name: 'Ember' },
			magic_prompt: 'ON',
			rendering_speed: 'QUALITY',
			seed: 7,
			style: { style_type: 'Auto' },
		});
	});

	test('Extra Fields win over everything, being merged last', async () => {
		const body = await bodyOf({
			seed: 7,
			style: 'Auto',
			extraFields: '{"seed":8,"style":{"style_type":"Fiction"}}',
		});
		expect(body).toMatchObject({ seed: 8, style: { style_type: 'Fiction' } });
	});

	test('a prompt keeps its lines, and a number will do', async () => {
		const lines = await read({ parameters: { prompt: ' line one\n\tline "two" ' } });
		expect(await lines.makeBody()).toMatchObject({ prompt: ' line one\n\tline "two" ' });
		const number = await read({ parameters: { prompt: 1984 } });
		expect(await number.makeBody()).toMatchObject({ prompt: '1984' });
	});

	test('a file travels as a data URI of the type its content has', async () => {
		const parameters = { imageSource: 'binary', binaryPropertyName: 'photo' };
		const input = await read({ parameters, files: { photo: PNG } });
		expect(input.hasFile).toBe(true);
		expect(await input.makeBody()).toEqual({
			image: `data:image/png;base64,${PNG.toString('base64')}`,
			prompt: 'a beach',
		});
	});
});

describe('what is refused, and how that is worded', () => {
	const SEED = "'Seed' must be a whole number from 0 to 2147483647";
	const WEIGHT = "'Custom Palette' (entry 1): 'Weight' must be a number from 0.05 to 1";
	const COLOR = /^'Custom Palette' \(entry 1\)(: 'Color'| must be a JSON object)/;
	const COLORS = /^'Custom Palette' (needs at least 1|takes at most 5|must be a JSON list)/;
	const PALETTES = "'Color Palette' must be one of: Ember, Fresh, Jungle, Magic, Melon, Mosaic, Pastel, Ultramarine";
	const EXTRA = "'Extra Fields (JSON)' must be a JSON object";
	const colors = (...list: unknown[]) => ({ customPalette: { colors: list } });

	test.each([
		[{ seed: -1 }, SEED],
		[{ seed: 1.5 }, SEED],
		[{ seed: 2147483648 }, SEED],
		[{ seed: 'seven' }, SEED],
		[{ seed: '-1' }, SEED],
		[{ seed: '1e3' }, SEED],
		[{ seed: NaN }, SEED],
		[{ seed: true }, SEED],
		[{ seed: [7] }, SEED],
		[colors({ color: '#ffffff', weight: 2 }), WEIGHT],
		[colors({ color: '#ffffff', weight: 0 }), WEIGHT],
		[colors({ color: '#ffffff', weight: 0.04 }), WEIGHT],
		[colors({ color: '#ffffff', weight: -1 }), WEIGHT],
		[colors({ color: '#ffffff', weight: 'heavy' }), WEIGHT],
		[colors({ color: '#ffffff', weight: NaN }), WEIGHT],
		[colors({ color: '#ffffff', weight: true }), WEIGHT],
		[colors({ color: 'red' }), COLOR],
		[colors({ color: '#fff' }), COLOR],
		[colors({ color: '#ff6d5a80' }), COLOR],
		[colors({}), COLOR],
		[colors('#ffffff'), COLOR],
		[colors(null), COLOR],
		[colors(), COLORS],
		[colors(...Array.from({ length: 6 }, () => ({ color: '#ffffff' }))), COLORS],
		[{ customPalette: {} }, COLORS],
		[{ customPalette: 'red' }, COLORS],
		[
			{ colorPalette: 'Ember', ...colors({ color: '#ffffff' }) },
			"'Color Palette' cannot be combined with 'Custom Palette'",
		],
		[{ colorPalette: 7 }, PALETTES],
		[{ colorPalette: 'Sunset' }, PALETTES],
		[{ colorPalette: ['Ember'] }, PALETTES],
		[{ magicPrompt: 'maybe' }, "'Magic Prompt' must be one of: AUTO, OFF, ON"],
		[{ magicPrompt: true }, "'Magic Prompt' must be one of: AUTO, OFF, ON"],
		[{ renderingSpeed: 'fastest' }, "'Rendering Speed' must be one of: BALANCED, QUALITY, TURBO"],
		[{ style: 'Fiction' }, "'Style' must be one of: Auto, Design, General, Realistic"],
		[{ extraFields: '{"seed":' }, "'Extra Fields (JSON)' is not valid JSON: line 1, column 9"],
		[{ extraFields: '[1]' }, EXTRA],
		[{ extraFields: '"text"' }, EXTRA],
		[{ extraFields: 'null' }, '\'Extra Fields (JSON)\' contains "null", probably left'],
		[{ extraFields: '7' }, EXTRA],
		[{ extraFields: [1] }, EXTRA],
	])('%j: %s', async (modelOptions, message) => await expect(bodyOf(modelOptions)).rejects.toThrow(message));

	test.each([
		['', "'Prompt' is required"],
		[' \n\t', "'Prompt' is required"],
		[undefined, "'Prompt' is required"],
		[null, "'Prompt' is required"],
		[{ text: 'a beach' }, "'Prompt' must be text"],
		[['a beach'], "'Prompt' must be text"],
	])('the prompt %j: %s', async (prompt, message) => {
		await expect(read({ parameters: { prompt } })).rejects.toThrow(message);
	});

	test.each<[string, Record<string, Buffer>, string]>([
		['no file', {}, "The input item has no file in the field 'data'"],
		['another field', { photo: PNG }, "The input item has no file in the field 'data'"],
		['an empty file', { data: Buffer.alloc(0) }, "The file in 'data' is empty"],
		['a PDF', { data: Buffer.from('%PDF-1.7') }, "The file in 'data' is not a JPEG, PNG or WebP image"],
		[
			'11 MB',
			{ data: Buffer.concat([PNG, Buffer.alloc(11 * 1024 * 1024)]) },
			"The file in 'data' is too large: 11.0 MB",
		],
	])('%s: %s', async (_what, files, message) => {
		await expect(read({ parameters: { imageSource: 'binary' }, files })).rejects.toThrow(message);
	});

	test('10 MB are not too large', async () => {
		const data = Buffer.concat([PNG, Buffer.alloc(10 * 1024 * 1024 - PNG.length)]);
		await expect(read({ parameters: { imageSource: 'binary' }, files: { data } })).resolves.toBeDefined();
	});

	test('no value whatever makes a seed that is not in the schema', async () => {
		await fc.assert(
			fc.asyncProperty(fc.anything(), async (seed) => {
				if (seed === undefined) return;
				const sent = await bodyOf({ seed }).then(
					(body) => body.seed,
					() => undefined,
				);
				if (sent !== undefined)
					expect(Number.isInteger(sent) && Number(sent) >= 0 && Number(sent) < 2 ** 31).toBe(true);
			}),
		);
	});
});

describe('what counts as the same input', () => {
	const hashOf = async (given: FakeInput, service: Connection = PRODUCTION) => (await read(given, service)).hash;

	test('the same words give the same hash, any other field another one', async () => {
		const first = await hashOf({});
		expect(await hashOf({})).toBe(first);
		const others = await Promise.all([
			hashOf({ parameters: { prompt: 'a forest' } }),
			hashOf({ parameters: { imageUrl: `${IMAGE}?2` } }),
			hashOf({ parameters: { modelOptions: { seed: 1 } } }),
			hashOf({ parameters: { modelOptions: { seed: 2 } } }),
			hashOf({}, { ...PRODUCTION, modelApiUrl: 'https://other.example.com' }),
			hashOf({ parameters: { imageSource: 'binary' }, files: { data: PNG } }),
			hashOf({ parameters: { imageSource: 'binary' }, files: { data: Buffer.concat([PNG, PNG]) } }),
		]);
		expect(new Set([first, ...others]).size).toBe(8);
	});

	test('it tells nothing of the input', async () => expect(await hashOf({})).toMatch(/^[\w-]{22}$/));
});

test.each([
	[undefined, 'BALANCED'],
	['TURBO', 'TURBO'],
	['QUALITY', 'QUALITY'],
	['turbo', 'TURBO'],
])('at rendering speed %s a job is of kind %s', async (renderingSpeed, speed) => {
	const modelOptions = renderingSpeed === undefined ? {} : { renderingSpeed };
	const { kind, queue } = await read({ parameters: { modelOptions } });
	expect(kind).toBe(`${queue.submitUrl} ${speed}`);
});
