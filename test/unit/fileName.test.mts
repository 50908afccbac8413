/** What a downloaded file is called. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { baseNameOf, fileNameFor, numbered, sourceIn } from '../../nodes/RunComfy/output/fileName.ts';
import { seedFrom } from '../node/seed.mts';

const requestId = 'id-1';
const named = (fileName: string, source?: string) => baseNameOf({ fileName, source, requestId, itemNumber: 3 });

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

test.each([
	['kling/kling-3-0-pro/image-to-video', 'kling-3-0-pro-image-to-video-3'],
	['blackforestlabs/flux-3', 'flux-3-3'],
	['alone', 'alone-3'],
	['', requestId],
])('of the model %j, where nothing else gives a name: %s', (modelId, name) => {
	expect(baseNameOf({ fileName: '', modelId, requestId, itemNumber: 3 })).toBe(name);
	expect(baseNameOf({ fileName: '', source: 'cup.png', modelId, requestId, itemNumber: 3 })).toBe('cup');
});

test.each([
	[
		'the first file that has a name',
		{ image: 'https://x.example/a.png', mask: [{ type: 'image/png' }, { name: 'b.png' }] },
		'b.png',
	],
	['else the first address', { prompt: 'a cup', images: ['https://x.example/a.png'] }, 'https://x.example/a.png'],
	['else nothing', { prompt: 'see https://x.example', seed: 7, style: null }, undefined],
])('among what was sent it is after %s', (_what, inputs, source) => expect(sourceIn(inputs)).toBe(source));

test.each([
	['application/octet-stream', '/a/mesh.FBX', 'cup.fbx'],
	['application/zip', '/a/all', 'cup.zip'],
	['application/octet-stream', '/a/all', 'cup.bin'],
	['image/png', '/a/b.jpg', 'cup.png'],
])('%s from %s is %s', (mimeType, path, name) => expect(fileNameFor('cup', mimeType, path)).toBe(name));

test('further files of the same item are counted', () => {
	expect([0, 1, 2].map((index) => numbered('cup', index))).toEqual(['cup', 'cup-2', 'cup-3']);
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
