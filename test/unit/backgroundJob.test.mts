/** What Background makes of an item, beside the values of its fields, which are in input.test.mts. No HTTP, no engine. */
import { describe, expect, test } from '@jest/globals';

import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import { asRunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import type { SeedInput } from '../../nodes/RunComfy/purchase/job.ts';
import { MODEL_ID } from '../../nodes/RunComfy/resources/background/ideogram.ts';
import { backgroundJobs } from '../../nodes/RunComfy/resources/background/backgroundJobs.ts';
import { TINY_PNG } from '../emulator/sampleFiles.mts';
import { fakeContext } from './fakeContext.mts';

const IMAGE = 'https://example.com/shoe.jpg';
const SERVICE = 'https://runcomfy.example';
const { bytes: PNG } = TINY_PNG;
const BINARY = { imageSource: 'binary', binaryPropertyName: 'photo' };

function runOf(parameters: object = {}, { environment = 'production', file = PNG } = {}): Run {
	return {
		context: fakeContext({
			parameters: { imageSource: 'url', imageUrl: IMAGE, prompt: 'a beach', ...parameters },
			files: { photo: file },
		}),
		connection: { modelApiUrl: SERVICE, environment },
		stop: { race: async (reading: Promise<unknown>) => await reading },
		catalogue: { get: async () => ({ price: { usd: 0.06, unit: 'output' } }) },
	} as unknown as Run;
}

const jobOf = async (...given: Parameters<typeof runOf>) => await backgroundJobs().readJob(runOf(...given), 0);

const refusalOf = async (...given: Parameters<typeof runOf>) => {
	const { message, description } = asRunComfyError(await jobOf(...given).catch((error: unknown) => error));
	return { message, description };
};

describe('the job', () => {
	test('of an address: what is sent, its seeds, what it is expected to cost', async () => {
		const job = await jobOf();
		expect(job).toMatchObject({
			queue: { label: MODEL_ID },
			hasFile: false,
			fileAdvice: '',
			expectsFiles: true,
			inputs: { image: IMAGE, prompt: 'a beach' },
			seed: { name: 'seed', min: 0, max: 2_147_483_647, madeUpMax: 2_147_483_647, given: undefined },
		});
		expect(await job.estimate()).toMatchObject({ usd: 0.06 });
		expect(backgroundJobs().modelIdOf(runOf(), 0)).toBe(MODEL_ID);
		expect(backgroundJobs().noun).toBe('image');
	});

	test('of a file: shown by its facts, and said what to do where it is refused', async () => {
		const job = await jobOf(BINARY);
		expect(job).toMatchObject({
			hasFile: true,
			inputs: { image: { type: 'image/png', bytes: PNG.length }, prompt: 'a beach' },
		});
		expect(job.fileAdvice).toMatch(/public URL/);
		expect(await job.makeBody()).toEqual({
			image: `data:image/png;base64,${PNG.toString('base64')}`,
			prompt: 'a beach',
		});
	});

	test('an image among Extra Fields takes the place of the file', async () => {
		const job = await jobOf({ ...BINARY, modelOptions: { extraFields: { image: IMAGE } } });
		expect(job).toMatchObject({ hasFile: false, fileAdvice: '', inputs: { image: IMAGE } });
		expect(await job.makeBody()).toEqual({ image: IMAGE, prompt: 'a beach' });
		expect(job.hash).toBe((await jobOf()).hash);
	});

	test('with a seed that is made up, it is the job with that seed', async () => {
		const seed = (await jobOf(BINARY)).seed as SeedInput;
		const given = await jobOf({ ...BINARY, modelOptions: { seed: 7 } });
		expect(seed.hashWith(7)).toBe(given.hash);
		expect(seed.hashWith(8)).not.toBe(given.hash);
		expect(given.seed).toMatchObject({ given: 7 });
	});

	test('a palette written as text', async () => {
		const { inputs } = await jobOf({ modelOptions: { paletteText: '#1f6feb 1, #ffffff 0.4' } });
		expect(inputs).toMatchObject({
			color_palette: {
				members: [
					{ color_hex: '#1F6FEB', color_weight: 1 },
					{ color_hex: '#FFFFFF', color_weight: 0.4 },
				],
			},
		});
	});

	test('a private address, in a custom environment only, among Extra Fields too', async () => {
		const imageUrl = 'http://localhost/shoe.jpg';
		const custom = { environment: 'custom' };
		expect((await jobOf({ imageUrl }, custom)).inputs).toMatchObject({ image: imageUrl });
		const extraFields = { image: imageUrl };
		expect((await jobOf({ modelOptions: { extraFields } }, custom)).inputs).toMatchObject({ image: imageUrl });
		for (const given of [{ imageUrl }, { modelOptions: { extraFields } }]) {
			const { message, description } = await refusalOf(given);
			expect(message).toMatch(/private network/);
			expect(description).toMatch(/set 'Image Source' to Binary File/);
		}
	});
});

describe('what is refused', () => {
	test.each<[what: string, given: object, message: string]>([
		[
			'an empty image among Extra Fields',
			{ modelOptions: { extraFields: { image: '' } } },
			"'Extra Fields (JSON) → image' cannot be empty",
		],
		[
			'an empty prompt among them',
			{ modelOptions: { extraFields: { prompt: null } } },
			"'Extra Fields (JSON) → prompt' cannot be empty",
		],
		[
			'options that are none',
			{ modelOptions: 'fast' },
			`'Model Options' must be a JSON object, like {"name": "value"}`,
		],
		[
			'Extra Fields that are none',
			{ modelOptions: { extraFields: 7 } },
			`'Extra Fields (JSON)' must be a JSON object, like {"seed":7}`,
		],
		[
			'a source that is none, and nothing is said of the image',
			{ imageSource: 'ftp', imageUrl: 'not even a URL' },
			"'Image Source' must be one of: binary, url",
		],
	])('%s', async (_what, given, message) => expect((await refusalOf(given)).message).toBe(message));

	test('a file by the name of its field, and no job is made of it', async () => {
		const run = runOf(
			{ ...BINARY, binaryPropertyName: { mimeType: 'image/png', id: 'photo' } },
			{ file: Buffer.from('%PDF-1.7') },
		);
		const { job, problems } = await backgroundJobs().checkJob(run, 0);
		expect(job).toBeUndefined();
		expect(problems.map(({ message }) => message)).toEqual([
			"The file in 'Input Data Field Name' is not a JPEG, PNG or WebP image",
		]);
	});

	test('an expression that cannot be resolved is said once', async () => {
		const run = runOf();
		const read = run.context.getNodeParameter;
		run.context.getNodeParameter = ((name: string, ...rest: [number]) => {
			if (name === 'prompt') throw new Error('no such field');
			return read(name, ...rest) as unknown;
		}) as typeof read;
		const { problems } = await backgroundJobs().checkJob(run, 0);
		expect(problems).toHaveLength(1);
		expect(problems[0].message).not.toMatch(/required/);
	});
});
