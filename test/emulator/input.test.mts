import { INPUT, MODEL_PATH, useEmulator } from './useEmulator.mts';

const service = useEmulator();

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
