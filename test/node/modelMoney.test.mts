/** Model buys as Background does: once for each item, whatever happens. */
import { describe, expect, test } from '@jest/globals';

import type { Fault } from '../emulator/emulator.mts';
import { inputItems, jsonOf, useFixture } from './fixture.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const parameters = runModel(TEXT_TO_IMAGE, '={{ $json.sku }} on a table');

const RETRIES = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

describe.each(['runAndWait', 'submit'])('%s', (operation) => {
	test.each<[string, Fault, number, number]>([
		// A refusal is repeated; what may have been bought is not.
		['a rate limit', { kind: 'rateLimited' }, 3, 2],
		['a gateway', { kind: 'status', status: 503 }, 2, 1],
	])('%s on the first submit', async (_what, fault, most, accepted) => {
		node.emulator.fault('submit', fault, { next: 1 });
		await node.run({ items: inputItems(2), parameters: { ...parameters, operation }, ...RETRIES });
		const { submitsReceived, submitsAccepted } = node.emulator.counts();
		expect([submitsReceived, submitsAccepted]).toEqual([most, accepted]);
	});

	test('an answer that was cut: three tries, one submit', async () => {
		node.emulator.fault('submit', { kind: 'cutAfter' }, { next: 1 });
		const { error } = await node.run({ parameters: { ...parameters, operation }, ...RETRIES });
		expect(error?.message).toMatch(/^It is not known whether RunComfy accepted this job/);
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});
});

test('an item that fails is tried again; the others are taken up', async () => {
	node.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
	await node.run({ items: inputItems(4), parameters, ...RETRIES });
	expect(node.emulator.counts().submitsAccepted).toBe(4);
});

test('Retry execution takes up what was bought, although the catalogue is gone', async () => {
	node.policies.call.singleCallWindowMs = 300;
	node.emulator.set({ jobOutcome: 'stuck' });
	const impatient = { ...parameters, options: { timeout: 1 } };
	const first = await node.run({ items: inputItems(2), parameters: impatient });
	expect(first.error?.message).toMatch(/was still in_/);
	node.emulator.fault('model', { kind: 'status', status: 404, body: { detail: 'gone' } });
	const again = await node.run({ parameters: impatient, retryOf: first.finished });
	expect(node.emulator.counts().submitsAccepted).toBe(2);
	expect(again.error?.message).toMatch(/was still in_/);
});

test('Stop cancels what was bought', async () => {
	node.emulator.set({ jobOutcome: 'stuckInQueue' });
	const run = node.start({ items: inputItems(3), parameters });
	while (node.emulator.counts().submitsAccepted < 3) await new Promise((resolve) => setTimeout(resolve, 20));
	run.stop();
	await run.result;
	while (node.emulator.counts().cancels < 3) await new Promise((resolve) => setTimeout(resolve, 20));
	expect(node.emulator.requests().map(({ state }) => state)).toEqual(Array(3).fill('cancelled'));
});

test('a request of any model: status and result', async () => {
	const bought = await node.run({ parameters: { ...parameters, operation: 'submit' } });
	const [{ request_id: requestId }] = jsonOf(bought.items);
	const { items } = await node.run({
		parameters: { resource: 'request', operation: 'getResult', requestId: String(requestId), waitUntilFinished: true },
	});
	expect(jsonOf(items)).toEqual([expect.objectContaining({ request_id: requestId, image_url: expect.any(String) })]);
});

describe('a price per second without a duration', () => {
	const VIDEO = 'emulator/keyframes-to-video';
	const withoutDuration = runModel(VIDEO, 'a lake', { keyframes: [{ at: 0 }] });
	const advice = "The price is $0.05 per second. Set the input 'duration' to get an estimate.";

	test('Check Inputs says the rate and what makes an estimate of it', async () => {
		const { finished } = await node.run({ parameters: { ...withoutDuration, operation: 'checkInputs' } });
		const texts = finished.hints.map(({ message }) => message).join('\n');
		expect(texts).toContain(`Estimated cost: unknown. ${advice}`);
	});

	test("so does 'Maximum Cost', which stays on, and nothing is submitted", async () => {
		const { error } = await node.run({ parameters: { ...withoutDuration, options: { maxCost: 5 } } });
		expect(error?.message).toContain('cannot be known in advance');
		expect(error?.description).toContain(advice);
		expect(error?.description).not.toMatch(/remove|turn off/i);
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});
});

test('failed items are named by number with the first reason, after what is safe', async () => {
	node.emulator.set({ jobOutcome: 'failed' }, { next: 3 });
	const { error } = await node.run({
		items: inputItems(5),
		parameters: { ...parameters, options: { maxInFlight: 5 } },
	});
	expect(error?.description).toMatch(/^2 other items are finished; a retry does not charge them again\. /);
	expect(error?.description).toMatch(/Items \d and \d failed too \(.*\)\. Item \d: Request \S+ failed/);
});
