import { HOSTILE_IDS, KNOWN_MODELS } from './emulator.mts';
import { useEmulator } from './useEmulator.mts';

const service = useEmulator();

beforeEach(() => service.emulator.set({ hostileModels: true, generatedModels: 0 }));

async function text(path: string): Promise<string> {
	const { data } = await service.client.get(path, { transformResponse: (body: string) => body });
	return data;
}

describe('a hostile catalogue', () => {
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
		expect([data.total, ids.filter((id: string) => id.startsWith('emulator/'))]).toEqual([32, []]);
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
		expect((await post(HOSTILE_IDS.manyInputs, '{"prompt":"x","input_4999":1}')).status).toBe(422);
		expect((await post(HOSTILE_IDS.twice, '{}')).data.detail).toHaveLength(1);
	});
});
