/** Guards of money that hold in one case only, each of them broken once to see this file notice. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Fault } from '../emulator/emulator.mts';
import type { OnError } from '../engine/index.mts';
import { lostIds, visibleText } from '../faults/books.mts';
import { inputItems, shareFixture } from './fixture.mts';
import { openMeddled, UNFORESEEN } from './meddled.mts';

/** n8n itself makes another branch of the second: errors and paysOnce try that, too. */
const MODES: OnError[] = ['stopWorkflow', 'continueRegularOutput'];
const TRIES = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

const fixture = shareFixture(openMeddled, {});

const requests = () => fixture.emulator.requests();
const counts = () => fixture.emulator.counts();

const refuseReads = (times: number) => {
	fixture.emulator.onCall = ({ phase, nth }) =>
		phase === 'result' && nth <= times ? { kind: 'status', status: 400, body: { error_message: 'no' } } : undefined;
};

test('cancelled by Retry execution: its own tries do not buy it again', async () => {
	fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
	refuseReads(1);
	const first = await fixture.run({ items: inputItems(1) });
	const retried = await fixture.run({
		items: inputItems(1),
		retryOf: first.finished,
		...TRIES,
		parameters: { options: { timeout: 1, onTimeout: 'cancel' } },
	});
	expect(requests().map(({ state }) => state)).toEqual(['cancelled']);
	expect(retried.error?.message).toContain(requests()[0].id);
	expect(counts().submitsReceived).toBe(1);
});

test('a resumed request that is not young any more, and that RunComfy does not know, is not waited for', async () => {
	fixture.policies.call.newRequestGraceMs = 0;
	refuseReads(1);
	const first = await fixture.run({ items: inputItems(1) });
	const before = counts().resultReads;
	fixture.emulator.onCall = ({ phase }) =>
		phase === 'result'
			? { kind: 'status', status: 404, body: { error_code: 404001, error_message: 'gone' } }
			: undefined;
	const retried = await fixture.run({ items: inputItems(1), retryOf: first.finished });
	expect(retried.error?.message).toContain(`does not know request ${requests()[0].id}`);
	expect(counts().resultReads - before).toBe(1);
});

describe.each(MODES)('%s: a fault nobody foresaw', (onError) => {
	test('after the purchase: names the request', async () => {
		fixture.breakWait();
		const run = await fixture.run({ items: inputItems(2), onError });
		expect(counts().submitsReceived).toBe(2);
		const text = JSON.stringify([run.items, run.errorItems, run.error?.message, run.error?.description]);
		expect(text).toContain(UNFORESEEN);
		expect(text).toContain(`while it worked on request ${requests()[0].id}`);
		expect(lostIds(fixture.emulator, [run])).toEqual([]);
	});

	test('while the result is delivered: names the request', async () => {
		fixture.meddle((context) => {
			const json: IDataObject = new Proxy({ sku: 'a' } as IDataObject, {
				ownKeys: (real) => {
					if (counts().resultReads > 0) throw new Error(UNFORESEEN);
					return Reflect.ownKeys(real);
				},
			});
			const items: INodeExecutionData[] = [{ json }];
			return Object.create(context, { getInputData: { value: () => items } }) as typeof context;
		});
		const run = await fixture.run({
			items: inputItems(1),
			onError,
			parameters: { options: { includeInputFields: true } },
		});
		const text = JSON.stringify([run.items, run.errorItems, run.error?.message, run.error?.description]);
		expect(text).toContain(requests()[0].id);
	});
});

describe('what looks like a success', () => {
	const told = (body: object): void => {
		fixture.emulator.onCall = ({ phase, requestId }) =>
			phase === 'result' ? { kind: 'status', status: 200, body: { request_id: requestId, ...body } } : undefined;
	};
	const output = { image: 'https://files.runcomfy.net/a.png' };

	test('completed, with an error and a file: failed', async () => {
		told({ status: 'completed', output, error: 'held back' });
		const { error, items } = await fixture.run({ items: inputItems(1) });
		expect(items).toEqual([]);
		expect(error?.message).toContain('failed: held back');
	});

	test('completed, with a file: a picture', async () => {
		told({ status: 'completed', output });
		const { items } = await fixture.run({ items: inputItems(1) });
		expect(items.map(({ json }) => json.image_url)).toEqual([output.image]);
	});
});

describe('told to slow down by a code under HTTP 200', () => {
	const SLOW_DOWN: Fault = { kind: 'errorUnder200', errorCode: 429001, message: 'slow down' };

	test('a submit is made again later, and bought once', async () => {
		const faults: Array<Fault | undefined> = [SLOW_DOWN, SLOW_DOWN];
		fixture.emulator.onCall = ({ phase }) => (phase === 'submit' ? faults.shift() : undefined);
		const { items } = await fixture.run({ items: inputItems(1) });
		expect(items).toHaveLength(1);
		expect(counts()).toMatchObject({ submitsReceived: 3, submitsAccepted: 1 });
	});

	test('a look is taken again later', async () => {
		const faults: Array<Fault | undefined> = [SLOW_DOWN, SLOW_DOWN];
		fixture.emulator.onCall = ({ phase }) => (phase === 'result' ? faults.shift() : undefined);
		const { items, error } = await fixture.run({ items: inputItems(1) });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(faults).toEqual([]);
	});

	test('everything pauses after it, as after HTTP 429', async () => {
		// The quick policies pause for 20 ms, then 40 and 80.
		const timesMs: number[] = [];
		const faults: Array<Fault | undefined> = [SLOW_DOWN, SLOW_DOWN, SLOW_DOWN];
		fixture.emulator.onCall = ({ phase }) => {
			if (phase !== 'submit') return undefined;
			timesMs.push(performance.now());
			return faults.shift();
		};
		await fixture.run({ items: inputItems(1) });
		expect(timesMs[3] - timesMs[0]).toBeGreaterThanOrEqual(20 + 40 + 80 - 5);
	});
});

test('a network that vanished after sending is an unknown outcome, and nothing is submitted again', async () => {
	fixture.meddle((context) => {
		const real = context.helpers.httpRequestWithAuthentication;
		const httpRequestWithAuthentication = async function (this: typeof context, ...all: Parameters<typeof real>) {
			const answer = (await real.call(this, ...all)) as unknown;
			if (all[1].method !== 'POST') return answer;
			const cause = Object.assign(new Error('read ENETUNREACH'), { code: 'ENETUNREACH', syscall: 'read' });
			throw Object.assign(new Error('The connection failed'), { httpCode: 'ENETUNREACH', cause });
		};
		const helpers = new Proxy(context.helpers, {
			get: (helper, name) =>
				name === 'httpRequestWithAuthentication'
					? httpRequestWithAuthentication
					: (Reflect.get(helper, name) as unknown),
		});
		return Object.create(context, { helpers: { value: helpers } }) as typeof context;
	});
	const run = await fixture.run({ items: inputItems(1), ...TRIES, parameters: { options: { timeout: 1 } } });
	expect(counts()).toMatchObject({ submitsReceived: 1, submitsAccepted: 1 });
	expect(visibleText(run)).toContain('not known whether');
});
