/** How often the catalogue is read: once a model and run, kept for a minute, and never for Background. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import { systemClock } from '../../nodes/RunComfy/timing/clock.ts';
import { type Fixture, inputItems, openFixture, quickPolicies } from './fixture.mts';
import { byId, IMAGE_TO_TEXT, runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

/** A clock that can be set forward. */
class LateClock implements Clock {
	lateMs = 0;

	now = () => systemClock.now() + this.lateMs;

	wallMs = () => systemClock.wallMs() + this.lateMs;

	sleep = systemClock.sleep;

	alarm = systemClock.alarm;
}

const OTHER = 'emulator/text-to-image';

let clock: LateClock;
let node: Fixture;
beforeEach(async () => {
	clock = new LateClock();
	const policies = quickPolicies();
	Object.assign(policies.call, { readTimeoutMs: 5_000, submitTimeoutMs: 10_000, singleCallWindowMs: 10_000 });
	node = await openFixture({ queueMs: 0, runMs: 0, spreadMs: 0, clock, policies });
});
afterEach(async () => await node.close());

async function readBegun() {
	while (node.emulator.counts().modelReads === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

const readsOf = (modelId: string) => node.emulator.modelCount(modelId).reads;

test.each([
	['Run and Wait', 'runAndWait'],
	['Submit', 'submit'],
	['Get', 'get'],
])('%s: 30 items of one model read it once', async (_name, operation) => {
	const { items, error } = await node.run({
		items: inputItems(30),
		parameters: { ...runModel(TEXT_TO_IMAGE, 'a lake'), operation },
	});
	expect([error, items.length]).toEqual([undefined, 30]);
	expect(node.emulator.counts()).toMatchObject({ modelReads: 1, submitsReceived: operation === 'get' ? 0 : 30 });
});

test('a model of each item: each is read once', async () => {
	const ids = [TEXT_TO_IMAGE, OTHER];
	const items = [0, 1, 0, 1].map((which) => ({ json: { id: ids[which] } }));
	await node.run({ items, parameters: runModel('={{ $json.id }}', 'a lake') });
	for (const id of ids) expect(node.emulator.modelCount(id)).toMatchObject({ reads: 1, submitsAccepted: 2 });
});

test('runs within a minute share a reading, later ones read anew', async () => {
	const parameters = runModel(TEXT_TO_IMAGE, 'a lake');
	await node.run({ parameters });
	await node.run({ parameters });
	clock.lateMs = 59_000;
	await node.run({ parameters });
	expect(readsOf(TEXT_TO_IMAGE)).toBe(1);
	clock.lateMs = 61_500;
	await node.run({ parameters });
	expect(readsOf(TEXT_TO_IMAGE)).toBe(2);
});

test('runs at the same time share a reading under way', async () => {
	node.emulator.fault('model', { kind: 'slow', ms: 150 });
	const runs = await Promise.all([1, 2, 3].map(() => node.run({ parameters: runModel(TEXT_TO_IMAGE, 'a lake') })));
	expect(runs.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
	expect(readsOf(TEXT_TO_IMAGE)).toBe(1);
});

test('a Stop of one leaves the others their reading', async () => {
	node.emulator.fault('model', { kind: 'slow', ms: 1_500 });
	const parameters = runModel(TEXT_TO_IMAGE, 'a lake');
	const stopped = node.start({ parameters });
	await readBegun();
	const other = node.run({ parameters });
	await new Promise((resolve) => setTimeout(resolve, 50));
	stopped.stop();
	expect((await stopped.result).items).toEqual([]);
	const { items, error } = await other;
	expect([error, items.length]).toEqual([undefined, 1]);
	expect(node.emulator.counts().submitsReceived).toBe(1);
});

test('Stop while the catalogue is read: nothing is bought, and the node ends without it', async () => {
	// Longer than this test may take.
	node.policies.call.readTimeoutMs = 600_000;
	node.emulator.fault('model', { kind: 'hang', effect: 'before' });
	const run = node.start({ items: inputItems(3), parameters: runModel(TEXT_TO_IMAGE, 'a lake') });
	await readBegun();
	run.stop();
	expect((await run.result).items).toEqual([]);
	expect(node.emulator.counts().submitsReceived).toBe(0);
});

test('a reading that failed is not kept', async () => {
	node.emulator.fault('model', { kind: 'status', status: 404, body: { detail: 'gone' } }, { next: 1 });
	const parameters = runModel(TEXT_TO_IMAGE, 'a lake');
	expect((await node.run({ parameters })).error?.message).toMatch(/does not know the model/);
	expect((await node.run({ parameters })).error).toBeUndefined();
});

test('a reading that fails for a moment is made again', async () => {
	node.emulator.fault('model', { kind: 'status', status: 503 }, { next: 2 });
	expect((await node.run({ parameters: runModel(TEXT_TO_IMAGE, 'a lake') })).error).toBeUndefined();
	expect(readsOf(TEXT_TO_IMAGE)).toBe(3);
});

test('Background makes no call more than a submit and its looks', async () => {
	await node.run({ items: inputItems(5) });
	const { modelReads, balanceReads, submitsReceived } = node.emulator.counts();
	expect({ modelReads, balanceReads, submitsReceived }).toEqual({ modelReads: 0, balanceReads: 0, submitsReceived: 5 });
});

describe('the rate limit counts readings', () => {
	test('no more calls in a second than it allows', async () => {
		Object.assign(node.policies.rateLimit, { callsPerShortWindow: 4, shortWindowMs: 300 });
		const limited = await openFixture({ policies: node.policies, queueMs: 0, runMs: 0, spreadMs: 0 });
		try {
			const ids = [
				TEXT_TO_IMAGE,
				OTHER,
				'emulator/inference/upscale',
				'sync/react-1',
				'wan-ai/wan-2.7/edit',
				IMAGE_TO_TEXT,
			];
			const items = [...ids, ...ids].map((id) => ({ json: { id } }));
			const { error } = await limited.run({
				items,
				parameters: { resource: 'model', operation: 'get', ...byId('={{ $json.id }}') },
			});
			expect(error).toBeUndefined();
			const times = limited.emulator
				.calls()
				.map(({ atMs }) => atMs)
				.sort((a, b) => a - b);
			expect(times).toHaveLength(6);
			for (let first = 0; first + 4 < times.length; first += 1) {
				expect(times[first + 4] - times[first]).toBeGreaterThanOrEqual(290);
			}
		} finally {
			await limited.close();
		}
	});
});
