/**
 * The ways in which a run of a deployment can end, one row each: what RunComfy has accepted, how many machines it started, what was
 * asked to be cancelled, what is said, what its tries do, and what Retry does, which shows what the journal keeps of it. Ways that
 * need more than a row are in `deploymentEndings`, those that need a whole n8n in `test/e2e` (`deployment`, `long-run-webhook`).
 */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import type { Emulator, Switches } from '../emulator/emulator.mts';
import { testClock } from '../lib/testClock.mts';
import { FLUX, openDeployments, runDeployment } from './deploymentFixture.mts';
import { patientPolicies, shareFixture } from './fixture.mts';

/** A Timeout of a second takes a tenth of one. */
const CLOCK_SPEED = 10;

const node = shareFixture(
	async () => await openDeployments({ policies: patientPolicies(CLOCK_SPEED), clock: testClock(CLOCK_SPEED) }),
);

/** The first submit is accepted, and what becomes of its answer. */
const firstSubmit =
	(fault: (emulator: Emulator) => ReturnType<NonNullable<Emulator['onCall']>>) =>
	(emulator: Emulator): void => {
		let isFirst = true;
		emulator.onCall = ({ phase }) => {
			if (phase !== 'submit' || !isFirst) return undefined;
			isFirst = false;
			return fault(emulator);
		};
	};

/** An error that names the request which was accepted all the same. */
const namingIt = (emulator: Emulator) => ({
	kind: 'status' as const,
	status: 502,
	effect: 'after' as const,
	// Read once the request is there.
	body: {
		error_message: 'Bad gateway',
		get request_id() {
			return emulator.deployments.runs()[0]?.id;
		},
	},
});

interface Way {
	switches?: Partial<Switches>;
	options?: INodeParameters;
	prepare?: (emulator: Emulator) => void;
	/** What is said; absent where it gives a result. */
	says?: RegExp;
	/** Accepted by the three tries of the first execution. */
	/** What the description says besides. */
	advises?: RegExp;
	accepted: number;
	received?: number;
	cancels?: number;
	/** Accepted once Retry has been pressed, with nothing in its way any more; absent where there is nothing to retry. */
	afterRetry?: number;
}

const late = (onTimeout: string): Pick<Way, 'switches' | 'options'> => ({
	switches: { jobOutcome: 'stuck' },
	options: { timeout: 1, onTimeout },
});

/** Its owner, or RunComfy for want of a balance, disables the deployment while the machine starts. */
const disabledWhileQueued = (queueWhenDisabled: Switches['queueWhenDisabled']): Pick<Way, 'switches' | 'prepare'> => ({
	switches: { queueWhenDisabled },
	prepare: (emulator) => {
		emulator.onCall = ({ phase, nth }) => {
			if (phase === 'status' && nth === 1) emulator.deployments.update(FLUX, { is_enabled: false });
			return undefined;
		};
	},
});

const WAYS: Record<string, Way> = {
	'in time': { accepted: 1 },
	...Object.fromEntries(
		(['error', 'returnItem'] as const).map((onTimeout): [string, Way] => [
			`disabled while it is queued, and held there, ${onTimeout} when time runs out`,
			{
				...disabledWhileQueued('held'),
				options: { timeout: 1, onTimeout },
				...(onTimeout === 'error' && {
					says: /was still in_queue after 1 second/,
					advises:
						/was not cancelled and may still finish.*waiting behind other runs.*has been disabled.*may stay queued/,
					afterRetry: 1,
				}),
				accepted: 1,
			},
		]),
	),
	'disabled while it is queued, and cancelled by that': {
		...disabledWhileQueued('cancelled'),
		says: /was cancelled at RunComfy/,
		accepted: 1,
		afterRetry: 2,
	},
	'disabled while it is queued, which runs all the same': { ...disabledWhileQueued('run'), accepted: 1 },
	'unknown to RunComfy while it is young': { switches: { readLagMs: 100 }, accepted: 1 },
	'late, stop with an error': { ...late('error'), says: /was still in_progress/, accepted: 1, afterRetry: 1 },
	'late, return it unfinished': { ...late('returnItem'), accepted: 1 },
	'late, cancel it': { ...late('cancel'), says: /was cancelled/, accepted: 1, cancels: 1, afterRetry: 2 },
	'late, not cancellable': {
		switches: { jobOutcome: 'stuck', cancelAnswer: 'not_cancellable' },
		options: { timeout: 1, onTimeout: 'cancel' },
		says: /cancellation was not confirmed|could not be cancelled/,
		accepted: 1,
		// Each try asks again.
		cancels: 3,
		afterRetry: 1,
	},
	...Object.fromEntries(
		(['list', 'list2', 'object', 'string'] as const).map((errorShape): [string, Way] => [
			`failed, reported as ${errorShape}`,
			{
				switches: { jobOutcome: 'failed', errorShape, failureMessage: 'CUDA out of memory' },
				says: /^Request \S+ failed: CUDA out of memory$/,
				accepted: 1,
				afterRetry: 2,
			},
		]),
	),
	'cancelled by another': {
		switches: { jobOutcome: 'cancelledByRunComfy' },
		says: /was cancelled at RunComfy/,
		accepted: 1,
		afterRetry: 2,
	},
	'cut off while submitting, without an ID': {
		prepare: firstSubmit(() => ({ kind: 'cutAfter' })),
		says: /not known whether RunComfy accepted this run$/,
		accepted: 1,
		received: 1,
		afterRetry: 1,
	},
	'cut off while submitting, with an ID': { prepare: firstSubmit(namingIt), accepted: 1, received: 1 },
	'cut off before anything arrived': {
		prepare: firstSubmit(() => ({ kind: 'rateLimited' })),
		accepted: 1,
		received: 2,
	},
	'refused: the balance ran out, and RunComfy has disabled it': {
		switches: { balanceUsd: 0 },
		// Whoever tries again reads only that it is disabled.
		says: /is disabled/,
		accepted: 0,
		received: 1,
	},
	'refused: the inputs': {
		switches: { emptyOverrides: '422' },
		says: /RunComfy refused the input/,
		accepted: 0,
		received: 3,
		afterRetry: 1,
	},
};

describe('a run of a deployment ends', () => {
	test.each(Object.entries(WAYS))('%s', async (_way, way) => {
		const { emulator } = node;
		const {
			switches = {},
			options = {},
			prepare,
			says,
			advises,
			accepted,
			received = accepted,
			cancels = 0,
			afterRetry,
		} = way;
		emulator.set(switches);
		prepare?.(emulator);
		const parameters = runDeployment(FLUX, {}, { options });
		const first = await node.run({ parameters, retryOnFail: true, maxTries: 3, waitBetweenTries: 1, mode: 'trigger' });
		if (says === undefined) expect(first.error).toBeUndefined();
		else expect(first.error?.message).toMatch(says);
		if (advises !== undefined) expect(first.error?.description).toMatch(advises);
		if (switches.balanceUsd === 0) expect(first.error?.description).toContain('top up');
		expect(emulator.counts()).toMatchObject({ submitsAccepted: accepted, submitsReceived: received, cancels });
		expect(emulator.deployments.meter(FLUX).instancesStarted).toBe(Math.min(1, accepted));
		// Whatever was accepted is named, in an item, an error or the log.
		const told = JSON.stringify([first.items, first.error?.message, first.error?.description, first.logs]);
		const isUnnamed = way.says?.source.includes('accepted this run$') === true;
		for (const { id } of isUnnamed ? [] : emulator.deployments.runs()) expect(told).toContain(id);
		if (afterRetry === undefined) return;
		emulator.resetSwitches();
		emulator.onCall = undefined;
		emulator.deployments.update(FLUX, { is_enabled: true });
		await node.run({ parameters, mode: 'trigger', retryOf: first.finished });
		expect(emulator.counts().submitsAccepted).toBe(afterRetry);
	});
});

describe('one run for two', () => {
	test('two test runs at once take up what an earlier one has submitted', async () => {
		const parameters = runDeployment(FLUX, {});
		await node.run({ parameters, mode: 'manual' });
		const [one, other] = await Promise.all([
			node.run({ parameters, mode: 'manual' }),
			node.run({ parameters, mode: 'manual' }),
		]);
		expect([one.error, other.error]).toEqual([undefined, undefined]);
		expect(one.items[0].json.request_id).toBe(other.items[0].json.request_id);
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});

	test('two Get Results at once give it to both', async () => {
		const { items } = await node.run({ parameters: runDeployment(FLUX, {}, { operation: 'submit' }) });
		const requestId = String(items[0].json.result_url);
		const parameters = { resource: 'request', operation: 'getResult', requestId, waitUntilFinished: true };
		const both = await Promise.all([node.run({ parameters }), node.run({ parameters })]);
		for (const { items: found } of both) expect(found[0].json.image_url).toContain(String(items[0].json.request_id));
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});
});

test('in the middle of a batch its owner disables it: what runs is delivered, the rest says why', async () => {
	const { emulator } = node;
	let isDisabled = false;
	emulator.onCall = ({ phase }) => {
		if (phase === 'result') isDisabled = true;
		return phase === 'submit' && isDisabled
			? { kind: 'status', status: 403, body: { error_code: 10002, error_message: 'disabled' } }
			: undefined;
	};
	const parameters = runDeployment(
		FLUX,
		{},
		{
			inputsJson: '={{ { "6": { "inputs": { "text": $json.sku } } } }}',
			options: { maxInFlight: 1 },
		},
	);
	const items = [{ json: { sku: 'a' } }, { json: { sku: 'b' } }, { json: { sku: 'c' } }];
	const run = await node.run({ items, parameters, onError: 'continueRegularOutput', mode: 'trigger' });
	const told = run.items.map(({ json }) => json.status ?? (json.error as { message: string }).message);
	expect(told).toEqual(['succeeded', ...Array(2).fill(expect.stringMatching(/Product shots is disabled/))]);
	expect(emulator.counts().submitsAccepted).toBe(1);
});

test('while its machine starts the log says so, once', async () => {
	node.policies.batch.tellEveryMs = 1;
	// A second of this machine's time: a look comes in it, however busy it is.
	node.emulator.set({ coldStartSeconds: 2_000 });
	try {
		const { logs } = await node.run({ parameters: runDeployment(FLUX, {}), mode: 'trigger' });
		const lines = logs
			.map(({ message }) => message)
			.filter((message) => message.includes('a machine is probably starting'));
		expect(lines).toHaveLength(1);
		expect(lines[0]).toContain(node.emulator.deployments.runs()[0].id);
	} finally {
		node.policies.batch.tellEveryMs = 30_000;
	}
});
