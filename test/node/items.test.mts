/** The items the node gives: their shape, their files, and what is said beside them. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { BROKE_TOKEN, type Fault, type Switches } from '../emulator/emulator.mts';
import { binaryItem, readBinary, runAsTool } from '../engine/index.mts';
import { TINY_MP4, TINY_PNG } from '../emulator/sampleFiles.mts';
import {
	inputItems,
	REPLACE,
	inputIndexOf,
	jsonOf,
	onRequest,
	shareFixture,
	submitOne,
	useFixture,
} from './fixture.mts';
import { openMeddled } from './meddled.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const MEGABYTE = 1024 * 1024;

const RAW: INodeParameters = { simplify: false };
const withOptions = (options: INodeParameters, rest: INodeParameters = {}) => ({ ...rest, options });
const DOWNLOAD = withOptions({ downloadImages: true });

const hintsOf = ({ finished }: Awaited<ReturnType<typeof node.run>>) => finished.hints.map(({ message }) => message);
/** The words of the hints, without the previews. */
const textOf = (run: Awaited<ReturnType<typeof node.run>>) => hintsOf(run).map((html) => html.split('<br>')[0]);

describe('simplified', () => {
	test.each<[string, Partial<Switches>, Array<Record<string, unknown>>]>([
		['one image', { output: 'image' }, [{ image_url: '/0.png', index: 0 }]],
		['image and images, the same file', { output: 'both' }, [{ image_url: '/0.png', index: 0 }]],
		[
			'images',
			{ output: 'images', outputCount: 3 },
			[
				{ image_url: '/0.png', index: 0 },
				{ image_url: '/1.png', index: 1 },
				{ image_url: '/2.png', index: 2 },
			],
		],
		[
			'image and images, several',
			{ output: 'both', outputCount: 2 },
			[{ image_url: '/0.png' }, { image_url: '/1.png' }],
		],
		[
			'videos',
			{ output: 'videos', outputCount: 2 },
			[
				{ video_url: '/0.mp4', index: 0 },
				{ video_url: '/1.mp4', index: 1 },
			],
		],
	])('%s: one item per file, in order', async (_what, switches, expected) => {
		node.emulator.set(switches);
		const { items } = await node.run({ items: inputItems(2) });
		expect(items.map(inputIndexOf)).toEqual([0, 1].flatMap((index) => expected.map(() => index)));
		const requests = node.emulator.requests();
		items.forEach(({ json }, at) => {
			const { image_url, video_url, ...wanted } = expected[at % expected.length];
			expect(json).toMatchObject({ status: 'succeeded', ...wanted });
			const request = requests.find(({ id }) => id === json.request_id);
			expect(request?.outputs).toContain(json.image_url ?? json.video_url);
			if (image_url !== undefined) expect(json.image_url).toMatch(new RegExp(`${image_url}$`));
			else expect(json).not.toHaveProperty('image_url');
			if (video_url !== undefined) expect(json.video_url).toMatch(new RegExp(`${video_url}$`));
			else expect(json).not.toHaveProperty('video_url');
		});
	});

	test('the times are those of RunComfy', async () => {
		const { items } = await node.run();
		const [{ acceptedAtMs }] = node.emulator.requests();
		expect(Date.parse(String(items[0].json.created_at))).toBe(Math.floor(acceptedAtMs));
	});

	test('the cost is there when RunComfy says it, and only then', async () => {
		node.emulator.set({ costUsd: 0.04 });
		const told = await node.run();
		expect(jsonOf(told.items)).toMatchObject([{ cost: 0.04 }]);
		node.emulator.set({ cost: 'never' });
		const untold = await node.run();
		expect(untold.items[0].json).not.toHaveProperty('cost');
		expect(textOf(untold)).toEqual(['1 picture']);
	});

	test('the sum of the costs stands above the items', async () => {
		node.emulator.set({ costUsd: 0.1 });
		expect(textOf(await node.run({ items: inputItems(3) }))).toEqual(['3 pictures, $0.30 in total']);
		node.emulator.set({ output: 'images', outputCount: 2 });
		expect(textOf(await node.run())).toEqual(['2 pictures, $0.20 in total']);
	});
});

describe('Simplify off', () => {
	test("one item per request with RunComfy's own answer", async () => {
		node.emulator.set({ output: 'images', outputCount: 3 });
		const { items } = await node.run({ items: inputItems(2), parameters: RAW });
		expect(items.map(inputIndexOf)).toEqual([0, 1]);
		const [{ id, outputs }] = node.emulator.requests();
		expect(items.find(({ json }) => json.request_id === id)?.json).toEqual({
			request_id: id,
			status: 'succeeded',
			output: { images: outputs },
			input: { image: REPLACE.imageUrl, prompt: REPLACE.prompt },
			created_at: expect.any(String),
			finished_at: expect.any(String),
			model_id: 'ideogram/ideogram-v3/replace-background',
			cost: 0.18,
		});
	});

	test('less a top-level error, for which n8n would run the node again', async () => {
		const requestId = await submitOne(node);
		const body = {
			request_id: requestId,
			status: 'succeeded',
			output: { image: 'https://x.example/a.png' },
			error: null,
			extra: { error: 1 },
		};
		node.emulator.fault('result', { kind: 'status', status: 200, body });
		const { items } = await node.run({
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
			parameters: onRequest('getResult', requestId, { waitUntilFinished: true, simplify: false }),
		});
		expect(jsonOf(items)).toEqual([
			{
				request_id: requestId,
				status: 'succeeded',
				output: { image: 'https://x.example/a.png' },
				extra: { error: 1 },
			},
		]);
		expect(node.emulator.counts().resultReads).toBe(1);
	});

	test('the files are in the output field, further ones beside it', async () => {
		node.emulator.set({ output: 'images', outputCount: 2 });
		const { items } = await node.run({
			parameters: withOptions({ downloadImages: true, outputField: 'photo' }, RAW),
		});
		expect(Object.keys(items[0].binary ?? {})).toEqual(['photo', 'photo_1']);
	});

	test('the item says of each file that could not be downloaded why', async () => {
		node.emulator.set({ output: 'images', outputCount: 3 });
		node.faultsInTurn('download', { kind: 'status', status: 410 }, { kind: 'status', status: 401 });
		const { items } = await node.run({ parameters: { ...RAW, ...DOWNLOAD } });
		expect(Object.keys(items[0].binary ?? {})).toHaveLength(1);
		for (const status of [410, 401]) expect(items[0].json.download_error).toContain(`HTTP ${status}`);
		// Neither is asked for again: it would be the same.
		expect(node.emulator.counts().downloads).toBe(3);
	});
});

describe('Include Input Fields', () => {
	const input = [{ json: { sku: 'A-1', error: 'an old one', nested: { error: 1 }, status: 'mine' } }];

	test.each([
		['simplified', {}],
		['with Simplify off', RAW],
	])('%s: the fields of the input come first, an error among them does not travel', async (_what, rest) => {
		const { items } = await node.run({ items: input, parameters: withOptions({ includeInputFields: true }, rest) });
		expect(Object.keys(items[0].json).slice(0, 1)).toEqual(['sku']);
		expect(items[0].json).toMatchObject({ sku: 'A-1', nested: { error: 1 }, status: 'succeeded' });
		expect(items[0].json).not.toHaveProperty('error');
	});

	test('off, the default: nothing of the input is in the items', async () => {
		const { items } = await node.run({ items: input });
		expect(items[0].json).not.toHaveProperty('sku');
	});

	test('each item gets the fields of its own input', async () => {
		const { items } = await node.run({
			items: inputItems(4),
			parameters: withOptions({ includeInputFields: true }),
		});
		expect(jsonOf(items).map(({ sku }) => sku)).toEqual(['sku-0', 'sku-1', 'sku-2', 'sku-3']);
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s: failed items have them too, and go where they should',
		async (onError) => {
			const { items, errorItems } = await node.run({
				items: inputItems(3),
				parameters: {
					...withOptions({ includeInputFields: true }),
					prompt: '={{ $itemIndex === 1 ? "" : "on a table" }}',
				},
				onError,
			});
			const isApart = onError === 'continueErrorOutput';
			expect([items.length, errorItems.length]).toEqual(isApart ? [2, 1] : [3, 0]);
			const [failed] = isApart ? errorItems : items.filter(({ json }) => json.error !== undefined);
			expect(failed.json).toMatchObject({ sku: 'sku-1', error: { message: "'Prompt' is required" } });
			expect(failed.pairedItem).toEqual({ item: 1 });
		},
	);

	test('an option that is wrong: failed items have them too', async () => {
		const { items } = await node.run({
			items: inputItems(2),
			parameters: withOptions({ includeInputFields: true, timeout: '={{ 0 }}' }),
			onError: 'continueRegularOutput',
		});
		expect(jsonOf(items)).toMatchObject(['sku-0', 'sku-1'].map((sku) => ({ sku, error: expect.anything() })));
	});

	test('a token that is missing: failed items have them too', async () => {
		const { items } = await node.run({
			items: inputItems(2),
			parameters: withOptions({ includeInputFields: true }),
			onError: 'continueRegularOutput',
			token: '',
		});
		expect(jsonOf(items).map(({ sku }) => sku)).toEqual(['sku-0', 'sku-1']);
		for (const { json } of items) expect(json.error).toBeDefined();
	});
});

describe('Download Files', () => {
	test('each item carries its file: its bytes, its name, its type', async () => {
		node.emulator.set({ output: 'images', outputCount: 2 });
		const { items } = await node.run({ parameters: DOWNLOAD });
		for (const [index, item] of items.entries()) {
			expect(item.binary?.data).toMatchObject({
				fileName: ['shoe.png', 'shoe-2.png'][index],
				mimeType: 'image/png',
				fileExtension: 'png',
			});
			expect(await readBinary(item, 'data')).toEqual(TINY_PNG.bytes);
			expect(item.json).toMatchObject({ image_url: expect.any(String) });
			expect(item.json).not.toHaveProperty('download_error');
		}
		expect(node.emulator.counts().downloads).toBe(2);
	});

	test('a video as well', async () => {
		node.emulator.set({ output: 'video' });
		const { items } = await node.run({ parameters: DOWNLOAD });
		expect(items[0].binary?.data).toMatchObject({ fileName: 'shoe.mp4', mimeType: 'video/mp4' });
		expect(await readBinary(items[0], 'data')).toEqual(TINY_MP4.bytes);
	});

	describe('the name of', () => {
		const UPSCALE = 'emulator/inference/upscale';
		const RETOUCH = 'emulator/workflows/portrait-retouch';
		const FILE = { file: [{ input: 'image', binaryPropertyName: 'data' }] };
		const redShoe = async () =>
			await binaryItem({}, 'data', TINY_PNG.bytes, { fileName: 'red shoe.jpeg', mimeType: 'image/jpeg' });
		const namesOf = ({ items }: Awaited<ReturnType<typeof node.run>>) =>
			items.map(({ binary }) => binary?.data.fileName);
		const download = (parameters: INodeParameters) => ({ ...parameters, ...DOWNLOAD });
		const URLS = 'https://x.example/a%20cup.webp?w=9\nhttps://x.example/jug.webp';

		test.each<[string, INodeParameters, string]>([
			["a photo is the input file's", { imageSource: 'binary' }, 'red shoe.png'],
			["a model's file too", runModel(UPSCALE, '', {}, { files: FILE }), 'red shoe.png'],
			['it is the first of several URLs', runModel(RETOUCH, '', { images: URLS }), 'a cup.png'],
			['and of a list', runModel(RETOUCH, '', { images: URLS.split('\n') }), 'a cup.png'],
		])('%s', async (_what, parameters, name) => {
			const run = await node.run({ items: [await redShoe()], parameters: download(parameters) });
			expect([run.error, namesOf(run)]).toEqual([undefined, [name]]);
		});

		test.each<[string, INodeParameters, string[]]>([
			['the same photo with different prompts', { prompt: '=scene {{ $itemIndex }}' }, ['shoe', 'shoe-2', 'shoe-3']],
			['the same File Name', withOptions({ fileName: 'cup' }), ['cup', 'cup-2', 'cup-3']],
		])(
			'%s is numbered in the order of the items, though the first is finished last',
			async (_what, parameters, names) => {
				node.emulator.set({ runMs: 300 }, { next: 1 });
				const options = { ...DOWNLOAD.options, ...(parameters.options as INodeParameters) };
				const run = await node.run({ items: inputItems(3), parameters: { ...parameters, options } });
				expect(namesOf(run)).toEqual(names.map((name) => `${name}.png`));
			},
		);

		test('a request without a file is the model’s, with the numbers of the item and of the request, in Get Result too', async () => {
			const parameters = download(runModel(TEXT_TO_IMAGE, '=scene {{ $itemIndex }}'));
			const run = await node.run({ items: inputItems(2), parameters });
			const ids = jsonOf(run.items).map((json) => String(json.request_id));
			const names = ids.map((id, index) => `flux-3-image-${index + 1}-${id.slice(-8)}.png`);
			expect(namesOf(run)).toEqual(names);
			const again = onRequest('getResult', '={{ $json.request_id }}', DOWNLOAD);
			expect(namesOf(await node.run({ items: run.items.map(({ json }) => ({ json })), parameters: again }))).toEqual(
				names,
			);
		});
	});

	test('a File Name that is no text is refused before anything is bought', async () => {
		const { error } = await node.run({ parameters: withOptions({ fileName: '={{ ({ a: 1 }) }}' }) });
		expect(error?.message).toBe("'File Name' must be text");
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});

	test.each([
		['photo', 'photo'],
		['  photo ', 'photo'],
		['={{ "" }}', 'data'],
	])('Put Output in Field %j is the field %s', async (outputField, field) => {
		const { items } = await node.run({ parameters: withOptions({ downloadImages: true, outputField }) });
		expect(Object.keys(items[0].binary ?? {})).toEqual([field]);
	});

	test('off, the default: nothing is fetched', async () => {
		const { items } = await node.run();
		expect(items[0].binary).toBeUndefined();
		expect(node.emulator.counts().downloads).toBe(0);
	});

	test.each<[string, Fault, RegExp]>([
		['5xx that does not pass', { kind: 'status', status: 502 }, /HTTP 502/],
		[
			'a declared size beyond 200 MB',
			{ kind: 'tooLarge', bytes: 201 * MEGABYTE, declared: true },
			/larger than 200 MB/,
		],
		[
			'a redirect to another host',
			{ kind: 'redirect', to: 'http://127.0.0.1:9/a.png' },
			/not one of RunComfy's \(127\.0\.0\.1:9\)/,
		],
		['a hang', { kind: 'hang', effect: 'before' }, /took too long/],
	])('%s: the item stays, with a sentence in place of the file', async (_what, fault, sentence) => {
		if (fault.kind === 'hang') node.policies.download.deadlineMs = 700;
		node.emulator.onCall = ({ phase, requestId }) =>
			phase === 'download' && requestId === node.emulator.requests()[0].id ? fault : undefined;
		const run = await node.run({ items: inputItems(2), parameters: DOWNLOAD });
		expect(run.error).toBeUndefined();
		const bad = run.items.find(({ json }) => json.request_id === node.emulator.requests()[0].id);
		expect(bad?.binary).toBeUndefined();
		expect(bad?.json).toMatchObject({ status: 'succeeded', image_url: expect.any(String) });
		expect(bad?.json.download_error).toMatch(/^The file could not be downloaded: .*\. Its URL is in this item\.$/);
		expect(bad?.json.download_error).toMatch(sentence);
		const good = run.items.find((item) => item !== bad);
		expect(good?.binary?.data).toBeDefined();
		expect(hintsOf(run)).toContain('1 file could not be downloaded: see download_error in the item.');
	});

	test('a redirect within the allowed hosts is followed, without the token', async () => {
		const other = await submitOne(node);
		const to = `${node.emulator.modelApiUrl}/files/${other}/0.png`;
		node.emulator.fault('download', { kind: 'redirect', to, status: 302 }, { next: 1 });
		const { items } = await node.run({ parameters: DOWNLOAD });
		expect(await readBinary(items[0], 'data')).toEqual(TINY_PNG.bytes);
		expect(
			node.emulator.calls().filter(({ phase, authorizationPresent }) => phase === 'download' && authorizationPresent),
		).toEqual([]);
	});
});

describe('Continue On Fail', () => {
	test('an error item has no more than its fields', async () => {
		const { items } = await node.run({ token: BROKE_TOKEN, onError: 'continueRegularOutput' });
		expect(items).toEqual([
			{
				json: {
					error: {
						message: 'The RunComfy account has no balance left',
						description: expect.any(String),
						http_status: 400,
						error_code: 400002,
					},
				},
				pairedItem: { item: 0 },
			},
		]);
	});

	test('no good item has a top-level error', async () => {
		const runs = [
			await node.run({
				items: [{ json: { error: 'old' } }],
				parameters: withOptions({ includeInputFields: true }),
			}),
			await node.run({ items: [{ json: { error: 'old' } }], parameters: { operation: 'submit' } }),
		];
		for (const { items } of runs) for (const { json } of items) expect(json).not.toHaveProperty('error');
	});
});

describe('as an AI tool', () => {
	const meddled = shareFixture(openMeddled);

	test.each(['v2', 'v3'] as const)('agent %s is answered with JSON only', async (agent) => {
		const { answers } = await runAsTool(node.engine, {
			agent,
			parameters: { ...REPLACE, ...DOWNLOAD },
			credentials: { runComfyApi: node.credential },
		});
		expect(answers).toHaveLength(1);
		expect(answers[0].response).toMatch(/"image_url":"http/);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 1, downloads: 0 });
	});

	test('nothing is downloaded where n8n does not hide the option from it', async () => {
		meddled.meddle((context) => Object.create(context, { isToolExecution: { value: () => true } }) as typeof context);
		const { items } = await meddled.run({ parameters: DOWNLOAD });
		expect(jsonOf(items)).toMatchObject([{ image_url: expect.any(String) }]);
		expect(items[0].binary).toBeUndefined();
		expect(meddled.emulator.counts().downloads).toBe(0);
	});
});
