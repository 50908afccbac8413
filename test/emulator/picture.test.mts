import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import sharp from 'sharp';

import { productPhoto } from '../lib/photos.mts';
import { pause } from '../lib/until.mts';
import { startEmulator, type Emulator } from './emulator.mts';
import { clientFor, INPUT, MODEL_PATH, useEmulator } from './useEmulator.mts';

const service = useEmulator();

describe('the picture', () => {
	const SIZE = { width: 900, height: 900 };
	let painter: Emulator;
	let photos: Server;
	let photo: Buffer;
	let photosUrl: string;

	beforeAll(async () => {
		photo = await productPhoto();
		painter = await startEmulator({ queueMs: 0, runMs: 0, spreadMs: 0, pictures: 'made' });
		photos = createServer((request, response) => {
			if (request.url === '/photo.jpg') response.end(photo);
			else if (request.url === '/moved.jpg') response.writeHead(302, { location: '/photo.jpg' }).end();
			else if (request.url === '/page.html') response.end('<html>');
			else response.writeHead(404).end();
		});
		await new Promise<void>((resolve) => photos.listen(0, '127.0.0.1', resolve));
		photosUrl = `http://127.0.0.1:${(photos.address() as AddressInfo).port}`;
	});

	afterAll(async () => {
		await painter.close();
		photos.closeAllConnections();
		photos.close();
	});

	/** The finished result of an input. */
	async function paint(input: Record<string, unknown>, of: Emulator = painter, path = MODEL_PATH) {
		const { data: accepted } = await clientFor(of.token, of).post(path, input);
		for (;;) {
			const { data } = await clientFor(of.token, of).get(`/v1/requests/${accepted.request_id}/result`);
			if (data.finished_at !== null) return data;
			await pause(20);
		}
	}

	async function pixels(image: Buffer, left: number, top: number): Promise<number[]> {
		const area = sharp(image).extract({ left, top, width: 24, height: 24 }).removeAlpha();
		const { channels } = await sharp(await area.png().toBuffer()).stats();
		return channels.map(({ mean }) => mean);
	}

	function distance(a: number[], b: number[]): number {
		return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
	}

	it('keeps the subject and changes the ground', async () => {
		const { output, status, ...times } = await paint({
			...INPUT,
			image: `${photosUrl}/moved.jpg`,
			color_palette: { members: [{ color_hex: '#4A6FD8' }] },
		});
		expect(status).toBe('succeeded');
		// Planned to be finished at once: the picture takes its time.
		expect(Date.parse(times.finished_at) - Date.parse(times.created_at)).toBeGreaterThan(20);
		const { data: picture } = await service.clientFor().get(output.image, { responseType: 'arraybuffer' });
		expect(await sharp(picture).metadata()).toMatchObject({ ...SIZE, format: 'png' });
		for (const [left, top] of [
			[400, 450],
			[300, 400],
			[400, 660],
			[654, 430],
		]) {
			expect(distance(await pixels(photo, left, top), await pixels(picture, left, top))).toBeLessThan(4);
		}
		for (const [left, top] of [
			[2, 2],
			[870, 4],
			[100, 860],
			[610, 480],
		]) {
			const [red, , blue] = await pixels(picture, left, top);
			expect(distance(await pixels(photo, left, top), await pixels(picture, left, top))).toBeGreaterThan(50);
			expect(blue).toBeGreaterThan(red + 20);
		}
	});

	it('shows the scene alone where a model takes no image, and is drawn four times at most', async () => {
		painter.set({ outputCount: 5, output: 'images' }, { next: 1 });
		const { output } = await paint({ prompt: 'a green forest' }, painter, '/v1/models/blackforestlabs/flux-3/image');
		const load = async (url: string) =>
			Buffer.from((await clientFor(undefined, painter).get(url, { responseType: 'arraybuffer' })).data);
		const [first, second, last] = await Promise.all([0, 1, 4].map((index) => load(output.images[index])));
		expect(await sharp(first).metadata()).toMatchObject({ width: 900, format: 'png' });
		expect([first.equals(second), first.equals(last)]).toEqual([false, true]);
	}, 60_000);

	it.each([
		['/missing.png', 'its host answered 404'],
		['/page.html', 'is not a JPEG, PNG or WebP image'],
		[':9/a.png', 'did not answer'],
	])('fails when there is no image: %s', async (name, words) => {
		const image = name.startsWith('/') ? `${photosUrl}${name}` : `http://127.0.0.1${name}`;
		const { status, error } = await paint({ ...INPUT, image });
		expect([status, error]).toEqual(['failed', expect.stringContaining(words)]);
	});
});
