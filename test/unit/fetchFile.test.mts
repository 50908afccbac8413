/** Bodies of files on their way into n8n's storage: one chunk after another, and none keeps the others from it. */
import { Readable } from 'node:stream';

import { describe, expect, test } from '@jest/globals';

import { usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { fetchFile, type Fetching } from '../../nodes/RunComfy/output/fetchFile.ts';
import { Gate } from '../../nodes/RunComfy/timing/gate.ts';
import { testClock } from '../lib/testClock.mts';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(1_000)]);
const CHUNKS = 5;

/** What n8n's storage does with each chunk of a file. */
type Write = (chunk: Buffer) => Promise<void>;

/** Fetches `count` files at the same time from a server that has all of them ready. */
function fetchAll(
	count: number,
	write: Write,
	{ fileChunks = new Gate(1), signal = new AbortController().signal, headers = {} } = {},
) {
	const helpers = {
		httpRequest: async () => ({
			statusCode: 200,
			headers: { 'content-type': 'image/png', ...headers },
			body: Readable.from(Array<Buffer>(CHUNKS).fill(PNG), { objectMode: false }),
		}),
		prepareBinaryData: async (body: AsyncIterable<Buffer>) => {
			let bytes = 0;
			for await (const chunk of body) {
				await write(chunk);
				bytes += chunk.length;
			}
			return { mimeType: 'image/png', data: '', bytes };
		},
	};
	const fetching = {
		context: { helpers },
		connection: { customFileHosts: ['files.example.com'] },
		policies: usualPolicies,
		gates: { fileChunks },
		clock: testClock(),
	} as unknown as Fetching;
	const file = { url: 'https://files.example.com/picture.png', isMedia: true, nameFor: () => 'picture.png' };
	return Array.from({ length: count }, async () => await fetchFile(fetching, file, signal));
}

test('files that come at the same time are written one chunk after another', async () => {
	let atOnce = 0;
	let most = 0;
	const files = fetchAll(3, async () => {
		atOnce += 1;
		most = Math.max(most, atOnce);
		await new Promise(setImmediate);
		atOnce -= 1;
	});
	for (const file of await Promise.all(files)) expect(file.bytes).toBe(CHUNKS * PNG.length);
	expect(most).toBe(1);
});

describe('the turn is free again', () => {
	test('when n8n cannot write a chunk', async () => {
		const fileChunks = new Gate(1);
		const [file] = fetchAll(1, async () => await Promise.reject(new Error('disk full')), { fileChunks });
		await expect(file).rejects.toThrow('disk full');
		await fileChunks.enter();
	});

	test('when a file is given up whose chunk n8n never finishes to write', async () => {
		const fileChunks = new Gate(1);
		const controller = new AbortController();
		let begin = () => {};
		const begun = new Promise<void>((resolve) => (begin = resolve));
		const write: Write = async () => {
			begin();
			await new Promise(() => {});
		};
		const [file] = fetchAll(1, write, { fileChunks, signal: controller.signal });
		await begun;
		controller.abort();
		await expect(file).rejects.toThrow();
		await fileChunks.enter();
	});
});

test.each([
	['shorter than declared', CHUNKS * PNG.length + 1, 'the connection broke off'],
	['as long as declared', CHUNKS * PNG.length, undefined],
])('a body that ends without an error, %s', async (_what, declared, reason) => {
	const headers = { 'content-length': String(declared) };
	const [file] = fetchAll(1, async () => {}, { headers });
	const problem = await file.then(
		() => undefined,
		({ message }: Error) => message,
	);
	expect(problem).toBe(reason);
});
