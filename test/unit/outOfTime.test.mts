/** What becomes of a request whose time has run out: what is said of it, and what is written down. */
import { describe, expect, test } from '@jest/globals';

import type { ReadOutcome } from '../../nodes/RunComfy/api/requestState.ts';
import { STILL_QUEUED } from '../../nodes/RunComfy/errors/deploymentWords.ts';
import { RATE_LIMITED } from '../../nodes/RunComfy/errors/reasons.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { type Awaited, outOfTime } from '../../nodes/RunComfy/batch/waitForResult.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import { SHARED_REQUEST } from '../../nodes/RunComfy/errors/requestErrors.ts';
import { TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';
import { journalOn, spendingOf } from './purchaseContext.mts';

const GRACE_MS = 4_000;
const LAST_LOOK_MS = 2_000;
const OVERDUE_PAUSE_MS = 1_000;
const READ_TIMEOUT_MS = 5_000;
const LATE_COST_PAUSE_MS = 300;
const START_MS = 7_000;
const MODELS = 'https://runcomfy.example/v1/requests';
const DEPLOYMENTS = 'https://runcomfy.example/v2/deployments/d-1/requests';

interface Scene {
	onTimeout?: 'error' | 'returnItem' | 'cancel';
	end?: object;
	/** What the cancellation comes to. */
	cancel?: ReadOutcome<object> | Error;
	/** Whether the journal knows the request. */
	isOurs?: boolean;
	/** Whether something is bought in this run, so that the request keeps a place. */
	hasPlace?: boolean;
	simplify?: boolean;
	/** Whether an earlier run from the editor submitted it. */
	isReused?: boolean;
	/** Whether another execution has it, too. */
	isShared?: boolean;
	/** What those see who watch it for its place; they stop when there are no more. */
	polls?: object[];
	maxUsd?: number;
	/** Where the request lives. */
	requestsUrl?: string;
}

const seen = (status: string) =>
	({ kind: 'seen', status, phase: 'queued', answer: {} }) as unknown as ReadOutcome<object>;

async function after(scene: Scene) {
	const { onTimeout = 'error', end = {}, cancel = seen('cancelled') } = scene;
	const { isOurs = true, hasPlace = true, simplify = true, isReused, polls = [], requestsUrl = MODELS } = scene;
	const clock = new VirtualClock(START_MS);
	const testRunMemory = new TestRunMemory(clock);
	if (scene.isShared === true) testRunMemory.shared.add('id-1');
	const stored = {};
	const earlier = journalOn(stored, 'the execution before');
	earlier.accept(earlier.keyOf(0), { id: 'id-1', usd: 0.06 });
	const journal = journalOn(stored);
	const journalKey = journal.keyOf(0);
	const spending = spendingOf(journal, scene.maxUsd);
	const forgotten: string[] = [];
	const asked: Array<{ atMs: number; options: object }> = [];
	const closed: string[] = [];
	const cancels: object[] = [];
	const kept: Array<Promise<void>> = [];
	let timesAsked = 0;
	const run = {
		clock,
		money: {
			journal,
			spending,
			testRunReuse: { forget: (requestId: string) => forgotten.push(requestId) },
			open: { close: (requestId: string) => closed.push(requestId) },
		},
		testRunMemory,
		stop: new Stop(undefined),
		policies: {
			call: {
				lastPollGraceMs: GRACE_MS,
				lastPollTimeoutMs: LAST_LOOK_MS,
				readTimeoutMs: READ_TIMEOUT_MS,
				lateCostPauseMs: LATE_COST_PAUSE_MS,
			},
			schedule: { overduePauseMs: OVERDUE_PAUSE_MS },
		},
		requests: {
			readResult: async (_awaited: object, options: object) => {
				asked.push({ atMs: clock.now() - START_MS, options });
				return polls[asked.length - 1];
			},
			cancel: async (_awaited: object, patience: object) => {
				cancels.push(patience);
				if (cancel instanceof Error) throw cancel;
				return cancel;
			},
		},
		context: { getInputData: () => [{ json: {} }] },
	} as unknown as Run;
	const awaited = {
		itemIndex: 0,
		requestId: 'id-1',
		requestsUrl,
		isReused,
		...(isOurs && { journalKey }),
		options: { timeoutSeconds: 60, onTimeout, simplify, includeInputFields: false },
		moreFields: { variant: 2, seed: 7 },
		// Once before it is watched, then before each poll.
		...(hasPlace && {
			slot: {
				isWanted: () => (timesAsked += 1) <= 1 + polls.length,
				holdUntil: (end: Promise<void>) => kept.push(end),
			},
		}),
	} as unknown as Awaited;
	const timedOut = { kind: 'timedOut', lastStatus: 'in_queue', ...end };
	const outcome = await outOfTime(run, awaited, timedOut as never).catch((error: unknown) => error as RunComfyError);
	const error = outcome instanceof RunComfyError ? outcome : undefined;
	await clock.finish(Promise.all(kept));
	const items = typeof outcome === 'function' ? await outcome() : undefined;
	const hasEnded = journal.hasEnded(journalKey);
	const keepsPlace = kept.length > 0;
	const standing = journal.standing(journalKey).kind;
	return { error, items, cancels, closed, forgotten, hasEnded, keepsPlace, standing, asked, totals: spending.totals() };
}

describe('Stop with an error', () => {
	test.each([
		[{}, 'Request id-1 was still in_queue after 60 seconds'],
		[{ lastStatus: undefined }, 'Request id-1 was still unfinished after 60 seconds'],
		[{ silence: { since: new Date(0), reason: 'HTTP 503' } }, 'HTTP 503. Before that, the request was in_queue.'],
		[
			{ silence: { since: new Date(0), reason: RATE_LIMITED } },
			'Request id-1 could not be checked after 60 seconds: the rate limit left no free call',
		],
	])('%j: says "%s"', async (end, words) => {
		const { error, cancels, hasEnded, keepsPlace } = await after({ end });
		expect(`${error?.message} ${error?.description}`).toContain(words);
		expect(error?.facts.requestId).toBe('id-1');
		expect([cancels, hasEnded, keepsPlace]).toEqual([[], false, true]);
	});
});

test.each([
	[DEPLOYMENTS, 'in_queue', true],
	[DEPLOYMENTS, 'in_progress', false],
	[DEPLOYMENTS, undefined, false],
	[MODELS, 'in_queue', false],
])('at %s, still %s: the error says why a run may stay in the queue: %j', async (requestsUrl, lastStatus, saysWhy) => {
	const { error } = await after({ requestsUrl, end: { lastStatus } });
	expect(error?.description.includes(STILL_QUEUED)).toBe(saysWhy);
});

describe('Cancel the request', () => {
	const cancelling = { onTimeout: 'cancel' } as const;

	test('confirmed: said, closed and written down, and its place is free', async () => {
		const { error, cancels, closed, forgotten, hasEnded, keepsPlace, standing, totals } = await after(cancelling);
		expect(error?.message).toBe('Request id-1 was still in_queue after 60 seconds and was cancelled');
		expect(cancels).toEqual([{ priority: 'first', latestMs: 7_000 + GRACE_MS, timeoutMs: LAST_LOOK_MS }]);
		expect([closed, forgotten, hasEnded, keepsPlace]).toEqual([['id-1'], ['id-1'], true, false]);
		// By this execution's own doing, so that its next attempts do not submit it again, and at no cost.
		expect([standing, totals.spentUsd]).toEqual(['resume', 0]);
	});

	test('of a request that somebody else bought: the journal is none of its business', async () => {
		const { error, closed, hasEnded } = await after({ ...cancelling, isOurs: false });
		expect(error?.message).toContain('was cancelled');
		expect([closed, hasEnded]).toEqual([['id-1'], false]);
	});

	test.each([
		['is running', seen('in_progress'), 'in_progress'],
		['cannot be reached', { kind: 'silent', reason: 'HTTP 503' } as ReadOutcome<object>, 'HTTP 503'],
		['is refused', new RunComfyError('RunComfy does not know the request'), 'RunComfy does not know the request'],
	])('where it %s: not said to be cancelled, and still in flight', async (_what, cancel, words) => {
		const { error, closed, hasEnded, keepsPlace } = await after({ ...cancelling, cancel });
		expect(`${error?.message} ${error?.description}`).toContain(words);
		expect(error?.message).not.toContain('was cancelled');
		expect([closed, hasEnded, keepsPlace]).toEqual([[], false, true]);
	});

	test.each([
		['an earlier run from the editor submitted', { isReused: true }],
		['another execution has, too', { isShared: true }],
	])('a request that %s is not cancelled, and the error says why', async (_what, scene) => {
		const { error, cancels, keepsPlace } = await after({ ...cancelling, ...scene });
		expect([cancels, keepsPlace]).toEqual([[], true]);
		expect(error?.message).toBe('Request id-1 was still in_queue after 60 seconds');
		expect(error?.description).toContain(SHARED_REQUEST);
		expect((await after(scene)).error?.description).not.toContain(SHARED_REQUEST);
	});

	test('where no status was told before, none is made up', async () => {
		const { error } = await after({ ...cancelling, end: { lastStatus: undefined } });
		expect(error?.message).toBe('Request id-1 was still unfinished after 60 seconds and was cancelled');
	});
});

test('Return the unfinished request: an item, no error, and it is still in flight', async () => {
	const { items, cancels, hasEnded, keepsPlace } = await after({ onTimeout: 'returnItem' });
	const json = { request_id: 'id-1', finished: false, status: 'in_queue', variant: 2, seed: 7 };
	expect(items).toMatchObject([{ json }]);
	expect([cancels, hasEnded, keepsPlace]).toEqual([[], false, true]);
});

test("with Simplify off the item is RunComfy's own answer", async () => {
	const lastAnswer = { status: 'in_queue', queue_position: 3 };
	const { items } = await after({ onTimeout: 'returnItem', end: { lastAnswer }, simplify: false });
	expect(items).toMatchObject([{ json: lastAnswer }]);
});

test('where nothing is bought there is no place to keep', async () => {
	const { error, keepsPlace } = await after({ hasPlace: false });
	expect([error?.facts.requestId, keepsPlace]).toEqual(['id-1', false]);
});

describe('a request that keeps its place', () => {
	const over = (phase: string, answer: object = {}) => ({ kind: 'seen', phase, status: phase, answer });
	const silent = { kind: 'silent', reason: 'HTTP 503' };

	test.each<[what: string, polls: object[], maxUsd: number | undefined, atSeconds: number[], spentUsd: number]>([
		['until it has succeeded', [silent, seen('in_queue'), over('succeeded', { cost: 0.5 })], 1, [1, 2, 3], 0.5],
		['until it has failed', [over('failed', { cost: 0.5 }), silent], undefined, [1], 0.5],
		['until it is cancelled, which has no late cost', [over('cancelled'), silent], 1, [1], 0],
		['and no longer, without a limit', [over('succeeded'), over('succeeded', { cost: 0.5 })], undefined, [1], 0.06],
	])('is watched %s', async (_what, polls, maxUsd, atSeconds, spentUsd) => {
		const { asked, closed, totals } = await after({ polls, maxUsd });
		expect(asked.map(({ atMs }) => atMs)).toEqual(atSeconds.map((seconds) => seconds * OVERDUE_PAUSE_MS));
		expect(asked[0].options).toEqual({
			priority: 'read',
			latestMs: START_MS + OVERDUE_PAUSE_MS + READ_TIMEOUT_MS,
			timeoutMs: READ_TIMEOUT_MS,
		});
		expect(closed).toEqual(['id-1']);
		expect(totals).toMatchObject({ inFlight: 0, spentUsd });
	});

	test('is polled once more for a cost that is reported later, where that is limited', async () => {
		const { asked, totals } = await after({ polls: [over('succeeded'), over('succeeded', { cost: 0.5 })], maxUsd: 1 });
		expect(asked.map(({ atMs }) => atMs)).toEqual([OVERDUE_PAUSE_MS, OVERDUE_PAUSE_MS + LATE_COST_PAUSE_MS]);
		expect(totals.spentUsd).toBe(0.5);
	});

	test('is not polled any more once its place is not wanted', async () => {
		const { asked, closed, totals } = await after({ polls: [silent] });
		expect([asked.length, closed, totals.inFlight]).toEqual([1, [], 1]);
		expect((await after({})).asked).toEqual([]);
	});
});
