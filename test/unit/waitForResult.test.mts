/** Waiting for one request: what is polled and when, and what its end means for the ledger, for test runs and for the next jobs. */
import { describe, expect, test } from '@jest/globals';

import { callPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import { NOT_KNOWN_YET } from '../../nodes/RunComfy/errors/reasons.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { type Awaited, waitForResult } from '../../nodes/RunComfy/batch/waitForResult.ts';
import { batchPolicy } from '../../nodes/RunComfy/batch/processState.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import { TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { JobTimes } from '../../nodes/RunComfy/wait/jobTimes.ts';
import { deploymentSchedule, waitSchedule } from '../../nodes/RunComfy/wait/schedule.ts';
import { VirtualClock } from '../lib/virtualClock.mts';
import { journalOn, REQUESTS_URL, spendingOf } from './purchaseContext.mts';

const START_MS = 5_000;
const TIMEOUT_SECONDS = 60;
const FILE = 'https://files.runcomfy.net/a.png';
const DEPLOYMENT_URL = 'https://api.runcomfy.net/prod/v1/deployments/11111111-2222-3333-4444-555555555555/requests';

const seen = (phase: string, answer: object = {}) => ({
	kind: 'seen',
	phase,
	status: phase,
	answer: { status: phase, ...answer },
});
const GOOD = seen('succeeded', { output: { image: FILE }, cost: 0.2 });
const unknown = new RunComfyError('unknown', '', { httpStatus: 404 });

interface Scene {
	/** One for each poll; after the last, the same again. */
	polls: object[];
	awaited?: Partial<Awaited>;
	isOurs?: boolean;
	/** The tool of an agent. */
	agent?: boolean;
	maxUsd?: number;
	timeoutSeconds?: number;
}

/** Times in what it answers are those since the request was accepted. */
async function waitIn(scene: Scene) {
	const { polls, awaited = {}, isOurs = true, agent, maxUsd, timeoutSeconds = TIMEOUT_SECONDS } = scene;
	const clock = new VirtualClock(START_MS, 1_000_000_000_000);
	const journal = journalOn({}, '1', { agent });
	const journalKey = journal.keyOf(0);
	journal.accept(journalKey, { id: 'id-1', usd: 0.06 });
	const [closed, forgotten, lines]: string[][] = [[], [], []];
	const asked: Array<{ atMs: number; priority: string; latestMs: number; timeoutMs: number }> = [];
	const learned: unknown[][] = [];
	const noted: unknown[][] = [];
	const polledMs: number[] = [];
	let waitsEnded = 0;
	const jobTimes = new JobTimes();
	jobTimes.learn = (...all: unknown[]) => void learned.push(all);
	jobTimes.noteEnd = (...all: unknown[]) => void noted.push(all);
	const waitFor = jobTimes.wait.bind(jobTimes);
	jobTimes.wait = (kind) => {
		const wait = waitFor(kind);
		const [poll, end] = [wait.poll.bind(wait), wait.end.bind(wait)];
		wait.poll = (ms) => {
			polledMs.push(ms);
			poll(ms);
		};
		wait.end = () => {
			waitsEnded += 1;
			end();
		};
		return wait;
	};
	const run = {
		clock,
		testRunMemory: new TestRunMemory(clock),
		stop: new Stop(undefined),
		jobTimes,
		log: { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) },
		policies: { call: callPolicy, schedule: waitSchedule, deploymentSchedule, batch: batchPolicy },
		connection: { environment: 'production', modelApiUrl: 'https://model-api.runcomfy.net' },
		context: { logger: { warn: () => undefined } },
		items: [{ json: {} }],
		asTool: false,
		money: {
			journal,
			spending: spendingOf(journal, maxUsd),
			open: { close: (id: string) => closed.push(id) },
			testRunReuse: { forget: (id: string) => forgotten.push(id) },
		},
		requests: {
			readResult: async (_request: object, options: { priority: string; latestMs: number; timeoutMs: number }) => {
				asked.push({ ...options, atMs: clock.now() - START_MS, latestMs: options.latestMs - START_MS });
				const poll = polls[Math.min(asked.length, polls.length) - 1];
				if (poll instanceof Error) throw poll;
				return poll;
			},
		},
	} as unknown as Run;
	const options = { timeoutSeconds, onTimeout: 'error', simplify: true, downloadImages: false };
	const whole = {
		...{
			itemIndex: 0,
			requestId: 'id-1',
			requestsUrl: REQUESTS_URL,
			sinceMs: START_MS,
			isNew: true,
			expectsFiles: true,
		},
		...{ jobKind: 'quick', options: { ...options, outputField: 'data', fileName: '', includeInputFields: false } },
		...(isOurs && { journalKey }),
		...awaited,
	} as unknown as Awaited;
	const end = await clock.finish(waitForResult(run, whole).catch((error: unknown) => error as RunComfyError));
	const delivered = typeof end === 'function' ? clock.finish(end()) : Promise.resolve(end);
	const outcome = await delivered.catch((error: unknown) => error as RunComfyError);
	const [error, items] = outcome instanceof Error ? [outcome, undefined] : [undefined, outcome];
	const told = { learned, noted, polledMs, waitsEnded };
	return { error, items, asked, closed, forgotten, lines, ...told, journal, journalKey, clock };
}

describe('a success', () => {
	test('is delivered, settled and learned from', async () => {
		const { items, closed, forgotten, learned, journal, journalKey } = await waitIn({
			polls: [seen('in_progress'), GOOD],
		});
		expect(items?.map(({ json }) => json)).toMatchObject([{ request_id: 'id-1', image_url: FILE, cost: 0.2 }]);
		expect([closed, forgotten]).toEqual([['id-1'], []]);
		expect(learned).toHaveLength(1);
		expect(learned[0][0]).toBe('quick');
		expect(spendingOf(journal).totals()).toMatchObject({ spentUsd: 0.2, inFlight: 0 });
		expect(journal.standing(journalKey).kind).toBe('resume');
	});

	test.each<[what: string, awaited: Partial<Awaited>]>([
		['a request that is resumed', { isNew: false }],
		['a request of which the job is not known', { jobKind: undefined }],
	])('%s: nothing is learned from it', async (_what, awaited) => {
		const { learned, items } = await waitIn({ polls: [GOOD], awaited });
		expect([learned, items?.length]).toEqual([[], 1]);
	});

	test.each([
		['by RunComfy’s own clock', { created_at: '2026-01-01T00:00:00Z', finished_at: '2026-01-01T00:00:02Z' }, 2_000],
		['less than can be told', { created_at: '2026-01-01T00:00:00Z', finished_at: '2026-01-01T00:00:00Z' }, 0],
		[
			'not where that is longer than the wait',
			{ created_at: '2026-01-01T00:00:00Z', finished_at: '2026-01-01T09:00:00Z' },
			undefined,
		],
		[
			'not where it runs backwards',
			{ created_at: '2026-01-01T00:00:09Z', finished_at: '2026-01-01T00:00:00Z' },
			undefined,
		],
		['not where it is no time', { created_at: '2026-01-01T00:00:00Z', finished_at: 'soon' }, undefined],
		['not where it is no text', { created_at: 1, finished_at: 1 }, undefined],
	])('how long the job took: %s', async (_what, times, theirMs) => {
		const polls = [
			...Array.from({ length: 6 }, () => seen('in_progress')),
			seen('succeeded', { output: { image: FILE }, ...times }),
		];
		const { learned, asked } = await waitIn({ polls });
		expect(learned[0][1]).toBe(theirMs ?? asked.at(-1)?.atMs);
	});

	test('whose cost is reported later: the item has it, where the cost is limited', async () => {
		const polls = [seen('succeeded', { output: { image: FILE } }), GOOD];
		const limited = await waitIn({ polls, maxUsd: 1 });
		expect(limited.items?.[0].json).toMatchObject({ cost: 0.2 });
		expect(spendingOf(limited.journal).totals()).toMatchObject({ spentUsd: 0.2, isAbout: false });
		expect((await waitIn({ polls })).asked).toHaveLength(1);
		expect((await waitIn({ polls: [seen('cancelled')], maxUsd: 1 })).asked).toHaveLength(1);
	});

	test('that cannot be delivered: an error that names it, and it is not submitted again', async () => {
		const read = async () => await Promise.reject(new Error('nobody foresaw it'));
		const { error, journal, journalKey } = await waitIn({ polls: [GOOD], awaited: { read }, agent: true });
		expect(error?.message).toContain('id-1');
		expect([error?.description, error?.facts.requestId]).toEqual([
			expect.stringContaining('nobody foresaw it'),
			'id-1',
		]);
		expect(journal.isBought(journalKey)).toBe(true);
	});

	test('is no longer remembered once an agent has it; any other run finds it again', async () => {
		for (const agent of [true, false]) {
			const { journal, journalKey, items } = await waitIn({ polls: [GOOD], agent });
			expect([items?.length, journal.isBought(journalKey)]).toEqual([1, !agent]);
		}
	});

	test('of a request this execution did not submit: nothing is written down', async () => {
		const { items, journal } = await waitIn({ polls: [GOOD], isOurs: false });
		expect(items).toHaveLength(1);
		expect(journal.unfinished()).toHaveLength(1);
	});

	test('without a file, where one was promised: an error that names it, and no test run finds it again', async () => {
		const polls = [seen('succeeded', { output: {} })];
		const { error, forgotten, journal } = await waitIn({ polls });
		expect(error?.message).toContain('id-1');
		expect(forgotten).toContain('id-1');
		expect(journal.unfinished()).toEqual([]);
		const ofDeployment = await waitIn({ polls, awaited: { requestsUrl: DEPLOYMENT_URL } });
		expect(ofDeployment.error).toBeUndefined();
	});
});

test.each(['failed', 'cancelled'])(
	'%s: an error that names it; settled, forgotten, and nothing is learned',
	async (phase) => {
		const { error, asked, closed, forgotten, learned, noted, journal, journalKey } = await waitIn({
			polls: [seen(phase)],
		});
		expect(error?.message).toContain('id-1');
		expect([closed, learned, noted]).toEqual([['id-1'], [], [['quick', asked[0].atMs]]]);
		expect(forgotten).toContain('id-1');
		expect(journal.hasEnded(journalKey)).toBe(true);
	},
);

describe('polls', () => {
	test('a new request is given its time; one that is resumed is polled once', async () => {
		const fresh = await waitIn({ polls: [GOOD] });
		expect(fresh.asked[0].atMs).toBeGreaterThan(0);
		const resumed = await waitIn({ polls: [seen('in_progress'), GOOD], awaited: { isNew: false } });
		expect(resumed.asked[0].atMs).toBe(0);
		expect(resumed.asked[1].atMs).toBeGreaterThan(0);
		const silent = { kind: 'silent', reason: 'HTTP 503' };
		const unlucky = await waitIn({ polls: [silent, GOOD], awaited: { isNew: false } });
		expect(unlucky.asked.map(({ atMs }) => atMs > 0)).toEqual([false, true]);
	});

	test('are told to the waits for jobs of the same kind, as is the end', async () => {
		const { asked, polledMs, waitsEnded } = await waitIn({ polls: [seen('in_progress'), GOOD] });
		expect(polledMs).toEqual(asked.map(({ atMs }) => atMs));
		expect(waitsEnded).toBe(1);
		expect((await waitIn({ polls: [new RunComfyError('no')] })).waitsEnded).toBe(1);
	});

	test('the last one comes first in the line, and has a little more time than the Timeout', async () => {
		const { asked, error } = await waitIn({ polls: [seen('in_progress')] });
		expect(error?.message).toMatch(/^Request id-1 was still in_progress after 60 seconds$/);
		const last = asked.at(-1);
		const { lastPollGraceMs, lastPollTimeoutMs, readTimeoutMs } = callPolicy;
		expect(last).toMatchObject({ priority: 'first', latestMs: (last?.atMs ?? 0) + lastPollGraceMs });
		expect(last?.timeoutMs).toBeLessThanOrEqual(lastPollTimeoutMs + 1_000);
		expect(asked[0]).toMatchObject({ priority: 'read', latestMs: TIMEOUT_SECONDS * 1_000, timeoutMs: readTimeoutMs });
	});

	test.each<[what: string, awaited: Partial<Awaited>, isTolerated: boolean]>([
		['just submitted', {}, true],
		['resumed, but young', { isNew: false, boughtAtMs: 1_000_000_000_000 - 1_000 }, true],
		['resumed and old', { isNew: false, boughtAtMs: 1 }, false],
		['resumed, of unknown age', { isNew: false }, false],
	])('a request that RunComfy does not know yet, %s', async (_what, awaited, isTolerated) => {
		const { error, items } = await waitIn({ polls: [unknown, GOOD], awaited });
		if (isTolerated) expect(items).toHaveLength(1);
		else expect(error).toBe(unknown);
	});

	test('another refusal is none of its youth', async () => {
		const refusal = new RunComfyError('no', '', { httpStatus: 401 });
		expect((await waitIn({ polls: [refusal, GOOD] })).error).toBe(refusal);
	});

	test('unknown for longer than its youth lasts: the error', async () => {
		const { error, clock } = await waitIn({ polls: [unknown] });
		expect(error).toBe(unknown);
		expect(clock.now() - START_MS).toBeGreaterThanOrEqual(callPolicy.newRequestGraceMs);
	});

	test('unknown until its time is over: that is what the error says', async () => {
		const { error } = await waitIn({ polls: [unknown], timeoutSeconds: 2 });
		expect(error?.description).toContain(NOT_KNOWN_YET);
		expect(error?.facts).toMatchObject({ requestId: 'id-1', httpStatus: 404 });
	});
});

test('a deployment whose machine starts: the log says so once; a model says nothing', async () => {
	const polls = [seen('queued')];
	const ofDeployment = await waitIn({ polls, awaited: { requestsUrl: DEPLOYMENT_URL } });
	expect(ofDeployment.lines.filter((line) => line.includes('id-1'))).toHaveLength(1);
	const soon = await waitIn({ polls: [seen('queued'), GOOD], awaited: { requestsUrl: DEPLOYMENT_URL } });
	expect(soon.lines).toEqual([]);
	expect((await waitIn({ polls })).lines).toEqual([]);
	expect((await waitIn({ polls: [seen('in_progress')], awaited: { requestsUrl: DEPLOYMENT_URL } })).lines).toEqual([]);
});
