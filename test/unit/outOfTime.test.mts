/** What becomes of a request whose time has run out: what is said of it, and what is written down. */
import { describe, expect, test } from '@jest/globals';

import type { Look } from '../../nodes/RunComfy/api/requestState.ts';
import { NO_TURN } from '../../nodes/RunComfy/errors/reasons.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { type Awaited, outOfTime } from '../../nodes/RunComfy/batch/waitForResult.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';
import { journalOn } from './shop.mts';

const GRACE_MS = 4_000;
const LAST_LOOK_MS = 2_000;

interface Scene {
	onTimeout?: 'error' | 'returnItem' | 'cancel';
	end?: object;
	/** What the cancellation comes to. */
	cancel?: Look<object> | Error;
	/** Whether the journal knows the request. */
	isOurs?: boolean;
	/** Whether something is bought in this run, so that the request keeps a place. */
	hasPlace?: boolean;
	simplify?: boolean;
}

const seen = (status: string) => ({ kind: 'seen', status, phase: 'queued', answer: {} }) as unknown as Look<object>;

async function after(scene: Scene) {
	const { onTimeout = 'error', end = {}, cancel = seen('cancelled') } = scene;
	const { isOurs = true, hasPlace = true, simplify = true } = scene;
	const clock = new VirtualClock(7_000);
	const journal = journalOn({});
	const journalKey = journal.keyOf(0);
	journal.accept(journalKey, { id: 'id-1' });
	const closed: string[] = [];
	const cancels: object[] = [];
	const kept: Array<Promise<void>> = [];
	let asked = 0;
	const run = {
		clock,
		money: {
			journal,
			testRun: { forget: () => undefined },
			open: { close: (requestId: string) => closed.push(requestId) },
		},
		stop: new Stop(undefined),
		policies: {
			call: { lastLookGraceMs: GRACE_MS, lastLookTimeoutMs: LAST_LOOK_MS },
			schedule: { overduePauseMs: 1_000 },
		},
		requests: {
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
		...(isOurs && { journalKey }),
		options: { timeoutSeconds: 60, onTimeout, simplify, includeInputFields: false },
		about: { variant: 2, seed: 7 },
		// Let go as soon as it is watched.
		...(hasPlace && {
			slot: { isWanted: () => (asked += 1) === 1, holdUntil: (end: Promise<void>) => kept.push(end) },
		}),
	} as unknown as Awaited;
	const timedOut = { kind: 'timedOut', lastStatus: 'in_queue', ...end };
	const outcome = await outOfTime(run, awaited, timedOut as never).catch((error: unknown) => error as RunComfyError);
	const error = outcome instanceof RunComfyError ? outcome : undefined;
	await clock.finish(Promise.all(kept));
	const items = typeof outcome === 'function' ? await outcome() : undefined;
	return { error, items, cancels, closed, hasEnded: journal.hasEnded(journalKey), keepsPlace: kept.length > 0 };
}

describe('Stop with an error', () => {
	test.each([
		[{}, 'Request id-1 was still in_queue after 60 seconds'],
		[{ lastStatus: undefined }, 'Request id-1 was still unfinished after 60 seconds'],
		[{ silence: { since: new Date(0), reason: 'HTTP 503' } }, 'HTTP 503'],
		[
			{ silence: { since: new Date(0), reason: NO_TURN } },
			'Request id-1 could not be checked after 60 seconds: the rate limit left no free call',
		],
	])('%j: says "%s"', async (end, words) => {
		const { error, cancels, hasEnded, keepsPlace } = await after({ end });
		expect(`${error?.message} ${error?.description}`).toContain(words);
		expect(error?.facts.requestId).toBe('id-1');
		expect([cancels, hasEnded, keepsPlace]).toEqual([[], false, true]);
	});
});

describe('Cancel the request', () => {
	const cancelling = { onTimeout: 'cancel' } as const;

	test('confirmed: said, closed and written down, and its place is free', async () => {
		const { error, cancels, closed, hasEnded, keepsPlace } = await after(cancelling);
		expect(error?.message).toBe('Request id-1 was still in_queue after 60 seconds and was cancelled');
		expect(cancels).toEqual([{ priority: 'first', latestMs: 7_000 + GRACE_MS, timeoutMs: LAST_LOOK_MS }]);
		expect([closed, hasEnded, keepsPlace]).toEqual([['id-1'], true, false]);
	});

	test('of a request that somebody else bought: the journal is none of its business', async () => {
		const { error, closed, hasEnded } = await after({ ...cancelling, isOurs: false });
		expect(error?.message).toContain('was cancelled');
		expect([closed, hasEnded]).toEqual([['id-1'], false]);
	});

	test.each([
		['is running', seen('in_progress'), 'in_progress'],
		['cannot be reached', { kind: 'silent', reason: 'HTTP 503' } as Look<object>, 'HTTP 503'],
		['is refused', new RunComfyError('RunComfy does not know the request'), 'RunComfy does not know the request'],
	])('where it %s: not said to be cancelled, and still in flight', async (_what, cancel, words) => {
		const { error, closed, hasEnded, keepsPlace } = await after({ ...cancelling, cancel });
		expect(`${error?.message} ${error?.description}`).toContain(words);
		expect(error?.message).not.toContain('was cancelled');
		expect([closed, hasEnded, keepsPlace]).toEqual([[], false, true]);
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
