import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import type { ReadOutcome } from '../../nodes/RunComfy/api/requestState.ts';
import { isFinal, phaseOfResult } from '../../nodes/RunComfy/api/requestState.ts';
import { RATE_LIMITED } from '../../nodes/RunComfy/errors/reasons.ts';
import { Stop, Stopped } from '../../nodes/RunComfy/timing/stop.ts';
import { type Progress, waitUntil } from '../../nodes/RunComfy/wait/waitUntil.ts';
import { VirtualClock } from '../lib/virtualClock.mts';

const START_MS = 1_000_000;
const START_WALL_MS = Date.UTC(2030, 0, 1);

const seen = (status: string): ReadOutcome<string> => ({
	kind: 'seen',
	phase: phaseOfResult(status),
	status,
	answer: `answer: ${status}`,
});
const silent = (reason = 'no answer', httpStatus?: number): ReadOutcome<string> => ({
	kind: 'silent',
	reason,
	httpStatus,
});

interface Plan {
	polls: Array<ReadOutcome<string>>;
	timeoutMs: number;
	pauseMs?: (progress: Progress) => number;
	news?: () => Promise<void>;
	/** How long each poll takes. */
	pollMs?: number;
}

/** Waits through the plan; its last poll is given for ever. */
async function waitThrough({ polls, timeoutMs, pauseMs = () => 1_000, pollMs = 0, news }: Plan) {
	const clock = new VirtualClock(START_MS, START_WALL_MS);
	const controller = new AbortController();
	const stop = new Stop(controller.signal);
	const taken: Array<{ atMs: number; isLast: boolean }> = [];
	const told: Progress[] = [];
	const waiting = waitUntil<string>({
		poll: async (isLast) => {
			taken.push({ atMs: clock.now() - START_MS, isLast });
			if (pollMs > 0) await clock.sleep(pollMs, stop);
			return polls[Math.min(taken.length, polls.length) - 1];
		},
		isDone: isFinal,
		pauseMs: (progress) => {
			told.push(progress);
			return pauseMs(progress);
		},
		news,
		startMs: START_MS,
		deadlineMs: START_MS + timeoutMs,
		clock,
		stop,
	});
	return { waiting, clock, stopIt: () => controller.abort(), taken, told };
}

async function endOf(plan: Plan) {
	const { waiting, clock, taken, told } = await waitThrough(plan);
	return { end: await clock.finish(waiting), taken, told };
}

describe('a wait', () => {
	test('ends with the first final answer', async () => {
		const { end, taken } = await endOf({
			polls: [seen('in_queue'), seen('in_progress'), seen('succeeded')],
			timeoutMs: 9_000,
		});
		expect(end).toEqual({
			kind: 'seen',
			phase: 'succeeded',
			status: 'succeeded',
			answer: 'answer: succeeded',
			waitedMs: 3_000,
			queuedMs: 1_000,
		});
		expect(taken.map(({ atMs }) => atMs)).toEqual([1_000, 2_000, 3_000]);
	});

	test.each(['failed', 'cancelled'])('%s is an end too', async (status) => {
		expect((await endOf({ polls: [seen(status)], timeoutMs: 9_000 })).end).toMatchObject({
			kind: 'seen',
			phase: status,
		});
	});

	test.each(['completed', 'moderated'])(
		'%s is none: it goes on until the deadline and then names the status',
		async (status) => {
			expect((await endOf({ polls: [seen(status)], timeoutMs: 5_000 })).end).toMatchObject({
				kind: 'timedOut',
				lastStatus: status,
			});
		},
	);

	test('takes its last poll at the deadline, not after it and not before', async () => {
		const { end, taken } = await endOf({ polls: [seen('in_progress')], timeoutMs: 2_500 });
		expect(end).toMatchObject({ kind: 'timedOut', lastStatus: 'in_progress', silence: undefined });
		expect(taken).toEqual([
			{ atMs: 1_000, isLast: false },
			{ atMs: 2_000, isLast: false },
			{ atMs: 2_500, isLast: true },
		]);
	});

	test('believes what the last poll says', async () => {
		const { end } = await endOf({ polls: [seen('in_progress'), seen('succeeded')], timeoutMs: 1_500 });
		expect(end).toMatchObject({ kind: 'seen', status: 'succeeded', waitedMs: 1_500 });
	});

	test('polls once even when its time has already passed', async () => {
		const { taken } = await endOf({ polls: [seen('in_progress')], timeoutMs: -5_000 });
		expect(taken).toEqual([{ atMs: 0, isLast: true }]);
	});

	test('remembers since when it was silent, and what the last reason was', async () => {
		const polls = [seen('in_queue'), silent('first', 502), silent('second', 503)];
		const { end } = await endOf({ polls, timeoutMs: 4_000 });
		expect(end).toMatchObject({
			kind: 'timedOut',
			lastStatus: 'in_queue',
			silence: { since: new Date(START_WALL_MS + 2_000), reason: 'second', httpStatus: 503 },
		});
	});

	test.each([-1, 1])('does not care when somebody moves the time of day by %d hours', async (hours) => {
		const { waiting, clock, taken } = await waitThrough({ polls: [seen('in_progress')], timeoutMs: 2_500 });
		await clock.goTo(START_MS + 500);
		clock.jump(hours * 3_600_000);
		await clock.finish(waiting);
		expect(taken.map(({ atMs }) => atMs)).toEqual([1_000, 2_000, 2_500]);
	});

	test('forgets a silence that has passed', async () => {
		const { end, told } = await endOf({ polls: [silent(), silent(), seen('in_progress')], timeoutMs: 5_000 });
		expect(end).toMatchObject({ kind: 'timedOut', lastStatus: 'in_progress', silence: undefined });
		expect(told.map(({ silentPolls }) => silentPolls)).toEqual([0, 1, 2, 0, 0]);
	});

	test('tells the schedule how long it has waited and what it saw', async () => {
		const { told } = await endOf({ polls: [seen('in_queue'), seen('succeeded')], timeoutMs: 9_000 });
		expect(told).toEqual([
			{ waitedMs: 0, polledMs: 0, queuedMs: undefined, silentPolls: 0, phase: undefined },
			{ waitedMs: 1_000, polledMs: 1_000, queuedMs: 1_000, silentPolls: 0, phase: 'queued' },
		]);
	});

	test('asks for the pause anew when there is news', async () => {
		let tell = () => {};
		let pauseMs = 60_000;
		const { waiting, clock, taken } = await waitThrough({
			polls: [seen('succeeded')],
			timeoutMs: 90_000,
			pauseMs: () => pauseMs,
			news: async () => await new Promise<void>((resolve) => (tell = resolve)),
		});
		await clock.goTo(START_MS + 4_000);
		pauseMs = 500;
		tell();
		await clock.finish(waiting);
		expect(taken).toEqual([{ atMs: 4_500, isLast: false }]);
	});

	test('that the node had no turn to ask hides nothing, and slows nothing down', async () => {
		const polls = [silent('down', 503), silent(RATE_LIMITED), silent(RATE_LIMITED)];
		const { end, told } = await endOf({ polls, timeoutMs: 3_500 });
		expect(end).toMatchObject({ silence: { since: new Date(START_WALL_MS + 1_000), reason: 'down', httpStatus: 503 } });
		expect(told.map(({ silentPolls }) => silentPolls)).toEqual([0, 1, 1, 1]);
		expect((await endOf({ polls: [silent(RATE_LIMITED)], timeoutMs: 500 })).end).toMatchObject({
			silence: { reason: RATE_LIMITED },
		});
	});

	test('ends at once when it is stopped, asleep or looking', async () => {
		for (const [pollMs, atMs] of [
			[0, 500],
			[10_000, 1_500],
		]) {
			const { waiting, clock, stopIt, taken } = await waitThrough({
				polls: [seen('in_queue')],
				timeoutMs: 60_000,
				pollMs,
			});
			await clock.goTo(START_MS + atMs);
			stopIt();
			await expect(waiting).rejects.toBeInstanceOf(Stopped);
			expect(taken.length).toBeLessThanOrEqual(1);
		}
	});

	test('never sleeps past the deadline, and always takes exactly one last poll there', async () => {
		const poll = fc.constantFrom(seen('in_queue'), seen('in_progress'), seen('odd'), silent(), seen('succeeded'));
		await fc.assert(
			fc.asyncProperty(
				fc.array(poll, { minLength: 1, maxLength: 12 }),
				fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 5 }),
				fc.integer({ min: 1, max: 8_000 }),
				async (polls, pauses, timeoutMs) => {
					let paused = 0;
					const pauseMs = () => pauses[paused++ % pauses.length] + 100;
					const { end, taken } = await endOf({ polls, timeoutMs, pauseMs });
					for (const { atMs, isLast } of taken) expect(isLast).toBe(atMs === timeoutMs);
					expect(Math.max(...taken.map(({ atMs }) => atMs))).toBeLessThanOrEqual(timeoutMs);
					if (end.kind === 'timedOut') expect(taken.filter(({ isLast }) => isLast)).toHaveLength(1);
				},
			),
			{ numRuns: 60 },
		);
	});
});

describe('Stop', () => {
	test('puts one listener on the signal and calls each of its own once', () => {
		const controller = new AbortController();
		const stop = new Stop(controller.signal);
		const called: string[] = [];
		stop.onStop(() => called.push('kept'));
		const forget = stop.onStop(() => called.push('forgotten'));
		forget();
		controller.abort();
		expect(stop.stopped).toBe(true);
		stop.onStop(() => called.push('late'));
		expect(called).toEqual(['kept', 'late']);
	});

	test('wins a race against what does not end, and loses one against what has ended', async () => {
		const controller = new AbortController();
		const stop = new Stop(controller.signal);
		await expect(stop.race(Promise.resolve(7))).resolves.toBe(7);
		await expect(stop.race(Promise.reject(new Error('thrown')))).rejects.toThrow('thrown');
		const endless = stop.race(new Promise(() => {}));
		controller.abort();
		await expect(endless).rejects.toBeInstanceOf(Stopped);
	});

	test('a signal that was aborted before is a Stop from the start', () => {
		expect(new Stop(AbortSignal.abort()).stopped).toBe(true);
		expect(new Stop(undefined).stopped).toBe(false);
	});
});
