/** Buying one job: what each end of a submit does to the wallet, the journal and the words. */
import { describe, expect, test } from '@jest/globals';

import { callPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import type { SubmitEnd } from '../../nodes/RunComfy/api/requests.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { needsJob } from '../../nodes/RunComfy/purchase/buy.ts';
import { TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import { Stop, Stopped } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';
import {
	ACCEPTED,
	buyIn,
	postponed,
	REFUSED,
	DEPLOYMENT_REQUESTS_URL,
	REQUESTS_URL,
	type Scene,
	testRunOn,
	UNKNOWN,
	unknownAs,
} from './purchaseContext.mts';

const AGAIN = { submitAgain: true };

function errorOf(end: unknown): RunComfyError {
	expect(end).toBeInstanceOf(RunComfyError);
	return end as RunComfyError;
}

const stopper = () => {
	const controller = new AbortController();
	return { stop: new Stop(controller.signal), now: () => controller.abort() };
};

describe('a submit that is accepted', () => {
	test('is a request, written down, opened and told', async () => {
		const { end, journal, key, opened, lines } = await buyIn({ submits: [ACCEPTED] });
		expect(end).toEqual({
			itemIndex: 0,
			journalKey: key,
			requestId: 'id-1',
			requestsUrl: REQUESTS_URL,
			sinceMs: 0,
			boughtAtMs: 0,
			isNew: true,
			jobKind: 'quick',
			sent: ['https://images.example.com/shoe.jpg'],
			expectsFiles: true,
			isReused: false,
		});
		expect(journal.standing(key)).toMatchObject({ kind: 'resume', bought: { id: 'id-1' } });
		expect(journal.requestIds()).toEqual(['id-1']);
		expect(opened).toEqual([{ requestId: 'id-1', requestsUrl: REQUESTS_URL, cancelOnStop: true }]);
		expect(lines).toEqual(['info RunComfy accepted request id-1 for item 0.']);
	});

	test('keeps what is special about it for later tries', async () => {
		const queue = { label: 'x', submitUrl: 'https://account.example/x', requestsUrl: DEPLOYMENT_REQUESTS_URL };
		const scene = { job: { queue, expectsFiles: false }, order: { cancelOnStop: false } };
		const { stored, opened } = await buyIn(scene);
		expect(opened).toEqual([{ requestId: 'id-1', requestsUrl: queue.requestsUrl, cancelOnStop: false }]);
		const later = await buyIn({ stored, ...scene });
		expect(later.sentAtMs).toEqual([]);
		expect(later.end).toMatchObject({
			requestId: 'id-1',
			requestsUrl: queue.requestsUrl,
			isNew: false,
			expectsFiles: false,
		});
		expect(later.end as object).not.toHaveProperty('jobKind', 'quick');
		expect(later.journal.unfinished()[0].bought).toMatchObject({ deploymentId: 'd-1', noFiles: true, keep: true });
	});

	test('with nothing special about it the entry says nothing of it', async () => {
		const { journal } = await buyIn({});
		const { bought } = journal.unfinished()[0];
		for (const name of ['at', 'noFiles', 'keep']) expect(bought).not.toHaveProperty(name);
	});

	test('under the id of another item: unknown, with that id in words only', async () => {
		const { end, journal, key, sentAtMs } = await buyIn({
			submits: [ACCEPTED],
			before: (written) => written.accept(written.keyOf(1), { id: 'id-1' }),
		});
		const { message, description, facts } = errorOf(end);
		expect(message).toContain('not known whether');
		expect(description).toContain('ID of another item (id-1)');
		expect(facts.requestId).toBeUndefined();
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: true });
		expect(sentAtMs).toHaveLength(1);
	});
});

describe('a submit that is refused', () => {
	test('ends it, and may be made again by a later try', async () => {
		const { end, journal, key, sentAtMs } = await buyIn({ submits: [REFUSED] });
		expect(errorOf(end).message).toBe('RunComfy refused the input');
		expect(errorOf(end).description).toBe('');
		expect(journal.standing(key)).toEqual({ kind: 'toBuy' });
		expect(sentAtMs).toHaveLength(1);
	});

	test.each([
		['for a passing reason', false],
		['because RunComfy asks to slow down', true],
	])(
		'%s: is made again until it is accepted, with pauses of its own unless the rate limit paces it',
		async (_why, paced) => {
			const { end, sentAtMs } = await buyIn({ submits: [postponed(paced), postponed(paced), postponed(paced)] });
			expect(end).toMatchObject({ requestId: 'id-4', isNew: true });
			expect(sentAtMs).toHaveLength(4);
			if (paced) return expect(sentAtMs).toEqual([0, 0, 0, 0]);
			const pausesMs = sentAtMs.slice(1).map((ms, index) => ms - sentAtMs[index]);
			// Doubled each time, varied by a quarter.
			[1_000, 2_000, 4_000].forEach((plainMs, index) => {
				expect(pausesMs[index]).toBeGreaterThanOrEqual(plainMs * 0.75);
				expect(pausesMs[index]).toBeLessThanOrEqual(plainMs * 1.25);
			});
		},
	);

	test('for a passing reason, longer than it is tried: the error says so, and nothing is written down', async () => {
		const submits = Array.from({ length: 100 }, () => postponed(false));
		const { end, journal, key, endedAtMs, sentAtMs } = await buyIn({ submits, order: { windowMs: 60_000 } });
		expect(errorOf(end).message).toBe('RunComfy did not accept this image within 60 seconds');
		expect(errorOf(end).description).toContain('busy');
		expect(errorOf(end).facts.httpStatus).toBe(429);
		expect(journal.standing(key)).toEqual({ kind: 'toBuy' });
		expect(endedAtMs).toBeLessThan(60_000);
		expect(Math.max(...sentAtMs.slice(1).map((ms, index) => ms - sentAtMs[index]))).toBeLessThanOrEqual(37_500);
	});

	test('because its turn would come too late', async () => {
		const { end } = await buyIn({ submits: [{ kind: 'rateLimited', reason: 'the rate limit left no free call' }] });
		expect(errorOf(end).message).toContain('did not accept this image');
		expect(errorOf(end).description).toContain('the rate limit left no free call');
	});

	test('a pause ends with the batch, and nothing more is sent', async () => {
		let wanted = true;
		const { end, sentAtMs } = await buyIn({
			submits: [postponed(false)],
			onSubmit: () => (wanted = false),
			isStillWanted: () => wanted,
		});
		expect(end).toBeUndefined();
		expect(sentAtMs).toHaveLength(1);
	});

	test('a pause ends with Stop', async () => {
		const { stop, now } = stopper();
		const { end, sentAtMs } = await buyIn({ submits: [postponed(false)], onSubmit: now, stop });
		expect(end).toBeInstanceOf(Stopped);
		expect(sentAtMs).toHaveLength(1);
	});

	test('whose job cannot be read was not sent, and nothing else is said', async () => {
		const job = async () => await Promise.reject(new RunComfyError('The file is gone', 'Put it back.'));
		const { end, sentAtMs } = await buyIn({ order: { job } });
		expect(errorOf(end)).toMatchObject({ message: 'The file is gone', description: 'Put it back.' });
		expect(sentAtMs).toEqual([]);
	});

	test('files go through the gate one by one', async () => {
		const { end } = await buyIn({ job: { hasFile: true } });
		expect(end).toMatchObject({ requestId: 'id-1' });
	});

	test('a body that cannot be made ends it, and nothing was sent', async () => {
		const makeBody = async () => await Promise.reject(new RunComfyError('The file could not be read', 'n8n said so.'));
		const { end, sentAtMs, journal, key } = await buyIn({ job: { makeBody } });
		expect(errorOf(end)).toMatchObject({ message: 'The file could not be read', description: 'n8n said so.' });
		expect(sentAtMs).toEqual([]);
		expect(journal.standing(key)).toEqual({ kind: 'toBuy' });
	});
});

describe('a submit of unknown outcome', () => {
	test('is told and never made again', async () => {
		const { end, journal, key, sentAtMs, lines, stored } = await buyIn({ submits: [UNKNOWN] });
		expect(errorOf(end).message).toBe('It is not known whether RunComfy accepted this image');
		expect(errorOf(end).description).toContain('the connection failed');
		expect(sentAtMs).toHaveLength(1);
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: true });
		expect(lines).toEqual([expect.stringMatching(/^warn RunComfy, item 0: It is not known .* charged/)]);

		const later = await buyIn({ stored });
		expect(errorOf(later.end).description).toContain('an earlier attempt of this execution');
		expect(later.sentAtMs).toEqual([]);
		expect(later.jobsRead).toBe(0);
	});

	test('is made again at once and once, where that is wanted', async () => {
		const { end, sentAtMs, journal } = await buyIn({ submits: [UNKNOWN], order: AGAIN });
		expect(end).toMatchObject({ requestId: 'id-2', isNew: true });
		expect(sentAtMs).toEqual([0, 0]);
		expect(journal.requestIds()).toEqual(['id-2']);
	});

	test('twice: told, and not made a third time by any try', async () => {
		const { end, stored, sentAtMs } = await buyIn({ submits: [UNKNOWN, UNKNOWN], order: AGAIN });
		expect(errorOf(end).message).toContain('not known whether');
		expect(errorOf(end).description).toContain('An earlier submit of this item got no usable answer');
		expect(sentAtMs).toHaveLength(2);
		const later = await buyIn({ stored, order: AGAIN, executionId: '2' });
		expect(errorOf(later.end).message).toContain('not known whether');
		expect(later.sentAtMs).toEqual([]);
	});

	test('repeated by a later try, where that is wanted by then', async () => {
		const { stored } = await buyIn({ submits: [UNKNOWN] });
		const later = await buyIn({ stored, order: AGAIN });
		expect(later.end).toMatchObject({ requestId: 'id-1' });
		expect(later.sentAtMs).toHaveLength(1);
		// And that was the one repetition.
		const { stored: other } = await buyIn({ submits: [UNKNOWN] });
		await buyIn({ stored: other, order: AGAIN, submits: [UNKNOWN] });
		expect((await buyIn({ stored: other, order: AGAIN })).sentAtMs).toEqual([]);
	});

	test('a repetition that is refused: the first may have been charged, and may be repeated later', async () => {
		const { end, journal, key } = await buyIn({ submits: [UNKNOWN, REFUSED], order: AGAIN });
		expect(errorOf(end).message).toBe('RunComfy refused the input');
		expect(errorOf(end).description).toContain('may have been charged');
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: true });
	});

	test('a repetition that is not taken in time, or gets no turn: likewise', async () => {
		for (const last of [postponed(false), { kind: 'rateLimited' as const, reason: 'no permit' }]) {
			const submits = [UNKNOWN, ...Array.from({ length: 50 }, () => last)];
			const { end, journal, key } = await buyIn({ submits, order: AGAIN });
			expect(errorOf(end).message).toContain('did not accept this image');
			expect(errorOf(end).description).toContain('may have been charged');
			expect(journal.standing(key)).toMatchObject({ kind: 'unknown' });
		}
	});

	test('a repetition left off with the batch: what is told is the unknown submit', async () => {
		let wanted = true;
		const { end } = await buyIn({
			submits: [UNKNOWN, postponed(false)],
			onSubmit: (nth) => (wanted = nth < 2),
			order: AGAIN,
			isStillWanted: () => wanted,
		});
		expect(errorOf(end).message).toContain('not known whether');
	});

	test('is not made again after Stop', async () => {
		const { stop, now } = stopper();
		const { end, sentAtMs } = await buyIn({ submits: [UNKNOWN], onSubmit: now, order: AGAIN, stop });
		expect(end).toBeInstanceOf(Stopped);
		expect(sentAtMs).toHaveLength(1);
	});

	test('whose job cannot be read for the repetition: it may have been charged', async () => {
		const { end } = await buyIn({
			submits: [],
			before: (journal, key) => journal.unknown(key, false, { id: 'id-9' }),
			reads: ['error'],
			order: { ...AGAIN, job: async () => await Promise.reject(new RunComfyError('The file is gone')) },
		});
		expect(errorOf(end).message).toBe('The file is gone');
		expect(errorOf(end).description).toContain('may have been charged');
	});
});

describe('a submit of unknown outcome that named a request', () => {
	test('which RunComfy knows: it is that, told at once, and opened', async () => {
		const { end, opened, journal, lines } = await buyIn({
			submits: [unknownAs('id-7')],
			reads: ['error', 'silent', 'there'],
		});
		expect(end).toMatchObject({ requestId: 'id-7', isNew: false });
		expect(opened).toEqual([{ requestId: 'id-7', requestsUrl: REQUESTS_URL, cancelOnStop: true }]);
		expect(journal.requestIds()).toEqual(['id-7']);
		expect(lines).toEqual([
			expect.stringContaining('named request id-7'),
			'info RunComfy accepted request id-7 for item 0.',
		]);
	});

	test('which it does not know: the id is in this error and in those of later tries', async () => {
		const { end, stored, timesRead, lines, endedAtMs } = await buyIn({
			submits: [unknownAs('id-7')],
			reads: ['error'],
		});
		expect(errorOf(end).message).toContain('accepted this image as request id-7');
		expect(errorOf(end).facts).toMatchObject({ requestId: 'id-7', httpStatus: 500 });
		expect(timesRead).toBe(4);
		// 1, 2 and 4 seconds between the reads, and none after the last.
		expect(endedAtMs).toBe(7_000);
		expect(lines.at(-1)).toContain('id-7');
		for (const executionId of ['1', '2']) {
			const later = await buyIn({ stored, reads: ['error'], executionId });
			expect(errorOf(later.end).message).toContain('id-7');
			expect(later.sentAtMs).toEqual([]);
			expect(later.jobsRead).toBe(0);
		}
	});

	test('which it knows only later: a later try takes it up, without its job and though it may repeat', async () => {
		const { stored } = await buyIn({ submits: [unknownAs('id-7')], reads: ['error'] });
		const later = await buyIn({ stored, reads: ['there'], order: AGAIN });
		expect(later.end).toMatchObject({ requestId: 'id-7', isNew: false });
		expect(later.jobsRead).toBe(0);
		expect(later.sentAtMs).toEqual([]);
	});

	test('which lives elsewhere: it is looked up there', async () => {
		const queue = { label: 'x', submitUrl: 'https://account.example/x', requestsUrl: DEPLOYMENT_REQUESTS_URL };
		const { opened } = await buyIn({ submits: [unknownAs('id-7')], reads: ['there'], job: { queue } });
		expect(opened).toEqual([{ requestId: 'id-7', requestsUrl: queue.requestsUrl, cancelOnStop: true }]);
	});

	test("which is another item's: still unknown", async () => {
		const { end, journal, key } = await buyIn({
			submits: [unknownAs('id-7')],
			reads: ['there'],
			before: (written) => written.accept(written.keyOf(1), { id: 'id-7' }),
		});
		expect(errorOf(end).message).toContain('not known whether');
		expect(journal.standing(key)).toMatchObject({ kind: 'unknown' });
	});

	test('and Stop while it is looked up, or pauses: it is let go of', async () => {
		for (const reads of [['silent'], ['error']] as const) {
			const { stop, now } = stopper();
			const { end, opened, timesRead } = await buyIn({
				submits: [unknownAs('id-7')],
				reads: [...reads],
				onPoll: now,
				stop,
				order: { cancelOnStop: false },
			});
			expect(end).toBeInstanceOf(Stopped);
			expect(timesRead).toBe(1);
			expect(opened).toEqual([{ requestId: 'id-7', requestsUrl: REQUESTS_URL, cancelOnStop: false }]);
		}
	});
});

describe('what an earlier try bought', () => {
	test('is taken up without its job', async () => {
		const { end, jobsRead, sentAtMs, opened } = await buyIn({
			before: (journal, key) => journal.accept(key, { id: 'id-3' }),
		});
		expect(end).toMatchObject({ requestId: 'id-3', requestsUrl: REQUESTS_URL, isNew: false, expectsFiles: true });
		expect({ jobsRead, sent: sentAtMs.length, opened: opened.length }).toEqual({ jobsRead: 0, sent: 0, opened: 1 });
	});

	test.each([
		[{ kind: 'toBuy' }, false, true],
		[{ kind: 'toBuy' }, true, true],
		[{ kind: 'resume', bought: { id: 'a' } }, true, false],
		[{ kind: 'unknown', mayRepeat: true }, false, false],
		[{ kind: 'unknown', mayRepeat: true }, true, true],
		[{ kind: 'unknown', mayRepeat: false }, true, false],
		[{ kind: 'unknown', mayRepeat: true, bought: { id: 'a' } }, true, false],
	] as const)('%j, repeating unknown ones: %s; its job has to be read: %s', (standing, submitAgain, needed) => {
		expect(needsJob(standing, submitAgain)).toBe(needed);
	});

	test('before a submit leaves, the journal says so', async () => {
		let during: unknown;
		const stored = {};
		await buyIn({ stored, onSubmit: () => (during = JSON.parse(JSON.stringify(stored))) });
		expect(JSON.stringify(during)).toContain('submitting');
	});

	test('Stop before a submit leaves: nothing is sent or written down', async () => {
		const { stop, now } = stopper();
		now();
		const { end, sentAtMs, journal, key } = await buyIn({ stop });
		expect(end).toBeInstanceOf(Stopped);
		expect(sentAtMs).toEqual([]);
		expect(journal.isBought(key)).toBe(false);
	});
});

describe('under a limit', () => {
	const costs = (usd: number | undefined) => ({ estimate: async () => ({ usd }) });

	test('what fits is bought, and its estimate is written down', async () => {
		const { end, journal, sentAtMs } = await buyIn({ maxUsd: 1, job: costs(0.6) });
		expect(end).toMatchObject({ requestId: 'id-1', isNew: true });
		expect(sentAtMs).toHaveLength(1);
		expect(journal.unfinished()[0].bought).toMatchObject({ id: 'id-1', usd: 0.6 });
	});

	test.each([
		['what does not fit', 1.1, "This image was not submitted: 'Maximum Cost (USD)' of $1.00 would be exceeded"],
		['what has no price', undefined, "'Maximum Cost (USD)' is set, but the cost of a/model cannot be known in advance"],
	])('%s is not sent', async (_what, usd, words) => {
		const { end, journal, key, sentAtMs } = await buyIn({ maxUsd: 1, job: costs(usd) });
		expect(errorOf(end).message).toBe(words);
		expect(sentAtMs).toEqual([]);
		expect(journal.isBought(key)).toBe(false);
	});

	test('Stop while the price is asked: nothing is sent', async () => {
		const { end, sentAtMs } = await buyIn({
			maxUsd: 1,
			job: { estimate: async () => await Promise.reject(new Stopped()) },
		});
		expect(end).toBeInstanceOf(Stopped);
		expect(sentAtMs).toEqual([]);
	});

	test('an unclear submit counts, so that its repetition may not fit: what is told is the unclear one', async () => {
		const { end, sentAtMs, journal, key } = await buyIn({
			maxUsd: 1,
			submits: [UNKNOWN],
			job: costs(0.6),
			order: AGAIN,
		});
		expect(errorOf(end).message).toContain('not known whether');
		expect(sentAtMs).toHaveLength(1);
		expect(journal.all()).toEqual([[key, { state: 'unknown', usd: 0.6 }]]);
	});
});

describe('as one of several variants', () => {
	test('its seed is kept with it, also for later tries', async () => {
		const { end, journal, stored } = await buyIn({ job: { variantSeed: 7 } });
		expect(end).toMatchObject({ seed: 7 });
		expect(journal.unfinished()[0].bought).toMatchObject({ seed: 7 });
		expect((await buyIn({ stored })).end).toMatchObject({ requestId: 'id-1', seed: 7, isNew: false });
	});

	test('otherwise there is none', async () => {
		const { end, journal } = await buyIn({});
		for (const one of [end, journal.unfinished()[0].bought]) {
			for (const name of ['seed', 'usd']) expect(one as object).not.toHaveProperty(name);
		}
	});
});

describe('in a run from the editor', () => {
	const REUSE = { reuse: true };
	const openRuns = (clock = new VirtualClock()) => {
		const runs = new TestRunMemory(clock);
		return (isOn = true) => testRunOn(runs, isOn);
	};

	test('what an earlier one bought is taken up, and nothing is sent or paid', async () => {
		const nextRun = openRuns();
		await buyIn({ testRunReuse: nextRun(), order: REUSE });
		const testRunReuse = nextRun();
		const { end, sentAtMs, opened, journal, key } = await buyIn({ testRunReuse, order: REUSE });
		expect(end).toMatchObject({ requestId: 'id-1', isNew: false, isReused: true });
		// What was submitted is known, but not how long it has been running.
		expect(end).toHaveProperty('sent');
		expect(end).not.toHaveProperty('jobKind');
		expect([sentAtMs.length, journal.reused().length]).toEqual([0, 1]);
		// The run that submitted it may still want it.
		expect(opened).toMatchObject([{ requestId: 'id-1', cancelOnStop: false }]);
		expect(journal.standing(key)).toMatchObject({ kind: 'resume', bought: { id: 'id-1', free: true } });
	});

	test.each([
		['that wants it anew', { reuse: false }, {}],
		['with another input', REUSE, { hash: 'other' }],
	])('one %s buys', async (_what, order, job) => {
		const nextRun = openRuns();
		await buyIn({ testRunReuse: nextRun(), order: REUSE });
		const { end, sentAtMs } = await buyIn({ testRunReuse: nextRun(), order, job });
		expect(end).toMatchObject({ isNew: true, isReused: false });
		expect(sentAtMs).toHaveLength(1);
	});

	test('it is handed over as the variant that is asked for, whatever it was bought as', async () => {
		const nextRun = openRuns();
		const seedSource = { hash: 'plain', salt: 'first', order: 0 };
		const first = await buyIn({ testRunReuse: nextRun(), order: REUSE, job: { variantSeed: 3, seedSource } });
		expect(first.end).toMatchObject({ seed: 3 });
		const testRunReuse = nextRun();
		expect(testRunReuse.saltFor('plain', 'own')).toBe('first');
		const asAnother = await buyIn({ testRunReuse, order: REUSE, job: { variantSeed: 7 } });
		expect(asAnother.end).toMatchObject({ requestId: 'id-1', isReused: true, seed: 7 });
		expect((await buyIn({ testRunReuse: nextRun(), order: REUSE })).end).toMatchObject({ isReused: true, seed: 3 });
	});

	test('a production run buys, whatever was tried out', async () => {
		const nextRun = openRuns();
		await buyIn({ testRunReuse: nextRun(), order: REUSE });
		const { end, stored } = await buyIn({ testRunReuse: nextRun(false), order: REUSE });
		expect(end).toMatchObject({ isNew: true, isReused: false });
		// Nor does it leave anything for one.
		expect(JSON.stringify(stored)).not.toContain('"hash":');
		const { sentAtMs } = await buyIn({ testRunReuse: nextRun(), order: REUSE, job: { hash: 'other' } });
		expect(sentAtMs).toHaveLength(1);
	});

	test('where somebody waits for it, an earlier request is taken as it is: the wait sees whether it has failed', async () => {
		const nextRun = openRuns();
		await buyIn({ testRunReuse: nextRun(), order: REUSE });
		const result = { kind: 'seen', phase: 'failed', status: 'failed', answer: {} };
		const { end } = await buyIn({ testRunReuse: nextRun(), order: REUSE, result });
		expect(end).toMatchObject({ requestId: 'id-1', isReused: true });
	});

	describe('where nobody waits for it, an earlier request is looked at before it is handed out', () => {
		const LATER_MS = 600_000;
		const seen = (phase: string) => ({ kind: 'seen', phase, status: phase, answer: {} });
		const error = (httpStatus?: number, errorCode?: number) => new RunComfyError('no', '', { httpStatus, errorCode });
		const submitAgainLater = async (result: object, laterMs: number) => {
			const clock = new VirtualClock(0, 2 * LATER_MS);
			const nextRun = openRuns(clock);
			const order = { ...REUSE, isWaitedFor: false };
			await buyIn({ testRunReuse: nextRun(), order, wallMs: 2 * LATER_MS });
			const testRunReuse = nextRun();
			if (laterMs < 0) clock.jump(laterMs);
			else await clock.goTo(laterMs);
			const submits: SubmitEnd[] = [{ kind: 'accepted', requestId: 'id-2' }];
			const later = await buyIn({ testRunReuse, order, result, wallMs: 2 * LATER_MS + laterMs, submits });
			return { leftForNext: nextRun().available('h'), ...later };
		};

		test.each<[what: string, result: object, laterMs: number, isAlive: boolean]>([
			['succeeded', seen('succeeded'), LATER_MS, true],
			['still queued', seen('queued'), LATER_MS, true],
			['failed', seen('failed'), LATER_MS, false],
			['cancelled', seen('cancelled'), LATER_MS, false],
			['no answer', { kind: 'silent', reason: 'HTTP 503' }, LATER_MS, true],
			['HTTP 404', error(404), LATER_MS, false],
			['HTTP 404 a moment after it was accepted', error(404), callPolicy.newRequestGraceMs - 1, true],
			['HTTP 404 just after that', error(404), callPolicy.newRequestGraceMs, false],
			['HTTP 404 a moment after it was accepted, by a clock that was set back', error(404), -LATER_MS, true],
			["RunComfy's code for an unknown request", error(400, 404001), LATER_MS, false],
			['HTTP 404 for another reason', error(404, 400001), LATER_MS, true],
			['a refusal', error(401), LATER_MS, true],
			['an error without a status', error(), LATER_MS, true],
			['a fault of our own', new Error('bug'), LATER_MS, true],
		])('%s', async (_what, result, laterMs, isAlive) => {
			const { end, sentAtMs, journal, resultReads, leftForNext } = await submitAgainLater(result, laterMs);
			expect(end).toMatchObject({ isReused: isAlive, isNew: !isAlive });
			expect(sentAtMs).toHaveLength(isAlive ? 0 : 1);
			expect(journal.reused()).toHaveLength(isAlive ? 1 : 0);
			expect(leftForNext).toBe(1);
			const { lastPollTimeoutMs: timeoutMs } = callPolicy;
			const request = { requestId: 'id-1', requestsUrl: REQUESTS_URL };
			expect(resultReads).toEqual([{ ...request, priority: 'first', latestMs: timeoutMs, timeoutMs }]);
		});

		test('Stop meanwhile: nothing is handed out', async () => {
			const nextRun = openRuns();
			const order = { ...REUSE, isWaitedFor: false };
			await buyIn({ testRunReuse: nextRun(), order });
			const controller = new AbortController();
			const stop = new Stop(controller.signal);
			const result = {
				get kind() {
					controller.abort();
					throw new RunComfyError('no');
				},
			};
			const { end, sentAtMs } = await buyIn({ testRunReuse: nextRun(), order, result, stop });
			expect(end).toBeInstanceOf(Stopped);
			expect(sentAtMs).toEqual([]);
		});
	});

	describe('a request that only an error has named', () => {
		const queue = { label: 'x', submitUrl: 'https://account.example/x', requestsUrl: DEPLOYMENT_REQUESTS_URL };
		const afterError = async (job: Scene['job'] = {}) => {
			const nextRun = openRuns();
			await buyIn({ testRunReuse: nextRun(), order: REUSE, submits: [unknownAs('id-9')], reads: ['error'], job });
			return nextRun;
		};

		test.each([
			[true, {}, REQUESTS_URL],
			[false, {}, REQUESTS_URL],
			[true, { queue }, queue.requestsUrl],
		] as const)(
			'is reused where RunComfy knows it by now, waited for or not (%j), wherever it lives: %j',
			async (isWaitedFor, job, requestsUrl) => {
				const nextRun = await afterError(job);
				const order = { ...REUSE, isWaitedFor };
				const again = await buyIn({ testRunReuse: nextRun(), order, reads: ['error', 'there'], job });
				expect(again.end).toMatchObject({ requestId: 'id-9', isReused: true, requestsUrl });
				expect([again.sentAtMs.length, again.resultReads.length]).toEqual([0, 0]);
				const { lastPollTimeoutMs: timeoutMs } = callPolicy;
				const read = { requestId: 'id-9', requestsUrl, priority: 'first', timeoutMs };
				expect(again.statusReads).toMatchObject([read, read]);
				// From now on it is a request like others.
				expect(JSON.stringify(again.stored)).not.toContain('unclear');
			},
		);

		test.each([true, false])(
			'is bought where RunComfy does not know it, and not asked about again (%j)',
			async (isWaitedFor) => {
				const nextRun = await afterError();
				const order = { ...REUSE, isWaitedFor };
				const again = await buyIn({ testRunReuse: nextRun(), order, reads: ['error'] });
				expect(again.end).toMatchObject({ requestId: 'id-1', isNew: true });
				const third = await buyIn({ testRunReuse: nextRun(), order, result: { kind: 'silent' } });
				expect(third.end).toMatchObject({ requestId: 'id-1', isReused: true });
				expect(third.timesRead).toBe(0);
			},
		);

		test('is not looked for before it is taken, once RunComfy has known it', async () => {
			const nextRun = openRuns();
			await buyIn({ testRunReuse: nextRun(), order: REUSE, submits: [unknownAs('id-9')], reads: ['there'] });
			const again = await buyIn({ testRunReuse: nextRun(), order: REUSE });
			expect([again.timesRead, again.sentAtMs.length]).toEqual([0, 0]);
		});
	});

	test.each<[what: string, first: Scene, second: Scene | undefined]>([
		['in an error, and known at once', { submits: [unknownAs('id-9')], reads: ['there'] }, undefined],
		['in an error, and known to the next attempt', { submits: [unknownAs('id-9')] }, { reads: ['there'] }],
		[
			'in an error, and known to Retry execution',
			{ submits: [unknownAs('id-9')], reads: ['error'] },
			{ reads: ['there'], executionId: '2' },
		],
		[
			'in the second of two errors',
			{ submits: [UNKNOWN, unknownAs('id-9')], reads: ['silent'], order: { ...AGAIN, ...REUSE } },
			{ reads: ['there'] },
		],
	])('a request that was named %s is found by the next run', async (_what, first, second) => {
		const nextRun = openRuns();
		const stored = {};
		const testRunReuse = nextRun();
		await buyIn({ testRunReuse, stored, order: REUSE, ...first });
		if (second !== undefined) {
			await buyIn({
				testRunReuse: nextRun(),
				stored: JSON.parse(JSON.stringify(stored)) as object,
				order: REUSE,
				...second,
			});
		}
		const { end, sentAtMs } = await buyIn({ testRunReuse: nextRun(), order: REUSE });
		expect(end).toMatchObject({ requestId: 'id-9', isReused: true });
		expect(sentAtMs).toHaveLength(0);
	});

	test('an unclear submit is repeated, not replaced by an earlier request', async () => {
		const nextRun = openRuns();
		await buyIn({ testRunReuse: nextRun(), order: REUSE });
		const { end, sentAtMs } = await buyIn({
			testRunReuse: nextRun(),
			before: (journal, key) => journal.unknown(key, false),
			submits: [{ kind: 'accepted', requestId: 'id-8' }],
			order: { ...AGAIN, ...REUSE },
		});
		expect(end).toMatchObject({ requestId: 'id-8', isReused: false });
		expect(sentAtMs).toHaveLength(1);
	});
});
