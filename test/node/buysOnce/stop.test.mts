/** Stop covers every try: what any of them bought and has no end of is cancelled, and all of it is named. */
import { describe, expect, test } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { NodeRun } from '../../engine/index.mts';
import { testClock } from '../../lib/testClock.mts';
import { pause, until } from '../../lib/until.mts';
import { type FixtureRun, inputItems, patientPolicies, quickPolicies, REFUSED, shareFixture } from '../fixture.mts';
import { openMeddled, withoutCredential } from '../meddled.mts';

/** For a busy machine; what is waited for comes within milliseconds. */
const LONG_MS = 15_000;

/** What the node still does after a Stop is over by then, where something stays undone. */
const BACKGROUND_MS = 2_500;

const CLOCK_SPEED = 5;

/** The shortest Timeout, and for how long after a try its own listener names what it handed over. */
const TIMEOUT_MS = 1_000 / CLOCK_SPEED;
const HAND_OVER_MS = quickPolicies().call.handOverMs / CLOCK_SPEED;

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
function refuseOnce(index: number) {
	let hasRefused = false;
	fixture.emulator.onCall = ({ phase, input }) => {
		if (phase !== 'submit' || input?.prompt !== scene(index) || hasRefused) return undefined;
		hasRefused = true;
		return REFUSED;
	};
}

/** n8n starts the node again after its Timeout; what the first try bought is still queued then. */
const OVERDUE = { options: { timeout: 1, maxInFlight: 12 } };

/** From the second try on n8n's context is another one. */
function meddleWithSecond(change: (context: IExecuteFunctions) => Partial<IExecuteFunctions>) {
	fixture.meddle((context, nth) =>
		nth === 1 ? context : (Object.assign(Object.create(context) as object, change(context)) as typeof context),
	);
}

/** So long after the node has begun something. */
function afterBeginning(ms: number, hasBegun: () => boolean): () => boolean {
	let atMs = Infinity;
	return () => {
		if (hasBegun()) atMs = Math.min(atMs, Date.now() + ms);
		return Date.now() > atMs;
	};
}

describe('in the second try', () => {
	const SECOND = { onError: 'continueRegularOutput', retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } as const;

	/** Prepares it, and answers whether the moment has come. */
	type Moment = () => () => boolean;

	const whileItReadsItems: Moment = () => {
		let isReading = false;
		meddleWithSecond((context) => ({
			// The first look at an item's parameters.
			getNodeParameter: (name: string, ...rest: never[]) => {
				if (name === 'options') isReading = true;
				return (context.getNodeParameter as (...all: unknown[]) => unknown)(name, ...rest) as never;
			},
		}));
		return () => isReading;
	};
	const whileTheCredentialIsRead: Moment = () => {
		let isReading = false;
		meddleWithSecond((context) => ({
			getCredentials: async (name: string) => {
				isReading = true;
				await pause(200);
				return await context.getCredentials(name);
			},
		}));
		return () => isReading;
	};
	const whileTheCredentialIsReadInVain: Moment = () => {
		let isReading = false;
		meddleWithSecond(() => ({
			getCredentials: async () => {
				isReading = true;
				await pause(HAND_OVER_MS + 200);
				throw new Error('database is locked');
			},
		}));
		return afterBeginning(HAND_OVER_MS + 50, () => isReading);
	};
	const whileItPolls: Moment = () => () => fixture.tries() === 2 && counts().resultReads > 40;
	const whileItWorksOnTwoOnly: Moment = () => {
		refuseOnce(0);
		return () => fixture.tries() === 2 && counts().submitsReceived === 13;
	};

	test.each<[what: string, items: number, moment: Moment, becomes: 'cancelled and named' | 'named']>([
		['while it polls', 12, whileItPolls, 'cancelled and named'],
		['while it works on two of twelve only', 12, whileItWorksOnTwoOnly, 'cancelled and named'],
		['while it still reads its items', 10, whileItReadsItems, 'cancelled and named'],
		['while the credential is being read', 6, whileTheCredentialIsRead, 'cancelled and named'],
		['while the credential is being read, in vain', 6, whileTheCredentialIsReadInVain, 'named'],
	])('%s: what the first one bought, %i items', async (what, items, moment, becomes) => {
		fixture.emulator.set({ queueMs: 600_000 });
		const hasCome = moment();
		const run = await stopWhen(what, hasCome, { items: inputItems(items), ...SECOND, parameters: OVERDUE });
		if (becomes === 'named') expect(unnamed(run)).toEqual([]);
		else expectAllCancelledAndNamed(run, items);
	});

	test('what the first one has seen to the end, and the second has not come to yet, is named', async () => {
		refuseOnce(0);
		const { onCall } = fixture.emulator;
		let isReading = false;
		fixture.emulator.onCall = (call) => {
			if (call.phase !== 'result' || fixture.tries() === 1) return onCall?.(call);
			isReading = true;
			return { kind: 'hang', effect: 'before' };
		};
		const hasCome = afterBeginning(HAND_OVER_MS + 50, () => isReading);
		const run = await stopWhen('the first read of the second try', hasCome, {
			items: inputItems(6),
			...SECOND,
			maxTries: 2,
			parameters: { options: { maxInFlight: 1 } },
		});
		expect(requests()).toHaveLength(5);
		expect(unnamed(run)).toEqual([]);
	});
});

describe('between two tries', () => {
	const BETWEEN = { retryOnFail: true, maxTries: 4, waitBetweenTries: 1_000 };

	const isAllSubmitted = () => counts().submitsReceived === 4;
	const stopBetween = async (ms: number, options: FixtureRun) =>
		await stopWhen('the pause between two tries', afterBeginning(ms, isAllSubmitted), {
			items: inputItems(4),
			...BETWEEN,
			...options,
		});

	test('Replace and Wait: what is queued is cancelled, all is named', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		const run = await stopBetween(TIMEOUT_MS + HAND_OVER_MS + 200, { parameters: OVERDUE });
		await until('the next try', () => fixture.tries() === 2, LONG_MS, 5).catch(() => undefined);
		expectAllCancelledAndNamed(run, 4);
	});

	test('Submit: the same', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		refuseOnce(3);
		const items = [3, 0, 1, 2].map((index) => inputItems(4)[index]);
		const run = await stopBetween(HAND_OVER_MS + 100, { items, parameters: { operation: 'submit' } });
		expectAllCancelledAndNamed(run, 3);
	});

	test('the credential cannot be read any more: named', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		refuseOnce(0);
		fixture.meddle(withoutCredential((nth) => nth > 1));
		const run = await stopBetween(HAND_OVER_MS + 100, { parameters: { operation: 'submit' } });
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
