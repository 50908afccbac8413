import { REPLACE_BACKGROUND_ID, startEmulator, type Switches } from './emulator.mts';
import { parseSwitch } from './switches.mts';
import { holdClock, INPUT, MODEL_PATH, useEmulator } from './useEmulator.mts';

const TYPES = { png: 'image/png', mp4: 'video/mp4', mp3: 'audio/mpeg' };

const service = useEmulator();

describe('switches', () => {
	it.each([
		['image', { image: 0 }, 1],
		['images', { images: [0, 1, 2] }, 3],
		['both', { image: 0, images: [0, 1, 2] }, 3],
		['string', 0, 1],
		['array', [0, 1, 2], 3],
		['objects', { images: [{ url: 0 }, { url: 1 }, { url: 2 }] }, 3],
		['video', { video: 0 }, 1],
		['videos', { videos: [0, 1, 2] }, 3],
		['audio', { audio: 0 }, 1],
		['audios', { audios: [0, 1, 2] }, 3],
		['outputs', { outputs: [0, 1, 2].map((url) => ({ type: 'image', url })) }, 3],
		['preview', { image: 0, preview: { url: 1 } }, 2],
		['repeated', { image: 0, images: [0, 1, 2, 0, 1, 2], outputs: [{ url: 0 }, { url: 1 }, { url: 2 }] }, 3],
		['nested', { result: { groups: [0, 1, 2].map((url) => ({ files: [{ file: { url } }] })), note: 'as wished' } }, 3],
		['byKind', { images: [0, 1, 2] }, 3],
		['none', {}, 0],
	] as const)('output %s', async (output, shape, count) => {
		const id = await service.submitDone({ output, outputCount: 3 });
		const extension = output.startsWith('video') ? 'mp4' : output.startsWith('audio') ? 'mp3' : 'png';
		const text = JSON.stringify(shape).replace(
			/\d/g,
			(n) => `"${service.emulator.modelApiUrl}/files/${id}/${n}.${extension}"`,
		);
		const { data } = await service.resultOf(id);
		expect(data.output).toEqual(JSON.parse(text));
		const [{ outputs }] = service.emulator.requests();
		expect(outputs).toHaveLength(count);
		for (const url of outputs) {
			const { status, headers } = await service.clientFor().get(url);
			expect([status, headers['content-type']]).toEqual([200, TYPES[extension]]);
		}
	});

	it.each([
		['succeeded', 'result', 'completed', 'succeeded'],
		['failed', 'result', 'completed', 'failed'],
		['failed', 'status', 'failed', 'failed'],
		['failed', 'statusWithError', 'failed', 'failed'],
		['cancelledByRunComfy', 'result', 'cancelled', 'cancelled'],
		['stuck', 'result', 'in_progress', 'in_progress'],
		['stuckInQueue', 'result', 'in_queue', 'in_queue'],
	] as const)('jobOutcome %s, failureTold %s', async (jobOutcome, failureTold, status, result) => {
		const id = await service.submitDone({ jobOutcome, failureTold, failureMessage: 'Too blurred' });
		expect((await service.statusOf(id)).data.status).toBe(status);
		const { data } = await service.resultOf(id);
		expect(data.status).toBe(result);
		expect(data.error).toBe(result === 'failed' ? 'Too blurred' : undefined);
		expect('output' in data).toBe(result === 'succeeded');
		expect(service.emulator.requests()[0].state).toBe(result);
	});

	it.each(['400', '404'] as const)('unknownModel %s', async (unknownModel) => {
		service.emulator.set({ unknownModel });
		for (const path of ['/v1/models/no/such', `/v1/models/${encodeURIComponent(REPLACE_BACKGROUND_ID)}`]) {
			const { status, data } = await service.client.post(path, INPUT);
			expect([status, data.error_code]).toEqual([Number(unknownModel), 400001]);
		}
	});

	it('cost and costUsd', async () => {
		const costs = async (id: string) => [
			(await service.resultOf(id)).data.cost,
			(await service.resultOf(id)).data.cost,
		];
		expect(await costs(await service.submitDone({ cost: 'atOnce', costUsd: 0.1 }))).toEqual([0.1, 0.1]);
		expect(await costs(await service.submitDone({ cost: 'later' }))).toEqual([undefined, 0.1]);
		expect(await costs(await service.submitDone({ cost: 'never' }))).toEqual([undefined, undefined]);
		const { data } = await service.client.get(`/v1/requests/${await service.submitDone({ cost: 'atOnce' })}/result`);
		expect(data).not.toHaveProperty('cost');
	});

	it('requestLifeMs and readLagMs', async () => {
		const clock = holdClock();
		const late = await service.submitDone({ readLagMs: 100 });
		const [early, file] = [await service.statusOf(late), await service.clientFor().get(`/files/${late}/0.png`)];
		expect([early.status, early.data.error_code, file.status]).toEqual([404, 404001, 404]);
		clock.passMs(110);
		expect((await service.statusOf(late)).data.status).toBe('completed');
		const brief = await service.submitDone({ readLagMs: 0, requestLifeMs: 100 });
		expect((await service.statusOf(brief)).status).toBe(200);
		clock.passMs(110);
		expect((await service.resultOf(brief)).data.error_code).toBe(404001);
		expect((await service.cancel(brief)).data.error_code).toBe(404001);
	});

	it('urlBase and fileBase', async () => {
		service.emulator.set({ urlBase: 'http://127.0.0.1:9', fileBase: 'http://127.0.0.1:8' });
		const { data: accepted } = await service.client.post(MODEL_PATH, INPUT);
		expect(accepted.status_url).toBe(`http://127.0.0.1:9/v1/requests/${accepted.request_id}/status`);
		const { data } = await service.resultOf(await service.submitDone());
		expect(data.output.image).toMatch(/^http:\/\/127\.0\.0\.1:8\/files\//);
	});

	it('hold for the next N, are fixed at acceptance, and can be reset', async () => {
		holdClock();
		service.emulator.set({ queueMs: 0, runMs: 0 });
		service.emulator.set({ jobOutcome: 'failed' }, { next: 2 });
		const ids = [await service.submit(), await service.submit(), await service.submit()];
		service.emulator.resetSwitches();
		const states = await Promise.all(ids.map(async (id) => (await service.resultOf(id)).data.status));
		expect(states).toEqual(['failed', 'failed', 'succeeded']);
		expect((await service.statusOf(await service.submit())).data.status).toBe('in_queue');
		service.emulator.set({ earlyResult: '400' }, { next: 1 });
		const id = await service.submit();
		expect([(await service.resultOf(id)).status, (await service.resultOf(id)).status]).toEqual([400, 200]);
	});

	it.each([
		['costUsd=0.1', { costUsd: 0.1 }],
		['costUsd=byPrice', { costUsd: 'byPrice' }],
		['balanceUsd=-2', { balanceUsd: -2 }],
		['hostileModels=true', { hostileModels: true }],
		['endWord=byPrice', { endWord: 'byPrice' }],
	])('are read from text: %s', (written, read) => {
		expect(parseSwitch(written)).toEqual(read);
	});

	it.each([
		[{ jobOutcome: 'exploded' }, "'jobOutcome' must be one of succeeded"],
		[{ speed: 1 }, "no switch 'speed'"],
		[{ runMs: -1 }, "'runMs' must be a number from 0"],
		[{ echoInputs: 'yes' }, "'echoInputs' must be a boolean"],
		[{ outputCount: 2.5 }, "'outputCount' must be a whole number"],
		[{ generatedModels: 5_001 }, 'from 0 to 5000'],
		[{ costUsd: 'much' }, "'costUsd' must be a number"],
		[{ costFactor: -1 }, 'number from 0'],
	])('are checked: %j', async (given, message) => {
		expect(() => service.emulator.set(given as Partial<Switches>)).toThrow(message);
		await expect(startEmulator({ switches: given as Partial<Switches> })).rejects.toThrow(message);
	});
});

describe('files', () => {
	it('may be there only a little later', async () => {
		const clock = holdClock();
		const id = await service.submitDone({ fileLagMs: 120 });
		expect((await service.download(`/files/${id}/0.png`)).status).toBe(404);
		expect((await service.resultOf(id)).data.status).toBe('succeeded');
		clock.passMs(130);
		expect((await service.download(`/files/${id}/0.png`)).status).toBe(200);
	});

	it('may trickle in', async () => {
		const id = await service.submitDone();
		service.emulator.fault('download', { kind: 'trickle', ms: 200, pieces: 4 }, { next: 1 });
		const started = performance.now();
		const { data } = await service.clientFor().get(`/files/${id}/0.png`, { responseType: 'stream' });
		const arrivals: number[] = [];
		let size = 0;
		for await (const chunk of data) {
			size += chunk.length;
			arrivals.push(performance.now() - started);
		}
		expect(size).toBe((await service.download(`/files/${id}/0.png`)).data.length);
		expect(arrivals.length).toBeGreaterThan(1);
		expect(arrivals.at(-1)).toBeGreaterThanOrEqual(190);
	});
});
