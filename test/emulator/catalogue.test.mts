import { HOSTILE_IDS, KNOWN_MODELS, REPLACE_BACKGROUND_ID, type Switches } from './emulator.mts';
import { INPUT, MODEL_PATH, useEmulator } from './useEmulator.mts';

const service = useEmulator();

const GENERATED = 500;

const ALL = KNOWN_MODELS.length + GENERATED;

interface Told {
	model_id: string;
	input_schema: { title?: string; required: string[]; properties: Record<string, Record<string, unknown>> };
	[name: string]: unknown;
}

async function list(query = ''): Promise<{ models: Told[]; total: number; limit: number; offset: number }> {
	const { status, data } = await service.client.get(`/v1/models?${query}`);
	expect(status).toBe(200);
	return data;
}

async function told(id: string): Promise<Told> {
	return (await service.client.get(`/v1/models/${id}`)).data;
}

describe('one model', () => {
	it('is told with the schema of its document', async () => {
		const { data } = await service.client.get(MODEL_PATH);
		expect(data).toMatchObject({
			model_id: REPLACE_BACKGROUND_ID,
			kind: 'model',
			base_price_usd: 0.06,
			price_unit: 'output',
			pricing_note: expect.any(String),
			model_url: `https://www.runcomfy.com/models/${REPLACE_BACKGROUND_ID}`,
		});
		expect(data.input_schema.required).toEqual(['image', 'prompt']);
		expect(Object.keys(data.input_schema.properties)).toEqual([
			'image',
			'prompt',
			'magic_prompt',
			'seed',
			'rendering_speed',
			'color_palette',
			'style',
		]);
		const { seed, image } = data.input_schema.properties;
		expect(seed).toMatchObject({ title: 'Seed', minimum: 0, maximum: 2147483647, default: 70159819 });
		expect(Object.keys(image)).toEqual(['title', 'description', 'type', 'default']);
	});

	it.each([
		['zero', 0],
		['negative', -0.06],
	] as const)('has a price %s', async (priceTold, price) => {
		service.emulator.set({ priceTold });
		expect((await told(REPLACE_BACKGROUND_ID)).base_price_usd).toBe(price);
	});
});

describe('the list', () => {
	it.each([
		['', ALL],
		['search=replace', 1],
		['search=LEGIBLE%20LETTERING', 1],
		['search=kling-video-o3', 1],
		['kind=workflow', 1],
		['kind=inference', 1],
		['kind=image', 0],
		['category=edit-video', 1],
		['search=exists%20only%20in%20the%20emulator&kind=model', 5],
		['search=no-such-words', 0],
	])('finds by id, name and description, category and kind: %s', async (query, total) => {
		const found = await list(query);
		expect(found).toMatchObject({ total, limit: 100, offset: 0 });
		expect(found.models).toHaveLength(Math.min(100, total));
	});

	it('has entries as RunComfy lists them, with schemas when asked', async () => {
		const [plain] = (await list('search=seedance-2.0/fast')).models;
		expect(plain).toEqual({
			model_id: 'bytedance/seedance-2.0/fast',
			display_name: 'Seedance 2.0 Fast',
			description: expect.any(String),
			categories: ['text-to-video', 'image-to-video'],
			kind: 'model',
			base_price_usd: 0.03,
			price_unit: 'second',
			model_url: 'https://www.runcomfy.com/models/bytedance/seedance-v2/fast',
			inputs: ['prompt', 'images', 'duration', 'resolution'],
			required_inputs: ['prompt'],
		});
		const [whole] = (await list('search=seedance-2.0/fast&include_schema=true')).models;
		expect(Object.keys(whole.input_schema.properties)).toEqual(['duration', 'images', 'prompt', 'resolution']);
	});

	it('is paged, the same at each read, as long as the switch says', async () => {
		const ids: string[] = [];
		for (let offset = 0; offset < ALL; offset += 200) {
			const page = await list(`limit=200&offset=${offset}`);
			expect(page).toMatchObject({ total: ALL, limit: 200, offset });
			ids.push(...page.models.map(({ model_id }) => model_id));
		}
		expect(new Set(ids).size).toBe(ALL);
		expect((await list('limit=500&offset=20')).models.map(({ model_id }) => model_id)).toEqual(ids.slice(20, 520));
		expect((await list(`offset=${ALL}`)).models).toEqual([]);
		service.emulator.set({ generatedModels: 3 });
		expect((await list()).total).toBe(KNOWN_MODELS.length + 3);
		for (const query of ['limit=0', 'limit=501', 'limit=x', 'offset=-1']) {
			expect((await service.client.get(`/v1/models?${query}`)).status).toBe(422);
		}
	});

	it('has categories, and is for good tokens only', async () => {
		const { data } = await service.client.get('/v1/models/categories');
		expect(data.categories).toEqual(expect.arrayContaining(['background', 'text-to-audio', 'edit-video']));
		for (const path of ['/v1/models', '/v1/models/categories', MODEL_PATH]) {
			expect((await service.clientFor().get(path)).data.error_code).toBe(400004);
		}
	});
});

describe('the known models', () => {
	it('require one name that is no input, and no other', () => {
		const wrong = KNOWN_MODELS.flatMap(({ model_id, input_schema }) =>
			input_schema.required.filter((name) => !(name in input_schema.properties)).map((name) => [model_id, name]),
		);
		expect(wrong).toEqual([['bytedance/seedream-4-5/edit', 'image_urls']]);
	});
});

async function text(path: string): Promise<string> {
	const { data } = await service.client.get(path, { transformResponse: (body: string) => body });
	return data;
}

describe('a hostile catalogue', () => {
	beforeEach(() => service.emulator.set({ hostileModels: true, generatedModels: 0 }));

	it('is there when asked for only, and lists one entry twice', async () => {
		const { data } = await service.client.get('/v1/models?include_schema=true');
		const ids = data.models.map(({ model_id }: { model_id: string }) => model_id);
		expect(ids.filter((id: string) => id.startsWith('hostile/')).toSorted()).toEqual(
			[...Object.values(HOSTILE_IDS), HOSTILE_IDS.twice].toSorted(),
		);
		service.emulator.set({ hostileModels: false });
		expect((await service.client.get('/v1/models')).data.total).toBe(KNOWN_MODELS.length);
		expect((await service.client.get(`/v1/models/${HOSTILE_IDS.html}`)).data.error_code).toBe(400001);
	});

	it('lists its own test models unless told otherwise, and runs them all the same', async () => {
		service.emulator.set({ hostileModels: false, testModels: false });
		const { data } = await service.client.get('/v1/models');
		const ids = data.models.map(({ model_id: id }: { model_id: string }) => id);
		expect([data.total, ids.filter((id: string) => id.startsWith('emulator/'))]).toEqual([24, []]);
		expect((await service.client.get('/v1/models/emulator/text-to-image')).data.model_id).toBe(
			'emulator/text-to-image',
		);
	});

	it('has HTML in texts, a description of 1 MB, thousands of inputs', async () => {
		expect(await text(`/v1/models/${HOSTILE_IDS.html}`)).toContain('<script>');
		expect((await service.client.get(`/v1/models/${HOSTILE_IDS.longText}`)).data.description).toHaveLength(1_048_576);
		const { data } = await service.client.get(`/v1/models/${HOSTILE_IDS.manyInputs}`);
		expect(Object.keys(data.input_schema.properties)).toHaveLength(5_001);
	});

	it('has __proto__ as an input, and names twice', async () => {
		const prototype = await text(`/v1/models/${HOSTILE_IDS.prototype}`);
		expect(prototype).toContain('"__proto__":{"type":"string"}');
		expect(JSON.parse(prototype).required_inputs).toEqual(['__proto__', 'prompt']);
		const twice = await text(`/v1/models/${HOSTILE_IDS.twice}`);
		expect(twice.match(/"seed":\{/g)).toHaveLength(2);
		expect(JSON.parse(twice).input_schema.required).toEqual(['prompt', 'prompt']);
	});

	it('still refuses what is wrong or missing', async () => {
		const post = (id: string, input: string) => service.client.post(`/v1/models/${id}`, input);
		expect((await post(HOSTILE_IDS.prototype, '{"prompt":"x"}')).data.detail[0].loc).toEqual(['body', '__proto__']);
		expect((await post(HOSTILE_IDS.twice, '{}')).data.detail).toHaveLength(1);
	});
});

describe('the input', () => {
	it.each([
		['seed', { seed: -1 }],
		['seed', { seed: 1.5 }],
		['seed', { seed: '1' }],
		['magic_prompt', { magic_prompt: 'on' }],
		['rendering_speed', { rendering_speed: 'FAST' }],
		['color_palette', { color_palette: 'Ember' }],
		['style', { style: [] }],
		['image', { image: 'ftp://shop.example/a.png' }],
		['prompt', { prompt: 5 }],
	])('is refused for its %s, or let through when lenient: %j', async (field, extra) => {
		const strict = await service.client.post(MODEL_PATH, { ...INPUT, ...extra });
		expect(strict.status).toBe(422);
		expect(strict.data.detail).toEqual([{ loc: ['body', field], msg: expect.any(String), type: expect.any(String) }]);
		service.emulator.set({ validation: 'lenient' });
		expect((await service.client.post(MODEL_PATH, { ...INPUT, ...extra })).status).toBe(200);
	});

	it('must have an image and a prompt, lenient or not', async () => {
		for (const validation of ['strict', 'lenient'] as const) {
			service.emulator.set({ validation });
			const { status, data } = await service.client.post(MODEL_PATH, { prompt: ' ' });
			expect(status).toBe(422);
			expect(data.detail.map(({ loc }: { loc: string[] }) => loc[1])).toEqual(['image', 'prompt']);
		}
	});

	it('may have unknown fields and must be a JSON object', async () => {
		expect((await service.client.post(MODEL_PATH, { ...INPUT, hello: 1 })).status).toBe(200);
		for (const body of ['[]', '{"image":', '']) {
			expect(
				(await service.client.post(MODEL_PATH, body, { headers: { 'Content-Type': 'application/json' } })).status,
			).toBe(422);
		}
	});
});

async function run(id: string, input: Record<string, unknown>, switches: Partial<Switches> = {}) {
	const requestId = await service.submitDone(switches, input, id);
	return { requestId, ...(await service.resultOf(requestId)).data };
}

describe('a submit', () => {
	it.each([
		['blackforestlabs/flux-2/flash/text-to-image', { prompt: 'x', seed: null, guidance_scale: 2.5 }],
		['bytedance/seedream-4-5/edit', { prompt: 'x', images: ['https://shop.example/a'] }],
		[
			'kling/kling-3.0/pro/image-to-video',
			{ prompt: 'x', start_image_url: 'data:image/png;base64,AA', multi_prompt: [{}] },
		],
		['emulator/Studio/v1.5/Fast/HD/text-to-image', { prompt: 'x', options: null }],
	])('lets odd but right values through: %s %j', async (id, input) => {
		await service.submit(input, id);
	});

	it.each([
		['blackforestlabs/flux-2/flash/text-to-image', { prompt: 'x', guidance_scale: 21 }, ['guidance_scale']],
		['blackforestlabs/flux-2/flash/text-to-image', { prompt: 'x', guidance_scale: '2' }, ['guidance_scale']],
		['blackforestlabs/flux-3/extend-video', { prompt: 'x', video_url: 'https://a.example', duration: 5 }, ['duration']],
		['wan-ai/wan-2.7/edit-video', { prompt: 'x', video_url: 'https://a.example', duration: '5' }, ['duration']],
		['wan-ai/wan-2.7/edit', { prompt: 'x', image_urls: [] }, ['image_urls']],
		['wan-ai/wan-2.7/edit', { prompt: 'x', image_urls: ['not an address'] }, ['image_urls']],
		[
			'alibaba/happyhorse-1.1/reference-to-video',
			{ prompt: 'p'.repeat(5_001), image_url_1: 'https://a.example' },
			['prompt'],
		],
		['emulator/studio/v1.5/fast/hd/text-to-image', { prompt: 'x' }, undefined],
	])('refuses wrong ones: %s %j', async (id, input, names) => {
		const { status, data } = await service.client.post(`/v1/models/${id}`, input);
		const told = data.detail?.map(({ loc }: { loc: string[] }) => loc[1]);
		expect([status, told && [...new Set(told)]]).toEqual([names ? 422 : 400, names]);
	});

	it('gives as many images as were asked for', async () => {
		const { output, cost } = await run('wan-ai/wan-2.7/text-to-image', { prompt: 'x', max_images: 4 });
		expect(output.images).toHaveLength(4);
		expect(cost).toBe(0.12);
	});

	it('gives WAV where that is asked for', async () => {
		const { output } = await run('bytedance/seed-audio-1.0/text-to-audio', { prompt: 'x', output_format: 'wav' });
		expect((await service.download(output.audio)).data.subarray(0, 4).toString()).toBe('RIFF');
	});

	it('keeps the body as it came, and hosts what came as data', async () => {
		const uri = `data:image/png;base64,${'A'.repeat(5_000)}`;
		const input = { prompt: 'x', image_urls: [uri, 'https://shop.example/b', uri] };
		const { requestId, input: echoed } = await run('wan-ai/wan-2.7/edit', input);
		expect(service.emulator.body(requestId)).toEqual(input);
		expect(echoed.image_urls).toEqual([
			expect.stringMatching(/\/input$/),
			'https://shop.example/b',
			expect.stringMatching(/\/input-2$/),
		]);
		expect((await service.download(echoed.image_urls[2])).status).toBe(200);
		expect(service.emulator.body('nobody')).toBeUndefined();
	});

	it('may be answered with 202 and a status', async () => {
		service.emulator.set({ submitAnswer: '202' });
		const { status, data } = await service.client.post('/v1/models/blackforestlabs/flux-3/image', { prompt: 'x' });
		expect([status, data.status]).toEqual([202, 'in_queue']);
	});
});

describe('the cost', () => {
	const VIDEO = 'bytedance/seedance-2.5/image-to-video/1080p';
	const START = { prompt: 'x', image: 'https://shop.example/a' };
	const costOf = async (id: string, input: Record<string, unknown>, switches?: Partial<Switches>) =>
		(await run(id, input, switches)).cost;

	it('is price × seconds or price × files, with what inputs add', async () => {
		expect(await costOf(VIDEO, { ...START, duration: 10 })).toBe(1.2);
		expect(await costOf(VIDEO, START)).toBe(0.6);
		expect(await costOf('elevenlabs/elevenlabs/music-generation', { prompt: 'x', music_length_ms: 30_000 })).toBe(0.24);
		const open = { prompt: 'x', video_url: 'https://shop.example/a', duration: 'auto' };
		expect(await costOf('blackforestlabs/flux-3/extend-video', open)).toBe(0.35);
		const seedream = 'bytedance/seedream-5.0-pro/text-to-image';
		expect(await costOf(seedream, { prompt: 'x', resolution: '1K' })).toBe(0.04);
		expect(await costOf(seedream, { prompt: 'x' })).toBe(0.08);
		expect(await costOf('emulator/inference/upscale', { image: 'https://shop.example/a' })).toBe(0);
	});

	it('turns out dearer, cheaper or nothing', async () => {
		expect(await costOf(VIDEO, START, { costFactor: 3 })).toBe(1.8);
		expect(await costOf(VIDEO, START, { costFactor: 0.5 })).toBe(0.3);
		expect(await costOf(VIDEO, START, { costFactor: 0 })).toBe(0);
	});
});

describe('counts', () => {
	it('are kept per model', async () => {
		const id = 'blackforestlabs/flux-3/image';
		await service.client.get(`/v1/models/${id}`);
		await service.client.get('/v1/models/categories');
		await service.client.get('/v1/models');
		await service.submit({ prompt: 'x' }, id);
		await service.client.post(`/v1/models/${id}`, {});
		await service.client.post('/v1/models/no/such', {});
		expect(service.emulator.modelCount(id)).toEqual({ reads: 1, submitsReceived: 2, submitsAccepted: 1 });
		expect(Object.keys(service.emulator.modelCounts())).toEqual([id, 'no/such']);
		expect(service.emulator.counts()).toMatchObject({ modelReads: 3 });
		service.emulator.reset();
		expect(service.emulator.modelCount(id)).toEqual({ reads: 0, submitsReceived: 0, submitsAccepted: 0 });
	});
});
