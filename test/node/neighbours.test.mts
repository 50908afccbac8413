/** What one account, or one workflow, does not do to another. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { TINY_PNG } from '../emulator/sampleFiles.mts';
import { binaryItem } from '../engine/index.mts';
import { openTollGate, type TollGate } from '../lib/tollGate.mts';
import { untilTrue } from '../lib/until.mts';
import { errorShown, type Fixture, inputItems, openFixture, quickPolicies } from './fixture.mts';

/** What an account that nobody disturbs needs, on a machine that has other work. */
const SOON_MS = 6_000;

let fixture: Fixture;
let line: TollGate;

/** Two accounts: an address of its own makes another one. */
async function open(policies = quickPolicies()) {
	policies.call = { ...policies.call, submitTimeoutMs: 20_000, readTimeoutMs: 10_000 };
	policies.download = { ...policies.download, deadlineMs: 20_000 };
	fixture = await openFixture({ policies, spreadMs: 0 });
	line = await openTollGate(fixture.emulator.modelApiUrl);
	return { ...fixture, another: { runComfyApi: { ...fixture.credential, modelApiUrl: line.url } } };
}

afterEach(async () => {
	await line?.close();
	await fixture?.close();
});

const photos = async (count: number): Promise<INodeExecutionData[]> => {
	const png = TINY_PNG.bytes;
	const facts = { fileName: 'photo.png', mimeType: 'image/png' };
	return await Promise.all(Array.from({ length: count }, async () => await binaryItem({}, 'data', png, facts)));
};

const BINARY: INodeParameters = { imageSource: 'binary' };
const DOWNLOAD: INodeParameters = { options: { downloadImages: true } };

async function tookMs(work: Promise<{ items: INodeExecutionData[]; error: unknown }>): Promise<number> {
	const startMs = performance.now();
	const { items, error } = await work;
	expect(error).toBeUndefined();
	expect(items).toHaveLength(1);
	return performance.now() - startMs;
}

describe('another account is not held up', () => {
	test('by file submits that hang', async () => {
		const { start, run, emulator, another } = await open();
		emulator.fault('submit', { kind: 'hang', effect: 'before' }, { next: 4 });
		const hanging = start({ items: await photos(6), parameters: BINARY });
		await untilTrue(() => emulator.counts().submitsReceived === 4);
		expect(await tookMs(run({ items: await photos(1), parameters: BINARY, credentials: another }))).toBeLessThan(
			SOON_MS,
		);
		hanging.stop();
		await hanging.result;
	}, 60_000);

	test('by a pause that RunComfy asked for', async () => {
		const { start, run, emulator, another } = await open();
		emulator.fault('submit', { kind: 'rateLimited', retryAfter: 15 }, { next: 1 });
		const paused = start({ items: inputItems(1), parameters: { options: { timeout: 60 } } });
		await untilTrue(() => emulator.counts().submitsReceived === 1);
		expect(await tookMs(run({ credentials: another }))).toBeLessThan(SOON_MS);
		paused.stop();
		await paused.result;
	}, 60_000);

	test('by downloads that hang', async () => {
		const { start, run, emulator, another } = await open();
		emulator.fault('download', { kind: 'hang', effect: 'before' }, { next: 6 });
		const hanging = start({ items: inputItems(8), parameters: DOWNLOAD });
		await untilTrue(() => emulator.counts().downloads === 6);
		expect(await tookMs(run({ parameters: DOWNLOAD, credentials: another }))).toBeLessThan(SOON_MS);
		hanging.stop();
		await hanging.result;
	}, 60_000);
});

test("that the node's own rate limit gave no turn is not said of RunComfy", async () => {
	const policies = quickPolicies();
	policies.rateLimit = { ...usualPolicies.rateLimit, callsPerShortWindow: 1, shortWindowMs: 60_000 };
	const opened = await open(policies);
	const shown = await errorShown(opened, 'stopWorkflow', { parameters: { options: { timeout: 1 } } });
	const [{ id }] = opened.emulator.requests();
	expect(shown.message).toBe(`Request ${id} could not be checked after 1 second: the rate limit left no free call`);
	expect(shown.description).toContain(id);
	const single = await errorShown(opened, 'stopWorkflow', {
		parameters: { resource: 'request', operation: 'getStatus', requestId: id },
	});
	expect(single.message).toBe(`Could not read request ${id}: the rate limit left no free call`);
}, 60_000);
