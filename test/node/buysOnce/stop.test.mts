/** Stop covers every try: what any of them bought and has no end of is cancelled, and all of it is named. */
import { describe, expect, test } from '@jest/globals';

import type { Fault } from '../../emulator/emulator.mts';
import type { NodeRun, OnError } from '../../engine/index.mts';
import { testClock } from '../../lib/testClock.mts';
import { pause, until } from '../../lib/until.mts';
import { type FixtureRun, inputItems, patientPolicies, quickPolicies, shareFixture } from '../fixture.mts';
import { openMeddled, withoutCredential } from '../meddled.mts';

/** n8n itself makes another branch of the second: errors and retries try that, too. */
const MODES: OnError[] = ['stopWorkflow', 'continueRegularOutput'];
const CONTINUING: OnError[] = ['continueRegularOutput'];

/** For a busy machine; what is waited for comes within milliseconds. */
const LONG_MS = 15_000;

/** What the node still does after a Stop is over by then, where something stays undone. */
const BACKGROUND_MS = 2_500;

const CLOCK_SPEED = 5;

/** The shortest Timeout, and for how long after a try its own listener names what it handed over. */
const TIMEOUT_MS = 1_000 / CLOCK_SPEED;
const HAND_OVER_MS = quickPolicies().call.handOverMs / CLOCK_SPEED;

const REFUSED: Fault = { kind: 'status', status: 422, body: { detail: 'no' } };

const fixture = shareFixture(
	async () => await openMeddled({ policies: patientPolicies(CLOCK_SPEED), clock: testClock(CLOCK_SPEED) }),
	{},
);

const counts = () => fixture.emulator.counts();
const requests = () => fixture.emulator.requests();
const scene = (index: number) => `scene sku-${index}`;

/** The requests that no warning in the log names; each is told at its acceptance, too, but that tells nothing of its end. */
function unnamed({ logs }: NodeRun): string[] {
	const warnings = JSON.stringify(logs.filter(({ level }) => level === 'warn'));
	return requests()
		.map(({ id }) => id)
		.filter((id) => !warnings.includes(id));
}

/** Stops the run as soon as `holds`, and waits for the background work, as long as something is missing at most. */
async function stopWhen(what: string, holds: () => boolean, options: FixtureRun): Promise<NodeRun> {
	const running = fixture.start({
		...options,
		parameters: { prompt: '=scene {{ $json.sku }}', ...options.parameters },
	});
	await until(what, holds, LONG_MS, 2);
	running.stop();
	const run = await running.result;
	expect(run.finished.status).toBe('canceled');
	const isInOrder = () => unnamed(run).length === 0 && requests().every(({ state }) => state !== 'in_queue');
	await until('everything to be named and cancelled', isInOrder, BACKGROUND_MS, 10).catch(() => undefined);
	return run;
}

function expectAllCancelledAndNamed(run: NodeRun, count: number) {
	expect(requests().map(({ state }) => state)).toEqual(Array.from({ length: count }, () => 'cancelled'));
	expect(unnamed(run)).toEqual([]);
}

/** The first submit of the item of that index is refused, so that n8n starts the node again. */
function refuseOnce(index: number, times = 1) {
	let left = times;
	fixture.emulator.onCall = ({ phase, input }) => {
		if (phase !== 'submit' || input?.prompt !== scene(index) || left === 0) return undefined;
		left -= 1;
		return REFUSED;
	};
}

/** n8n starts the node again after its Timeout; what the first try bought is still queued then. */
const OVERDUE = { options: { timeout: 1, maxInFlight: 12 } };

describe.each(CONTINUING)('%s: in the second try', (onError) => {
	test('what the first one bought is cancelled and named', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		const run = await stopWhen('the second try to look', () => fixture.tries() === 2 && counts().resultReads > 40, {
			items: inputItems(12),
			onError,
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
			parameters: OVERDUE,
		});
		expectAllCancelledAndNamed(run, 12);
	});

	test('while it works on two of twelve only', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		refuseOnce(0);
		const run = await stopWhen('the second try', () => fixture.tries() === 2 && counts().submitsReceived === 13, {
			items: inputItems(12),
			onError,
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
			parameters: OVERDUE,
		});
		expectAllCancelledAndNamed(run, 12);
	});

	test('while it still reads its items', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		let isReading = false;
		fixture.meddle((context, nth) => {
			if (nth === 1) return context;
			// The first look at an item's parameters.
			const getNodeParameter = (name: string, ...rest: never[]) => {
				if (name === 'options') isReading = true;
				return (context.getNodeParameter as (...all: unknown[]) => unknown)(name, ...rest);
			};
			return Object.create(context, { getNodeParameter: { value: getNodeParameter } }) as typeof context;
		});
		const run = await stopWhen('the second try to read its items', () => isReading, {
			items: inputItems(10),
			onError,
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
			parameters: OVERDUE,
		});
		expectAllCancelledAndNamed(run, 10);
	});

	test('while the credential is being read', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		let isReading = false;
		fixture.meddle((context, nth) => {
			if (nth === 1) return context;
			const getCredentials = async (name: string) => {
				isReading = true;
				await pause(200);
				return await context.getCredentials(name);
			};
			return Object.create(context, { getCredentials: { value: getCredentials } }) as typeof context;
		});
		const run = await stopWhen('the credential to be read', () => isReading, {
			items: inputItems(6),
			onError,
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
			parameters: OVERDUE,
		});
		expectAllCancelledAndNamed(run, 6);
	});

	test('while the credential is being read, in vain: named at least', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		let readingSinceMs = Infinity;
		fixture.meddle((context, nth) => {
			if (nth === 1) return context;
			const getCredentials = async () => {
				readingSinceMs = Date.now();
				await pause(HAND_OVER_MS + 200);
				throw new Error('database is locked');
			};
			return Object.create(context, { getCredentials: { value: getCredentials } }) as typeof context;
		});
		const isOn = () => Date.now() > readingSinceMs + HAND_OVER_MS + 50;
		const run = await stopWhen('the credential to be read', isOn, {
			items: inputItems(6),
			onError,
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
			parameters: OVERDUE,
		});
		expect(unnamed(run)).toEqual([]);
	});

	test('what the first one has seen to the end, and the second has not come to yet, is named', async () => {
		refuseOnce(0);
		const { onCall } = fixture.emulator;
		let lookingSinceMs = Infinity;
		fixture.emulator.onCall = (call) => {
			if (call.phase !== 'result' || fixture.tries() === 1) return onCall?.(call);
			lookingSinceMs = Math.min(lookingSinceMs, Date.now());
			return { kind: 'hang', effect: 'before' };
		};
		const isOn = () => Date.now() > lookingSinceMs + HAND_OVER_MS + 50;
		const run = await stopWhen('the first look of the second try', isOn, {
			items: inputItems(6),
			onError,
			retryOnFail: true,
			maxTries: 2,
			waitBetweenTries: 1,
			parameters: { options: { maxInFlight: 1 } },
		});
		expect(requests()).toHaveLength(5);
		expect(unnamed(run)).toEqual([]);
	});
});

describe.each(MODES)('%s: between two tries', (onError) => {
	const BETWEEN = { retryOnFail: true, maxTries: 4, waitBetweenTries: 1_000 };

	test('Replace and Wait: what is queued is cancelled, all is named', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		const isOverdue = () => counts().submitsReceived === 4 && fixture.tries() === 1 && Date.now() > endMs;
		let endMs = Infinity;
		const run = await stopWhen(
			'the pause between two tries',
			() => {
				if (counts().submitsReceived === 4 && endMs === Infinity) endMs = Date.now() + TIMEOUT_MS + HAND_OVER_MS + 200;
				return isOverdue();
			},
			{ items: inputItems(4), onError, ...BETWEEN, parameters: OVERDUE },
		);
		await until('the next try', () => fixture.tries() === 2, LONG_MS, 5).catch(() => undefined);
		expectAllCancelledAndNamed(run, 4);
	});

	test('Submit: the same', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		refuseOnce(3);
		let endMs = Infinity;
		const run = await stopWhen(
			'the pause between two tries',
			() => {
				if (counts().submitsReceived === 4 && endMs === Infinity) endMs = Date.now() + HAND_OVER_MS + 100;
				return Date.now() > endMs;
			},
			{
				items: [3, 0, 1, 2].map((index) => inputItems(4)[index]),
				onError,
				...BETWEEN,
				parameters: { operation: 'submit' },
			},
		);
		expectAllCancelledAndNamed(run, 3);
	});

	test('the credential cannot be read any more: named', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		refuseOnce(0);
		fixture.meddle(withoutCredential((nth) => nth > 1));
		let endMs = Infinity;
		const run = await stopWhen(
			'the pause between two tries',
			() => {
				if (counts().submitsReceived === 4 && endMs === Infinity) endMs = Date.now() + HAND_OVER_MS + 100;
				return Date.now() > endMs;
			},
			{ items: inputItems(4), onError, ...BETWEEN, parameters: { operation: 'submit' } },
		);
		expect(unnamed(run)).toEqual([]);
	});
});

test('an id that a submit named under an error, while it is looked up: cancelled and named', async () => {
	fixture.emulator.set({ queueMs: 600_000 });
	const { items } = await fixture.run({ parameters: { operation: 'submit' } });
	const known = String(items[0].json.request_id);
	fixture.emulator.onCall = ({ phase }) => {
		if (phase === 'submit') return { kind: 'status', status: 500, body: { request_id: known } };
		return phase === 'status' ? { kind: 'status', status: 503 } : undefined;
	};
	const run = await stopWhen('the first look-up', () => counts().statusReads > 0, { items: inputItems(1) });
	expectAllCancelledAndNamed(run, 1);
});

test('while n8n takes its time to give the credential: no submit leaves any more, and calls do not wait for it', async () => {
	let reads = 0;
	fixture.meddle((context) => {
		const getCredentials = async (name: string) => {
			reads += 1;
			if (reads > 1) await pause(300);
			return await context.getCredentials(name);
		};
		return Object.create(context, { getCredentials: { value: getCredentials } }) as typeof context;
	});
	fixture.emulator.set({ queueMs: 600_000 });
	await stopWhen('the first submits', () => counts().submitsReceived === 3, { items: inputItems(3) });
	const received = counts().submitsReceived;
	await pause(600);
	expect(counts().submitsReceived).toBe(received);
	// Once for the run; n8n would read its database for each call.
	expect(reads).toBe(1);
});

test('returned as unfinished items while others were still waited for: cancelled and named', async () => {
	fixture.emulator.set({ queueMs: 600_000 });
	const run = await stopWhen(
		'the first to be overdue',
		() =>
			counts().submitsReceived === 3 &&
			Date.now() - Math.min(...requests().map(({ acceptedAtMs }) => acceptedAtMs)) > TIMEOUT_MS + 400,
		{
			items: inputItems(3),
			parameters: {
				options: { timeout: '={{ $json.sku === "sku-2" ? 600 : 1 }}', onTimeout: 'returnItem' },
			},
		},
	);
	expectAllCancelledAndNamed(run, 3);
});
