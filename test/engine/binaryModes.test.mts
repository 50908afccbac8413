/**
 * Files in every place where n8n 3 keeps them: the node knows of none. S3, Azure and the database are one store in memory here,
 * behind n8n's own service; n8n 3.0 has no longer the mode that keeps files in the items.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { RunComfyApi } from '../../credentials/RunComfyApi.credentials.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import { type Emulator, startEmulator } from '../emulator/emulator.mts';
import { binaryItem, createEngine, type Engine, readBinary, runNode } from './index.mts';
import { loadN8n, takesStores } from './n8n.mts';

const REPLACE = { imageSource: 'binary', prompt: 'on a marble table', options: { downloadImages: true } };

const ofNewEngines = takesStores(loadN8n()) ? describe : describe.skip;

ofNewEngines.each(['filesystem', 's3', 'azure', 'database'] as const)('files in %s', (binaryMode) => {
	let emulator: Emulator;
	let engine: Engine;
	beforeEach(async () => {
		emulator = await startEmulator({ queueMs: 0, runMs: 0, spreadMs: 0 });
		engine = await createEngine({
			nodeTypes: { 'n8n-nodes-runcomfy.runComfy': RunComfy },
			credentialTypes: { runComfyApi: new RunComfyApi() },
			binaryMode,
		});
	});
	afterEach(async () => {
		await engine.close();
		await emulator.close();
	});

	test('a photo goes in and a picture comes out', async () => {
		const photo = await sharp({ create: { width: 4, height: 3, channels: 3, background: '#ff6d5a' } })
			.png()
			.toBuffer();
		const { items, error } = await runNode(engine, {
			items: [await binaryItem({}, 'data', photo, { fileName: 'photo.png', mimeType: 'image/png' })],
			parameters: REPLACE,
			credentials: { runComfyApi: emulator.credential },
		});
		expect(error).toBeUndefined();
		const [request] = emulator.requests();
		expect(emulator.body(request.id)?.image).toBe(`data:image/png;base64,${photo.toString('base64')}`);
		expect(items[0].binary?.data).toMatchObject({ mimeType: 'image/png', id: expect.stringMatching(`^${binaryMode}`) });
		expect((await readBinary(items[0], 'data')).subarray(1, 4).toString()).toBe('PNG');
	});
});
