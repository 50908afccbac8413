import { KNOWN_MODELS, REPLACE_BACKGROUND_ID } from './emulator.mts';
import { MODEL_PATH, useEmulator } from './useEmulator.mts';

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

	it('is told in the form of the catalogue or of the page', async () => {
		const forms = async (id: string) => {
			const schemas = [];
			for (const schemaForm of ['asKnown', 'catalogue', 'page'] as const) {
				service.emulator.set({ schemaForm });
				schemas.push((await told(id)).input_schema);
			}
			return schemas;
		};
		const [known, catalogue, page] = await forms(REPLACE_BACKGROUND_ID);
		expect(known).toEqual(page);
		expect(Object.keys(catalogue.properties)).toEqual(Object.keys(catalogue.properties).toSorted());
		expect(catalogue.properties.image).toMatchObject({ format: 'image_uri' });
		expect(JSON.stringify(catalogue)).not.toContain('title');
		const [video, videoInCatalogue, videoPage] = await forms('wan-ai/wan-3.0/image-to-video');
		expect(video).toEqual(videoInCatalogue);
		expect(videoPage.properties.end_image_url).toEqual({ title: 'End Image URL', type: 'string', format: 'image_uri' });
		expect(Object.keys(videoPage.properties).slice(0, 2)).toEqual(['prompt', 'image_url']);
	});

	it.each([
		['asIs', { base_price_usd: 0.06, price_unit: 'output' }],
		['zero', { base_price_usd: 0 }],
		['negative', { base_price_usd: -0.06 }],
		['text', { base_price_usd: 'from $0.06' }],
		['null', { base_price_usd: null, price_unit: null }],
	] as const)('has a price %s', async (priceTold, price) => {
		service.emulator.set({ priceTold });
		expect(await told(REPLACE_BACKGROUND_ID)).toMatchObject(price);
		service.emulator.set({ priceTold: 'missing' });
		expect(await told(REPLACE_BACKGROUND_ID)).not.toHaveProperty('base_price_usd');
	});
});

describe('the list', () => {
	it.each([
		['', ALL],
		['search=replace', 1],
		['search=LEGIBLE%20LETTERING', 1],
		['search=kling-video-o3', 2],
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
