/** What becomes at Stop of what is bought and not seen to its end. */
import { describe, expect, test } from '@jest/globals';

import type { LateCancelEnd, RequestsApi } from '../../nodes/RunComfy/api/requests.ts';
import { nameUndelivered, OpenRequests } from '../../nodes/RunComfy/purchase/openRequests.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { settle, VirtualClock } from '../lib/virtualClock.mts';

const POLICY = { afterStopMs: 5_000, handOverMs: 1_000 };

function open({ end = { kind: 'answered', outcome: 'cancelled' } }: { end?: LateCancelEnd } = {}) {
	const controller = new AbortController();
	const stop = new Stop(controller.signal);
	const cancelled: string[] = [];
	const requests = {
		cancelAfterStop: async ({ requestId }: { requestId: string }) => {
			cancelled.push(requestId);
			return end;
		},
	} as unknown as RequestsApi;
	const lines: string[] = [];
	const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };
	const clock = new VirtualClock();
	const make = () => new OpenRequests(requests, clock, stop, log, POLICY);
	return { openRequests: make(), make, clock, stop, stopNow: () => controller.abort(), cancelled, lines };
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
			'RunComfy request b goes on after the stop and is charged.',
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
		expect(lines.join()).toContain('request kept goes on');
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
		await clock.goTo(POLICY.handOverMs);
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
		[{ kind: 'answered', outcome: 'cancelled' }, 'was cancelled after the stop'],
		[{ kind: 'answered', outcome: 'not_cancellable' }, 'was already running and could not be cancelled'],
		[{ kind: 'refused' }, 'could not be cancelled after the stop'],
	])('says of %j that it %s', async (end, words) => {
		const { openRequests, stopNow, lines } = open({ end });
		openRequests.add(request('a'));
		stopNow();
		await settle();
		expect(lines).toEqual([expect.stringContaining(`request a ${words}`)]);
	});
});
