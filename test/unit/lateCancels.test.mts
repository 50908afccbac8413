/** Cancelling after a Stop: a few at a time, at the pace RunComfy takes, and for a few seconds only. */
import { describe, expect, test } from '@jest/globals';

import type { LateCancelEnd, RequestsApi } from '../../nodes/RunComfy/api/requests.ts';
import { LateCancels } from '../../nodes/RunComfy/purchase/lateCancels.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { settle, VirtualClock } from '../lib/virtualClock.mts';

const WITHIN_MS = 5_000;

/** Each call takes this long. */
const CALL_MS = 20;

const never = new Stop(undefined);

type Answer = (nth: number, atMs: number) => LateCancelEnd | Error;

function cancelling(answer: Answer) {
	const clock = new VirtualClock(1_000_000);
	const startMs = clock.now();
	const calls: Array<{ id: string; atMs: number; timeoutMs: number }> = [];
	const told = new Map<string, string | undefined>();
	let underWay = 0;
	let peak = 0;
	const requests = {
		cancelAfterStop: async ({ requestId }: { requestId: string }, timeoutMs: number) => {
			underWay += 1;
			peak = Math.max(peak, underWay);
			calls.push({ id: requestId, atMs: clock.now() - startMs, timeoutMs });
			const end = answer(calls.length, clock.now() - startMs);
			await clock.sleep(CALL_MS, never);
			underWay -= 1;
			if (end instanceof Error) throw end;
			return end;
		},
	} as unknown as RequestsApi;
	const cancels = new LateCancels(requests, clock, WITHIN_MS, (id, outcome) => told.set(id, outcome));
	return {
		add: (count: number, from = 0) => {
			for (let nth = from; nth < from + count; nth += 1) cancels.add({ requestId: `id-${nth}`, requestsUrl: 'x' });
		},
		goTo: async (ms: number) => await clock.goTo(startMs + ms),
		calls,
		told,
		peak: () => peak,
		cancelled: () => [...told.values()].filter((outcome) => outcome === 'cancelled').length,
	};
}

const GRANTED: LateCancelEnd = { kind: 'answered', outcome: 'cancelled' };
const LATER: LateCancelEnd = { kind: 'later' };

/** Takes so many calls in any second; `others`: so many other calls arrived right before. */
function taking(perSecond: number, others = 0): Answer {
	const takenMs: number[] = Array.from({ length: others }, () => 0);
	return (_nth, atMs) => {
		while (takenMs[0] <= atMs - 1_000) takenMs.shift();
		if (takenMs.length >= perSecond) return LATER;
		takenMs.push(atMs);
		return GRANTED;
	};
}

test('each is cancelled and told, twenty at a time, with all the time that is left for each', async () => {
	const { add, goTo, calls, told, peak } = cancelling(() => GRANTED);
	add(50);
	await goTo(CALL_MS * 3);
	expect(told.size).toBe(50);
	expect(new Set(told.values())).toEqual(new Set(['cancelled']));
	expect(peak()).toBe(20);
	expect(calls.map(({ timeoutMs }) => timeoutMs).slice(0, 20)).toEqual(Array.from({ length: 20 }, () => WITHIN_MS));
	expect(calls[20].timeoutMs).toBe(WITHIN_MS - CALL_MS);
});

test('one that comes when all others are done is cancelled too, and has the time that is left from then on', async () => {
	const { add, goTo, calls, told, peak } = cancelling(() => GRANTED);
	add(1);
	await goTo(6_000);
	add(1, 1);
	await goTo(7_000);
	expect(told.size).toBe(2);
	expect(calls[1]).toMatchObject({ atMs: 6_000, timeoutMs: WITHIN_MS });
	expect(peak()).toBe(1);
});

test('after many that are done, those that come later still find somebody to cancel them', async () => {
	const { add, goTo, told, peak } = cancelling(() => GRANTED);
	add(20);
	await goTo(1_000);
	add(30, 20);
	await goTo(2_000);
	expect(told.size).toBe(50);
	expect(peak()).toBe(20);
});

test('an answer is told as it is; a refusal and a fault are told as none, and not asked again', async () => {
	const ends = [
		GRANTED,
		{ kind: 'answered', outcome: 'not_cancellable' },
		{ kind: 'refused' },
		new Error('broken'),
	] as const;
	const { add, goTo, calls, told } = cancelling((nth) => ends[nth - 1]);
	add(4);
	await goTo(WITHIN_MS);
	expect([...told.values()]).toEqual(['cancelled', 'not_cancellable', undefined, undefined]);
	expect(calls).toHaveLength(4);
});

describe('a server that takes few calls', () => {
	test.each([
		[10, 30, 30],
		[10, 100, 40],
		[30, 100, 100],
		[30, 400, 130],
		[2, 20, 8],
	])(
		'%d a second, %d requests: at least %d are cancelled, all are told, and it is not hammered',
		async (perSecond, count, least) => {
			const { add, goTo, calls, told, cancelled } = cancelling(taking(perSecond));
			add(count);
			await goTo(WITHIN_MS + 1_000);
			expect(told.size).toBe(count);
			expect(cancelled()).toBeGreaterThanOrEqual(least);
			expect(calls.length).toBeLessThanOrEqual(2.5 * cancelled() + 25);
		},
	);

	test('the second is full of the calls of others: it costs no more than that second', async () => {
		const { add, goTo, told, cancelled } = cancelling(taking(10, 8));
		add(30);
		await goTo(4_250);
		expect(cancelled()).toBe(30);
		expect(told.size).toBe(30);
	});

	test('the pace is learned from what it took, a little slower, and quickens with what it takes', async () => {
		const { add, goTo, calls } = cancelling(taking(10));
		add(30);
		await goTo(WITHIN_MS);
		// Ten were taken at once; those refused, and those sent before that was known, come back one by one.
		const later = calls.map(({ atMs }) => atMs).filter((atMs) => atMs > CALL_MS);
		expect(later[0]).toBe(2 * CALL_MS + 110);
		// Ten are taken until the next refusal, each of them quickens it by a tenth.
		const leastMs = 110 * 0.9 ** 10;
		later.slice(1).forEach((atMs, index) => expect(atMs - later[index]).toBeGreaterThanOrEqual(leastMs));
	});

	test('none taken so far: a tenth of a second, and no longer than the longest pause', async () => {
		const { add, goTo, calls } = cancelling(() => LATER);
		add(1);
		await goTo(WITHIN_MS + 1_000);
		expect(calls.slice(0, 3).map(({ atMs }) => atMs)).toEqual([0, 120, 240]);
		expect(calls.at(-1)?.atMs).toBeLessThan(WITHIN_MS);
		expect(calls.at(-1)?.atMs).toBeGreaterThan(WITHIN_MS - 200);
	});

	test('one a second: the longest pause, 150 ms, between two', async () => {
		const { add, goTo, calls } = cancelling(taking(1));
		add(2);
		await goTo(WITHIN_MS + 1_000);
		expect(calls.slice(1, 3).map(({ atMs }) => atMs)).toEqual([0, CALL_MS + 150]);
	});

	test('what it asks to wait is waited; beyond the time there is, nothing more is sent', async () => {
		const { add, goTo, calls, told } = cancelling((nth) => (nth === 1 ? { kind: 'later', afterMs: 2_000 } : GRANTED));
		add(1);
		await goTo(WITHIN_MS);
		expect(calls.map(({ atMs }) => atMs)).toEqual([0, CALL_MS + 2_000]);
		expect(told.get('id-0')).toBe('cancelled');

		const long = cancelling(() => ({ kind: 'later', afterMs: 60_000 }));
		long.add(3);
		await long.goTo(200);
		expect(long.calls).toHaveLength(3);
		expect(long.told.size).toBe(3);
		expect(long.cancelled()).toBe(0);
	});
});

test('time is up for those that never got their turn: told, and nothing is sent for them', async () => {
	const { add, goTo, calls, told } = cancelling(() => LATER);
	add(200);
	await goTo(WITHIN_MS + 300);
	await settle();
	expect(told.size).toBe(200);
	expect(Math.max(...calls.map(({ atMs }) => atMs))).toBeLessThan(WITHIN_MS);
	expect(Math.min(...calls.map(({ timeoutMs }) => timeoutMs))).toBeGreaterThanOrEqual(1);
});
