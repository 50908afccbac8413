/** Image Source: Binary File. The content counts, not the name, and it is checked before anything is paid. */
import { describe, expect, test } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';

import { binaryItem } from '../engine/index.mts';
import { errorShown, inputIndexOf, useFixture } from './fixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const BINARY = { imageSource: 'binary' };
const MEGABYTE = 1024 * 1024;

const picture = async (type: 'png' | 'jpeg' | 'webp') =>
	await sharp({ create: { width: 4, height: 3, channels: 3, background: '#ff6d5a' } })
		.toFormat(type)
		.toBuffer();

/** A PNG of exactly so many bytes; what follows its end is no picture any more, but is sent all the same. */
const pngOf = async (bytes: number) => {
	const png = await picture('png');
	return Buffer.concat([png, Buffer.alloc(bytes - png.length)]);
};

const item = async (bytes: Buffer, fileName = 'photo.png', field = 'data', mimeType = 'image/png') =>
	await binaryItem({ sku: fileName }, field, bytes, { fileName, mimeType });

/** Runs with the file, and gives the image as it reached the server. */
async function imageSent(input: INodeExecutionData, parameters = {}): Promise<string> {
	let image = '';
	node.emulator.onCall = ({ phase, input: body }) => {
		if (phase === 'submit') image = String(body?.image);
		return undefined;
	};
	const { error } = await node.run({ items: [input], parameters: { ...BINARY, ...parameters } });
	expect(error).toBeUndefined();
	return image;
}

describe('a file', () => {
	test.each(['png', 'jpeg', 'webp'] as const)('%s travels whole, as a data URI of its type', async (type) => {
		const bytes = await picture(type);
		expect(await imageSent(await item(bytes))).toBe(`data:image/${type};base64,${bytes.toString('base64')}`);
	});

	test('named .pdf and declared as one is taken by its content', async () => {
		const bytes = await picture('png');
		const sent = await imageSent(await item(bytes, 'scan.pdf', 'data', 'application/pdf'));
		expect(sent).toMatch(/^data:image\/png;base64,/);
	});

	test.each([
		['photo', 'photo'],
		[' photo ', 'photo'],
		['={{ "photo" }}', 'photo'],
	])('is found by Input Data Field Name %j', async (binaryPropertyName, field) => {
		const input = await item(await picture('png'), 'a.png', field);
		expect(await imageSent(input, { binaryPropertyName })).toMatch(/^data:image\/png/);
	});

	test('of exactly 10 MB is not too large', async () => {
		const bytes = await pngOf(10 * MEGABYTE);
		const sent = await imageSent(await item(bytes));
		expect(sent.length).toBe('data:image/png;base64,'.length + Math.ceil(bytes.length / 3) * 4);
	});

	test('of each item goes with its own item', async () => {
		const sizes = [300, 400, 500];
		const items = await Promise.all(sizes.map(async (size) => await item(await pngOf(size), `${size}.png`)));
		const sent: string[] = [];
		node.emulator.onCall = ({ phase, input }) => {
			if (phase === 'submit')
				sent.push(`${input?.prompt}: ${Buffer.from(String(input?.image).split(',')[1], 'base64').length}`);
			return undefined;
		};
		const run = await node.run({ items, parameters: { ...BINARY, prompt: '={{ $json.sku }}' } });
		expect(run.items.map(inputIndexOf)).toEqual([0, 1, 2]);
		expect(sent.sort()).toEqual(['300.png: 300', '400.png: 400', '500.png: 500']);
	});

	test('is not in the items: RunComfy echoes the input, the node leaves the picture out', async () => {
		const bytes = await pngOf(5_000);
		const requestEcho = {
			status: 'succeeded',
			output: { image: 'https://x.example/a.png' },
			input: { image: `data:image/png;base64,${bytes.toString('base64')}` },
		};
		node.emulator.fault('result', { kind: 'status', status: 200, body: requestEcho });
		const { items } = await node.run({ items: [await item(bytes)], parameters: { ...BINARY, simplify: false } });
		expect(JSON.stringify(items).length).toBeLessThan(1_000);
		expect(JSON.stringify(items)).toContain('characters left out');
	});
});

describe('is refused before anything is submitted:', () => {
	const TYPES = /JPEG, PNG and WebP images of at most 10 MB/;
	test.each<[string, () => Promise<Buffer>, string, RegExp]>([
		[
			'a PDF named .png',
			async () => Buffer.from('%PDF-1.7\n...'),
			"The file in 'data' is not a JPEG, PNG or WebP image",
			TYPES,
		],
		['a GIF', async () => Buffer.from('GIF89a......'), "The file in 'data' is not a JPEG, PNG or WebP image", TYPES],
		[
			'an SVG',
			async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
			"The file in 'data' is not a JPEG, PNG or WebP image",
			TYPES,
		],
		['an empty file', async () => Buffer.alloc(0), "The file in 'data' is empty", TYPES],
		['an 11 MB file', async () => await pngOf(11 * MEGABYTE), "The file in 'data' is too large: 11.0 MB", TYPES],
		[
			'10 MB and one byte',
			async () => await pngOf(10 * MEGABYTE + 1),
			"The file in 'data' is too large: 10.0 MB",
			TYPES,
		],
	])('%s', async (_what, bytes, message, description) => {
		const input = await item(await bytes());
		for (const onError of ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const) {
			const shown = await errorShown(node, onError, { items: [input], parameters: BINARY });
			expect(shown.message).toBe(message);
			expect(shown.description).toMatch(description);
		}
		expect(node.emulator.counts().total).toBe(0);
	});

	test('another field: the error names those that are there', async () => {
		const input = await item(await picture('png'), 'a.png', 'photo');
		const { error } = await node.run({ items: [input], parameters: BINARY });
		expect(error?.message).toBe("'Input Data Field Name': the input item has no file in the field 'data'");
		expect(error?.description).toBe('The item has files in: photo.');
	});

	test.each(['toString', '__proto__', 'constructor'])(
		'the field %s, which every object has',
		async (binaryPropertyName) => {
			const input = await item(await picture('png'));
			const { error } = await node.run({ items: [input], parameters: { ...BINARY, binaryPropertyName } });
			expect(error?.message).toMatch(/has no file in the field/);
		},
	);

	test('one bad file of three, without Continue On Fail', async () => {
		const good = await picture('png');
		const items = [await item(good), await item(Buffer.from('%PDF-1.7')), await item(good)];
		const { error } = await node.run({ items, parameters: BINARY });
		expect(error?.message).toBe("The file in 'data' is not a JPEG, PNG or WebP image");
		expect(node.emulator.counts().total).toBe(0);
	});
});

test('where RunComfy takes no data URI, the error names the way out', async () => {
	node.emulator.fault('submit', {
		kind: 'status',
		status: 422,
		body: { detail: [{ loc: ['body', 'image'], msg: 'Input should be a valid URL' }] },
	});
	const input = await item(await picture('png'));
	const { error } = await node.run({ items: [input], parameters: BINARY });
	expect(error?.description).toMatch(/image: Input should be a valid URL.*public address.*'Image Source' to URL/);
});
