import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { type Expectation, JobTimes, type JobWait } from '../../nodes/RunComfy/wait/jobTimes.ts';
import { type Outlook, pauseBeforePollMs as pauseBy, waitSchedule } from '../../nodes/RunComfy/wait/schedule.ts';
import type { Progress } from '../../nodes/RunComfy/wait/waitUntil.ts';

const { shortestPauseMs, quickShare, longestSilentPauseMs, silentPauseMs, firstPollMs, latestFirstPollMs } =
	waitSchedule;
const { scoutMs, scoutFactor, spreadShare, turnShare } = waitSchedule;

const pauseBeforePollMs = (progress: Partial<Progress>, outlook: Partial<Outlook>, chance = 0.5) =>
	pauseBy(
		{ waitedMs: 0, polledMs: 0, silentPolls: 0, ...progress },
		{ together: 1, isScout: true, scoutedMs: 0, endedMs: 0, ...outlook },
		chance,
		waitSchedule,
	);

const average = (meanMs: number, spreadMs: number) => ({ meanMs, spreadMs, count: 20 });
const known = (meanMs: number, spreadMs = meanMs / 20): Expectation => ({ whole: average(meanMs, spreadMs) });

const outlooks = fc.record({
	expectation: fc.option(
		fc
			.tuple(fc.integer({ min: 1, max: 3_600_000 }), fc.double({ min: 0.02, max: 1, noNaN: true }))
			.map(([meanMs, share]) => known(meanMs, meanMs * share)),
		{ nil: undefined },
	),
	together: fc.integer({ min: 1, max: 100 }),
	isScout: fc.boolean(),
	scoutedMs: fc.nat(100_000),
	endedMs: fc.nat(100_000),
});
const random = fc.double({ min: 0, max: 1, noNaN: true });

/** When a job that never ends is polled, in milliseconds after its acceptance. */
function pollsWithin(untilMs: number, outlook: Partial<Outlook>, randoms = [0.5]): number[] {
	const polls: number[] = [];
	for (let waitedMs = 0; waitedMs < untilMs;) {
		const progress = { waitedMs, polledMs: polls.at(-1) ?? 0 };
		waitedMs += pauseBeforePollMs(progress, outlook, randoms[polls.length % randoms.length]);
		polls.push(waitedMs);
	}
	return polls;
}

describe('when a request is polled', () => {
	test('no two polls are closer than a small share of the time or the shortest pause, and the first has its bound', () => {
		fc.assert(
			fc.property(outlooks, fc.array(random, { minLength: 1, maxLength: 20 }), (outlook, randoms) => {
				const polls = pollsWithin(300_000, outlook, randoms);
				expect(polls[0]).toBeLessThanOrEqual(latestFirstPollMs + 1e-6);
				polls.slice(1).forEach((atMs, index) => {
					const leastMs = Math.min(shortestPauseMs, polls[index] * quickShare);
					expect(atMs - polls[index]).toBeGreaterThanOrEqual(leastMs * 0.8 - 1e-6);
				});
			}),
		);
	});

	test('an unknown kind: first early, then ever more rarely', () => {
		const polls = pollsWithin(3_600_000, {});
		expect(polls[0]).toBe(firstPollMs);
		const pauses = polls.slice(1).map((atMs, index) => atMs - polls[index]);
		pauses.slice(1).forEach((pauseMs, index) => expect(pauseMs).toBeGreaterThanOrEqual(pauses[index] - 1e-6));
		expect(polls.length).toBeLessThan(400);
	});

	test('an unknown kind: who is not the scout polls when another one has ended', () => {
		const progress = { waitedMs: 1_000, polledMs: 0 };
		expect(pauseBeforePollMs(progress, { isScout: false })).toBe(latestFirstPollMs - 1_000);
		expect(pauseBeforePollMs(progress, { isScout: false, endedMs: 900 })).toBe(0);
		expect(pauseBeforePollMs({ waitedMs: 1_000, polledMs: 950 }, { isScout: false, endedMs: 900 })).toBeGreaterThan(
			1_000,
		);
	});

	test.each([
		['quick', 2_000, 2_000 * quickShare],
		['young', 8_000, shortestPauseMs],
		['old', 20_000, 20_000 * turnShare],
	])('an unknown kind, %s: those that wait together go on from the poll of another one', (_age, ageMs, pauseMs) => {
		const pause = pauseBeforePollMs({ waitedMs: ageMs }, { together: 20, scoutedMs: ageMs });
		expect(pause).toBeCloseTo(pauseMs);
	});

	test('a known kind: first when the first are ready, then by how far off they are, then ever more rarely', () => {
		const polls = pollsWithin(400_000, { expectation: known(100_000), isScout: false });
		expect(polls[0]).toBeGreaterThan(90_000);
		expect(polls[0]).toBeLessThan(94_000);
		const pauses = polls.slice(1).map((atMs, index) => atMs - polls[index]);
		for (const pauseMs of pauses.slice(0, 6)) expect(pauseMs).toBeCloseTo(5_000 * spreadShare);
	});

	test('a known kind of an hour: by its bound, and after twice the time each', () => {
		const polls = pollsWithin(3_000_000, { expectation: known(3_600_000), isScout: false });
		expect(polls.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => times * latestFirstPollMs));
		expect(polls.length).toBeLessThan(7);
	});

	test('one of a known kind polls early on behalf of all', () => {
		const polls = pollsWithin(100_000, { expectation: known(100_000) });
		expect(polls.slice(0, 2)).toEqual([scoutMs, scoutMs * scoutFactor]);
	});

	test('when another one has ended sooner than any before, there is a poll at that time', () => {
		const outlook = { expectation: known(40_000), isScout: false, endedMs: 2_000 };
		expect(pauseBeforePollMs({ waitedMs: 3_200 }, outlook)).toBeLessThan(shortestPauseMs);
		expect(pauseBeforePollMs({ waitedMs: 3_300, polledMs: 3_300 }, outlook)).toBeGreaterThan(30_000);
	});

	test('one that is still queued has all of its run before it, where the queue is longer than usual', () => {
		const expectation = { ...known(20_000), run: average(10_000, 500) };
		const queued = (queuedMs: number) =>
			queuedMs +
			pauseBeforePollMs({ waitedMs: queuedMs, polledMs: queuedMs, queuedMs }, { expectation, isScout: false });
		expect(queued(3_000)).toBeLessThan(19_000);
		expect(queued(60_000)).toBeGreaterThan(69_000);
		expect(queued(60_000)).toBeLessThanOrEqual(71_000);
	});

	test('pauses for a server in trouble double, up to a bound', () => {
		const pauses = [1, 2, 3, 60].map((silentPolls) => pauseBeforePollMs({ silentPolls }, {}));
		expect(pauses).toEqual([silentPauseMs, silentPauseMs * 2, silentPauseMs * 4, longestSilentPauseMs]);
	});

	test('each pause is a usable number', () => {
		fc.assert(
			fc.property(
				fc.nat(),
				fc.nat(),
				fc.nat(2_000),
				outlooks,
				random,
				(waitedMs, beforeMs, silentPolls, outlook, chance) => {
					const progress = { waitedMs, polledMs: Math.max(0, waitedMs - beforeMs), silentPolls };
					const pauseMs = pauseBeforePollMs(progress, outlook, chance);
					expect(Number.isFinite(pauseMs) && pauseMs >= 0).toBe(true);
				},
			),
		);
	});
});

describe('how long jobs take', () => {
	const learnAll = (all: number[]) => {
		const times = new JobTimes();
		for (const ms of all) times.learn('a', ms);
		return times;
	};
	const repeat = (count: number, ms: number) => Array.from({ length: count }, () => ms);

	test('one job is enough to expect the like, of that kind alone', () => {
		const times = learnAll([1_000]);
		expect(times.expect('a')?.whole.meanMs).toBe(1_000);
		expect(times.expect('b')).toBeUndefined();
	});

	test('steady jobs are expected closely, others with their spread', () => {
		const steady = learnAll(repeat(60, 10_000)).expect('a')?.whole;
		expect(steady).toMatchObject({ meanMs: 10_000, spreadMs: 200 });
		const { meanMs, spreadMs } = learnAll(repeat(40, 0).map((_, job) => (job % 2 ? 8_000 : 12_000))).expect('a')!.whole;
		expect(meanMs).toBeGreaterThan(9_500);
		expect(meanMs).toBeLessThan(10_500);
		expect(spreadMs).toBeGreaterThan(1_700);
	});

	test.each([
		['two', 'faster', 2, 60_000, 2_000],
		['ten', 'slower', 10, 2_000, 60_000],
	])('%s in a row that are much %s void what was known, and no fewer', (_many, _how, count, beforeMs, nowMs) => {
		const meanAfter = (times: number) =>
			learnAll([...repeat(100, beforeMs), ...repeat(times, nowMs)]).expect('a')?.whole.meanMs;
		expect(meanAfter(count)).toBeCloseTo(nowMs);
		expect(Math.abs(meanAfter(count - 1)! - beforeMs)).toBeLessThan(beforeMs / 10);
	});

	test('surprises count as a row only one after the other, and to the same side', () => {
		const { whole, surprises } = learnAll([...repeat(100, 60_000), 2_000, 60_000, 2_000]).expect('a')!;
		expect(whole.meanMs).toBeGreaterThan(55_000);
		expect(surprises).toMatchObject({ meanMs: 2_000, count: 1 });
		expect(learnAll([...repeat(100, 60_000), 2_000, 600_000]).expect('a')?.surprises?.meanMs).toBe(600_000);
	});

	test('now and then one that takes far longer does not make the others wait', () => {
		const tails = repeat(5, 0).flatMap(() => [...repeat(18, 10_000), 40_000, 40_000]);
		const { whole } = learnAll(tails).expect('a')!;
		expect(whole.meanMs).toBeLessThan(11_000);
		expect(whole.spreadMs).toBeLessThan(1_500);
	});

	test('those of a first batch that have ended stand for all of it; of later batches they are all that is known', () => {
		const times = new JobTimes();
		const waits = repeat(10, 0).map(() => times.wait('a'));
		for (const [job, wait] of waits.slice(0, 5).entries()) {
			times.learn('a', 10_000 + job * 100);
			wait.end();
		}
		const seen = times.expect('a')!.whole;
		expect(waits[9].expectation?.whole).toEqual({ ...seen, spreadMs: seen.spreadMs * 2 });
		for (const wait of waits) wait.end();
		expect(times.wait('a').expectation?.whole).toEqual(seen);
	});

	test('a service that grows slower little by little is followed', () => {
		const growing = Array.from({ length: 200 }, (_, job) => 10_000 + job * 100);
		expect(learnAll(growing).expect('a')?.whole.meanMs).toBeGreaterThan(27_000);
	});

	test.each([NaN, Infinity, -1])('%d is no time', (ms) => {
		expect(learnAll([ms, ms, ms]).expect('a')).toBeUndefined();
	});

	/** Counts how often a wait is told something. */
	const listenTo = (wait: JobWait) => {
		const heard = { times: 0 };
		const listen = (): void => {
			void wait.news().then(() => {
				heard.times += 1;
				listen();
			});
		};
		listen();
		return heard;
	};
	const settle = async () => await new Promise((resolve) => setImmediate(resolve));

	test('who waits is told of each of a first batch, and then of one that came too soon for all', async () => {
		const times = new JobTimes();
		const first = times.wait('a');
		const [heard, other] = [listenTo(first), listenTo(times.wait('b'))];
		const told: number[] = [];
		const learn = async (readyMs: number, by: { times: number }) => {
			times.learn('a', readyMs);
			await settle();
			told.push(by.times);
		};
		for (const readyMs of repeat(3, 60_000)) await learn(readyMs, heard);
		const later = listenTo(times.wait('a'));
		first.end();
		for (const readyMs of [60_000, 60_000, 2_000]) await learn(readyMs, later);
		expect(told).toEqual([1, 2, 3, 0, 0, 1]);
		expect(other.times).toBe(0);
	});

	test('a failure teaches nothing, but others may have failed by then, too', async () => {
		const times = new JobTimes();
		const wait = times.wait('a');
		const heard = listenTo(wait);
		times.noteEnd('a', 2_000);
		await settle();
		expect([heard.times, wait.endedMs, wait.expectation]).toEqual([1, 2_000, undefined]);
	});

	test('of an unknown kind each is the scout in turn', () => {
		const times = new JobTimes();
		const waits = [times.wait('a'), times.wait('a'), times.wait('a')];
		const scouts = () => waits.map(({ isScout }) => isScout);
		expect(scouts()).toEqual([true, false, false]);
		waits[0].poll(800);
		expect([scouts(), waits[2].scoutedMs]).toEqual([[false, true, false], 800]);
		waits[2].poll(900);
		expect([scouts(), waits[2].scoutedMs]).toEqual([[false, true, false], 800]);
		waits[1].end();
		expect([scouts(), waits[2].together]).toEqual([[false, false, true], 2]);
	});

	test('of a known kind the scout stays, and after its end it is the next one that comes', () => {
		const times = learnAll([1_000]);
		const [first, second] = [times.wait('a'), times.wait('a')];
		first.poll(800);
		expect([first.isScout, second.isScout]).toEqual([true, false]);
		first.end();
		expect([second.isScout, times.wait('a').isScout]).toEqual([false, true]);
		expect(times.wait(undefined).together).toBe(1);
	});

	test('the kinds that are remembered are bounded', () => {
		const times = new JobTimes();
		for (let kind = 0; kind < 600; kind += 1) times.learn(`kind ${kind}`, 1_000);
		expect(times.expect('kind 0')).toBeUndefined();
		expect(times.expect('kind 599')).toBeDefined();
	});
});
