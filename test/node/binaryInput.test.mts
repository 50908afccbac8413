/** Image Source: Binary File. The content counts, not the name, and it is checked before anything is paid. */
import { describe, expect, test } from '@jest/globals';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import sharp from 'sharp';

import { binaryItem, workflowOf } from '../engine/index.mts';
import { inputIndexOf, NODE_TYPE, REPLACE, useFixture } from './fixture.mts';

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

const item = async (bytes: Buffer, fileName = 'photo.png', field = 'data') =>
	await binaryItem({ sku: fileName }, field, bytes, { fileName, mimeType: 'image/png' });

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

describe('a file object from an expression', () => {
	const EXPRESSION = { ...BINARY, binaryPropertyName: '={{ $binary.photo }}' };

	test('is sent, as the tooltip of the field says', async () => {
		const bytes = await picture('jpeg');
		const sent = await imageSent(await item(bytes, 'a.jpg', 'photo'), EXPRESSION);
		expect(sent).toBe(`data:image/jpeg;base64,${bytes.toString('base64')}`);
	});

	test('is checked like any other', async () => {
		const input = await item(Buffer.from('%PDF-1.7'), 'a.pdf', 'photo');
		const { error } = await node.run({ items: [input], parameters: EXPRESSION });
		expect(error?.message).toBe("The file in 'Input Data Field Name' is not a JPEG, PNG or WebP image");
		expect(node.emulator.counts().total).toBe(0);
	});

	test('that is not there is the usual field', async () => {
		const parameters = { ...BINARY, binaryPropertyName: '={{ $binary.nothing }}' };
		expect(await imageSent(await item(await picture('png')), parameters)).toMatch(/^data:image\/png/);
	});
});

describe('binaryMode combined, where files travel in the JSON', () => {
	const run = async (parameters: INodeParameters) => {
		const { json, binary } = await item(await picture('png'), 'a.png', 'photo');
		const workflow = workflowOf({ type: NODE_TYPE, parameters: { ...REPLACE, ...BINARY, ...parameters } });
		workflow.settings = { ...workflow.settings, binaryMode: 'combined' };
		return await node.engine.run(workflow, {
			items: [{ json: { ...json, _files: binary as never } }],
			credentials: { runComfyApi: node.credential },
		});
	};

	test('a file object is found', async () => {
		expect((await run({ binaryPropertyName: '={{ $json._files.photo }}' })).status).toBe('success');
		expect(node.emulator.counts().submitsAccepted).toBe(1);
	});

	test('another field: the error names those that are there', async () => {
		const { error } = await run({ binaryPropertyName: 'data' });
		expect(error?.message).toBe("The input item has no file in the field 'data'");
		expect(error?.description).toBe(
			'You were not charged for this attempt. The item has files in these fields: photo.',
		);
		expect(node.emulator.counts().total).toBe(0);
	});
});

describe('is refused before anything is submitted:', () => {
	test.each<[string, () => Promise<Buffer>, string, RegExp]>([
		[
			'a PDF named .png',
			async () => Buffer.from('%PDF-1.7\n...'),
			"The file in 'data' is not a JPEG, PNG or WebP image",
			/It is a PDF, whatever its name says\. Check the node/,
		],
		[
			'10 MB and one byte',
			async () => await pngOf(10 * MEGABYTE + 1),
			"The file in 'data' is too large: a little over 10 MB",
			/The limit is 10 MB\. Make the image smaller/,
		],
	])('%s', async (_what, bytes, message, description) => {
		const input = await item(await bytes());
		const { error } = await node.run({ items: [input], parameters: BINARY });
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(description);
		expect(node.emulator.counts().total).toBe(0);
	});

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
	expect(error?.message).toBe('RunComfy refused the input: image: Input should be a valid URL');
	expect(error?.description).toMatch(/public URL.*'Image Source' to URL/);
});
