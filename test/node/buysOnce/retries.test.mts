/** The node pays once: counted at the server, over everything that makes n8n run the node again. */
import { describe, expect, test } from '@jest/globals';

import type { Fault, IncomingCall } from '../../emulator/emulator.mts';
import { type OnError, binaryItem } from '../../engine/index.mts';
import { acceptedByPrompt, idsOf, lostIds, visibleText } from '../../faults/books.mts';
import { jpegAround, pngBefore } from '../../lib/photos.mts';
import { until } from '../../lib/until.mts';
import { type FixtureRun, inputItems, useFixture } from '../fixture.mts';
import { runModel, TEXT_TO_IMAGE } from '../modelFixture.mts';

const PROMPT = '={{ "scene " + $json.sku }}';
const scene = (index: number) => `scene sku-${index}`;

/** Five tries without a pause between them. */
const FIVE_TRIES = { retryOnFail: true, maxTries: 5, waitBetweenTries: 1 };

const REFUSED: Fault = { kind: 'status', status: 422, body: { detail: [{ loc: ['body', 'prompt'], msg: 'bad' }] } };

const fixture = useFixture({ spreadMs: 10, warmUp: {} });

/** A submit that hangs is given up after a second. */
const giveUpSoon = () => void (fixture.policies.call.submitTimeoutMs = 1_000);

/** A run of `count` items, each with a prompt of its own. */
const withPrompt = ({ parameters, ...rest }: FixtureRun): FixtureRun => ({
	...rest,
	parameters: { prompt: PROMPT, ...parameters },
});
const run = async (count: number, options: FixtureRun = {}) =>
	await fixture.run({ items: inputItems(count), ...withPrompt(options) });

/** Plays a fault on the first `times` submits of an item, all items alike where no index is given. */
function onSubmit(fault: Fault, { times = Infinity, index }: { times?: number; index?: number } = {}) {
	const played = new Map<unknown, number>();
	fixture.emulator.onCall = ({ phase, input }: IncomingCall) => {
		if (phase !== 'submit' || (index !== undefined && input?.prompt !== scene(index))) return undefined;
		const before = played.get(input?.prompt) ?? 0;
		played.set(input?.prompt, before + 1);
		return before < times ? fault : undefined;
	};
}

const eachBoughtOnce = (count: number) =>
	Object.fromEntries(Array.from({ length: count }, (_, index) => [scene(index), 1]));

const MODES: OnError[] = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'];

describe('Retry On Fail with five tries', () => {
	test('a read that is refused after the purchase is no reason to buy again', async () => {
		const { emulator } = fixture;
		let refusals = 0;
		emulator.onCall = ({ phase, requestId }) => {
			if (phase !== 'result' || requestId !== emulator.requests()[0]?.id || refusals >= 3) return undefined;
			refusals += 1;
			return { kind: 'status', status: 400, body: { error_message: 'no' } };
		};

		const { items, error } = await run(5, FIVE_TRIES);

		expect(error).toBeUndefined();
		expect(items).toHaveLength(5);
		expect(refusals).toBe(3);
		expect(emulator.counts()).toMatchObject({ submitsReceived: 5, submitsAccepted: 5 });
		expect(acceptedByPrompt(emulator)).toEqual(eachBoughtOnce(5));
	});

	test.each(MODES)('%s: what was refused is submitted again, what was accepted is not', async (onError) => {
		onSubmit(REFUSED, { times: 2, index: 0 });
		const { items } = await run(5, { ...FIVE_TRIES, onError });

		expect(items.map(({ json }) => json.status)).toEqual(Array.from({ length: 5 }, () => 'succeeded'));
		expect(acceptedByPrompt(fixture.emulator)).toEqual(eachBoughtOnce(5));
		expect(fixture.emulator.counts().submitsReceived).toBe(7);
	});

	test('a request that outlives the Timeout is taken up by the next try', async () => {
		fixture.emulator.set({ runMs: 1_250 });
		const { items, error } = await run(3, { ...FIVE_TRIES, parameters: { options: { timeout: 1 } } });

		expect(error).toBeUndefined();
		expect(items).toHaveLength(3);
		expect(fixture.emulator.counts().submitsReceived).toBe(3);
	});

	test.each(MODES)('%s: one unknown submit is never repeated, and no other item is bought twice', async (onError) => {
		onSubmit({ kind: 'cutAfter' }, { index: 0 });
		const { items, errorItems, error } = await run(3, { ...FIVE_TRIES, onError });

		expect(acceptedByPrompt(fixture.emulator)).toEqual(eachBoughtOnce(3));
		expect(fixture.emulator.counts().submitsReceived).toBe(3);
		const told = onError === 'stopWorkflow' ? error : (errorItems[0] ?? items[0])?.json.error;
		expect(told).toMatchObject({ message: expect.stringContaining('not known whether RunComfy accepted') });
		expect(told).toMatchObject({ description: expect.stringContaining('Generations') });
	});

	test.each(['failed', 'cancelledByRunComfy'] as const)(
		'a request that ended as %s is not bought again',
		async (jobOutcome) => {
			fixture.emulator.set({ jobOutcome });
			const { error } = await run(1, FIVE_TRIES);
			const [{ id }] = fixture.emulator.requests();
			expect(error?.message).toContain(id);
			expect(fixture.emulator.counts().submitsReceived).toBe(1);
		},
	);

	test('Submit: what was accepted by an earlier try is not submitted again', async () => {
		onSubmit(REFUSED, { times: 3, index: 2 });
		const { items, error } = await run(4, { ...FIVE_TRIES, parameters: { operation: 'submit' } });

		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.request_id)).toEqual(
			[0, 1, 2, 3].flatMap((n) => idsOf(fixture.emulator, scene(n))),
		);
		expect(acceptedByPrompt(fixture.emulator)).toEqual(eachBoughtOnce(4));
	});

	test('files: the bytes are what is bought, and they are bought once', async () => {
		const items = await Promise.all(
			[1, 2, 3].map(async (n) => {
				const bytes = pngBefore(Buffer.alloc(500, n));
				return await binaryItem({ sku: `sku-${n}` }, 'data', bytes, {
					fileName: `${n}.png`,
					mimeType: 'image/png',
				});
			}),
		);
		onSubmit(REFUSED, { times: 2, index: 3 });
		const parameters = { imageSource: 'binary', binaryPropertyName: 'data' };
		const { items: out } = await run(3, { ...FIVE_TRIES, items, parameters });
		expect(out).toHaveLength(3);
		expect(acceptedByPrompt(fixture.emulator)).toEqual({ [scene(1)]: 1, [scene(2)]: 1, [scene(3)]: 1 });
	});
});

describe('Retry execution', () => {
	test.each(['saved', 'original'] as const)(
		'with the %s workflow buys only what was never accepted',
		async (retryWith) => {
			onSubmit(REFUSED, { times: 1, index: 3 });
			const first = await run(6, { parameters: { options: { maxInFlight: 2 } } });
			expect(first.error?.message).toContain('RunComfy refused the input');
			const boughtBefore = fixture.emulator.requests().map(({ id }) => id);
			expect(boughtBefore.length).toBeGreaterThanOrEqual(3);

			const second = await run(6, { retryOf: first.finished, retryWith });
			expect(second.error).toBeUndefined();
			expect(acceptedByPrompt(fixture.emulator)).toEqual(eachBoughtOnce(6));
			const delivered = second.items.map(({ json }) => json.request_id);
			expect(delivered).toEqual([0, 1, 2, 3, 4, 5].flatMap((n) => idsOf(fixture.emulator, scene(n))));
			expect(delivered).toEqual(expect.arrayContaining(boughtBefore));
		},
	);

	test('an item that no retry may submit holds up the others no longer once On Error is set to Continue', async () => {
		onSubmit({ kind: 'cutAfter' }, { times: 1, index: 1 });
		const first = await run(6, { parameters: { options: { maxInFlight: 2 } } });
		expect(first.error?.description).toContain("set 'On Error' to Continue, save, and retry with the currently saved");
		const held = await run(6, { retryOf: first.finished, retryWith: 'saved' });
		expect(held.error?.message).toContain('It is not known whether');
		expect(Object.keys(acceptedByPrompt(fixture.emulator)).length).toBeLessThan(6);

		const onError = 'continueRegularOutput';
		const { items, error } = await run(6, { retryOf: held.finished, retryWith: 'saved', onError });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.error !== undefined)).toEqual([0, 1, 2, 3, 4, 5].map((index) => index === 1));
		expect(acceptedByPrompt(fixture.emulator)).toEqual(eachBoughtOnce(6));
	});

	test('again and again from the same snapshot: what the snapshot holds is never bought again', async () => {
		fixture.emulator.onCall = ({ phase, nth }) =>
			phase === 'result' && nth <= 4 ? { kind: 'status', status: 400, body: { error_message: 'no' } } : undefined;
		const first = await run(4);
		expect(first.error).toBeDefined();
		for (let retry = 0; retry < 5; retry += 1) await run(4, { retryOf: first.finished });

		expect(fixture.emulator.counts().submitsReceived).toBe(4);
	});

	test('a retry of a retry carries the journal on', async () => {
		let refusing = true;
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'result' && refusing ? { kind: 'status', status: 400, body: { error_message: 'no' } } : undefined;
		const first = await run(3);
		const second = await run(3, { retryOf: first.finished });
		const third = await run(3, { retryOf: second.finished, ...FIVE_TRIES });
		refusing = false;
		const last = await run(3, { retryOf: third.finished });

		expect(last.items).toHaveLength(3);
		expect(fixture.emulator.counts().submitsReceived).toBe(3);
	});

	test.each(['failed', 'cancelledByRunComfy'] as const)(
		'buys again what ended as %s, once per retry',
		async (jobOutcome) => {
			fixture.emulator.set({ jobOutcome });
			const first = await run(1, FIVE_TRIES);
			const second = await run(1, { retryOf: first.finished, ...FIVE_TRIES });
			expect(fixture.emulator.counts().submitsReceived).toBe(2);
			fixture.emulator.resetSwitches();

			const third = await run(1, { retryOf: second.finished, ...FIVE_TRIES });
			expect(third.items).toHaveLength(1);
			expect(fixture.emulator.counts().submitsReceived).toBe(3);
			expect(lostIds(fixture.emulator, [first, second, third])).toEqual([]);
		},
	);

	test('does not buy again what succeeded, though it returned no file', async () => {
		fixture.emulator.set({ output: 'none' });
		const first = await run(1, FIVE_TRIES);
		const second = await run(1, { retryOf: first.finished, ...FIVE_TRIES });
		expect(second.error?.message).toContain('returned no file');
		expect(fixture.emulator.counts().submitsReceived).toBe(1);
	});

	test('never submits again what has an unknown outcome', async () => {
		onSubmit({ kind: 'cutAfter' }, { index: 1 });
		const first = await run(2);
		fixture.emulator.onCall = undefined;
		const second = await run(2, { retryOf: first.finished, ...FIVE_TRIES });
		const third = await run(2, { retryOf: second.finished });

		for (const { error } of [first, second, third]) expect(error?.message).toContain('not known whether');
		expect(fixture.emulator.counts().submitsReceived).toBe(2);
	});

	test('pressed twice: one is stopped, or gives up, and what both wait for goes on', async () => {
		fixture.emulator.set({ queueMs: 600_000 });
		const waiting = (timeout: number, more: object = {}) => ({ parameters: { options: { timeout, ...more } } });
		const { finished } = await run(2, waiting(1));
		const hasRead = async (nth: number) => {
			const before = fixture.emulator.counts().resultReads;
			await until('the reads', () => fixture.emulator.counts().resultReads >= before + nth);
		};
		const retries = [60, 60].map((timeout) =>
			fixture.start({ items: inputItems(2), ...withPrompt(waiting(timeout)), retryOf: finished }),
		);
		await hasRead(4);
		await run(2, { ...waiting(1, { onTimeout: 'cancel' }), retryOf: finished });
		retries[0].stop();
		await retries[0].result;
		await hasRead(4);
		expect(fixture.emulator.counts()).toMatchObject({ submitsAccepted: 2, cancels: 0 });
		// Nobody else waits any more.
		retries[1].stop();
		await retries[1].result;
		await until('the cancellations', () => fixture.emulator.counts().cancelsGranted === 2);
	});

	test('an edited prompt is another picture, and is bought', async () => {
		fixture.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
		const first = await run(2, { parameters: { options: { maxInFlight: 1 } }, onError: 'stopWorkflow' });
		expect(first.error).toBeDefined();
		const edited = await run(2, { retryOf: first.finished, parameters: { prompt: '={{ "beach " + $json.sku }}' } });

		expect(edited.items).toHaveLength(2);
		expect(acceptedByPrompt(fixture.emulator)).toEqual({ [scene(0)]: 1, 'beach sku-0': 1, 'beach sku-1': 1 });
	});

	test('after the workflow timed out: nothing that runs or has an unknown outcome is bought a second time', async () => {
		const { emulator } = fixture;
		emulator.set({ queueMs: 0, runMs: 1_500 });
		giveUpSoon();
		onSubmit({ kind: 'hang', effect: 'after' }, { index: 2 });
		const first = await run(3, { workflowTimeoutMs: 600 });
		await until('most to be named', () => lostIds(emulator, [first]).length <= 1, 2_000, 5).catch(() => undefined);
		emulator.resetSwitches();
		const second = await run(3, { retryOf: first.finished });

		expect(acceptedByPrompt(emulator)).toEqual(eachBoughtOnce(3));
		expect(lostIds(emulator, [first, second]).length).toBeLessThanOrEqual(1);
	});
});

describe('Submit Again', () => {
	const SUBMIT_AGAIN = { options: { onUnknownOutcome: 'submitAgain' } };

	test('repeats an unknown submit at once', async () => {
		onSubmit({ kind: 'cutAfter' }, { times: 1 });
		const { items, error } = await run(3, { parameters: SUBMIT_AGAIN });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(3);
		expect(fixture.emulator.counts().submitsReceived).toBe(6);
	});

	test('and once, over all tries and retries', async () => {
		onSubmit({ kind: 'cutAfter' });
		const first = await run(2, { ...FIVE_TRIES, parameters: SUBMIT_AGAIN });
		await run(2, { ...FIVE_TRIES, parameters: SUBMIT_AGAIN, retryOf: first.finished });
		for (const count of Object.values(acceptedByPrompt(fixture.emulator))) expect(count).toBe(2);
	});

	test('a repetition that was refused leaves the one repetition to the next try', async () => {
		fixture.faultsInTurn('submit', { kind: 'cutAfter' }, REFUSED, { kind: 'cutAfter' }, undefined);
		const { error } = await run(1, { ...FIVE_TRIES, parameters: SUBMIT_AGAIN });
		expect(error?.message).toContain('not known whether');
		expect(fixture.emulator.counts()).toMatchObject({ submitsReceived: 3, submitsAccepted: 2 });
	});

	test('not a third time when the workflow timed out during the repetition', async () => {
		fixture.faultsInTurn('submit', { kind: 'cutAfter' }, { kind: 'hang', effect: 'after' });
		const first = await run(1, { parameters: SUBMIT_AGAIN, workflowTimeoutMs: 600 });
		expect(fixture.emulator.counts().submitsAccepted).toBe(2);

		await run(1, { parameters: SUBMIT_AGAIN, retryOf: first.finished });
		expect(fixture.emulator.counts().submitsReceived).toBe(2);
	});
});

describe('one bad item among many, without Continue On Fail', () => {
	test('refused: no new submit after it, what is in flight is waited for, a retry fetches it', async () => {
		const { emulator } = fixture;
		emulator.set({ runMs: 150 });
		onSubmit({ ...REFUSED }, { times: 1, index: 4 });
		const first = await run(20, { parameters: { options: { maxInFlight: 5 } } });

		expect(first.error?.message).toContain('RunComfy refused the input');
		expect(first.error?.context?.itemIndex).toBe(4);
		expect(first.error?.description).toContain('4 other items are finished');
		expect(first.error?.description).toContain('15 other items were not submitted');
		expect(emulator.counts()).toMatchObject({ submitsAccepted: 4, submitsReceived: 5 });
		expect(emulator.requests().every(({ state }) => state === 'succeeded')).toBe(true);

		const second = await run(20, { retryOf: first.finished });
		expect(second.items).toHaveLength(20);
		expect(acceptedByPrompt(emulator)).toEqual(eachBoughtOnce(20));
	});

	test('items that still wait for a 429 to pass are not bought after the failure', async () => {
		let told = 0;
		fixture.emulator.onCall = ({ phase, input }) => {
			if (phase !== 'submit') return undefined;
			if (input?.prompt === scene(0)) return REFUSED;
			told += 1;
			return told <= 9 ? { kind: 'rateLimited', retryAfter: 0.3 } : undefined;
		};
		const { error } = await run(10);
		expect(error?.message).toContain('RunComfy refused the input');
		expect(fixture.emulator.counts().submitsAccepted).toBe(0);
	});

	test('files that still wait for their turn to be sent are not bought after the failure', async () => {
		const items = await Promise.all(
			inputItems(20).map(async ({ json }, n) => {
				const bytes = jpegAround(Buffer.alloc(500, n));
				return await binaryItem(json, 'data', bytes, { fileName: `${n}.jpg`, mimeType: 'image/jpeg' });
			}),
		);
		onSubmit(REFUSED);
		const { error } = await run(20, { items, parameters: { imageSource: 'binary', binaryPropertyName: 'data' } });
		expect(error?.message).toContain('RunComfy refused the input');
		// Those on their way together with the refused one may arrive, no others.
		expect(fixture.emulator.counts().submitsReceived).toBeLessThanOrEqual(8);
	});

	test('a repetition that is left off for it: nobody says that the item was not submitted', async () => {
		const repetition: Array<Fault | undefined> = [{ kind: 'cutAfter' }, { kind: 'rateLimited', retryAfter: 1.6 }];
		fixture.emulator.onCall = ({ phase, input }) => {
			if (phase !== 'submit') return undefined;
			// Refused after a while, when the other item still waits to be submitted once more.
			return input?.prompt === scene(1) ? repetition.shift() : { kind: 'slow', ms: 600 };
		};
		const modelOptions = { extraFields: '={{ $json.sku === "sku-0" ? { "seed": "x" } : {} }}' };
		const first = await run(2, { parameters: { modelOptions, options: { onUnknownOutcome: 'submitAgain' } } });
		expect(first.error?.message).toContain('RunComfy refused the input');
		expect(first.error?.description).not.toContain('not submitted');
		expect(visibleText(first)).toMatch(/item 1: It is not known whether/);
		expect(acceptedByPrompt(fixture.emulator)).toEqual({ [scene(1)]: 1 });
	});

	test('the request ids of the items that are done can be read somewhere, since a retry may never get past it', async () => {
		giveUpSoon();
		onSubmit({ kind: 'hang', effect: 'before' }, { index: 0 });
		const first = await run(5);
		expect(first.error?.message).toContain('not known whether');
		expect(lostIds(fixture.emulator, [first])).toEqual([]);
	});

	test('behind an item that no retry can mend, the others come with Continue On Fail, without paying', async () => {
		onSubmit({ kind: 'cutAfter' }, { index: 0 });
		const first = await run(5);
		const second = await run(5, { retryOf: first.finished, retryWith: 'saved', onError: 'continueRegularOutput' });
		expect(second.items.filter(({ json }) => json.status === 'succeeded')).toHaveLength(4);
		expect(fixture.emulator.counts().submitsReceived).toBe(5);
	});

	test('the request ids of the other items that went wrong can be read somewhere too', async () => {
		fixture.emulator.set({ jobOutcome: 'failed' });
		const failed = await run(4);
		expect(lostIds(fixture.emulator, [failed])).toEqual([]);
	});
});

describe('Model', () => {
	const parameters = runModel(TEXT_TO_IMAGE, '={{ $json.sku }} on a table');

	test('Retry execution takes up what was bought, although the catalogue is gone', async () => {
		fixture.policies.call.singleCallWindowMs = 300;
		fixture.emulator.set({ jobOutcome: 'stuck' });
		const impatient = { ...parameters, options: { timeout: 1 } };
		const first = await fixture.run({ items: inputItems(2), parameters: impatient });
		expect(first.error?.message).toMatch(/was still in_/);
		fixture.emulator.fault('model', { kind: 'status', status: 404, body: { detail: 'gone' } });
		const again = await fixture.run({ parameters: impatient, retryOf: first.finished });
		expect(fixture.emulator.counts().submitsAccepted).toBe(2);
		expect(again.error?.message).toMatch(/was still in_/);
	});

	describe('a price per second without a duration', () => {
		const VIDEO = 'emulator/keyframes-to-video';
		const withoutDuration = runModel(VIDEO, 'a lake', { keyframes: [{ at: 0 }] });
		const advice = "The price is $0.05 per second. Set the input 'duration' to get an estimate.";

		test('Check Inputs says the rate and what makes an estimate of it', async () => {
			const { finished } = await fixture.run({ parameters: { ...withoutDuration, operation: 'checkInputs' } });
			const texts = finished.hints.map(({ message }) => message).join('\n');
			expect(texts).toContain(`Estimated cost: unknown. ${advice}`);
		});

		test("so does 'Maximum Cost', which stays on, and nothing is submitted", async () => {
			const { error } = await fixture.run({ parameters: { ...withoutDuration, options: { maxCost: 5 } } });
			expect(error?.message).toContain('cannot be known in advance');
			expect(error?.description).toContain(advice);
			expect(error?.description).not.toMatch(/remove|turn off/i);
			expect(fixture.emulator.counts().submitsReceived).toBe(0);
		});
	});

	test('failed items are named by number with the first reason, after what is safe', async () => {
		fixture.emulator.set({ jobOutcome: 'failed' }, { next: 3 });
		const { error } = await fixture.run({
			items: inputItems(5),
			parameters: { ...parameters, options: { maxInFlight: 5 } },
		});
		expect(error?.description).toMatch(/^2 other items are finished; a retry does not charge for them again\. /);
		expect(error?.description).toMatch(/Items \d and \d failed too \(.*\)\. Item \d: Request \S+ failed/);
	});
});
