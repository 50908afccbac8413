/** What a downloaded file is called. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { baseNameOf, baseNamesOf, fileNameFor, numberedName } from '../../nodes/RunComfy/output/fileName.ts';
import { seedFrom } from '../node/seed.mts';

const requestId = 'id-1';
const named = (fileName: string, source?: string) => baseNameOf({ fileName, source, requestId });

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
		["is the request's where an address has none", '', 'https://x.example/', requestId],
		["is the request's where nothing is left", ' .. ', '???', requestId],
		["is the request's where nothing is known", '', undefined, requestId],
		['is not one that Windows keeps for itself', 'con', undefined, '_con'],
		['keeps letters of any alphabet', '', 'чашка-茶碗.webp', 'чашка-茶碗'],
		['is cut', 'x'.repeat(300), undefined, 'x'.repeat(100)],
		['of three-byte characters is cut by its bytes', '字'.repeat(300), undefined, '字'.repeat(66)],
		['of emoji is cut by its bytes, none in halves', `a${'👟'.repeat(300)}`, undefined, `a${'👟'.repeat(49)}`],
		['of two-byte letters is cut by its characters', 'ä'.repeat(300), undefined, 'ä'.repeat(100)],
	])('%s', (_what, fileName, source, name) => expect(named(fileName, source)).toBe(name));

	const seed = seedFrom('FUZZ_SEED');
	test(`is always one that a file system takes (seed ${seed})`, () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (fileName, source) => {
				const name = named(fileName, source);
				expect(name).toMatch(/^[^\p{C}/\\:*?"<>|]{1,101}$/u);
				expect(name).not.toMatch(/^\.|[.\s]$/);
			}),
			{ seed, numRuns: 1_000 },
		);
	});
});

test('further files of the same item are counted', () => {
	expect([0, 1, 2].map((index) => numberedName('cup', index))).toEqual(['cup', 'cup-2', 'cup-3']);
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

test('files that a machine has named keep their names, unless the user names them; of two with one name the second has a number', () => {
	const files = [{ filename: 'ComfyUI_00001_.png' }, {}, { filename: 'sub/ComfyUI_00001_.png' }, { filename: '../..' }];
	const names = (fileName: string) => baseNamesOf(files, { fileName, requestId: '2c1d' }, 0);
	expect(names('')).toEqual(['ComfyUI_00001', '2c1d-2', 'sub_ComfyUI_00001', '2c1d-4']);
	expect(names('cup')).toEqual(['cup', 'cup-2', 'cup-3', 'cup-4']);
	expect(baseNamesOf([files[0], files[0]], { fileName: '', requestId: '2c1d' }, 0)).toEqual([
		'ComfyUI_00001',
		'ComfyUI_00001-2',
	]);
});
