/** Files of finished requests on their way into n8n: their types, their faults, their ends. */
import { describe, expect, test } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';

import type { Fault } from '../emulator/emulator.mts';
import { startLocalServer } from '../engine/localServer.mts';
import { readBinary } from '../engine/index.mts';
import { shareFixture, useFixture } from './fixture.mts';
import { openMeddled } from './meddled.mts';

const fixture = useFixture();

const downloading = { parameters: { options: { downloadImages: true } } };

const ANY_FILE = 'application/octet-stream';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(200_000, 7)]);

const bytesOf = async (item: INodeExecutionData | undefined) =>
	item?.binary?.data === undefined ? undefined : await readBinary(item, 'data');

/** Runs the node with results whose only file is served by this function, from the custom environment's own host: `/f/1` … */
async function runWithFile(
	serve: Parameters<typeof startLocalServer>[0],
	count = 1,
	{ key = 'result', suffix = '' } = {},
) {
	let submits = 0;
	const files = await startLocalServer((request, response) => {
		if (request.url?.startsWith('/f/')) return serve(request, response);
		response.setHeader('content-type', 'application/json');
		const [, nth] = /file-(\d+)/.exec(request.url ?? '') ?? [];
		const body =
			request.method === 'POST'
				? { request_id: `file-${(submits += 1)}` }
				: { request_id: `file-${nth}`, status: 'succeeded', output: { [key]: `${files.url}/f/${nth}${suffix}` } };
		response.end(JSON.stringify(body));
	});
	try {
		const run = await fixture.run({
			...downloading,
			items: Array.from({ length: count }, (_none, index) => ({ json: { index } })),
			credentials: { runComfyApi: { ...fixture.credential, modelApiUrl: files.url } },
		});
		const fetched = files.requests.filter(({ url }) => url?.startsWith('/f/')).length;
		return {
			...run,
			fetched,
			binary: run.items[0]?.binary?.data,
			bytes: await bytesOf(run.items[0]),
			problem: run.items[0]?.json.download_error,
		};
	} finally {
		await files.close();
	}
}

describe('a file that the server does not name rightly', () => {
	test.each([
		['octet-stream', 'application/octet-stream'],
		['no type', ''],
		['another type', 'image/webp'],
		['a text', 'text/plain'],
	])('%s: its first bytes tell', async (_what, contentType) => {
		const { binary, bytes, problem } = await runWithFile((_request, response) => {
			if (contentType !== '') response.setHeader('content-type', contentType);
			response.end(PNG);
		});
		expect(problem).toBeUndefined();
		expect(binary?.mimeType).toBe('image/png');
		expect(bytes?.equals(PNG)).toBe(true);
	});

	test.each([
		['audio/mpeg', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(5_000)])],
		['video/mp4', Buffer.concat([Buffer.from('\0\0\0\x20ftypisom', 'latin1'), Buffer.alloc(5_000)])],
		['image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>')],
		['IMAGE/WEBP; q=1', Buffer.from('shows nothing')],
	])('%s is taken', async (type, file) => {
		const { binary, bytes } = await runWithFile((_request, response) => {
			response.setHeader('content-type', type);
			response.end(file);
		});
		expect(binary?.mimeType).toBe(type.split(';')[0].toLowerCase());
		expect(bytes?.equals(file)).toBe(true);
	});

	test('one that comes byte by byte, in chunks, smaller than what is looked at', async () => {
		const tiny = PNG.subarray(0, 20);
		const { binary, bytes } = await runWithFile((_request, response) => {
			for (const byte of tiny) response.write(Buffer.from([byte]));
			response.end();
		});
		expect(binary?.mimeType).toBe('image/png');
		expect(bytes?.equals(tiny)).toBe(true);
	});
});

describe('what is no file', () => {
	test.each([
		['a page', 'text/html', '<!doctype html><p>Sign in</p>', 'web page'],
		['a page that says it is a picture', 'image/png', '<html><p>Sign in</p></html>', 'web page'],
		['words', 'text/plain', 'Not found', 'text instead of an image, video or audio file (text/plain)'],
		['an error as JSON', 'application/json; charset=utf-8', '{"error":1}', 'text instead of'],
		['nothing', 'image/png', '', 'empty'],
	])('%s is not delivered', async (_what, type, body, words) => {
		const { binary, problem, items } = await runWithFile(
			(_request, response) => {
				response.setHeader('content-type', type);
				response.end(body);
			},
			1,
			{ key: 'image' },
		);
		expect(items).toHaveLength(1);
		expect(binary).toBeUndefined();
		expect(problem).toContain(words);
	});
});

describe('any kind of file', () => {
	test.each([
		['a GLB', 'application/octet-stream', '', 'glTF\x02\0\0\0', 'glb', 'model/gltf-binary'],
		['a ZIP', '', '', 'PK\x03\x04....', 'zip', 'application/zip'],
		['a ZIP that calls itself a picture', 'image/png', '/all.png', 'PK\x03\x04....', 'zip', 'application/zip'],
		['a ZIP by another name', '', '/mesh.usdz', 'PK\x03\x04....', 'usdz', 'model/vnd.usdz+zip'],
		['an EXR', 'binary/octet-stream', '/depth', '\x76\x2f\x31\x01\x02', 'exr', 'image/x-exr'],
		['JSON', 'application/json; charset=utf-8', '', '{"box":[1,2]}', 'json', 'application/json'],
		['a PDF', 'application/pdf; name=image/png', '', '%PDF-1.7', 'pdf', 'application/pdf'],
		['subtitles', 'text/plain', '/said.srt', '1\n00:00', 'srt', 'application/x-subrip'],
		['plain text', 'text/plain', '', 'a red cup', 'txt', 'text/plain'],
		['a web page that was wanted', 'text/html', '/report.html', '<!doctype html>', 'html', 'text/html'],
		['weights, named in the query', '', '/view?filename=a.safetensors', '\x01\x02', 'safetensors', ANY_FILE],
		['what nothing shows', '', '', '\x01\x02', 'bin', ANY_FILE],
	])('%s', async (_what, type, suffix, body, extension, mimeType) => {
		const content = Buffer.from(body, 'latin1');
		const serve: Parameters<typeof runWithFile>[0] = (_request, response) => {
			if (type !== '') response.setHeader('content-type', type);
			response.end(content);
		};
		const { binary, bytes, problem } = await runWithFile(serve, 1, { suffix });
		expect(problem).toBeUndefined();
		expect(binary).toMatchObject({ mimeType, fileExtension: extension });
		expect(binary?.fileName).toMatch(new RegExp(`\\.${extension}$`));
		expect(bytes?.equals(content)).toBe(true);
	});
});

describe('a file that is not there yet', () => {
	const faults: Array<[string, Fault]> = [
		['404', { kind: 'status', status: 404 }],
		['403', { kind: 'status', status: 403 }],
		['empty', { kind: 'emptyBody' }],
		['cut off', { kind: 'truncated' }],
	];
	test.each(faults)('%s twice, then the file', async (_what, fault) => {
		fixture.emulator.fault('download', fault, { next: 2 });
		const { items } = await fixture.run(downloading);
		expect(items[0].binary?.data.mimeType).toMatch(/^image\//);
		expect(fixture.emulator.calls().filter(({ phase }) => phase === 'download')).toHaveLength(3);
	});
});

describe('a file that has moved', () => {
	/** Leads on so many times, at the end to `last` where that is given. */
	const moved =
		(times: number, last?: string, file = PNG): Parameters<typeof runWithFile>[0] =>
		(request, response) => {
			const before = Number(/hop=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
			if (before === times) return void response.end(file);
			const isLast = before === times - 1 && last !== undefined;
			response.writeHead(302, { location: isLast ? last : `/f/store?hop=${before + 1}` }).end();
		};

	test('three times is fetched from its last place', async () => {
		const { bytes, fetched } = await runWithFile(moved(3));
		expect(bytes?.equals(PNG)).toBe(true);
		expect(fetched).toBe(4);
	});

	test('to an address without a name keeps the extension of its first one', async () => {
		const zip = Buffer.from('PK\x03\x04....', 'latin1');
		const { binary } = await runWithFile(moved(1, undefined, zip), 1, { suffix: '/mesh.usdz' });
		expect(binary).toMatchObject({ fileExtension: 'usdz', mimeType: 'model/vnd.usdz+zip' });
	});

	test('four times is given up', async () => {
		const { binary, problem, fetched } = await runWithFile(moved(4));
		expect(binary).toBeUndefined();
		expect(problem).toContain('redirected too often');
		expect(fetched).toBe(4);
	});

	test.each([1, 2, 3])('in %d steps to another host is not fetched there', async (times) => {
		const elsewhere = await startLocalServer((_request, response) => response.end(PNG));
		try {
			const { binary, problem, fetched } = await runWithFile(moved(times, `${elsewhere.url}/f/1`));
			expect(binary).toBeUndefined();
			expect(problem).toContain("not one of RunComfy's");
			expect([fetched, elsewhere.requests.length]).toEqual([times, 0]);
		} finally {
			await elsewhere.close();
		}
	});
});

test('large files come side by side, each at the pace of its own connection', async () => {
	const LARGE = Buffer.concat([PNG, Buffer.alloc(20_000_000)]);
	const begun: Array<() => void> = [];
	const { items, fetched } = await runWithFile((_request, response) => {
		response.writeHead(200, { 'content-type': 'image/png', 'content-length': String(LARGE.length) });
		response.write(LARGE.subarray(0, 1_000_000));
		begun.push(() => response.end(LARGE.subarray(1_000_000)));
		// None ends before all have begun.
		if (begun.length === 6) for (const end of begun) end();
	}, 6);
	expect(fetched).toBe(6);
	const sizes = await Promise.all(items.map(async (item) => (await bytesOf(item))?.length));
	expect(sizes).toEqual(Array(6).fill(LARGE.length));
});

describe('a file that stops coming', () => {
	test.each([
		['half way', true],
		['before its head', false],
	])('%s is given up after its idle time, twice', async (_what, begins) => {
		fixture.policies.download.idleMs = 150;
		const { problem, fetched } = await runWithFile((_request, response) => {
			if (!begins) return;
			response.writeHead(200, { 'content-type': 'image/png', 'content-length': String(PNG.length) });
			response.write(PNG.subarray(0, 100_000));
		});
		expect(problem).toContain('the connection stalled');
		expect(fetched).toBe(2);
	});

	test('goes on where it only comes slowly', async () => {
		fixture.policies.download.idleMs = 400;
		const { bytes } = await runWithFile((_request, response) => {
			response.writeHead(200, { 'content-type': 'image/png', 'content-length': String(PNG.length) });
			let sent = 0;
			const more = () => {
				response.write(PNG.subarray(sent, sent + 20_000));
				sent += 20_000;
				if (sent < PNG.length) setTimeout(more, 80);
				else response.end();
			};
			more();
		});
		expect(bytes?.equals(PNG)).toBe(true);
	});

	test('and one that is cut off is fetched again', async () => {
		let calls = 0;
		const { bytes, fetched } = await runWithFile((request, response) => {
			calls += 1;
			response.writeHead(200, { 'content-type': 'image/png', 'content-length': String(PNG.length) });
			if (calls > 1) return void response.end(PNG);
			response.write(PNG.subarray(0, 100_000), () => request.socket.destroy());
		});
		expect(fetched).toBe(2);
		expect(bytes?.equals(PNG)).toBe(true);
	});
});

test.each([
	['declared', true],
	['not declared', false],
])('a file that is too large, %s, is not delivered', async (_what, isDeclared) => {
	fixture.policies.download.maxBytes = 100_000;
	const { binary, problem, fetched } = await runWithFile((_request, response) => {
		response.writeHead(200, {
			'content-type': 'image/png',
			...(isDeclared && { 'content-length': String(PNG.length) }),
		});
		response.write(PNG.subarray(0, 100));
		response.end(PNG.subarray(100));
	});
	expect(binary).toBeUndefined();
	expect(problem).toContain('larger than');
	expect(fetched).toBe(1);
});

describe('a full disk', () => {
	const meddled = shareFixture(openMeddled);

	test('is named as what it is, the item stays, and the file is not fetched again and again', async () => {
		const full = async () => await Promise.reject(new Error('ENOSPC: no space left on device, write'));
		meddled.meddle((context) => {
			const helpers = new Proxy(context.helpers, {
				get: (real, name) => (name === 'prepareBinaryData' ? full : (Reflect.get(real, name) as unknown)),
			});
			return Object.create(context, { helpers: { value: helpers } }) as typeof context;
		});
		const { items } = await meddled.run(downloading);
		expect(items[0].json).toMatchObject({
			status: 'succeeded',
			download_error:
				'The file could not be downloaded: the disk that n8n keeps files on is full. Its URL is in this item.',
		});
		expect(meddled.emulator.counts().downloads).toBe(1);
	});
});
