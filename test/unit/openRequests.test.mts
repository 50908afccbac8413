/** What becomes at Stop of what is bought and not seen to its end. */
import { describe, expect, test } from '@jest/globals';

import type { LateCancelEnd, RequestsApi } from '../../nodes/RunComfy/api/requests.ts';
import { nameUndelivered, OpenRequests } from '../../nodes/RunComfy/purchase/openRequests.ts';
import { TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { waitSchedule } from '../../nodes/RunComfy/wait/schedule.ts';
import { settle, VirtualClock } from '../lib/virtualClock.mts';

const CALL_POLICY = { cancelWindowMs: 50_000, handOverMs: 1_000 };

const CANCELLED: LateCancelEnd = { kind: 'answered', outcome: 'cancelled' };

/** `ends`: how the attempts to cancel end, the last one again and again. */
function open({ ends = [CANCELLED] }: { ends?: LateCancelEnd[] } = {}) {
	const controller = new AbortController();
	const stop = new Stop(controller.signal);
	const clock = new VirtualClock();
	const cancelled: string[] = [];
	const attempts: Array<{ atMs: number; latestMs: number }> = [];
	const requests: Pick<RequestsApi, 'cancelAfterStop'> = {
		cancelAfterStop: async ({ requestId }, latestMs) => {
			cancelled.push(requestId);
			attempts.push({ atMs: clock.now(), latestMs });
			// A turn under the rate limit takes some time.
			if (attempts.length > 1) await clock.sleep(100, stop.stopped ? new Stop(undefined) : stop);
			return ends[Math.min(attempts.length, ends.length) - 1];
		},
	};
	const policies = { call: CALL_POLICY, schedule: waitSchedule };
	const lines: string[] = [];
	const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };
	const testRunMemory = new TestRunMemory(clock);
	const make = () => new OpenRequests({ requests, testRunMemory, clock, log, policies }, stop);
	return {
		openRequests: make(),
		make,
		testRunMemory,
		clock,
		stop,
		stopNow: () => controller.abort(),
		cancelled,
		attempts,
		lines,
	};
}

const request = (requestId: string, cancelOnStop = true) => ({
	requestId,
	requestsUrl: 'https://x.example',
	cancelOnStop,
});

/** The lines' beginnings that matter, by the request they name. */
const told = (lines: string[]) => lines.map((line) => line.replace(/ Get Result fetches .*$/, ''));

describe('at Stop', () => {
	test('what is open is cancelled, what shall go on goes on, what has ended is named', async () => {
		const { openRequests, stopNow, cancelled, lines } = open();
		for (const one of [request('a'), request('b', false), request('c')]) openRequests.add(one);
		openRequests.close('c');
		openRequests.close('never opened');
		openRequests.addEnded(['d']);
		stopNow();
		await settle();
		expect(cancelled).toEqual(['a']);
		expect(told(lines)).toEqual([
			'RunComfy request b was not cancelled by the stop and may be charged.',
			'RunComfy requests whose items n8n may not have kept: c, d.',
			'RunComfy request a was cancelled after the stop.',
		]);
	});

	test('one that has ended before and was taken up again is told of once', async () => {
		const { openRequests, stopNow, lines } = open();
		openRequests.addEnded(['a']);
		openRequests.add(request('a'));
		stopNow();
		await settle();
		expect(told(lines)).toEqual(['RunComfy request a was cancelled after the stop.']);
	});

	test('what another run waits for, too, is left to it, until it has let go', async () => {
		const { openRequests, make, testRunMemory, stopNow, cancelled, lines } = open();
		const other = {};
		for (const requestId of ['a', 'b', 'c']) {
			openRequests.add(request(requestId));
			testRunMemory.shared.hold(requestId, other);
		}
		testRunMemory.shared.release('b', other);
		make().add(request('d'));
		openRequests.close('c');
		expect(['a', 'b', 'c', 'd'].map(testRunMemory.shared.has)).toEqual([true, false, false, false]);
		stopNow();
		await settle();
		expect(cancelled.sort()).toEqual(['b', 'd']);
		expect(told(lines)).toContain('RunComfy request a was not cancelled by the stop and may be charged.');
		expect(testRunMemory.shared.has('a')).toBe(false);
	});

	test('what is handed over is held no longer', () => {
		const { openRequests, make, testRunMemory } = open();
		openRequests.add(request('a'));
		openRequests.handOver();
		make().add(request('a'));
		expect(testRunMemory.shared.has('a')).toBe(false);
	});

	test('nothing bought, nothing said', async () => {
		const { stopNow, lines } = open();
		stopNow();
		await settle();
		expect(lines).toEqual([]);
	});
});

describe('after Stop', () => {
	test('what a submit on its way still bought is let go of at once', async () => {
		const { openRequests, stopNow, cancelled, lines } = open();
		stopNow();
		openRequests.add(request('late'));
		openRequests.add(request('kept', false));
		await settle();
		expect(cancelled).toEqual(['late']);
		expect(lines.join()).toContain('request kept was not cancelled by the stop');
	});

	test('when it begins only then: likewise, and what has ended is named', async () => {
		const { make, stopNow, cancelled, lines } = open();
		stopNow();
		const late = make();
		late.add(request('a'));
		late.addEnded(['b']);
		await settle();
		expect(cancelled).toEqual(['a']);
		expect(lines.join()).toContain('may not have kept: b.');
	});
});

describe('a cancellation that may be asked for again', () => {
	const BUSY: LateCancelEnd = { kind: 'postponed', paced: true };
	const SILENT: LateCancelEnd = { kind: 'postponed', paced: false };

	test('is asked again at once where the rate limit sees to the pause, with the same time to end', async () => {
		const { openRequests, stopNow, clock, attempts, lines } = open({ ends: [BUSY, BUSY, CANCELLED] });
		openRequests.add(request('a'));
		stopNow();
		await clock.goTo(1_000);
		expect(attempts).toEqual([0, 0, 100].map((atMs) => ({ atMs, latestMs: CALL_POLICY.cancelWindowMs })));
		expect(lines).toEqual([expect.stringContaining('a was cancelled after the stop')]);
	});

	test('and after pauses that grow where nobody does', async () => {
		const { openRequests, stopNow, clock, attempts, lines } = open({ ends: [SILENT, SILENT, SILENT, CANCELLED] });
		openRequests.add(request('a'));
		stopNow();
		await clock.goTo(10_000);
		expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_100, 7_200]);
		expect(lines).toEqual([expect.stringContaining('a was cancelled after the stop')]);
	});

	test.each([
		['busy', BUSY],
		['silent', SILENT],
	])('until the time is over; then it is named as not cancelled: %s', async (_what, end) => {
		const { openRequests, stopNow, clock, attempts, lines } = open({ ends: [end] });
		openRequests.add(request('a'));
		stopNow();
		await clock.goTo(2 * CALL_POLICY.cancelWindowMs);
		expect(attempts.length).toBeGreaterThan(5);
		expect(attempts.at(-1)?.atMs).toBeLessThanOrEqual(CALL_POLICY.cancelWindowMs);
		expect(lines).toEqual([expect.stringContaining('request a: its cancellation after the stop was not confirmed')]);
	});
});

describe('handed over', () => {
	test('a Stop in the moment after drops the items: all are named, none is cancelled', async () => {
		const { openRequests, stopNow, cancelled, lines } = open();
		openRequests.add(request('a'));
		openRequests.add(request('b'));
		openRequests.close('b');
		openRequests.addEnded(['a']);
		openRequests.handOver();
		stopNow();
		await settle();
		expect(cancelled).toEqual([]);
		expect(told(lines)).toEqual(['RunComfy requests whose items n8n may not have kept: b, a.']);
	});

	test('a second later a Stop is none of its business any more', async () => {
		const { openRequests, clock, stopNow, lines } = open();
		openRequests.add(request('a'));
		openRequests.handOver();
		await clock.goTo(CALL_POLICY.handOverMs);
		stopNow();
		await settle();
		expect(lines).toEqual([]);
	});
});

describe('the log', () => {
	test('names so many in one line that people still read it, and none twice', () => {
		const lines: string[] = [];
		const ids = Array.from({ length: 45 }, (_, index) => `id-${index}`);
		nameUndelivered({ info: () => {}, warn: (line) => lines.push(line) }, ids);
		expect(lines.map((line) => line.match(/id-/g)?.length)).toEqual([20, 20, 5]);
		expect(lines.join(' ').match(/id-\d+/g)).toEqual(ids);
	});

	test.each<[LateCancelEnd, string]>([
		[{ kind: 'answered', outcome: 'cancelled' }, 'request a was cancelled after the stop'],
		[{ kind: 'answered', outcome: 'not_cancellable' }, 'request a: it could not be cancelled'],
		[{ kind: 'noOutcome' }, 'request a: its cancellation after the stop was not confirmed'],
	])('says of %j: %s', async (end, words) => {
		const { openRequests, stopNow, lines } = open({ ends: [end] });
		openRequests.add(request('a'));
		stopNow();
		await settle();
		expect(lines).toEqual([expect.stringContaining(words)]);
	});

	test.each<[LateCancelEnd, string[]]>([
		[{ kind: 'answered', outcome: 'cancelled' }, ['a']],
		[{ kind: 'answered', outcome: 'not_cancellable' }, []],
		[{ kind: 'noOutcome' }, []],
	])('after %j, what test runs forget: %j', async (end, forgotten) => {
		const { openRequests, stopNow, testRunMemory } = open({ ends: [end] });
		const told: string[] = [];
		testRunMemory.forget = (requestId) => void told.push(requestId);
		openRequests.add(request('a'));
		stopNow();
		await settle();
		expect(told).toEqual(forgotten);
	});
});
