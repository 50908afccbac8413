import type { Switches } from './emulator.mts';
import { useEmulator } from './useEmulator.mts';

const service = useEmulator();

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
		['kling/kling-video-o3/4k/text-to-video', { prompt: 'x' }, undefined],
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
		expect(JSON.stringify(service.emulator.requests()).length).toBeLessThan(1_500);
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

	it('turns out dearer, cheaper, nothing, late or unknown', async () => {
		expect(await costOf(VIDEO, START, { costFactor: 3 })).toBe(1.8);
		expect(await costOf(VIDEO, START, { costFactor: 0.5 })).toBe(0.3);
		expect(await costOf(VIDEO, START, { costFactor: 0 })).toBe(0);
		expect(await costOf(VIDEO, START, { costFactor: 1, cost: 'later' })).toBeUndefined();
		expect(await costOf(VIDEO, START, { cost: 'never' })).toBeUndefined();
		expect(await costOf(VIDEO, START, { cost: 'atOnce', costUsd: 0.07 })).toBe(0.07);
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
		expect(service.emulator.counts()).toMatchObject({ modelReads: 3, listReads: 2 });
		service.emulator.reset();
		expect(service.emulator.modelCount(id)).toEqual({ reads: 0, submitsReceived: 0, submitsAccepted: 0 });
	});
});
