/** Request → Get Status: one look, in RunComfy's words. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import type { Fault, Switches } from '../emulator/emulator.mts';
import { inputItems } from './fixture.mts';
import { inputIndexOf, jsonOf, onRequest, submitOne, useFixture } from './fixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const statusOf = async (requestId: string) => (await node.run({ parameters: onRequest('getStatus', requestId) })).items;

describe('Get Status', () => {
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

	test.each(['../../x', 'a/b', 'a?b', '', ' ', 'x'.repeat(129)])('the id %j never reaches RunComfy', async (id) => {
		const { error } = await node.run({
			items: inputItems(1),
			parameters: onRequest('getStatus', `={{ ${JSON.stringify(id)} }}`),
		});
		expect(error?.message).toMatch(/^'Request ID' is (required|not a request ID)$/);
		expect(node.emulator.counts().total).toBe(0);
	});

	test('blanks around the id are tolerated', async () => {
		const requestId = await submitOne(node);
		expect(jsonOf(await statusOf(` ${requestId}\n`))).toMatchObject([{ request_id: requestId }]);
	});
});
