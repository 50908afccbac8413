/** Simplify and Options: how a wait is done, and what is done when its time runs out. */
import { describe, expect, test } from '@jest/globals';

import {
	errorShown,
	inputIndexOf,
	inputItems,
	jsonOf,
	NOT_READY,
	onRequest,
	submitOne,
	useFixture,
} from './fixture.mts';

const node = useFixture({ clockSpeed: 5 });

const withOptions = (options: object, rest: object = {}) => ({ ...rest, options: { ...options } }) as never;

describe('Max Requests in Flight', () => {
	test.each([
		[1, 4],
		[3, 9],
	])('%d: never more bought and unfinished at a time', async (maxInFlight, count) => {
		node.emulator.set({ runMs: 150 });
		const { items } = await node.run({ items: inputItems(count), parameters: withOptions({ maxInFlight }) });
		expect(items.map(inputIndexOf)).toEqual(inputItems(count).map((_, index) => index));
		const { submitsReceived, peakInFlight } = node.emulator.counts();
		expect(submitsReceived).toBe(count);
		expect(peakInFlight).toBeLessThanOrEqual(maxInFlight);
		expect(peakInFlight).toBeGreaterThan(maxInFlight / 2);
	});

	test('20 unless told otherwise', async () => {
		node.emulator.set({ runMs: 500 });
		await node.run({ items: inputItems(30) });
		const { submitsReceived, peakInFlight } = node.emulator.counts();
		expect(submitsReceived).toBe(30);
		expect(peakInFlight).toBeLessThanOrEqual(20);
		expect(peakInFlight).toBeGreaterThan(10);
	});

	test('waiting for a free place does not count towards the Timeout', async () => {
		// Each takes 120 ms, which is 600 ms of the node's time; ten one after the other are far beyond the Timeout.
		node.emulator.set({ runMs: 120 });
		const { items, error } = await node.run({
			items: inputItems(6),
			parameters: withOptions({ maxInFlight: 1, timeout: 1 }),
		});
		expect(error).toBeUndefined();
		expect(items).toHaveLength(6);
	});
});

describe('When Time Runs Out', () => {
	test('Stop with an error, the default: names the request, which goes on', async () => {
		node.emulator.set({ jobOutcome: 'stuckInQueue' });
		const shown = await errorShown(node, 'stopWorkflow', { parameters: withOptions({ timeout: 1 }) });
		const [{ id }] = node.emulator.requests();
		expect(shown.message).toBe(`Request ${id} was still in_queue after 1 second`);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 1, cancels: 0 });
	});

	test('Return the unfinished request: an item with finished: false, and a hint', async () => {
		node.emulator.set({ jobOutcome: 'stuck' });
		const { items, finished } = await node.run({
			items: inputItems(2),
			parameters: withOptions({ timeout: 1, onTimeout: 'returnItem', includeInputFields: true }),
		});
		const ids = node.emulator.requests().map(({ id }) => id);
		expect(items.map(inputIndexOf)).toEqual([0, 1]);
		for (const { json } of items) {
			expect(json).toEqual({
				sku: expect.any(String),
				request_id: expect.any(String),
				status: 'in_progress',
				finished: false,
			});
			expect(ids).toContain(json.request_id);
		}
		expect(finished.hints.map(({ message }) => message)).toEqual([
			"2 requests are not finished yet: Get Result fetches them by their request_id, and waits for them if 'Wait Until Finished' is on.",
		]);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 2, cancels: 0 });
	});

	test("Return the unfinished request, with Simplify off: RunComfy's own answer", async () => {
		node.emulator.set({ jobOutcome: 'stuck' });
		const parameters = withOptions({ timeout: 1, onTimeout: 'returnItem' }, { simplify: false });
		const { items } = await node.run({ parameters });
		const [{ id, modelId }] = node.emulator.requests();
		expect(jsonOf(items)).toMatchObject([
			{ request_id: id, status: 'in_progress', model_id: modelId, input: expect.anything(), finished: false },
		]);
	});

	test('the unfinished item fits into Get Result as it is', async () => {
		node.emulator.onCall = ({ phase }) => (phase === 'result' ? NOT_READY : undefined);
		const { items } = await node.run({ parameters: withOptions({ timeout: 1, onTimeout: 'returnItem' }) });
		expect(jsonOf(items)).toMatchObject([{ finished: false }]);
		node.emulator.onCall = undefined;
		const later = await node.run({
			items,
			parameters: onRequest('getResult', '={{ $json.request_id }}', { waitUntilFinished: true }),
		});
		expect(jsonOf(later.items)).toMatchObject([{ request_id: items[0].json.request_id, status: 'succeeded' }]);
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});

	test('Cancel the request: a queued one is cancelled, and the error says that RunComfy confirmed it', async () => {
		node.emulator.set({ jobOutcome: 'stuckInQueue' });
		const shown = await errorShown(node, 'continueErrorOutput', {
			parameters: withOptions({ timeout: 1, onTimeout: 'cancel' }),
		});
		const [{ id, cancelled }] = node.emulator.requests();
		expect(cancelled).toBe(true);
		expect(shown.message).toBe(`Request ${id} was still in_queue after 1 second and was cancelled`);
		expect(shown.description).toMatch(/RunComfy confirmed the cancellation/);
		expect(shown.json).toMatchObject({ request_id: id, status: 'cancelled' });
		expect(node.emulator.counts()).toMatchObject({ cancels: 1, cancelsGranted: 1 });
	});

	test('Cancel the request: a running one is not said to be cancelled', async () => {
		node.emulator.set({ jobOutcome: 'stuck' });
		const shown = await errorShown(node, 'continueErrorOutput', {
			parameters: withOptions({ timeout: 1, onTimeout: 'cancel' }),
		});
		const [{ id }] = node.emulator.requests();
		expect(shown.message).toBe(`Request ${id} gave no result within 1 second, and its cancellation was not confirmed`);
		expect(shown.description).toMatch(/not_cancellable.*Get Result/);
		expect(shown.json).toMatchObject({ request_id: id, status: 'in_progress' });
	});

	test('Cancel the request: nothing is pretended when the cancellation gets no answer', async () => {
		node.emulator.set({ jobOutcome: 'stuckInQueue' });
		node.emulator.fault('cancel', { kind: 'status', status: 503 });
		const shown = await errorShown(node, 'continueErrorOutput', {
			parameters: withOptions({ timeout: 1, onTimeout: 'cancel' }),
		});
		const [{ id }] = node.emulator.requests();
		expect(shown.message).toBe(`Request ${id} gave no result within 1 second, and its cancellation was not confirmed`);
		expect(shown.description).toContain(id);
	});

	test.each(['error', 'returnItem', 'cancel'])('%s applies to Get Result as well', async (onTimeout) => {
		node.emulator.set({ jobOutcome: 'stuckInQueue' });
		const requestId = await submitOne(node);
		const { items } = await node.run({
			onError: 'continueRegularOutput',
			parameters: onRequest(
				'getResult',
				requestId,
				withOptions({ timeout: 1, onTimeout }, { waitUntilFinished: true }),
			),
		});
		if (onTimeout === 'returnItem') expect(jsonOf(items)).toMatchObject([{ request_id: requestId, finished: false }]);
		else expect(jsonOf(items)).toMatchObject([{ error: { request_id: requestId } }]);
		expect(node.emulator.requests()[0].cancelled).toBe(onTimeout === 'cancel');
	});
});

describe('Timeout', () => {
	test('a job that ends at the last moment is still seen', async () => {
		node.emulator.set({ queueMs: 0, runMs: 180 });
		const { items, error } = await node.run({ parameters: withOptions({ timeout: 1 }) });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([{ status: 'succeeded' }]);
	});

	test('ends the wait on time, also while RunComfy hangs', async () => {
		// A look of its own would last longer than this test may.
		Object.assign(node.policies.call, { readTimeoutMs: 600_000, lastPollTimeoutMs: 100 });
		node.emulator.fault('result', { kind: 'hang', effect: 'before' });
		const { error } = await node.run({ parameters: withOptions({ timeout: 1 }) });
		expect(error?.message).toMatch(/^RunComfy has given no usable answer since /);
	});
});

describe('When Outcome Is Unknown', () => {
	test.each([
		['Submit, which does not have it, does not advise it', 'submit', false],
		['an operation that waits does', 'replaceAndWait', true],
	])('%s', async (_what, operation, isAdvised) => {
		node.emulator.fault('submit', { kind: 'cutAfter' }, { next: 1 });
		const { error } = await node.run({ parameters: { operation } });
		expect(error?.message).toMatch(/^It is not known whether/);
		expect(error?.description).toContain('A retry of this execution does not submit it again');
		expect(String(error?.description).includes('When Outcome Is Unknown')).toBe(isAdvised);
	});

	test('an unknown word buys nothing', async () => {
		const { error } = await node.run({ parameters: withOptions({ onUnknownOutcome: '={{ "perhaps" }}' }) });
		expect(error?.message).toBe("'When Outcome Is Unknown' must be one of: stop, submitAgain");
		expect(node.emulator.counts().total).toBe(0);
	});
});

const left = (found: string) => `contains "${found}", probably left by an expression or a spreadsheet`;

describe('values out of range are refused before anything is bought', () => {
	const TIMEOUT = "'Timeout' must be a whole number from 1 to 86400";
	const IN_FLIGHT = "'Max Requests in Flight' must be a whole number from 1 to 100";
	test.each([
		[{ timeout: 0 }, TIMEOUT],
		[{ timeout: 86401 }, TIMEOUT],
		[{ timeout: '={{ "soon" }}' }, TIMEOUT],
		[{ maxInFlight: 0 }, IN_FLIGHT],
		[{ maxInFlight: 101 }, IN_FLIGHT],
		[{ downloadImages: '={{ "perhaps" }}' }, "'Download Files' must be true or false"],
		[{ cancelOnStop: '={{ 1 }}' }, "'Stop Cancels Requests' must be true or false"],
		[{ timeout: '={{ "#N/A" }}' }, `'Timeout' ${left('#N/A')}`],
		[{ onTimeout: '={{ "giveUp" }}' }, "'When Time Runs Out' must be one of: cancel, returnItem, error"],
		[{ outputField: '={{ "undefined" }}' }, `'Put Output in Field' ${left('undefined')}`],
		[{ outputField: '__proto__' }, `'Put Output in Field' ${left('__proto__')}`],
	])('%j', async (options, message) => {
		const { error } = await node.run({ parameters: withOptions(options) });
		expect(error?.message).toBe(message);
		const asked = await node.run({
			parameters: onRequest('getResult', 'id-1', withOptions(options, { waitUntilFinished: true })),
		});
		expect(asked.error?.message).toBe(message);
		expect(node.emulator.counts().total).toBe(0);
	});

	test.each([
		{ timeout: 86_400, maxInFlight: 100 },
		{ timeout: '={{ "600" }}', maxInFlight: 1 },
		{ timeout: '={{ "" }}', maxInFlight: '={{ null }}', onTimeout: '={{ "" }}', onUnknownOutcome: '={{ null }}' },
		{ onTimeout: '={{ "ReturnItem" }}', onUnknownOutcome: '={{ "SUBMITAGAIN" }}' },
	])('%j is in range', async (options) =>
		expect((await node.run({ parameters: withOptions(options) })).error).toBeUndefined(),
	);
});

test.each([
	['text from a table', '={{ "FALSE" }}', false],
	['null', '={{ null }}', false],
])("a switch filled by an expression: %s, '%s'", async (_what, downloadImages, isOn) => {
	const { items, error } = await node.run({ parameters: withOptions({ downloadImages }) });
	expect(error).toBeUndefined();
	expect(items[0].binary !== undefined).toBe(isOn);
});
