import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { type FileContext, readOutput } from '../../nodes/RunComfy/api/outputFiles.ts';
import { workedMs } from '../lib/workedMs.mts';

const outputFilesOf = (output: unknown, context?: FileContext) => readOutput(output, context).files;

const A = 'https://files.runcomfy.net/a.png';
const B = 'https://files.runcomfy.net/b.png';
const V = 'https://files.runcomfy.net/v.mp4';
const S = 'https://files.runcomfy.net/s.mp3';
/** Says nothing of its kind. */
const X = 'https://files.runcomfy.net/x';

const [image, video, audio, file] = (['image', 'video', 'audio', 'file'] as const).map((kind) => (url: string) => ({
	url,
	kind,
}));

describe('the shapes of output', () => {
	test.each([
		['image', { image: A }, [image(A)]],
		['images', { images: [A, B] }, [image(A), image(B)]],
		['the same file in image and images', { image: A, images: [A, B] }, [image(A), image(B)]],
		['a file twice in images', { images: [A, A] }, [image(A)]],
		['video', { video: V }, [video(V)]],
		['videos', { videos: [V] }, [video(V)]],
		['image and video', { video: V, image: A }, [image(A), video(V)]],
		['objects with a url', { images: [{ url: A }, { url: B }] }, [image(A), image(B)]],
		['one object with a url under image', { image: { url: A } }, [image(A)]],
		['a string', A, [image(A)]],
		['the string of a video', `${V}?sig=1`, [video(`${V}?sig=1`)]],
		['an array of strings', [A, V], [image(A), video(V)]],
		['an array of objects', [{ url: A }], [image(A)]],
		['one object with a url', { url: A }, [image(A)]],
		['two addresses in one text', { image: `${A} ${B}` }, [image(A), image(B)]],
		['a presigned address', { image: `${A}?X-Sig=a%2Fb&x=1` }, [image(`${A}?X-Sig=a%2Fb&x=1`)]],
		['capital letters', { image: 'HTTPS://FILES.RUNCOMFY.NET/A.PNG' }, [image('HTTPS://FILES.RUNCOMFY.NET/A.PNG')]],
	])('%s', (_what, output, expected) => {
		expect(outputFilesOf(output)).toEqual(expected);
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
		['an address within a sentence', { text: `See ${A}` }],
		['the addresses of the request', { status_url: A, result_url: A, cancel_url: A, model_url: A }],
		['another key, over http, from anywhere', { preview: 'http://elsewhere.example/a.png' }],
		['what only looks like one', { image: 'https://' }],
	])('no file in %s', (_what, output) => expect(outputFilesOf(output)).toEqual([]));

	test('echoed inputs inside output are not taken for results', () => {
		expect(outputFilesOf({ image: A, input: { image: B }, inputs: [B], prompt: B })).toHaveLength(1);
	});
});

describe('any other shape', () => {
	test.each([
		['audio', { audio: X }, [audio(X)]],
		['audios', { audios: [S, X] }, [audio(S), audio(X)]],
		['preview beside video', { preview: { url: A }, video: V }, [video(V), image(A)]],
		[
			'outputs',
			{
				outputs: [
					{ type: 'image', url: A },
					{ type: 'video', url: V },
				],
			},
			[image(A), video(V)],
		],
		['image_url and video_urls', { image_url: X, video_urls: [V] }, [image(X), video(V)]],
		['channels by node', { '58': { images: [{ url: X, filename: 'x' }] } }, [image(X)]],
		['a list in a list', { images: [[A]] }, [image(A)]],
		['an object under another key', { image: { href: X } }, [image(X)]],
		['the key wins over the name', { image: V }, [image(V)]],
		['the nearest key wins', { images: { video: X } }, [video(X)]],
		['neither key nor name', { result: X }, [file(X)]],
		[
			'a model of three dimensions',
			{ mesh: 'https://files.runcomfy.net/m.glb' },
			[file('https://files.runcomfy.net/m.glb')],
		],
		['a name in the query', { result: `${X}?filename=a.wav` }, [audio(`${X}?filename=a.wav`)]],
		['the same address everywhere', { a: A, image: A, b: [A], c: { d: A } }, [image(A)]],
		['blanks around', { image: ` ${A}\n` }, [image(A)]],
		['documented keys first', { zoo: B, videos: [V], image: A }, [image(A), video(V), image(B)]],
		['http where it is documented', { image: 'http://files.example/a.png' }, [image('http://files.example/a.png')]],
	])('%s', (_what, output, expected) => {
		expect(outputFilesOf(output)).toEqual(expected);
	});

	test('http of a custom environment, under any key', () => {
		const url = 'http://127.0.0.1:8080/files/a.png';
		expect(outputFilesOf({ deep: [{ down: url }] }, { customFileHosts: ['127.0.0.1:8080'] })).toHaveLength(1);
		expect(outputFilesOf({ deep: [{ down: url }] }, { customFileHosts: ['127.0.0.1:8081'] })).toEqual([]);
	});
});

describe('bounds', () => {
	const addresses = (count: number) => Array.from({ length: count }, (_, index) => `${X}/${index}.png`);

	test('a hundred thousand addresses: a thousand are listed, the rest is counted, at once', () => {
		const output = { images: addresses(100_000) };
		const startMs = workedMs();
		const { files, leftOut } = readOutput(output);
		expect(workedMs() - startMs).toBeLessThan(1_000);
		expect(files).toHaveLength(1_000);
		expect(files[999]).toEqual({ url: `${X}/999.png`, kind: 'image' });
		expect(leftOut).toBe(99_000);
	});

	test('a thousand are not too many', () => {
		expect(readOutput(addresses(1_000))).toMatchObject({ leftOut: 0 });
	});

	test('a hundred thousand objects under keys of their own', () => {
		const output = Object.fromEntries(addresses(100_000).map((url, index) => [`k${index}`, { url }]));
		const startMs = workedMs();
		expect(readOutput(output).files).toHaveLength(1_000);
		expect(workedMs() - startMs).toBeLessThan(2_000);
	});

	test('what is too deep is left alone', () => {
		const deep = (levels: number): unknown => (levels === 0 ? A : [deep(levels - 1)]);
		expect(outputFilesOf(deep(20))).toHaveLength(1);
		expect(outputFilesOf(deep(5_000))).toEqual([]);
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
