import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { outputFilesOf } from '../../nodes/RunComfy/api/outputFiles.ts';

const A = 'https://files.runcomfy.net/a.png';
const B = 'https://files.runcomfy.net/b.png';
const V = 'https://files.runcomfy.net/v.mp4';

describe('the shapes of output', () => {
	test.each([
		['image', { image: A }, [['image', A]]],
		[
			'images',
			{ images: [A, B] },
			[
				['image', A],
				['image', B],
			],
		],
		[
			'the same file in image and images',
			{ image: A, images: [A, B] },
			[
				['image', A],
				['image', B],
			],
		],
		['a file twice in images', { images: [A, A] }, [['image', A]]],
		['video', { video: V }, [['video', V]]],
		['videos', { videos: [V] }, [['video', V]]],
		[
			'image and video',
			{ video: V, image: A },
			[
				['image', A],
				['video', V],
			],
		],
		[
			'objects with a url',
			{ images: [{ url: A }, { url: B }] },
			[
				['image', A],
				['image', B],
			],
		],
		['one object with a url under image', { image: { url: A } }, [['image', A]]],
		['a string', A, [['image', A]]],
		['the string of a video', `${V}?sig=1`, [['video', `${V}?sig=1`]]],
		[
			'an array of strings',
			[A, V],
			[
				['image', A],
				['video', V],
			],
		],
		['an array of objects', [{ url: A }], [['image', A]]],
		['one object with a url', { url: A }, [['image', A]]],
		['a presigned address', { image: `${A}?X-Sig=a%2Fb&x=1` }, [['image', `${A}?X-Sig=a%2Fb&x=1`]]],
		['capital letters', { image: 'HTTPS://FILES.RUNCOMFY.NET/A.PNG' }, [['image', 'HTTPS://FILES.RUNCOMFY.NET/A.PNG']]],
	])('%s', (_what, output, expected) => {
		expect(outputFilesOf(output).map(({ kind, url }) => [kind, url])).toEqual(expected);
	});

	test.each([
		['nothing', undefined],
		['null', null],
		['an empty object', {}],
		['an empty list', []],
		['an empty string', ''],
		['a word', 'done'],
		['a data URI', 'data:image/png;base64,iVBORw0KGgo='],
		['another scheme', { image: 'ftp://files.runcomfy.net/a.png' }],
		['a script', { image: 'javascript:alert(1)' }],
		['null under image', { image: null, images: null }],
		['numbers', { images: [1, 2] }],
		['a list in a list', { images: [[A]] }],
		['an object without url', { image: { href: A } }],
	])('no file in %s', (_what, output) => expect(outputFilesOf(output)).toEqual([]));

	test('echoed inputs inside output are not taken for results', () => {
		expect(outputFilesOf({ image: A, input: { image: B }, inputs: [B], prompt: B })).toHaveLength(1);
	});
});

test('whatever comes, each address is listed once and is an http address', () => {
	const url = fc.constantFrom(A, B, V, 'ftp://x.example/a', 'words');
	const entry = fc.oneof(url, fc.record({ url }), fc.jsonValue());
	const shape = fc.oneof(
		entry,
		fc.array(entry),
		fc.record({ image: entry, images: fc.array(entry), video: entry, videos: fc.array(entry) }, { requiredKeys: [] }),
	);
	fc.assert(
		fc.property(shape, (output) => {
			const urls = outputFilesOf(output).map((file) => file.url);
			expect(new Set(urls).size).toBe(urls.length);
			for (const one of urls) expect(one).toMatch(/^https?:\/\//i);
		}),
	);
});
