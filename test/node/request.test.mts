/** Request → Get Result: the picture of a request, as things stand or after waiting for it. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { inputIndexOf, inputItems, jsonOf, NOT_READY, onRequest, submitOne, useFixture } from './fixture.mts';
import type { Fault, Switches } from '../emulator/emulator.mts';
import { until } from '../lib/until.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const WAIT = { waitUntilFinished: true };

describe('Get Result of a finished request', () => {
	test('is what Replace and Wait gives', async () => {
		const requestId = await submitOne(node);
		const { items } = await node.run({ parameters: onRequest('getResult', requestId) });
		const [{ outputs }] = node.emulator.requests();
		expect(items).toEqual([
			{
				json: {
					request_id: requestId,
					status: 'succeeded',
					image_url: outputs[0],
					index: 0,
					model_id: 'ideogram/ideogram-v3/replace-background',
					created_at: expect.any(String),
					finished_at: expect.any(String),
					cost: 0.06,
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 1, resultReads: 1, statusReads: 0 });
	});

	test.each([{}, WAIT])('with Download Files it brings the file, waiting or not: %j', async (waiting) => {
		const requestId = await submitOne(node);
		const { items } = await node.run({
			parameters: onRequest('getResult', requestId, { ...waiting, options: { downloadImages: true, fileName: 'cup' } }),
		});
		expect(items[0].binary?.data).toMatchObject({ fileName: 'cup.png', mimeType: 'image/png' });
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 1, downloads: 1 });
	});

	test('with Simplify off and Include Input Fields it obeys, without waiting', async () => {
		const requestId = await submitOne(node);
		const { items } = await node.run({
			parameters: onRequest('getResult', requestId, { simplify: false, options: { includeInputFields: true } }),
		});
		expect(jsonOf(items)).toMatchObject([{ sku: 'sku-0', request_id: requestId, output: expect.anything() }]);
	});

	test('several files are several items, linked to their input', async () => {
		node.emulator.set({ output: 'images', outputCount: 3 });
		const requestId = await submitOne(node);
		const { items } = await node.run({ items: inputItems(2), parameters: onRequest('getResult', requestId) });
		expect(jsonOf(items).map((json) => json.index)).toEqual([0, 1, 2, 0, 1, 2]);
		expect(items.map(inputIndexOf)).toEqual([0, 0, 0, 1, 1, 1]);
	});

	test('works where early results are refused', async () => {
		node.emulator.set({ earlyResult: '400' });
		const requestId = await submitOne(node);
		const { items } = await node.run({ parameters: onRequest('getResult', requestId) });
		expect(jsonOf(items)).toMatchObject([{ request_id: requestId, status: 'succeeded' }]);
	});

	test('buys nothing, however often it is asked', async () => {
		const requestId = await submitOne(node);
		await node.run({ items: inputItems(5), parameters: onRequest('getResult', requestId, WAIT) });
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});
});

describe('Get Result of an unfinished request', () => {
	test.each(['200', '400'] as const)('gives one item with finished: false (early results: %s)', async (earlyResult) => {
		node.emulator.set({ jobOutcome: 'stuck', earlyResult });
		const requestId = await submitOne(node);
		const { items, error } = await node.run({ parameters: onRequest('getResult', requestId) });
		expect(error).toBeUndefined();
		expect(items).toEqual([
			{ json: { request_id: requestId, status: 'in_progress', finished: false }, pairedItem: { item: 0 } },
		]);
	});

	test("with Simplify off it gives RunComfy's own answer", async () => {
		node.emulator.set({ jobOutcome: 'stuck' });
		const requestId = await submitOne(node);
		const { items } = await node.run({ parameters: onRequest('getResult', requestId, { simplify: false }) });
		expect(jsonOf(items)).toEqual([expect.objectContaining({ request_id: requestId, finished: false })]);
		expect(items[0].json).toHaveProperty('created_at');
	});

	test('that waits is stopped: the request is cancelled, unless Stop Cancels Requests is off', async () => {
		node.emulator.set({ queueMs: 60_000 });
		const requestId = await submitOne(node);
		for (const cancelOnStop of [false, true]) {
			const { resultReads } = node.emulator.counts();
			const running = node.start({
				parameters: onRequest('getResult', requestId, { ...WAIT, options: { cancelOnStop } }),
			});
			await until('a read', () => node.emulator.counts().resultReads > resultReads);
			running.stop();
			const { logs } = await running.result;
			await until('a word in the log', () => logs.some(({ message }) => message.includes(requestId)));
			expect(node.emulator.counts().cancelsGranted).toBe(cancelOnStop ? 1 : 0);
		}
	});

	test('waits with Wait Until Finished', async () => {
		node.emulator.onCall = ({ phase, nth }) => (phase === 'result' && nth < 3 ? NOT_READY : undefined);
		const requestId = await submitOne(node);
		const { items } = await node.run({ parameters: onRequest('getResult', requestId, WAIT) });
		expect(jsonOf(items)).toMatchObject([{ request_id: requestId, status: 'succeeded' }]);
		expect(node.emulator.counts().resultReads).toBe(3);
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});

	test('looks at once even when it waits: the request may be finished', async () => {
		const requestId = await submitOne(node);
		await node.run({ parameters: onRequest('getResult', requestId, WAIT) });
		expect(node.emulator.counts().resultReads).toBe(1);
	});

	test('waiting works on several at a time', async () => {
		const looked = new Set<string>();
		// Nobody's result is ready before all have been looked at: one after the other would wait for ever.
		node.emulator.onCall = ({ phase, requestId = '' }) => {
			if (phase !== 'result') return undefined;
			looked.add(requestId);
			return looked.size < 10 ? NOT_READY : undefined;
		};
		const ids = await Promise.all(Array.from({ length: 10 }, async () => await submitOne(node)));
		const { items } = await node.run({
			items: ids.map((id) => ({ json: { id } })),
			parameters: onRequest('getResult', '={{ $json.id }}', WAIT),
		});
		expect(jsonOf(items).map((json) => json.request_id)).toEqual(ids);
	});
});

describe('parameters of Get Result by expressions', () => {
	const CONTINUE = { onError: 'continueRegularOutput' } as const;
	const LIST = '[{ a: 1 }]';
	const onlyFirst = (bad: string, good: string) => `={{ $json.sku === 'sku-0' ? ${bad} : ${good} }}`;

	test.each<[what: string, parameters: INodeParameters]>([
		['Timeout: a list', { ...WAIT, options: { timeout: onlyFirst(LIST, '60') } }],
		['Timeout: a word', { ...WAIT, options: { timeout: onlyFirst("'soon'", '60') } }],
		['Timeout: cannot be resolved', { ...WAIT, options: { timeout: onlyFirst("$('gone').item.json.x", '60') } }],
		['Max Requests in Flight', { ...WAIT, options: { maxInFlight: onlyFirst('0', '3') } }],
		['When Time Runs Out', { ...WAIT, options: { onTimeout: onlyFirst(LIST, "'error'") } }],
		['Stop Cancels Requests', { ...WAIT, options: { cancelOnStop: onlyFirst(LIST, 'true') } }],
		['File Name: a list', { options: { downloadImages: true, fileName: onlyFirst(LIST, "'cup'") } }],
		['File Name: an object', { options: { downloadImages: true, fileName: onlyFirst('{ a: 1 }', "'cup'") } }],
		['Put Output in Field', { options: { downloadImages: true, outputField: onlyFirst(LIST, "'data'") } }],
		['Download Files', { options: { downloadImages: onlyFirst(LIST, 'true') } }],
		['Include Input Fields', { options: { includeInputFields: onlyFirst(LIST, 'true') } }],
		['Simplify', { simplify: onlyFirst(LIST, 'true') }],
		['Wait Until Finished', { waitUntilFinished: onlyFirst(LIST, 'true') }],
		['Belongs To', { requestOf: onlyFirst(LIST, "'model'"), deploymentId: 'none' }],
		['Request ID', { requestId: onlyFirst(LIST, '$json.id') }],
	])('%s cannot be used for one item: it fails, and the others are read', async (_what, parameters) => {
		const id = await submitOne(node);
		const { items } = await node.run({
			items: inputItems(3).map(({ json }) => ({ json: { ...json, id } })),
			...CONTINUE,
			parameters: onRequest('getResult', '={{ $json.id }}', parameters),
		});
		expect(items.map((item) => [inputIndexOf(item), 'error' in item.json])).toEqual([
			[0, true],
			[1, false],
			[2, false],
		]);
	});

	test('of several Max Requests in Flight the lowest counts, whichever item gives it and whichever waits', async () => {
		const looks: string[] = [];
		node.emulator.onCall = ({ phase, requestId = '' }) => {
			if (phase !== 'result') return undefined;
			looks.push(requestId);
			return looks.filter((id) => id === requestId).length < 3 ? NOT_READY : undefined;
		};
		const ids = await Promise.all(Array.from({ length: 5 }, async () => await submitOne(node)));
		const { items } = await node.run({
			items: ids.map((id, index) => ({ json: { id, waits: index > 0, most: index === 4 ? 1 : 20 } })),
			parameters: onRequest('getResult', '={{ $json.id }}', {
				waitUntilFinished: '={{ $json.waits }}',
				options: { maxInFlight: '={{ $json.most }}' },
			}),
		});
		expect(items).toHaveLength(5);
		// One after the other: nobody is looked at between two looks at another.
		expect(looks).toEqual([...new Set(looks)].flatMap((id) => looks.filter((look) => look === id)));
	});
});

describe('Get Result of a request that gave nothing', () => {
	test.each(['getResult', 'getResult with waiting'])('%s: names the id and what RunComfy said', async (operation) => {
		node.emulator.set({ jobOutcome: 'failed', failureMessage: 'The picture was held back.' });
		const requestId = await submitOne(node);
		const { error } = await node.run({
			parameters: onRequest('getResult', requestId, operation === 'getResult' ? {} : WAIT),
		});
		expect(error?.message).toBe(`Request ${requestId} failed: The picture was held back.`);
	});

	test('cancelled', async () => {
		node.emulator.set({ jobOutcome: 'cancelledByRunComfy' });
		const requestId = await submitOne(node);
		const { error } = await node.run({ parameters: onRequest('getResult', requestId) });
		expect(error?.message).toBe(`Request ${requestId} was cancelled at RunComfy`);
	});

	test('a success without a file is no success', async () => {
		node.emulator.set({ output: 'none' });
		const requestId = await submitOne(node);
		const { error } = await node.run({ parameters: onRequest('getResult', requestId) });
		expect(error?.message).toBe(`Request ${requestId} succeeded, but RunComfy returned no file`);
	});
});

test.each([{}, WAIT])('text is no result of Background, whose answer says so: %j', async (waiting) => {
	const requestId = await submitOne(node);
	const body = {
		request_id: requestId,
		status: 'succeeded',
		model_id: 'ideogram/ideogram-v3/replace-background',
		output: { text: 'I cannot draw that.' },
	};
	node.emulator.fault('result', { kind: 'status', status: 200, body });
	const { error } = await node.run({ parameters: onRequest('getResult', requestId, waiting) });
	expect(error?.message).toBe(`Request ${requestId} succeeded, but RunComfy returned no file`);
});

/** Request → Get Status: one look, in RunComfy's words. */
describe('Request → Get Status', () => {
	const statusOf = async (requestId: string) =>
		(await node.run({ parameters: onRequest('getStatus', requestId) })).items;

	test.each<[string, Partial<Switches>, IDataObject]>([
		[
			'queued',
			{ jobOutcome: 'stuckInQueue' },
			{ status: 'in_queue', queue_position: expect.any(Number) as never, finished: false },
		],
		[
			'queued, without a place',
			{ jobOutcome: 'stuckInQueue', queuePositions: false },
			{ status: 'in_queue', queue_position: null, finished: false },
		],
		['running', { jobOutcome: 'stuck' }, { status: 'in_progress', queue_position: null, finished: false }],
		[
			'in a state nobody told us about',
			{ jobOutcome: 'stuck', unknownState: 'moderating' },
			{ status: 'moderating', queue_position: null, finished: false },
		],
		['finished', {}, { status: 'completed', queue_position: null, finished: true }],
		[
			'failed, told by the result only',
			{ jobOutcome: 'failed' },
			{ status: 'completed', queue_position: null, finished: true },
		],
		[
			'failed, told by the status',
			{ jobOutcome: 'failed', failureTold: 'status' },
			{ status: 'failed', queue_position: null, finished: true },
		],
		['cancelled', { jobOutcome: 'cancelledByRunComfy' }, { status: 'cancelled', queue_position: null, finished: true }],
	])('of a request that is %s', async (_what, switches, json) => {
		node.emulator.set(switches);
		const requestId = await submitOne(node);
		const items = await statusOf(requestId);
		expect(items).toEqual([{ json: { request_id: requestId, ...json }, pairedItem: { item: 0 } }]);
		expect(node.emulator.counts()).toMatchObject({ statusReads: 1, resultReads: 0, cancels: 0 });
	});

	test('place 0 of the queue is a place', async () => {
		node.emulator.fault('status', { kind: 'status', status: 200, body: { status: 'in_queue', queue_position: 0 } });
		expect(jsonOf(await statusOf('id-1'))).toMatchObject([{ queue_position: 0 }]);
	});

	test.each<[string, IDataObject, IDataObject]>([
		['in capital letters', { status: ' In_Progress ' }, { status: 'in_progress', finished: false }],
		[
			'of its own, with the time of the end',
			{ status: 'archived', finished_at: '2026-03-01T12:00:09Z' },
			{ status: 'archived', finished: true },
		],
		['of its own, without one', { status: 'archived', finished_at: '' }, { status: 'archived', finished: false }],
	])('a word %s', async (_what, body, json) => {
		node.emulator.fault('status', { kind: 'status', status: 200, body });
		expect(jsonOf(await statusOf('id-1'))).toEqual([{ request_id: 'id-1', queue_position: null, ...json }]);
	});

	test('each item is asked for on its own, and answered in order', async () => {
		const ids = await Promise.all(Array.from({ length: 12 }, async () => await submitOne(node)));
		const { items } = await node.run({
			items: ids.map((id) => ({ json: { id } })),
			parameters: onRequest('getStatus', '={{ $json.id }}'),
		});
		expect(jsonOf(items).map((json) => json.request_id)).toEqual(ids);
		expect(items.map(inputIndexOf)).toEqual(ids.map((_, index) => index));
		expect(node.emulator.counts().statusReads).toBe(12);
	});

	test.each<[string, Fault]>([
		['5xx', { kind: 'status', status: 502 }],
		['a cut connection', { kind: 'cutBefore' }],
		['429', { kind: 'rateLimited', retryAfter: '0.02' }],
		['broken JSON', { kind: 'badJson' }],
	])('%s that passes is not seen', async (_what, fault) => {
		const requestId = await submitOne(node);
		node.emulator.fault('status', fault, { next: 2 });
		expect(jsonOf(await statusOf(requestId))).toMatchObject([{ request_id: requestId, finished: true }]);
		expect(node.emulator.counts().statusReads).toBe(3);
	});

	test('blanks around the id are tolerated', async () => {
		const requestId = await submitOne(node);
		expect(jsonOf(await statusOf(` ${requestId}\n`))).toMatchObject([{ request_id: requestId }]);
	});
});

/** Request → Cancel: believes nothing but RunComfy's word for the outcome. */
describe('Request → Cancel', () => {
	test.each([
		['queued', 'stuckInQueue', 'cancelled', true],
		['running', 'stuck', 'not_cancellable', false],
		['finished', 'succeeded', 'not_cancellable', false],
	] as const)('of a request that is %s', async (_what, jobOutcome, outcome, cancelled) => {
		node.emulator.set({ jobOutcome });
		const requestId = await submitOne(node);
		const { items } = await node.run({ parameters: onRequest('cancel', requestId) });
		expect(items).toEqual([{ json: { request_id: requestId, outcome, cancelled }, pairedItem: { item: 0 } }]);
		expect(node.emulator.requests()[0].cancelled).toBe(cancelled);
		expect(node.emulator.counts()).toMatchObject({ cancels: 1, resultReads: 0, statusReads: 0 });
	});

	test('the status in the answer is not trusted', async () => {
		const body = { request_id: 'id-1', status: 'cancelled', outcome: 'not_cancellable' };
		node.emulator.fault('cancel', { kind: 'status', status: 202, body });
		const { items } = await node.run({ parameters: onRequest('cancel', 'id-1') });
		expect(jsonOf(items)).toEqual([{ request_id: 'id-1', outcome: 'not_cancellable', cancelled: false }]);
	});

	test('repeating it is harmless, and so is trouble that passes', async () => {
		node.emulator.set({ jobOutcome: 'stuckInQueue' });
		const requestId = await submitOne(node);
		node.emulator.fault('cancel', { kind: 'cutAfter' }, { next: 1 });
		node.emulator.fault('cancel', { kind: 'status', status: 503 }, { next: 1 });
		const { items } = await node.run({ parameters: onRequest('cancel', requestId) });
		expect(jsonOf(items)).toMatchObject([{ outcome: 'cancelled', cancelled: true }]);
		expect(node.emulator.counts()).toMatchObject({ cancels: 3, cancelsGranted: 1 });
	});
});
