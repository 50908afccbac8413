/** The rate limit is promised where calls arrive, whatever keeps them up between n8n and there. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';

import { usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { binaryItem } from '../engine/index.mts';
import { jpegAround } from '../lib/photos.mts';
import { pause } from '../lib/until.mts';
import { openTollGate, type TollGate } from '../lib/tollGate.mts';
import { type Fixture, inputItems, openFixture } from './fixture.mts';

/** What the node promises. */
const CALLS_PER_SECOND = 30;

let fixture: Fixture;
let line: TollGate;

/** A service at the end of a line that can be closed, with the rate limit's real numbers. */
async function open() {
	// A call that hangs shows so sooner: a test need not wait for ten seconds.
	const rateLimit = { ...usualPolicies.rateLimit, longestPermitMs: 1_000, overtakenWithinMs: 300 };
	fixture = await openFixture({ policies: { ...usualPolicies, rateLimit }, spreadMs: 0 });
	line = await openTollGate(fixture.emulator.modelApiUrl);
	return { ...fixture, credentials: { runComfyApi: { ...fixture.credential, modelApiUrl: line.url } } };
}

afterEach(async () => {
	await line?.close();
	await fixture?.close();
});

const photos = async (count: number, bytes: number): Promise<INodeExecutionData[]> => {
	const jpeg = jpegAround(Buffer.alloc(bytes));
	const facts = { fileName: 'photo.jpg', mimeType: 'image/jpeg' };
	return await Promise.all(Array.from({ length: count }, async () => await binaryItem({}, 'data', jpeg, facts)));
};

/** As many at a time as there are, with the time that a busy machine takes. */
const many = { options: { maxInFlight: 60, timeout: 600 } };

describe('at most 30 calls in any second arrive', () => {
	test('when the line was dead for a while', async () => {
		const { run, emulator, credentials } = await open();
		line.shut();
		const running = run({ items: inputItems(60), parameters: many, credentials });
		await pause(3_500);
		line.open();
		const { items, error } = await running;
		expect(error).toBeUndefined();
		expect(items).toHaveLength(60);
		expect(emulator.counts().submitsAccepted).toBe(60);
		expect(emulator.counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
	}, 180_000);

	test('when photos leave slowly beside other calls', async () => {
		const { run, emulator, credentials } = await open();
		const parameters = { ...many, imageSource: 'binary' };
		line.shut();
		const slow = run({ items: await photos(4, 2_000_000), parameters, credentials });
		await pause(500);
		line.openToNewcomers();
		const others = run({ items: inputItems(60), parameters: many, credentials });
		await pause(3_500);
		line.open();
		const all = await Promise.all([slow, others]);
		expect(all.map(({ items }) => items.length)).toEqual([4, 60]);
		expect(emulator.counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
	}, 180_000);

	test("and n8n's database keeps none of them up: the credential is read once", async () => {
		const { run, emulator, credentials } = await open();
		let reads = 0;
		const beforeCredential = async () => {
			reads += 1;
			if (reads > 1) await pause(20_000);
		};
		const { items } = await run({ items: inputItems(40), parameters: many, credentials, beforeCredential });
		expect(items).toHaveLength(40);
		expect(reads).toBe(1);
		expect(emulator.counts().peakCallsPerSecond).toBeLessThanOrEqual(CALLS_PER_SECOND);
	}, 180_000);
});
