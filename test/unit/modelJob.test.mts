/** What Model makes of an item: what is sent, what it is told apart by, what it is expected to cost. No HTTP, no engine. */
import { describe, expect, test } from '@jest/globals';

import { asRunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import type { Model } from '../../nodes/RunComfy/catalogue/modelCatalogue.ts';
import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
import { type Job, SEED_MAX, type SeedInput } from '../../nodes/RunComfy/purchase/job.ts';
import { modelJobs } from '../../nodes/RunComfy/resources/model/modelJobs.ts';
import { TINY_PNG } from '../emulator/sampleFiles.mts';
import { pngBefore } from '../lib/photos.mts';
import { fakeContext } from './fakeContext.mts';

const MODEL_ID = 'a/model';
const SERVICE = 'https://runcomfy.example';
const IMAGE = 'https://example.com/shoe.jpg';

const PROPERTIES = {
	prompt: { type: 'string' },
	image: { type: 'string', format: 'image_uri' },
	images: { type: 'array', format: 'image_uris' },
	num_images: { type: 'integer', default: 2 },
};

interface Scene {
	modelId?: unknown;
	service?: string;
	/** Of the schema. */
	properties?: object;
	model?: Partial<Model>;
	inputs?: object;
	/** Files by the input that they are for, in the order of the lines. */
	files?: Array<[input: string, bytes: Buffer]>;
	options?: object;
	/** What is said of it. */
	problems?: string[];
}

/** One run of the node; each scene is an item of its own. */
function open() {
	const run = { hints: [], stop: { race: async (reading: Promise<Model>) => await reading } } as unknown as Run;
	let modelsRead = 0;
	const readerOf = (scene: Scene) => {
		const { modelId = MODEL_ID, service = SERVICE, properties, inputs = {}, files = [], options = {} } = scene;
		const fields = files.map(([input], index) => ({ input, binaryPropertyName: `file${index}` }));
		const context = fakeContext({
			parameters: {
				modelId: { mode: 'id', value: modelId },
				inputMode: 'json',
				inputsJson: inputs,
				files: { file: fields },
				options,
			},
			files: Object.fromEntries(files.map(([, bytes], index) => [`file${index}`, bytes])),
		});
		const model: Model = {
			id: MODEL_ID,
			schema: readModelSchema({ properties: { ...PROPERTIES, ...properties } }),
			price: { usd: 0.06, unit: 'output' },
			expectsFiles: true,
			about: {},
			...scene.model,
		};
		Object.assign(run, {
			context,
			connection: { modelApiUrl: service, environment: 'production' },
			catalogue: {
				get: async () => {
					modelsRead += 1;
					return model;
				},
			},
		});
		return run;
	};
	return { readerOf, run, modelsRead: () => modelsRead };
}

async function jobOf(scene: Scene): Promise<Job> {
	const run = open().readerOf(scene);
	return await modelJobs(run).readJob(run, 0);
}

const UNCHECKED = { options: { checkInputs: false } };

test.each<[what: string, scene: Scene, isBySchema: boolean]>([
	['of the schema', { inputs: { prompt: 'a shoe', num_images: 'many' } }, true],
	['of the node: a file that is none', { inputs: { prompt: 'a shoe' }, files: [['image', Buffer.from('x')]] }, false],
	['of the node: no JSON', { inputs: '{' as never }, false],
])('who reads a refusal is told what decided: %s', async (_what, scene, isBySchema) => {
	const { description = '' } = asRunComfyError(await jobOf(scene).catch((error: unknown) => error));
	expect(description.includes("Checked against RunComfy's schema for")).toBe(isBySchema);
});

test('what its files are named after: never an error, since the file may be paid', () => {
	const circular: Record<string, unknown> = {};
	circular.self = circular;
	const nameAfter = (inputs: object) => {
		const run = open().readerOf({ inputs });
		return modelJobs(run).sourceOf(run, 0);
	};
	expect(nameAfter({ image: IMAGE })).toBe(IMAGE);
	expect(nameAfter({ other: circular, image: IMAGE })).toBeUndefined();
});

describe('what is bought', () => {
	test('goes to its model, with what is given and nothing else', async () => {
		const inputs = { prompt: 'a beach', image: IMAGE };
		const job = await jobOf({ inputs });
		expect(job).toMatchObject({
			queue: { label: MODEL_ID, submitUrl: `${SERVICE}/v1/models/${MODEL_ID}` },
			kind: `${SERVICE}/v1/models/${MODEL_ID}`,
			hasFile: false,
			fileAdvice: '',
			expectsFiles: true,
			inputs,
		});
		expect(job).not.toHaveProperty('seed');
		expect(await job.makeBody()).toEqual(inputs);
	});

	test('a file: by its name, type and size for whoever looks, as a data URI when it is sent', async () => {
		const { bytes } = TINY_PNG;
		const uri = `data:image/png;base64,${bytes.toString('base64')}`;
		const facts = [{ type: 'image/png', bytes: bytes.length }];
		const one = await jobOf({ files: [['image', bytes]] });
		expect(one).toMatchObject({ hasFile: true, inputs: { image: facts } });
		expect(one.fileAdvice).toMatch(/file/);
		expect(await one.makeBody()).toEqual({ image: uri });
		const inList = await jobOf({ files: [['images', bytes]] });
		expect(await inList.makeBody()).toEqual({ images: [uri] });
		const ofOwnName = { frames: { type: 'array', format: 'image_uris' } };
		const inOwnList = await jobOf({ properties: ofOwnName, files: [['frames', bytes]] });
		expect(await inOwnList.makeBody()).toEqual({ frames: [uri] });
		const two = await jobOf({ files: Array.from({ length: 2 }, () => ['images', bytes]) });
		expect(two.inputs).toMatchObject({ images: [...facts, ...facts] });
		expect(await two.makeBody()).toEqual({ images: [uri, uri] });
		// Without a schema, the name of the input has to say whether it takes a list.
		for (const [input, sent] of [
			['image', uri],
			['images', [uri]],
			['anything', uri],
		] as const) {
			const unchecked = await jobOf({ ...UNCHECKED, files: [[input, bytes]] });
			expect(await unchecked.makeBody()).toEqual({ [input]: sent });
		}
	});

	test('of a model whose schema is not read nothing is promised', async () => {
		expect(await jobOf({ ...UNCHECKED, inputs: { prompt: 'a' } })).toMatchObject({
			expectsFiles: false,
			seed: 'unknown',
		});
	});

	test.each([
		[5, ' 5'],
		['5', ' 5'],
		['x'.repeat(19), ` ${'x'.repeat(19)}`],
		['x'.repeat(20), ''],
		[{ seconds: 5 }, ''],
		[true, ''],
	])('jobs of a duration of %j are of one kind', async (duration, ending) => {
		const { kind, queue } = await jobOf({ ...UNCHECKED, inputs: { duration } });
		expect(kind).toBe(`${queue.submitUrl}${ending}`);
	});
});

describe('what it is told apart by', () => {
	const PHOTO = pngBefore(Buffer.from('one'));
	const OTHER_PHOTO = pngBefore(Buffer.from('two'));
	const properties = { seed: { type: 'integer' }, mask: { type: 'string', format: 'image_uri' } };
	const hashOf = async (scene: Scene) => (await jobOf({ properties, ...scene })).hash;

	test('service, model, each input, each file and the input that it is for', async () => {
		const scenes: Scene[] = [
			{},
			{ service: 'https://other.example' },
			{ modelId: 'another/model' },
			{ inputs: { prompt: 'a' } },
			{ inputs: { prompt: 'b' } },
			{ inputs: { prompt: 'a', seed: 7 } },
			{ files: [['image', PHOTO]] },
			{ files: [['image', OTHER_PHOTO]] },
			{ files: [['mask', PHOTO]] },
			{
				files: [
					['images', PHOTO],
					['images', OTHER_PHOTO],
				],
			},
			{
				files: [
					['images', OTHER_PHOTO],
					['images', PHOTO],
				],
			},
		];
		const hashes = await Promise.all(scenes.map(hashOf));
		expect(new Set(hashes).size).toBe(scenes.length);
		expect(await Promise.all(scenes.map(hashOf))).toEqual(hashes);
	});

	test('not the order in which inputs are written', async () => {
		expect(await hashOf({ inputs: { seed: 7, prompt: 'a' } })).toBe(await hashOf({ inputs: { prompt: 'a', seed: 7 } }));
	});

	test('with a seed that is made up, it is the job with that seed', async () => {
		const scene: Scene = { properties, inputs: { prompt: 'a' }, files: [['image', PHOTO]] };
		const seed = (await jobOf(scene)).seed as SeedInput;
		expect(seed.given).toBeUndefined();
		expect(seed.hashWith(7)).toBe(await hashOf({ ...scene, inputs: { prompt: 'a', seed: 7 } }));
		expect(seed.hashWith(8)).not.toBe(seed.hashWith(7));
		const given = await jobOf({ ...scene, inputs: { prompt: 'a', seed: 9 } });
		expect(given.seed).toMatchObject({ given: 9 });
		expect((given.seed as SeedInput).hashWith(7)).toBe(seed.hashWith(7));
	});
});

describe('the seeds that a model takes', () => {
	const MOST = Number.MAX_SAFE_INTEGER;
	test.each<[bounds: object, min: number, max: number]>([
		[{}, 0, MOST],
		[{ minimum: 3, maximum: 9 }, 3, 9],
		[{ minimum: -5 }, 0, MOST],
		[{ minimum: 2.5, maximum: 9.5 }, 3, 9],
		[{ exclusiveMinimum: 3, exclusiveMaximum: 9 }, 4, 8],
		[{ exclusiveMinimum: 2.5, exclusiveMaximum: 9.5 }, 3, 9],
		[{ exclusiveMinimum: -5 }, 0, MOST],
	])('%j: from %d to %d', async (bounds, min, max) => {
		const { seed } = await jobOf({ properties: { seed: { type: 'integer', ...bounds } } });
		expect(seed).toMatchObject({ name: 'seed', min, max, madeUpMax: SEED_MAX });
	});

	test('none where the seed is no whole number', async () => {
		expect(await jobOf({ properties: { seed: { type: 'string' } } })).not.toHaveProperty('seed');
	});
});

describe('what it is expected to cost', () => {
	test("the model's price, for as many as are made when nothing else is said", async () => {
		expect(await (await jobOf({})).estimate()).toMatchObject({ usd: 0.12 });
		expect(await (await jobOf({ inputs: { num_images: 3 } })).estimate()).toMatchObject({ usd: 0.18 });
	});

	test('the model is read for it where it was not read to check the inputs, once a run', async () => {
		const { readerOf, modelsRead } = open();
		const run = readerOf({ ...UNCHECKED });
		const reader = modelJobs(run);
		const jobs = [await reader.readJob(run, 0), await reader.readJob(run, 1)];
		expect(modelsRead()).toBe(0);
		for (const job of jobs) expect(await job.estimate()).toMatchObject({ usd: 0.12 });
		expect(modelsRead()).toBe(1);
	});

	test('its inputs need not be known', async () => {
		const { estimate } = await jobOf({ ...UNCHECKED, model: { schema: undefined } });
		expect(await estimate()).toMatchObject({ usd: 0.06 });
	});

	test('by the second, it says which input would tell, where there is such an input', async () => {
		const model = { price: { usd: 0.1, unit: 'second' } };
		const properties = { duration: { type: 'integer' } };
		expect(await (await jobOf({ model })).estimate()).not.toHaveProperty('missing');
		const unknown = await (await jobOf({ model, properties })).estimate();
		expect(unknown).toMatchObject({ missing: 'duration' });
		expect(await (await jobOf({ model, properties, inputs: { duration: 5 } })).estimate()).toMatchObject({ usd: 1 });
	});
});

describe('a model that works from an image, a video or audio, and is given none', () => {
	const hintsOf = async (scenes: Scene[]) => {
		const { readerOf, run } = open();
		let reader: ReturnType<typeof modelJobs> | undefined;
		for (const [itemIndex, scene] of scenes.entries()) {
			const model = { about: { categories: ['image-to-video'] } as Model['about'], ...scene.model };
			const ofItem = readerOf({ ...scene, modelId: `a/model${itemIndex}`, model });
			reader ??= modelJobs(ofItem);
			const { problems } = await reader.checkJob(ofItem, itemIndex);
			expect(problems.map(({ message }) => message)).toEqual(scene.problems ?? []);
		}
		return run.hints;
	};
	const categories = (...names: unknown[]): Scene => ({ model: { about: { categories: names } as Model['about'] } });

	test('one hint counts such items', async () => {
		expect(await hintsOf([{}])).toEqual([
			{ text: expect.stringMatching(/^1 item has no image, although/), type: 'warning' },
		]);
		const [hint, ...more] = await hintsOf([{}, { inputs: { image: IMAGE } }, { inputs: { prompt: 'a' } }]);
		expect(hint.text).toMatch(/^2 items have no image/);
		expect(more).toEqual([]);
	});

	test.each<[what: string, scene: Scene]>([
		['an image is given', { inputs: { image: IMAGE } }],
		['a file is given', { files: [['image', TINY_PNG.bytes]] }],
		[
			'it is not sent, since something is wrong',
			{ inputs: { num_images: 'x' }, problems: ["'Num Images' must be a whole number"] },
		],
		['its schema is not read', UNCHECKED],
		['it works from text', categories('text-to-image')],
		['it works from either', categories('image-to-image', 'text-to-image')],
		['its categories are none', categories(7)],
		['there are none', categories()],
		['they are no list', { model: { about: { categories: 'image-to-video' } } }],
		['its category only ends like one', categories('my-image-to-video')],
		['its category only begins like one', categories('edit-images')],
		['its category only ends like an editor', categories('re-edit-image')],
	])('none where %s', async (_what, scene) => expect(await hintsOf([scene])).toEqual([]));

	test.each([
		['video-to-video', 'video'],
		['audio-to-video', 'audio'],
		['edit-video', 'video'],
		['edit-image', 'image'],
	])('%s: %s', async (category, medium) => {
		const [hint] = await hintsOf([categories(category)]);
		expect(hint.text).toContain(`has no ${medium},`);
	});
});

describe('the id of the model, for the items', () => {
	test.each([
		['a/model', 'a/model'],
		[' a/model ', 'a/model'],
		['no model', undefined],
		['', undefined],
		[7, undefined],
	])('%j: %j', (modelId, id) => {
		const run = open().readerOf({ modelId });
		expect(modelJobs(run).modelIdOf(run, 0)).toBe(id);
	});

	test('none where its expression cannot be resolved', () => {
		const run = open().readerOf({});
		run.context.getNodeParameter = () => {
			throw new Error('no such field');
		};
		expect(modelJobs(run).modelIdOf(run, 0)).toBeUndefined();
	});
});
