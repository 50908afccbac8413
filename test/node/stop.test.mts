/** Stop: the node ends at once, buys nothing more, cancels what is queued, and names the rest in the log. */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

import { describe, expect, test } from '@jest/globals';

import type { Fault, Phase } from '../emulator/emulator.mts';
import { seededRandom } from '../emulator/random.mts';
import { binaryItem, type NodeRun, NODE_UNDER_TEST, nodeOf, START, type WorkflowJson } from '../engine/index.mts';
import { lostIds } from '../faults/books.mts';
import { jpegAround } from '../lib/photos.mts';
import { pause, untilTrue } from '../lib/until.mts';
import { frozenClock } from '../lib/testClock.mts';
import {
	type FixtureRun,
	inputItems,
	NODE_TYPE,
	openFixture,
	patientPolicies,
	REFUSED,
	REPLACE,
	useFixture,
} from './fixture.mts';
import { seedFrom } from './seed.mts';

/** After a Stop the node may work on in the background for as long as this, in tests in which something stays undone. */
const BACKGROUND_MS = 1_000;

const clock = frozenClock();
const shared = useFixture({ spreadMs: 10, clock, warmUp: {} });
let fixture = shared;

interface Stopped {
	run: NodeRun;
	stoppedAtMs: number;
	/** Submits that left this process when the node had ended. */
	submitsAfter: number;
}

/** Submits that left this process, by Node's own word. What the server sees of them may come a moment later. */
let submitsLeft = 0;
subscribe('http.client.request.start', (message) => {
	const { method, path } = (message as { request: ClientRequest }).request;
	if (method === 'POST' && path.startsWith('/v1/models/')) submitsLeft += 1;
});

/** A submit the node has decided on takes this long, at most, until it is on the wire. */
const ON_ITS_WAY_MS = 30;

/**
 * Starts the node, stops it once `when` holds, and waits for its background work. From the Stop to its end the node's clock
 * stands still: if it waited for any time to pass, it would never end.
 */
async function stopWhen(when: () => Promise<unknown>, { parameters, ...rest }: FixtureRun = {}): Promise<Stopped> {
	const running = fixture.start({
		items: inputItems(20),
		...rest,
		parameters: { prompt: '={{ "scene " + $json.sku }}', ...parameters },
	});
	await when();
	clock.freeze();
	const stoppedAtMs = Date.now();
	running.stop();
	const run = await running.result;
	clock.thaw();
	await pause(ON_ITS_WAY_MS);
	const before = submitsLeft;
	await quiet(run);
	return { run, stoppedAtMs, submitsAfter: submitsLeft - before };
}

/** An id that the log does not name by then is none that it will. */
const LONG_QUIET_MS = BACKGROUND_MS + 500;

/** Waits until the background work is over: nothing is heard any more and every request has been named, or for long enough. */
async function quiet(run?: NodeRun) {
	const heard = () => fixture.emulator.counts().total;
	const isComplete = () => !run || lostIds(fixture.emulator, [run]).length === 0;
	let lastMs = Date.now();
	let total = -1;
	while (total !== heard() || (!isComplete() && Date.now() - lastMs < LONG_QUIET_MS)) {
		if (total !== heard()) lastMs = Date.now();
		total = heard();
		await pause(60);
	}
}

function expectInOrder({ run, submitsAfter }: Stopped) {
	expect(run.finished.status).toBe('canceled');
	expect(submitsAfter).toBe(0);
	expect(lostIds(fixture.emulator, [run])).toEqual([]);
}

describe('at any moment', () => {
	const seed = seedFrom('STOP_SEED');
	const random = seededRandom(seed);
	const moments = Array.from({ length: Number(process.env.STOP_MOMENTS ?? 12) }, () => Math.floor(random() * 700));

	async function playMoment(index: number, moment: number) {
		const { emulator } = fixture;
		const problems: string[] = [];
		emulator.reset();
		emulator.set({ queueMs: 250, runMs: 60, spreadMs: 50 });
		const tries = index % 2 === 0 ? {} : { retryOnFail: true, maxTries: 5, waitBetweenTries: 1 };
		const parameters = { options: { maxInFlight: 8, downloadImages: index % 3 === 0 } };
		const { run, stoppedAtMs, submitsAfter } = await stopWhen(async () => await pause(moment), {
			parameters,
			...tries,
		});
		const { finished, items, logs } = run;
		if (finished.status !== 'canceled') {
			if (items.length < 20) problems.push(`not canceled but ${finished.status}`);
		} else {
			if (submitsAfter > 0) problems.push('submitted after the Stop');
			const cancels = emulator.calls().filter(({ phase }) => phase === 'cancel');
			for (const { id, state, startedAtMs } of emulator.requests()) {
				const isAsked = cancels.some(({ path }) => path.includes(id));
				if (startedAtMs > stoppedAtMs && !isAsked) problems.push(`left a queued request alone: ${state}`);
				if (!JSON.stringify(logs).includes(id)) problems.push(`did not name a request that was ${state}`);
			}
		}
		expect({ seed, moment, problems: [...new Set(problems)] }).toEqual({ seed, moment, problems: [] });
	}

	test(`${moments.length} moments of a batch of 20 items (STOP_SEED=${seed})`, async () => {
		for (const [index, moment] of moments.entries()) await playMoment(index, moment);
	}, 240_000);
});

describe('whatever it is doing', () => {
	test('submitting, and the server hangs: n8n does not wait, the log says what may have been charged', async () => {
		fixture.policies.call.afterStopMs = BACKGROUND_MS;
		fixture.emulator.fault('submit', { kind: 'hang', effect: 'after' });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().submitsReceived === 3), {
			items: inputItems(3),
		});
		await pause(BACKGROUND_MS + 200);
		expect(stopped.run.finished.status).toBe('canceled');
		const cutOff = stopped.run.logs.filter(({ message }) => /may have been charged/.test(message));
		expect(cutOff).toHaveLength(3);
		expect(fixture.emulator.counts().submitsReceived).toBe(3);
	});

	test('submitting, and the answer comes after the Stop: its id is written down and the request cancelled', async () => {
		fixture.emulator.set({ queueMs: 60_000 });
		fixture.emulator.fault('submit', { kind: 'slow', ms: 250 });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().submitsReceived === 4), {
			items: inputItems(4),
		});
		await untilTrue(() => fixture.emulator.counts().cancelsGranted === 4);
		await pause(50);
		expectInOrder(stopped);
		expect(fixture.emulator.requests().map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => 'cancelled'));
	});

	test('reading the photo for a submit: it is not sent any more', async () => {
		const bytes = jpegAround(Buffer.alloc(500, 1));
		const items = await Promise.all(
			inputItems(3).map(({ json }) => binaryItem(json, 'data', bytes, { fileName: 'a.jpg', mimeType: 'image/jpeg' })),
		);
		const store = fixture.engine.n8n.core.BinaryDataService.prototype;
		const { getAsBuffer } = store;
		let reads = 0;
		store.getAsBuffer = async function (file) {
			reads += 1;
			// Each file is read once when it is checked, and again when it is sent.
			if (reads > items.length) await pause(300);
			return await getAsBuffer.call(this, file);
		};
		try {
			const stopped = await stopWhen(async () => await untilTrue(() => reads === 2 * items.length), {
				items,
				parameters: { imageSource: 'binary', binaryPropertyName: 'data' },
			});
			await pause(600);
			expect(stopped.run.finished.status).toBe('canceled');
			expect(fixture.emulator.counts().submitsReceived).toBe(0);
		} finally {
			store.getAsBuffer = getAsBuffer;
		}
	});

	test('waiting', async () => {
		fixture.emulator.set({ queueMs: 60_000 });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().resultReads > 20));
		expectInOrder(stopped);
		expect(fixture.emulator.counts()).toMatchObject({ submitsReceived: 20, cancelsGranted: 20 });
	});

	test('reading, and the server hangs', async () => {
		fixture.emulator.set({ jobOutcome: 'stuck', queueMs: 0 });
		fixture.emulator.fault('result', { kind: 'hang', effect: 'before' });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().resultReads >= 3), {
			items: inputItems(3),
		});
		expectInOrder(stopped);
		expect(
			stopped.run.logs.filter(({ message }) =>
				/could not be cancelled after the stop\. It may be charged/.test(message),
			),
		).toHaveLength(3);
	});

	const backOffs: Array<[string, Phase, Fault]> = [
		['after a 429 that asks for seconds', 'submit', { kind: 'rateLimited', retryAfter: 4 }],
		['after a 429 on a read that asks for seconds', 'result', { kind: 'rateLimited', retryAfter: 4 }],
	];
	test.each(backOffs)('backing off %s', async (_name, phase, fault) => {
		// A service of its own, or the pause would hold up the tests that follow.
		fixture = await openFixture({ spreadMs: 10, clock, policies: patientPolicies() });
		try {
			fixture.policies.call.cancelWindowMs = 60_000;
			fixture.emulator.set({ queueMs: 60_000 });
			fixture.emulator.fault(phase, fault);
			const stopped = await stopWhen(async () => await pause(250), { items: inputItems(5) });
			expectInOrder(stopped);
			// Cancellations wait as long as RunComfy asks, too.
			await untilTrue(() => fixture.emulator.requests().every(({ state }) => state === 'cancelled'));
			expect(fixture.emulator.counts().total).toBeGreaterThan(0);
		} finally {
			await fixture.close();
			fixture = shared;
		}
	});

	test('waiting to repeat a submit of unknown outcome: the log says that it may have been charged', async () => {
		fixture.faultsInTurn('submit', { kind: 'cutAfter' }, { kind: 'rateLimited', retryAfter: 0.5 });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().submitsReceived === 2), {
			items: inputItems(1),
			parameters: { options: { onUnknownOutcome: 'submitAgain' } },
		});
		expect(stopped.run.finished.status).toBe('canceled');
		expect(JSON.stringify(stopped.run.logs)).toContain('may have been charged');
	});

	test('an unknown outcome from before the Stop is not forgotten', async () => {
		fixture.faultsInTurn('submit', { kind: 'cutAfter' });
		fixture.emulator.set({ queueMs: 60_000 });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().resultReads > 6), {
			items: inputItems(3),
			onError: 'continueRegularOutput',
		});
		expect(stopped.run.finished.status).toBe('canceled');
		expect(JSON.stringify(stopped.run.logs)).toContain('may have been charged');
	});

	test('downloading: the picture is paid for, so its request is named', async () => {
		fixture.emulator.fault('download', { kind: 'hang', effect: 'after' });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().downloads >= 2), {
			items: inputItems(2),
			parameters: { options: { downloadImages: true } },
		});
		expectInOrder(stopped);
	});

	test('cancelling because time ran out: the request is named all the same', async () => {
		fixture.emulator.set({ jobOutcome: 'stuck', queueMs: 0 });
		fixture.policies.call.afterStopMs = BACKGROUND_MS;
		fixture.emulator.fault('cancel', { kind: 'hang', effect: 'before' });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().cancels === 1), {
			items: inputItems(1),
			parameters: { options: { timeout: 1, onTimeout: 'cancel' } },
		});
		await pause(BACKGROUND_MS);
		expectInOrder(stopped);
	});

	test('before it has begun: nothing is sent at all', async () => {
		await stopWhen(async () => undefined);
		expect(fixture.emulator.counts().submitsReceived).toBe(0);
	});
});

describe('and n8n', () => {
	test('does not start the node again with Retry On Fail on', async () => {
		fixture.emulator.set({ queueMs: 60_000 });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().resultReads > 10), {
			items: inputItems(5),
			retryOnFail: true,
			maxTries: 5,
			waitBetweenTries: 1,
		});
		expectInOrder(stopped);
		expect(fixture.emulator.counts()).toMatchObject({ submitsReceived: 5, cancels: 5 });
	});

	test('Stop between two tries: the next one sends nothing', async () => {
		fixture.emulator.fault('submit', REFUSED);
		const stopped = await stopWhen(
			async () => {
				await untilTrue(() => fixture.emulator.counts().submitsReceived === 1);
				await pause(50);
			},
			{ items: inputItems(1), retryOnFail: true, maxTries: 5, waitBetweenTries: 300 },
		);
		expect(stopped.run.finished.status).toBe('canceled');
		expect(fixture.emulator.counts().submitsReceived).toBe(1);
	});

	test('under Continue On Fail: canceled as well', async () => {
		fixture.emulator.set({ queueMs: 60_000 });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().resultReads > 5), {
			items: inputItems(5),
			onError: 'continueRegularOutput',
		});
		expectInOrder(stopped);
		expect(stopped.run.items).toEqual([]);
	});

	test('Stop Cancels Requests off: nothing is cancelled, everything is named', async () => {
		fixture.emulator.set({ queueMs: 60_000 });
		const stopped = await stopWhen(async () => await untilTrue(() => fixture.emulator.counts().resultReads > 5), {
			items: inputItems(5),
			parameters: { options: { cancelOnStop: false } },
		});
		expectInOrder(stopped);
		expect(fixture.emulator.counts().cancels).toBe(0);
	});

	test("the workflow's own timeout: the same", async () => {
		fixture.emulator.set({ queueMs: 60_000 });
		const run = await fixture.run({
			items: inputItems(20),
			workflowTimeoutMs: 1_500,
			retryOnFail: true,
			maxTries: 5,
			waitBetweenTries: 1,
		});
		await quiet(run);
		expect(run.finished.status).toBe('canceled');
		const { submitsAccepted, cancelsGranted } = fixture.emulator.counts();
		expect(submitsAccepted).toBeGreaterThan(0);
		expect(cancelsGranted).toBe(submitsAccepted);
		expect(lostIds(fixture.emulator, [run])).toEqual([]);
	});
});

describe('a Stop after the node has ended', () => {
	/** The node under test, and after it one that waits for ever for a request of somebody else's. */
	const followed = (parameters: Record<string, string>, requestId: string): WorkflowJson => ({
		nodes: [
			nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
			nodeOf(NODE_UNDER_TEST, { type: NODE_TYPE, parameters: { ...REPLACE, ...parameters } }),
			nodeOf('Later', {
				type: NODE_TYPE,
				parameters: {
					resource: 'request',
					operation: 'getResult',
					requestId,
					waitUntilFinished: true,
					options: { cancelOnStop: false },
				},
				executeOnce: true,
			}),
		],
		connections: {
			[START]: { main: [[{ node: NODE_UNDER_TEST, type: 'main', index: 0 }]] },
			[NODE_UNDER_TEST]: { main: [[{ node: 'Later', type: 'main', index: 0 }]] },
		},
	});

	test.each(['submit', 'replaceAndWait'])('%s: its requests are left alone', async (operation) => {
		const { emulator, engine, credential } = fixture;
		emulator.set({ jobOutcome: 'stuckInQueue' }, { next: 1 });
		const other = await fixture.run({ parameters: { operation: 'submit' } });
		if (operation === 'submit') emulator.set({ queueMs: 60_000 });
		const workflow = followed({ operation }, String(other.items[0].json.request_id));
		const running = engine.start(workflow, { items: inputItems(3), credentials: { runComfyApi: credential } });
		await untilTrue(() => emulator.calls().some(({ path }) => path.includes(String(other.items[0].json.request_id))));
		running.stop();
		const finished = await running.finished;
		await quiet();
		expect(finished.status).toBe('canceled');
		expect(emulator.counts().cancels).toBe(0);
	});
});
