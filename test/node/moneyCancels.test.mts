/** Cancelling after a Stop where RunComfy takes few calls or there are many requests: paced, bounded, and each one named. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

import { describe, expect, test } from '@jest/globals';

import type { NodeRun } from '../engine/index.mts';
import { until } from '../lib/until.mts';
import { steadyAfter } from '../lib/steady.mts';
import { type FixtureRun, inputItems, patientPolicies, useFixture } from './fixture.mts';

/** As long as in production: it is what counts here. */
const AFTER_STOP_MS = 5_000;

/** Connections for cancellations, and for submits whose answer is still waited for. */
const MAX_CONNECTIONS = 20 + 10;

/** For a busy machine. */
const LONG_MS = 60_000;

const policies = patientPolicies();
policies.call.afterStopMs = AFTER_STOP_MS;
// The looks of the batch must not use up what the server takes.
Object.assign(policies.schedule, { usualJobMs: 60_000 });
const fixture = useFixture({ policies, queueMs: 600_000, warmUp: { parameters: { operation: 'submit' } } });
const steady = steadyAfter(() => fixture.emulator.reset());

const counts = () => fixture.emulator.counts();

/** The server takes so many calls in any second, whoever makes them, and answers the others with 429. */
function takeOnly(perSecond: number) {
	const takenMs: number[] = [];
	const { onCall } = fixture.emulator;
	fixture.emulator.onCall = (call) => {
		const planned = onCall?.(call);
		if (planned !== undefined) return planned;
		const nowMs = performance.now();
		while (takenMs[0] <= nowMs - 1_000) takenMs.shift();
		if (takenMs.length >= perSecond) return { kind: 'rateLimited' };
		takenMs.push(nowMs);
		return undefined;
	};
}

/** The most connections that were open at the emulator at the same time while `work` was done. */
async function peakConnections(work: () => Promise<void>): Promise<number> {
	let open = 0;
	let peak = 0;
	const onSocket = (message: unknown) => {
		open += 1;
		peak = Math.max(peak, open);
		(message as { socket: Socket }).socket.once('close', () => (open -= 1));
	};
	subscribe('net.server.socket', onSocket);
	await work().finally(() => unsubscribe('net.server.socket', onSocket));
	return peak;
}

interface Stopped {
	run: NodeRun;
	/** Connections at the same time from the Stop on. */
	peak: number;
}

/** Stops once all are bought, and waits until each is named in the log. */
async function stopAll(count: number, options: FixtureRun, beforeStop = () => {}): Promise<Stopped> {
	// One more, whose submit never arrives: else Submit would be over before the Stop.
	fixture.emulator.onCall = ({ phase, input }) =>
		phase === 'submit' && input?.prompt === `scene sku-${count}` ? { kind: 'hang', effect: 'before' } : undefined;
	const parameters = { prompt: '=scene {{ $json.sku }}', ...options.parameters };
	const running = fixture.start({ items: inputItems(count + 1), ...options, parameters });
	await until('all submits', () => counts().submitsAccepted === count, LONG_MS, 5);
	let run: NodeRun | undefined;
	const peak = await peakConnections(async () => {
		beforeStop();
		running.stop();
		run = await running.result;
		await until('each to be told', () => told(run).length >= count, AFTER_STOP_MS + 3_000, 20).catch(() => undefined);
	});
	if (run === undefined) throw new Error('It did not end');
	return { run, peak };
}

/** The ids of which the log says what became of them. */
const told = (run: NodeRun | undefined): string[] => {
	const lines = (run?.logs ?? []).map(({ message }) => /^RunComfy request (\S+) .* after the stop/.exec(message)?.[1]);
	return [...new Set(lines.filter((id) => id !== undefined))];
};

const cancelled = () => fixture.emulator.requests().filter(({ state }) => state === 'cancelled').length;

/** What the log calls cancelled is cancelled in the server's books. */
function expectTrueWords(run: NodeRun) {
	for (const { id, state } of fixture.emulator.requests()) {
		const saysCancelled = run.logs.some(({ message }) => message.includes(`${id} was cancelled`));
		if (saysCancelled) expect({ id, state }).toEqual({ id, state: 'cancelled' });
	}
}

describe('a server that takes ten calls a second', () => {
	test(
		'30 queued requests: all are cancelled within the five seconds',
		steady(async () => {
			const { run } = await stopAll(30, { parameters: { options: { maxInFlight: 31 } } }, () => takeOnly(10));
			expect(told(run)).toHaveLength(30);
			expect(cancelled()).toBe(30);
			expectTrueWords(run);
			// Not by hammering: about as many refused as granted at most.
			expect(counts().cancels).toBeLessThanOrEqual(90);
		}),
		120_000,
	);

	test(
		'100 accepted by Submit: as many as it takes, and each is named',
		steady(async () => {
			const { run } = await stopAll(100, { parameters: { operation: 'submit' } }, () => takeOnly(10));
			expect(told(run)).toHaveLength(100);
			expect(cancelled()).toBeGreaterThanOrEqual(35);
			expectTrueWords(run);
		}),
		120_000,
	);
});

test('500 accepted by Submit: few connections at a time, all cancelled and named', async () => {
	const { run, peak } = await stopAll(500, { parameters: { operation: 'submit' } });
	expect(peak).toBeLessThanOrEqual(MAX_CONNECTIONS);
	expect(told(run)).toHaveLength(500);
	expectTrueWords(run);
}, 180_000);
