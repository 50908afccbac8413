/** The end of a request, whoever sees it: what Stop, test runs and the ledger learn of it, and a cost that is reported later. */
import { describe, expect, test } from '@jest/globals';

import { callPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import type { RequestAnswer } from '../../nodes/RunComfy/api/result.ts';
import type { ReadOutcome } from '../../nodes/RunComfy/api/requestState.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import type { PurchaseContext } from '../../nodes/RunComfy/purchase/order.ts';
import { settle, settleLateCost } from '../../nodes/RunComfy/purchase/settle.ts';
import { Stop, Stopped } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';
import { CONNECTION, DEPLOYMENT_REQUESTS_URL, journalOn, REQUESTS_URL, spendingOf } from './purchaseContext.mts';

const OWN = { requestId: 'id-1', requestsUrl: REQUESTS_URL };

function open({ maxUsd, read, stop = new Stop(undefined) }: { maxUsd?: number; read?: object; stop?: Stop } = {}) {
	const clock = new VirtualClock();
	const journal = journalOn({});
	const journalKey = journal.keyOf(0);
	journal.accept(journalKey, { id: 'id-1', usd: 0.06 });
	const closed: string[] = [];
	const forgotten: string[] = [];
	const reads: Array<{ atMs: number; options: object }> = [];
	const spending = spendingOf(journal, maxUsd);
	const context = {
		money: {
			journal,
			spending,
			open: { close: (id: string) => closed.push(id) },
			testRunReuse: { forget: (id: string) => forgotten.push(id) },
		},
		requests: {
			readResult: async (request: typeof OWN, options: object) => {
				expect(request).toMatchObject(OWN);
				reads.push({ atMs: clock.now(), options });
				if (read instanceof Error) throw read;
				return read as ReadOutcome<object>;
			},
		},
		policies: { call: callPolicy },
		clock,
		stop,
	} as unknown as PurchaseContext;
	return { context, journal, journalKey, spending, clock, closed, forgotten, reads };
}

describe('the end of a request', () => {
	test.each([
		['succeeded', 0.4, 'resume', false, 0.4],
		['succeeded', '0.4', 'resume', false, 0.4],
		['succeeded', undefined, 'resume', false, 0.06],
		['succeeded', 'much', 'resume', false, 0.06],
		['failed', undefined, 'resume', true, 0.06],
		['failed', 0.2, 'resume', true, 0.2],
		['cancelled', undefined, 'resume', true, 0],
		['cancelled', 0.2, 'resume', true, 0.2],
	] as const)('%s at %p', (phase, cost, standing, isForgotten, spentUsd) => {
		const { context, journal, journalKey, spending, closed, forgotten } = open();
		settle(context, { ...OWN, journalKey }, phase, cost);
		expect(closed).toEqual(['id-1']);
		expect(forgotten).toEqual(isForgotten ? ['id-1'] : []);
		expect(journal.standing(journalKey).kind).toBe(standing);
		expect(journal.unfinished()).toEqual([]);
		expect(spending.totals()).toMatchObject({ inFlight: 0, spentUsd });
	});

	test('of a request that this execution did not submit: Stop and test runs learn of it', () => {
		const { context, journal, closed, forgotten } = open();
		settle(context, OWN, 'cancelled');
		expect([closed, forgotten]).toEqual([['id-1'], ['id-1']]);
		expect(journal.unfinished()).toHaveLength(1);
	});

	test.each([
		['by our own doing: it belongs to this execution from then on', true, 'resume'],
		['by itself: a later execution may buy it again', undefined, 'toBuy'],
	])('%s', (_what, isOurDoing, standing) => {
		const stored = {};
		const earlier = journalOn(stored, '1');
		const journalKey = earlier.keyOf(0);
		earlier.accept(journalKey, { id: 'id-1' });
		const journal = journalOn(stored, '2');
		const money = { ...open().context.money, journal };
		settle({ money }, { ...OWN, journalKey }, 'cancelled', undefined, isOurDoing);
		expect(journal.standing(journalKey).kind).toBe(standing);
	});
});

describe('a cost that is reported later', () => {
	const ANSWER: RequestAnswer = { status: 'succeeded', output: { image: 'x' } };
	const seen = (answer: object) => ({ kind: 'seen', phase: 'succeeded', status: 'succeeded', answer });

	test('is asked for once more, a moment later, and counts', async () => {
		const { context, clock, journalKey, spending, reads } = open({ maxUsd: 1, read: seen({ cost: '0.5' }) });
		const answer = await clock.finish(settleLateCost(context, { ...OWN, journalKey }, ANSWER));
		expect(answer).toEqual({ ...ANSWER, cost: 0.5 });
		const { lateCostPauseMs: atMs, lastPollTimeoutMs: timeoutMs } = callPolicy;
		expect(reads).toEqual([{ atMs, options: { priority: 'read', latestMs: atMs + timeoutMs, timeoutMs } }]);
		expect(spending.totals().inFlightUsd + spending.totals().spentUsd).toBe(0.5);
	});

	test.each<[what: string, scene: Parameters<typeof open>[0], isOwn: boolean, answer: RequestAnswer]>([
		['without a limit', {}, true, ANSWER],
		['where it is known', { maxUsd: 1 }, true, { ...ANSWER, cost: 0.01 }],
		['without a limit, zero or not', {}, true, { ...ANSWER, cost: 0 }],
		['of a request that is not ours', { maxUsd: 1 }, false, ANSWER],
	])('is not asked for %s', async (_what, scene, isOwn, answer) => {
		const { context, clock, journalKey, reads } = open(scene);
		const request = isOwn ? { ...OWN, journalKey } : OWN;
		expect(await clock.finish(settleLateCost(context, request, answer))).toBe(answer);
		expect(reads).toEqual([]);
	});

	test.each([
		['a cost after all', 0.5, 0.5],
		['zero again', 0, 0],
		['nothing more', undefined, 0.06],
	])('zero may mean that it is not known yet, so it is asked for once more: %s', async (_what, cost, countedUsd) => {
		const { context, clock, journalKey, spending } = open({ maxUsd: 1, read: seen({ cost }) });
		const request = { ...OWN, journalKey };
		settle(context, request, 'succeeded', 0);
		expect(spending.totals()).toMatchObject({ spentUsd: 0.06, isAbout: true });
		await clock.finish(settleLateCost(context, request, { ...ANSWER, cost: 0 }));
		expect(spending.totals()).toMatchObject({ spentUsd: countedUsd, isAbout: cost === undefined });
	});

	test.each([
		['nothing', { kind: 'silent', reason: 'HTTP 503' }],
		['an error', new RunComfyError('no')],
		['no cost again', seen({})],
		['no cost that can be one', seen({ cost: -1 })],
	])('%s comes of it: the estimate goes on to count', async (_what, read) => {
		const { context, clock, journalKey, spending } = open({ maxUsd: 1, read });
		expect(await clock.finish(settleLateCost(context, { ...OWN, journalKey }, ANSWER))).toBe(ANSWER);
		expect(spending.totals().inFlightUsd).toBe(0.06);
	});

	test('where it is not there, the request that ended first is asked about, rather one that succeeded', async () => {
		const { context, clock, journal, journalKey, spending } = open({ maxUsd: 9 });
		const costs: Record<string, number | undefined> = { 'id-3': 2 };
		const asked: string[] = [];
		const answerFor = async ({ requestId, requestsUrl }: typeof OWN) => {
			asked.push(`${requestsUrl} ${requestId}`);
			return seen({ cost: costs[requestId] });
		};
		Object.assign(context, { connection: CONNECTION, requests: { readResult: answerFor } });
		const end = (id: string, phase: 'succeeded' | 'failed', more: object = {}, cost?: number) => {
			journal.accept(id, { id, usd: 0.06, ...more });
			journal.end(id, phase, cost);
		};
		const ask = async () => {
			asked.length = 0;
			expect(await clock.finish(settleLateCost(context, { ...OWN, journalKey }, ANSWER))).toBe(ANSWER);
			return asked;
		};
		journal.end(journalKey, 'succeeded');
		expect(await ask()).toEqual([`${OWN.requestsUrl} id-1`]);
		journal.accept('under way', { id: 'id-0' });
		end('free', 'succeeded', { free: true });
		end('known', 'succeeded', {}, 0.01);
		end('id-2', 'failed');
		expect(await ask()).toEqual([`${OWN.requestsUrl} id-1`, `${REQUESTS_URL} id-2`]);
		end('id-3', 'succeeded', { deploymentId: 'd-1' });
		end('id-4', 'succeeded');
		expect(await ask()).toEqual([`${OWN.requestsUrl} id-1`, `${DEPLOYMENT_REQUESTS_URL} id-3`]);
		expect(journal.dearestUsd).toBe(2);
		expect(spending.totals()).toMatchObject({ spentUsd: 8.01, isAbout: true });
		expect(await ask()).toEqual([`${OWN.requestsUrl} id-1`, `${REQUESTS_URL} id-4`]);
	});

	test('Stop in the pause and in the read', async () => {
		const controller = new AbortController();
		const { context, clock, journalKey } = open({ maxUsd: 1, read: new Stopped(), stop: new Stop(controller.signal) });
		const ending = settleLateCost(context, { ...OWN, journalKey }, ANSWER);
		await expect(clock.finish(ending)).rejects.toThrow(Stopped);
		controller.abort();
		await expect(settleLateCost(context, { ...OWN, journalKey }, ANSWER)).rejects.toThrow(Stopped);
	});
});
