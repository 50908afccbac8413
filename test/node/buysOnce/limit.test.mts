/** A queue that stands still: what is overdue still counts as in flight, and who gets no place is not bought and is told so. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import type { OnError } from '../../engine/index.mts';
import { inputIndexOf, inputItems, REFUSED, useFixture } from '../fixture.mts';

const CONTINUING: OnError[] = ['continueRegularOutput'];
const ENDINGS = ['error', 'returnItem', 'cancel'] as const;

const NOT_SUBMITTED = /was not submitted: the limit of requests in flight/;

const fixture = useFixture({ clockSpeed: 4 });

const counts = () => fixture.emulator.counts();
const scene = (index: number) => `scene sku-${index}`;
const wasBought = (index: number) => fixture.emulator.requests().some(({ input }) => input.prompt === scene(index));

const standStill = async (onError: OnError, onTimeout: (typeof ENDINGS)[number], more: IDataObject = {}, timeout = 1) =>
	await fixture.run({
		items: inputItems(10),
		onError,
		...more,
		parameters: {
			prompt: '=scene {{ $json.sku }}',
			options: { maxInFlight: 2, timeout, onTimeout },
		},
	});

/** Each item's error, by its index; no error is an empty text. */
function errorsByIndex(run: Awaited<ReturnType<typeof standStill>>): string[] {
	const errors = Array.from({ length: 10 }, () => '');
	for (const item of [...run.items, ...run.errorItems]) {
		const { message, description } = (item.json.error ?? {}) as { message?: string; description?: string };
		errors[Number(inputIndexOf(item))] = `${message ?? ''} ${description ?? ''}`.trim();
	}
	return errors;
}

/** Nobody is told that nothing was bought for an item for which something was. */
function expectTrueWords(errors: string[]) {
	errors.forEach((error, index) => {
		const saysUnbought = NOT_SUBMITTED.test(error);
		expect({ index, error, saysUnbought }).toMatchObject({ saysUnbought: !wasBought(index) });
	});
}

describe.each(CONTINUING)('%s: ten items, two places, a Timeout of a second', (onError) => {
	test.each(['error', 'returnItem'] as const)(
		'When Time Runs Out: %s: two are bought, eight are told why not',
		async (onTimeout) => {
			fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
			const run = await standStill(onError, onTimeout);
			expect(counts()).toMatchObject({ submitsAccepted: 2, peakInFlight: 2 });
			expectTrueWords(errorsByIndex(run));
		},
	);

	test('cancel, granted: its place is free again, and never more than two are in flight', async () => {
		fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
		const run = await standStill(onError, 'cancel');
		expect(counts()).toMatchObject({ submitsAccepted: 10, peakInFlight: 2, cancelsGranted: 10 });
		for (const error of errorsByIndex(run)) expect(error).toContain('and was cancelled');
	});

	test.each([
		['not granted', () => fixture.emulator.set({ jobOutcome: 'stuck', queueMs: 0 })],
		[
			'refused',
			() => {
				fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
				fixture.emulator.fault('cancel', { kind: 'status', status: 400, body: { error_message: 'no' } });
			},
		],
		[
			'unanswered',
			() => {
				fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
				fixture.emulator.fault('cancel', { kind: 'status', status: 503 });
			},
		],
	])('cancel, %s: it goes on, so it keeps its place', async (_what, set) => {
		set();
		const run = await standStill(onError, 'cancel');
		expect(counts()).toMatchObject({ submitsAccepted: 2, peakInFlight: 2 });
		expectTrueWords(errorsByIndex(run));
	});

	test('the two are over at last: the others get their places', async () => {
		// A second of the node's is a quarter of one here.
		fixture.emulator.set({ queueMs: 0, runMs: 2_600 }, { next: 2 });
		const run = await standStill(onError, 'error', {}, 8);
		expect(counts().peakInFlight).toBe(2);
		expect(errorsByIndex(run).filter((error) => error === '').length).toBe(8);
	});

	test('a later try takes up first what is in flight already, and buys nothing beside it', async () => {
		// Two others are refused at first: what is bought is not at the head of the batch.
		let refusals = 0;
		fixture.emulator.onCall = ({ phase, input }) => {
			const isOne = phase === 'submit' && [scene(0), scene(1)].includes(String(input?.prompt));
			if (!isOne || refusals >= 2) return undefined;
			refusals += 1;
			return REFUSED;
		};
		fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
		const run = await standStill(onError, 'error', { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 });
		expect(counts()).toMatchObject({ submitsAccepted: 2, peakInFlight: 2 });
		expectTrueWords(errorsByIndex(run));
	});
});

test('without Continue On Fail: the first that is overdue ends it, and the rest are counted', async () => {
	fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
	const run = await standStill('stopWorkflow', 'error');
	expect(counts().submitsAccepted).toBe(2);
	expect(run.error?.description).toContain('8 other items were not submitted');
});
