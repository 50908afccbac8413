/** What a downloaded file is called. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { FileNames, fileNameFor, modelInName } from '../../nodes/RunComfy/output/fileName.ts';
import { seedFrom } from '../node/seed.mts';

const origin = { maker: 'kling-3.0-pro', itemIndex: 1, requestId: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab' };
const OF_ORIGIN = 'kling-3.0-pro-2-456789ab';

function named(fileName: string, source?: string, from = origin): string {
	const names = new FileNames();
	return names.take(1, names.enter(fileName, source), from)[0];
}

describe('the name', () => {
	test.each<[string, string, string | undefined, string]>([
		['is the one of the option', 'summer cup', 'https://x.example/a.png', 'summer cup'],
		['of the option loses an extension', 'cup.jpeg', undefined, 'cup'],
		['keeps a dot that is no extension', 'cup v1.2', undefined, 'cup v1.2'],
		["is the input file's", '', 'red shoe.HEIC', 'red shoe'],
		['is the last part of the address', '', 'https://x.example/photos/my%20shoe.png?w=9#top', 'my shoe'],
		['has no folders', '../../etc/passwd', undefined, 'etc_passwd'],
		['has none from an address either', '', 'https://x.example/a%2F..%2F..%2Fb.png', 'a_.._.._b'],
		['has no control characters', '', 'https://x.example/a%00b%0Ac.png', 'a_b_c'],
		['survives an address that cannot be decoded', '', 'https://x.example/%E0%A4%A.png', '%E0%A4%A'],
		["is the model's, with two numbers, where an address has none", '', 'https://x.example/', OF_ORIGIN],
		["is the model's where nothing is left", ' .. ', '???', OF_ORIGIN],
		["is the model's where nothing is given", '', undefined, OF_ORIGIN],
		['is not one that Windows keeps for itself', 'con', undefined, '_con'],
		['keeps letters of any alphabet', '', 'чашка-茶碗.webp', 'чашка-茶碗'],
		['is cut', 'x'.repeat(300), undefined, 'x'.repeat(100)],
		['of three-byte characters is cut by its bytes', '字'.repeat(300), undefined, '字'.repeat(66)],
		['of emoji is cut by its bytes, none in halves', `a${'👟'.repeat(300)}`, undefined, `a${'👟'.repeat(49)}`],
		['of two-byte letters is cut by its characters', 'ä'.repeat(300), undefined, 'ä'.repeat(100)],
	])('%s', (_what, fileName, source, name) => expect(named(fileName, source)).toBe(name));

	test.each([
		['', origin.requestId],
		[' / ', origin.requestId],
		['Product shots: 2', 'Product shots_ 2-2-456789ab'],
		['字'.repeat(300), `${'字'.repeat(66)}-2-456789ab`],
	])('of what %j made', (maker, name) => expect(named('', undefined, { ...origin, maker })).toBe(name));

	test.each([
		['kling/kling-3.0/pro/image-to-video', 'kling-3.0-pro-image-to-video'],
		['one', ''],
		[undefined, ''],
	])('of the model %j', (modelId, name) => expect(modelInName(modelId)).toBe(name));

	const seed = seedFrom('FUZZ_SEED');
	test(`is always one that a file system takes (seed ${seed})`, () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (fileName, source) => {
				const name = named(fileName, source);
				expect(name).toMatch(/^[^\p{C}/\\:*?"<>|]{1,101}$/u);
				expect(name).not.toMatch(/^\.|[.\s]$/);
			}),
			{ seed, numRuns: 300 },
		);
	});
});

describe('no two names are the same', () => {
	/** Items as they are entered: their name and the numbers of files of each of their requests. */
	const namesOf = (...items: Array<[source: string, ...files: number[]]>) => {
		const names = new FileNames();
		const entered = items.map(([source, ...files]) => ({ files, ...names.enter('', source, files.length) }));
		return entered.map(({ files, name, before }) =>
			files.map((count, index) => names.take(count, { name, before: before + index }, origin).join(' ')).join(' | '),
		);
	};

	test.each<[string, Array<[string, ...number[]]>, string[]]>([
		['files of one request', [['cup.png', 3]], ['cup cup-2 cup-3']],
		['variants', [['cup.png', 1, 1]], ['cup | cup-2']],
		[
			'items with the same photo',
			[
				['cup.png', 1],
				['jug.png', 1],
				['cup.png', 1],
			],
			['cup', 'jug', 'cup-2'],
		],
		[
			'the same with two files each',
			[
				['cup.png', 2],
				['cup.png', 2],
			],
			['cup cup-2', 'cup-3 cup-4'],
		],
		[
			'as many files as nobody expected',
			[
				['cup.png', 3],
				['cup.png', 1],
			],
			['cup cup-2 cup-3', 'cup-4'],
		],
		[
			'a name that looks like a numbered one',
			[
				['cup.png', 2],
				['cup-2.png', 1],
			],
			['cup cup-2', 'cup-2-2'],
		],
		[
			'capitals, which Windows does not tell apart',
			[
				['Cup.png', 1],
				['cup.png', 1],
			],
			['Cup', 'cup-2'],
		],
		[
			'accents, which macOS does not tell apart',
			[
				['caf\u00e9', 1],
				['cafe\u0301', 1],
			],
			['caf\u00e9', 'cafe\u0301-2'],
		],
		['none at all, of one request', [['', 2]], [`${OF_ORIGIN} ${OF_ORIGIN}-2`]],
	])('%s', (_what, items, names) => expect(namesOf(...items)).toEqual(names));

	test('whichever item is finished first', () => {
		const names = new FileNames();
		const [first, second] = [names.enter('cup'), names.enter('cup')];
		expect(names.take(1, second, origin)).toEqual(['cup-2']);
		expect(names.take(1, first, origin)).toEqual(['cup']);
	});
});

test.each([
	['image/jpeg', 'cup.jpg'],
	['image/png', 'cup.png'],
	['image/svg+xml', 'cup.svg'],
	['image/avif', 'cup.avif'],
	['video/quicktime', 'cup.mov'],
	['audio/mpeg', 'cup.mp3'],
	['audio/x-wav', 'cup.wav'],
	['audio/x-flac', 'cup.flac'],
	['', 'cup'],
])('the type %j gives %s', (mimeType, name) => expect(fileNameFor('cup', mimeType)).toBe(name));
