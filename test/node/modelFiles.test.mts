/** Files of the item that go into inputs of a model: as data URIs, checked before anything is paid. */
import { describe, expect, test } from '@jest/globals';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import * as tinyFiles from '../emulator/sampleFiles.mts';
import { binaryItem } from '../engine/index.mts';
import { useFixture } from './fixture.mts';
import { runModel } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const TINY_PNG = tinyFiles.TINY_PNG.bytes;
const TINY_MP4 = tinyFiles.TINY_MP4.bytes;

/** One image. */
const UPSCALE = 'emulator/inference/upscale';
/** A list of images. */
const RETOUCH = 'emulator/workflows/portrait-retouch';
const EDIT_VIDEO = 'runwayml/runway-aleph-2/video-to-video';
const ADDRESS = 'https://images.example.com/a.png';
const MEBIBYTE = 1024 * 1024;

const png = (bytes: number) => Buffer.concat([TINY_PNG, Buffer.alloc(Math.max(0, bytes - TINY_PNG.length))]);
const uri = (bytes: Buffer, type = 'image/png') => `data:${type};base64,${bytes.toString('base64')}`;

const files = (...pairs: Array<[input: string, field: string]>): INodeParameters => ({
	files: { file: pairs.map(([input, binaryPropertyName]) => ({ input, binaryPropertyName })) },
});

async function itemWith(...given: Array<[field: string, bytes: Buffer, mimeType?: string, fileName?: string]>) {
	const item: INodeExecutionData = { json: { sku: 'sku-0' }, binary: {} };
	for (const [field, bytes, mimeType = 'image/png', fileName = `${field}.png`] of given) {
		const { binary } = await binaryItem({}, field, bytes, { mimeType, fileName });
		Object.assign(item.binary ?? {}, binary);
	}
	return item;
}

async function sent(item: INodeExecutionData, parameters: INodeParameters) {
	const { error } = await node.run({ items: [item], parameters });
	expect(error).toBeUndefined();
	const [{ id }] = node.emulator.requests();
	return node.emulator.body(id);
}

describe('a file', () => {
	test('fills a list, behind the addresses given', async () => {
		const item = await itemWith(['front', png(200)], ['back', png(300)]);
		const parameters = runModel(RETOUCH, '', { images: ADDRESS }, files(['images', 'back'], ['images', 'front']));
		expect(await sent(item, parameters)).toEqual({ images: [ADDRESS, uri(png(300)), uri(png(200))] });
	});

	test("keeps its type, an image its content's", async () => {
		const item = await itemWith(['data', TINY_PNG, 'image/jpeg', 'a.jpg'], ['clip', TINY_MP4, 'video/mp4', 'a.mp4']);
		const parameters = runModel(EDIT_VIDEO, 'at night', {}, files(['video_url', 'clip']));
		expect((await sent(item, parameters))?.video_url).toBe(uri(TINY_MP4, 'video/mp4'));
		node.emulator.reset();
		expect((await sent(item, runModel(UPSCALE, '', {}, files(['image', 'data']))))?.image).toBe(uri(TINY_PNG));
	});

	test('of 6 MB is not too large', async () => {
		const body = await sent(
			await itemWith(['data', png(6 * MEBIBYTE)]),
			runModel(UPSCALE, '', {}, files(['image', 'data'])),
		);
		expect(String(body?.image).length).toBe('data:image/png;base64,'.length + (6 * MEBIBYTE * 4) / 3);
	});

	test('of each item goes with its own item, named by expression', async () => {
		const items = await Promise.all([300, 400, 500].map(async (size) => await itemWith([`f${size}`, png(size)])));
		const name = '={{ Object.keys($binary)[0] }}';
		await node.run({ items, parameters: runModel(UPSCALE, '', {}, files(['image', name])) });
		const lengths = node.emulator.requests().map(({ id }) => String(node.emulator.body(id)?.image).length);
		expect(lengths.sort()).toEqual([300, 400, 500].map((size) => uri(png(size)).length));
	});

	test('Check Inputs off: a list where its name says so', async () => {
		const item = await itemWith(['data', TINY_PNG]);
		const off = { options: { checkInputs: false } };
		expect(await sent(item, runModel(RETOUCH, '', {}, { ...files(['images', 'data']), ...off }))).toEqual({
			images: [uri(TINY_PNG)],
		});
		node.emulator.reset();
		expect(await sent(item, runModel(UPSCALE, '', {}, { ...files(['image', 'data']), ...off }))).toEqual({
			image: uri(TINY_PNG),
		});
	});
});

describe('is refused before anything is paid', () => {
	test.each<[string, Array<Parameters<typeof itemWith>[0]>, INodeParameters, RegExp]>([
		['no input chosen', [['data', TINY_PNG]], files(['', 'data']), /'Files' contains a file without an input/],
		[
			'too large',
			[['data', png(6 * MEBIBYTE + 1)]],
			files(['image', 'data']),
			/The file in 'data' is too large: a little over 6 MB.*The limit is 6 MB\./,
		],
		[
			'for an input that takes none',
			[['data', TINY_PNG]],
			files(['factor', 'data'], ['image', 'data']),
			/'Factor' takes no file.*These inputs do: Image/,
		],
		[
			'for an input that is none',
			[['data', TINY_PNG]],
			files(['photo', 'data'], ['image', 'data']),
			/'photo' is not an input of this model/,
		],
		['two for one', [['data', TINY_PNG]], files(['image', 'data'], ['image', 'data']), /'Image' takes one file, not 2/],
	])('%s', async (_what, given, rest, message) => {
		const items = [await itemWith(...given)];
		const { error } = await node.run({ items, parameters: runModel(UPSCALE, '', {}, rest) });
		expect(`${error?.message}. ${String(error?.description)}`).toMatch(message);
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});

	test('a size that the item does not tell truly', async () => {
		const item = await itemWith(['data', png(7 * MEBIBYTE)]);
		Object.assign(item.binary?.data ?? {}, { bytes: 100 });
		const { error } = await node.run({
			items: [item],
			parameters: runModel(UPSCALE, '', {}, files(['image', 'data'])),
		});
		expect(error?.message).toMatch(/too large/);
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});
});
