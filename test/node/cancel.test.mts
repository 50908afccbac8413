/** Request → Cancel: believes nothing but RunComfy's word for the outcome. */
import { describe, expect, test } from '@jest/globals';

import { jsonOf, onRequest, submitOne, useFixture } from './fixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

describe('Cancel', () => {
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

	test('the id never reaches RunComfy when it cannot be one', async () => {
		const { error } = await node.run({ parameters: onRequest('cancel', '../../x') });
		expect(error?.message).toBe("'Request ID' is not a request ID");
		expect(node.emulator.counts().total).toBe(0);
	});
});
