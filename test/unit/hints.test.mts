/** What stands above the items: the sum, the previews, and what needs a person. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';
import type { INodeExecutionData } from 'n8n-workflow';

import type { Connection } from '../../nodes/RunComfy/api/connection.ts';
import type { OutputFile } from '../../nodes/RunComfy/api/outputFiles.ts';
import { asUsd } from '../../nodes/RunComfy/errors/sentences.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { type Hint, hintsFor, MAX_PREVIEWS, previewsOf } from '../../nodes/RunComfy/output/hints.ts';
import {
	type Download,
	errorItem,
	outputItem,
	rawItem,
	simplifiedItems,
	unfinishedItem,
} from '../../nodes/RunComfy/output/items.ts';
import { seedFrom } from '../node/seed.mts';

const connection = {
	credentialName: 'RunComfy account',
	environment: 'production',
	modelApiUrl: 'https://model-api.runcomfy.net',
	accountApiUrl: 'https://api.runcomfy.net/prod/v2',
	customFileHosts: [],
	token: 'token',
	fingerprint: 'fingerprint',
	credential: {},
} as unknown as Connection;

const FILE = 'https://files.runcomfy.net/a.png';
const image = (url = FILE): OutputFile => ({ url, kind: 'image' });
const video: OutputFile = { url: 'https://files.runcomfy.net/a.mp4', kind: 'video' };
const problem: Download = { problem: 'The file could not be downloaded.' };

const delivery = (requestId: string, files: OutputFile[], cost?: number, rest = {}) => ({
	itemIndex: 0,
	requestId,
	answer: { status: 'succeeded', ...(cost !== undefined && { cost }) },
	files,
	downloads: [],
	stored: [],
	outputField: 'data',
	inputFields: {},
	moreFields: {},
	...rest,
});
const done = (...given: Parameters<typeof delivery>) => simplifiedItems(delivery(...given));
const raw = (...given: Parameters<typeof delivery>) => [rawItem(delivery(...given))];
const text = (...given: Parameters<typeof delivery>) => [outputItem(delivery(...given))];
const unfinished = (requestId: string, inputFields = {}) =>
	unfinishedItem(0, requestId, 'in_progress', { inputFields });
const failed = (itemIndex = 0) => errorItem(itemIndex, new RunComfyError('It failed'));

const hints = (items: INodeExecutionData[], inputCount = items.length, more: Hint[] = []) =>
	hintsFor(items, { connection, inputCount, more });
/** How many inputs items come from, if each input without several variants gave one. */
const inputsOf = (items: INodeExecutionData[]) =>
	new Set(items.map(({ pairedItem }) => JSON.stringify(pairedItem))).size;
const texts = (...given: Parameters<typeof hints>) => hints(...given).map(({ message }) => message.split('<br>')[0]);

test.each([
	[0, '$0.00'],
	[0.06, '$0.06'],
	[0.1 + 0.2, '$0.30'],
	[1.005, '$1.005'],
	[12, '$12.00'],
	[0.125, '$0.125'],
	[0.004, '$0.004'],
	[0.0015, '$0.0015'],
	[0.000001, '$0.000001'],
	[0.0099999999, '$0.01'],
	[1e-9, '$0.00'],
	[-0.5, '-$0.50'],
	[-1e-9, '$0.00'],
])('%d dollars are %s', (usd, words) => expect(asUsd(usd)).toBe(words));

describe('what is said', () => {
	test.each<[string, INodeExecutionData[], string[]]>([
		['nothing of nothing', [], []],
		['one picture and its cost', done('a', [image()], 0.06), ['1 picture, $0.06 in total']],
		['no cost where RunComfy tells none', done('a', [image()]), ['1 picture']],
		[
			'pictures and their cost',
			[...done('a', [image()], 0.1), ...done('b', [image()], 0.2)],
			['2 pictures, $0.30 in total'],
		],
		[
			'a request with several files is paid once',
			done('a', [image(), image(`${FILE}2`)], 0.12),
			['2 pictures, $0.12 in total'],
		],
		[
			'a sum where costs are missing, which is no total',
			[...done('a', [image()], 0.06), ...done('b', [image()]), ...done('c', [image()])],
			['3 pictures, $0.06 reported for 1 of 3 requests'],
		],
		[
			'a cost that is a number in a text',
			[...done('a', [image()], 0.06), ...done('b', [image()], undefined, { answer: { cost: '0.40' } })],
			['2 pictures, $0.46 in total'],
		],
		['what a text cost, too', [...done('a', [image()], 0.06), ...text('b', [], 0.01)], ['1 picture, $0.07 in total']],
		['Simplify off', raw('a', [image(), image(`${FILE}2`)], 0.12), ['2 pictures, $0.12 in total']],
		['videos', done('a', [video, video], 1), ['2 videos, $1.00 in total']],
		['both', done('a', [image(), video], 1), ['1 picture and 1 video, $1.00 in total']],
		[
			'one unfinished',
			[unfinished('a')],
			[
				"1 request is not finished yet: Get Result fetches it by its request_id, and waits for it if 'Wait Until Finished' is on.",
			],
		],
		[
			'two unfinished',
			[unfinished('a'), unfinished('b')],
			[
				"2 requests are not finished yet: Get Result fetches them by their request_id, and waits for them if 'Wait Until Finished' is on.",
			],
		],
		[
			'one file that is missing',
			done('a', [image()], undefined, { downloads: [problem] }),
			['1 file could not be downloaded: see download_error in the item.', '1 picture'],
		],
		[
			'two of one raw item',
			raw('a', [image(), video], undefined, { downloads: [problem, problem] }),
			['2 files could not be downloaded: see download_error in the items.', '1 picture and 1 video'],
		],
		['one that failed', [failed()], ['1 of 1 item failed: item 0. Reason: It failed.']],
		[
			'variants of one that failed',
			[failed(), failed(), failed()],
			['1 of 1 item failed: item 0. First reason: It failed.'],
		],
		[
			'some that failed',
			[...done('a', [image()], 0.06), failed(1), failed(2)],
			['2 of 3 items failed: items 1 and 2. First reason: It failed.', '1 picture, $0.06 in total'],
		],
	])('%s', (_what, items, expected) => expect(texts(items, inputsOf(items))).toEqual(expected));

	test("fields of the input that travel along are not taken for the node's own", () => {
		const inputFields = {
			finished: false,
			download_error: 'old',
			cost: 9,
			image_url: FILE,
			video_url: FILE,
			output: FILE,
		};
		expect(texts(done('a', [image()], 0.06, { inputFields }))).toEqual(['1 picture, $0.06 in total']);
		expect(texts([unfinished('a', inputFields)])).toHaveLength(1);
	});

	test('of a failure out of five inputs, since one input may give several items', () => {
		expect(texts([...done('a', [image(), image(`${FILE}2`)]), failed()], 5)).toContain(
			'1 of 5 items failed: item 0. Reason: It failed.',
		);
	});

	test('what else there is to say comes after the sum in the same hint, and is text', () => {
		const more: Hint[] = [{ text: '1 < 2 & <b>bold</b>', type: 'info' }];
		expect(texts(done('a', [image()]), 1, more)).toEqual(['1 picture. 1 &lt; 2 &amp; &lt;b&gt;bold&lt;/b&gt;.']);
	});

	const reused = (...ids: string[]) => ({ requestIds: new Set(ids), time: '10:40', runs: 1 });
	const CHANGE = 'For new results, change the input or turn off Options → Reuse in Test Runs.';
	const fromTestRun = (items: INodeExecutionData[], ...ids: string[]) =>
		hintsFor(items, { connection, inputCount: items.length, reused: reused(...ids) }).map(
			({ message }) => message.split('<br>')[0],
		);

	test('only what was not reused is charged now', () => {
		const items = [...done('a', [image()], 0.1), ...done('b', [image(), image()], 0.2), ...done('c', [image()], 0.3)];
		expect(fromTestRun(items, 'b')).toEqual([
			`4 pictures: $0.40 charged now, 2 reused from your 10:40 test run. ${CHANGE}`,
		]);
		expect(fromTestRun(items, 'a', 'b', 'c')).toEqual([
			`4 pictures: all reused from your 10:40 test run, not charged again. ${CHANGE}`,
		]);
		expect(fromTestRun(items, 'z')).toEqual(['4 pictures, $0.60 in total']);
	});

	test('where the cost of some that are new is missing, the amount is not all that is charged', () => {
		const items = [...done('a', [image()], 0.1), ...done('b', [image()], 0.2), ...done('c', [image()])];
		expect(fromTestRun(items, 'a')).toEqual([
			`3 pictures: $0.20 reported for 1 of 2 new requests, 1 reused from your 10:40 test run. ${CHANGE}`,
		]);
	});

	test('no amount is named where RunComfy reports none for what is new', () => {
		const items = [...done('a', [image()], 0.1), ...done('b', [image()])];
		expect(fromTestRun(items, 'a')).toEqual([
			`2 pictures: 1 reused from your 10:40 test run, not charged again. ${CHANGE}`,
		]);
	});

	test('warnings come first: failures, unfinished requests and missing files', () => {
		const items = [...done('a', [image()], 0.06, { downloads: [problem] }), unfinished('b'), failed()];
		expect(hints(items).map(({ type }) => type)).toEqual(['warning', 'warning', 'warning', 'info']);
	});
});

describe('previews', () => {
	test('a picture is a small picture that opens the large one', () => {
		expect(hints(done('a', [image()], 0.06))[0].message).toBe(
			`1 picture, $0.06 in total<br><a href="${FILE}" target="_blank"><img src="${FILE}" alt="Picture 1" title="Picture 1" height="200"></a>`,
		);
	});

	test('a video is a link with its name, and its size where it was downloaded', () => {
		const link = (words: string) => `<a href="${video.url}" target="_blank">${words}</a>`;
		expect(previewsOf([video, video], connection).html).toBe([1, 2].map((n) => link(`Video ${n}: a.mp4`)).join(' · '));
		const file = { fileName: 'mug <1>.mp4', fileSize: '3.2 MB', mimeType: 'video/mp4', data: '' };
		for (const items of [done, raw]) {
			const [{ message }] = hints(items('a', [video], undefined, { downloads: [{ file }] }));
			expect(message).toBe(`1 video<br>${link('Video 1: mug &lt;1&gt;.mp4, 3.2 MB')}`);
		}
	});

	test('a name that is only a number is left out', () => {
		const numbered = { ...video, url: 'https://files.runcomfy.net/outputs/0.mp4' };
		expect(previewsOf([numbered], connection).html).toContain('>Video 1</a>');
	});

	test('there are twelve at most, and then it is said', () => {
		const many = Array.from({ length: MAX_PREVIEWS + 8 }, (_, index) => image(`${FILE}?${index}`));
		const [{ message }] = hints(done('a', many, 1.2));
		expect(message.match(/<img [^>]* height="64">/g)).toHaveLength(12);
		expect(message).toMatch(/^20 pictures, \$1\.20 in total\. The first 12 are shown\.<br>/);
	});

	test('without a readable credential there are none', () => {
		expect(hintsFor(done('a', [image()], 0.06), { inputCount: 1 })[0].message).toBe('1 picture, $0.06 in total');
	});

	const customFileHosts = ['127.0.0.1:8080', 'files.example.com'];
	test.each([
		['https://files.runcomfy.net/a.png', true],
		['https://runcomfy.com/a.png?X-Signature=a%2Fb', true],
		['http://127.0.0.1:8080/a.png', true],
		['https://files.example.com/a.png', true],
		['http://files.runcomfy.net/a.png', false],
		['https://files.runcomfy.net.evil.example/a.png', false],
		['https://evil.example/files.runcomfy.net/a.png', false],
		['https://evilruncomfy.net/a.png', false],
		['https://files.runcomfy.net@evil.example/a.png', false],
		['https://user:pass@files.runcomfy.net/a.png', false],
		['https://files.runcomfy.net\\@evil.example/a.png', true],
		['http://127.0.0.1:9/a.png', false],
		['javascript:alert(1)//https://files.runcomfy.net/', false],
		['data:image/svg+xml,<svg onload=alert(1)>', false],
		['//files.runcomfy.net/a.png', false],
		[`https://files.runcomfy.net/${'a'.repeat(10_000)}`, false],
		['', false],
	])('%s has one: %s', (url, has) => {
		const { html, shown } = previewsOf([image(url)], { ...connection, customFileHosts });
		expect(shown).toBe(has ? 1 : 0);
		if (!has) expect(html).toBe('');
	});

	/** All that may ever stand in a hint: links and pictures, each with an address of an allowed host. */
	const LINK =
		/<a href="https:\/\/([a-z0-9-]+\.)?runcomfy\.(net|com)(:443)?\/[^"'<>\s]*" target="_blank">(<img src="https:\/\/([a-z0-9-]+\.)?runcomfy\.(net|com)\/[^"'<>\s]*" alt="Picture \d+" title="Picture \d+" height="(64|120|200)">|Video \d+(: [^<>"]*)?)<\/a>/g;

	const seed = seedFrom('FUZZ_SEED');
	test(`nothing but links and pictures of RunComfy's gets through (seed ${seed})`, () => {
		const hostile = fc.oneof(
			fc.constantFrom(
				'"',
				"'",
				'>',
				'<',
				'`',
				'&quot;',
				'&#34;',
				'&lt;script&gt;',
				'"><script>alert(1)</script>',
				'" onerror="alert(1)',
				"' onload='alert(1)",
				'javascript:alert(1)',
				'data:text/html,<b>',
				'\n',
				'\t',
				'\u0000',
				'\u2028',
				'%22%3E',
				'@evil.example',
				'\\',
				'//evil.example/',
				'a'.repeat(10_000),
			),
			fc.string({ unit: 'binary' }),
			fc.webUrl(),
		);
		const start = fc.constantFrom(
			'https://files.runcomfy.net/',
			'https://files.runcomfy.net',
			'https://files.runcomfy.net/a.png?',
			'https://files.runcomfy.net/a.png#',
			'HTTPS://FILES.RUNCOMFY.NET/',
			'https:/files.runcomfy.net/',
			'http://files.runcomfy.net/',
			'https://',
			'javascript:',
			'data:image/png;base64,',
			'',
		);
		const address = fc.tuple(start, fc.array(hostile, { maxLength: 4 })).map(([begin, rest]) => begin + rest.join(''));
		const file = fc.record({ url: address, kind: fc.constantFrom<OutputFile['kind']>('image', 'video') });
		let seen = 0;
		fc.assert(
			fc.property(fc.array(file, { maxLength: 3 }), (files) => {
				const { html, shown } = previewsOf(files, connection);
				seen += shown;
				expect(html.replace(LINK, '').replaceAll('·', '').trim()).toBe('');
			}),
			{ seed, numRuns: 500 },
		);
		expect(seen).toBeGreaterThan(25);
	});
});
