import { holdClock, useEmulator } from './useEmulator.mts';

const service = useEmulator();

describe('files', () => {
	it.each([
		['whole', 'image/png', /^\x89PNG/],
		['empty', 'image/png', /^$/],
		['page', 'text/html; charset=utf-8', /^<!doctype html>/],
		['octetStream', 'application/octet-stream', /^\x89PNG/],
		['noType', undefined, /^\x89PNG/],
	] as const)('are answered as fileAnswer says: %s', async (fileAnswer, type, start) => {
		const id = await service.submitDone({ fileAnswer });
		const { status, headers, data } = await service.download(`/files/${id}/0.png`);
		expect([status, headers['content-type'], data.toString('latin1')]).toEqual([
			200,
			type,
			expect.stringMatching(start),
		]);
		expect(headers['content-length']).toBe(String(data.length));
	});

	it.each(['404', '403'] as const)('may be there only a little later, with %s before', async (fileLagStatus) => {
		const clock = holdClock();
		const id = await service.submitDone({ fileLagMs: 120, fileLagStatus });
		expect((await service.download(`/files/${id}/0.png`)).status).toBe(Number(fileLagStatus));
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
