/** What one try has bought, the next ones know: ids are told, counts are true, nothing is bought again. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { Fault } from '../../emulator/emulator.mts';
import { TINY_PNG } from '../../emulator/sampleFiles.mts';
import { binaryItem, type NodeRun, type OnError } from '../../engine/index.mts';
import { lostIds, visibleText } from '../../faults/books.mts';
import { until } from '../../lib/until.mts';
import { inputItems, REFUSED, shareFixture } from '../fixture.mts';
import { runModel, TEXT_TO_IMAGE } from '../modelFixture.mts';
import { openMeddled, UNFORESEEN, withoutCredential, withoutFiles } from '../meddled.mts';

/** n8n itself makes another branch of the second: errors and retries try that, too. */
const MODES: OnError[] = ['stopWorkflow', 'continueRegularOutput'];
const OPERATIONS = ['replaceAndWait', 'submit'];

const tries = (maxTries: number) => ({ retryOnFail: true, maxTries, waitBetweenTries: 1 });

const fixture = shareFixture(openMeddled, {});

const requests = () => fixture.emulator.requests();
const counts = () => fixture.emulator.counts();
const ids = () => requests().map(({ id }) => id);
const bought = () => counts().submitsReceived;

/** All that is said of the item in the run's output or error. */
function toldOf(run: NodeRun): string {
	const { items, errorItems, error } = run;
	const json = [...items, ...errorItems].map((item) => item.json);
	return JSON.stringify({ json, message: error?.message, description: error?.description });
}

/** Submits are answered by this, and bought all the same. */
const answerSubmits = (fault: Fault) => {
	fixture.emulator.onCall = ({ phase }) => (phase === 'submit' ? fault : undefined);
};

/** Answered with HTTP 500 that names a request which RunComfy does not know. */
const UNKNOWN_ID = 'e0000000-0000-4000-8000-000000000001';
const ERROR_WITH_ID: Fault = {
	kind: 'status',
	status: 500,
	body: { request_id: UNKNOWN_ID, message: 'the queue did not answer' },
	effect: 'before',
};

describe.each(MODES)('%s: a submit answered with HTTP 500 and an id', (onError) => {
	describe.each(OPERATIONS)('%s', (operation) => {
		test('that RunComfy does not know: the id is in the error of every try and of Retry', async () => {
			answerSubmits(ERROR_WITH_ID);
			const first = await fixture.run({ ...tries(3), onError, parameters: { operation } });
			expect(toldOf(first)).toContain(`accepted this image as request ${UNKNOWN_ID}`);
			expect(bought()).toBe(1);
			if (first.finished.status !== 'error') return;
			const retried = await fixture.run({ ...tries(2), onError, parameters: { operation }, retryOf: first.finished });
			expect(toldOf(retried)).toContain(UNKNOWN_ID);
			expect(bought()).toBe(1);
		});

		test('that it knows: it is taken up, and named in the log', async () => {
			const known = await knownId();
			fixture.emulator.onCall = ({ phase }) =>
				phase === 'submit' ? { kind: 'status', status: 500, body: { request_id: known } } : undefined;
			const run = await fixture.run({ ...tries(2), onError, parameters: { operation } });
			expect(run.items[0]?.json.request_id).toBe(known);
			expect(JSON.stringify(run.logs)).toContain(known);
			expect(bought()).toBe(2);
		});
	});
});

/** Buys one request and gives its id. */
async function knownId(): Promise<string> {
	fixture.emulator.onCall = undefined;
	const { items } = await fixture.run({ parameters: { operation: 'submit' } });
	return String(items[0].json.request_id);
}

test('an id under an error is named in the log before it is looked up, and kept when the submit is repeated', async () => {
	fixture.faultsInTurn('submit', ERROR_WITH_ID);
	const run = await fixture.run({ parameters: { options: { onUnknownOutcome: 'submitAgain' } } });
	expect(run.items).toHaveLength(1);
	expect(visibleText(run)).toContain(UNKNOWN_ID);
	expect(bought()).toBe(2);
});

const PHOTO = TINY_PNG.bytes;

const photos = async (count: number): Promise<INodeExecutionData[]> =>
	await Promise.all(
		inputItems(count).map(async ({ json }) => {
			return await binaryItem(json, 'data', PHOTO, { fileName: 'shoe.png', mimeType: 'image/png' });
		}),
	);

/** Reads of the result of each request are refused so many times. */
function refuseReads(times: number) {
	fixture.emulator.onCall = ({ phase, nth }) =>
		phase === 'result' && nth <= times
			? { kind: 'status', status: 400, body: { error_message: 'not now' } }
			: undefined;
}

/** The first results of an attempt that has bought so many: the first refusal ends it, and nothing is bought after that. */
function refuseReadsOf(purchases: number, times: number) {
	let refused = 0;
	fixture.emulator.onCall = ({ phase }) => {
		if (phase !== 'result') return undefined;
		if (bought() < purchases) return { kind: 'status', status: 503 };
		refused += 1;
		return refused <= times ? { kind: 'status', status: 400, body: { error_message: 'not now' } } : undefined;
	};
}

describe.each(MODES)('%s: trouble in the second try', (onError) => {
	test('files cannot be read: what was bought is taken up without them', async () => {
		refuseReadsOf(5, 5);
		fixture.meddle(withoutFiles((nth) => nth > 1));
		const run = await fixture.run({
			items: await photos(5),
			...tries(2),
			onError,
			parameters: { imageSource: 'binary', options: { maxInFlight: 5 } },
		});
		expect(run.error).toBeUndefined();
		expect(run.items.map(({ json }) => json.request_id).sort()).toEqual(ids().sort());
		expect(bought()).toBe(5);
	});

	test('files cannot be read, and the first item was refused: the others are taken up or named', async () => {
		const items = await photos(4);
		fixture.emulator.onCall = ({ phase, input }) => {
			if (phase !== 'submit' || input?.prompt !== 'scene sku-0') return undefined;
			// Nothing is bought once an item has failed.
			return bought() < 3 ? { kind: 'rateLimited' } : REFUSED;
		};
		fixture.meddle(withoutFiles((nth) => nth > 1));
		const run = await fixture.run({
			items,
			...tries(3),
			onError,
			parameters: { imageSource: 'binary', prompt: '=scene {{ $json.sku }}' },
		});
		for (const id of ids()) expect(toldOf(run)).toContain(id);
		expect(toldOf(run)).not.toContain('Nothing was submitted.');
		expect(fixture.emulator.counts().submitsAccepted).toBe(3);
	});

	test('files cannot be read, and one variant was refused: those that are paid are delivered or named', async () => {
		const items = await photos(2);
		let submits = 0;
		// Where the node continues, n8n tries again if the first item has an error.
		const refused = onError === 'stopWorkflow' ? 3 : 1;
		fixture.emulator.onCall = ({ phase }) => (phase === 'submit' && (submits += 1) === refused ? REFUSED : undefined);
		fixture.meddle(withoutFiles((nth) => nth > 1));
		const parameters = { imageSource: 'binary', options: { variants: 3, maxInFlight: 1 } };
		const run = await fixture.run({ items, ...tries(2), onError, parameters });
		for (const id of ids()) expect(toldOf(run)).toContain(id);
		if (onError === 'stopWorkflow') return;
		const isGood = ({ json }: (typeof run.items)[number]) => json.error === undefined;
		expect(
			run.items
				.filter(isGood)
				.map(({ json }) => String(json.request_id))
				.sort(),
		).toEqual(ids().sort());
		expect(fixture.tries()).toBe(2);
		expect(run.items.map(isGood)).toEqual([false, true, true, true, true, true]);
		expect(ids()).toHaveLength(5);
	});

	test('the credential cannot be read: all are named, and nothing is said to be unsent', async () => {
		refuseReadsOf(5, 9);
		fixture.meddle(withoutCredential((nth) => nth > 1));
		const run = await fixture.run({ items: inputItems(5), ...tries(2), onError });
		for (const id of ids()) expect(toldOf(run)).toContain(id);
		expect(toldOf(run)).not.toContain('Nothing was submitted.');
		expect(bought()).toBe(5);
	});

	test('the credential cannot be read in one try: the next takes up all, and buys nothing', async () => {
		refuseReadsOf(5, 5);
		fixture.meddle(withoutCredential((nth) => nth === 2));
		const run = await fixture.run({ items: inputItems(5), ...tries(4), onError });
		expect(bought()).toBe(5);
		expect(run.items.map(({ json }) => json.request_id).sort()).toEqual(ids().sort());
	});

	test('a submit of unknown outcome is not called unsent when its file is gone', async () => {
		answerSubmits({ kind: 'cutAfter' });
		fixture.meddle(withoutFiles((nth) => nth > 1));
		const run = await fixture.run({
			items: await photos(1),
			...tries(2),
			onError,
			parameters: { imageSource: 'binary', options: { onUnknownOutcome: 'submitAgain' } },
		});
		// The first try repeats it once; what the second finds is unknown for good.
		expect(toldOf(run)).toMatch(/not known/);
		expect(bought()).toBe(2);
	});
});

describe('counts come from the journal', () => {
	/** The read of the first item is refused for ever, everything else goes well. */
	function spoilFirst() {
		fixture.emulator.onCall = ({ phase, requestId }) =>
			phase === 'result' && requestId === ids()[0]
				? { kind: 'status', status: 400, body: { error_message: 'no' } }
				: undefined;
	}

	test('all were bought by the first try: none is said not to be submitted', async () => {
		spoilFirst();
		const run = await fixture.run({ items: inputItems(12), ...tries(2), parameters: { options: { maxInFlight: 3 } } });
		const said = /(\d+) other items? (?:was|were) not submitted/.exec(String(run.error?.description))?.[1] ?? '0';
		expect(bought()).toBe(12 - Number(said));
	});

	test('Retry execution: bought ones are counted as such', async () => {
		spoilFirst();
		const first = await fixture.run({ items: inputItems(8), parameters: { options: { maxInFlight: 8 } } });
		const retried = await fixture.run({
			items: inputItems(8),
			retryOf: first.finished,
			parameters: { options: { maxInFlight: 1 } },
		});
		expect(String(retried.error?.description)).toContain('7 other items have requests from an earlier attempt');
		expect(String(retried.error?.description)).not.toContain('not submitted');
		expect(bought()).toBe(8);
	});

	test('Submit: the same', async () => {
		fixture.emulator.onCall = ({ phase, input }) =>
			phase === 'submit' && input?.prompt === 'scene sku-4' ? REFUSED : undefined;
		const run = await fixture.run({
			items: inputItems(12),
			...tries(3),
			parameters: { operation: 'submit', prompt: '=scene {{ $json.sku }}' },
		});
		const description = String(run.error?.description);
		const number = (pattern: RegExp) => Number(pattern.exec(description)?.[1] ?? 0);
		const notSubmitted = number(/(\d+) other items? (?:was|were) not submitted/);
		expect(fixture.emulator.counts().submitsAccepted).toBe(11 - notSubmitted);
	});

	test('an item that does not pass the check in the second try: the purchases are counted and named', async () => {
		refuseReads(9);
		fixture.meddle((context, nth) => {
			if (nth === 1) return context;
			const getNodeParameter = (name: string, ...rest: never[]) =>
				name === 'options'
					? { timeout: 'soon' }
					: (context.getNodeParameter as (...all: unknown[]) => unknown)(name, ...rest);
			return Object.create(context, { getNodeParameter: { value: getNodeParameter } }) as typeof context;
		});
		const run = await fixture.run({ items: inputItems(3), ...tries(2) });
		expect(run.error?.message).toContain("'Timeout' must be");
		expect(run.error?.description).toContain('already has 3 requests');
		for (const id of ids()) expect(run.error?.description).toContain(id);
		expect(bought()).toBe(3);
	});

	test.each(['background', 'model'])(
		'%s: bought by the first execution, ended in vain, not bought again since another item failed',
		async (resource) => {
			const scene = (index: number) => `scene sku-${index}`;
			const prompt = '=scene {{ $json.sku }}';
			const parameters: INodeParameters = resource === 'model' ? runModel(TEXT_TO_IMAGE, prompt) : { prompt };
			const options = { items: inputItems(2), parameters };
			let hasRefused = false;
			let looks = 0;
			fixture.emulator.onCall = ({ phase, input }) => {
				if (phase === 'submit' && input?.prompt === scene(1))
					fixture.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
				if (phase === 'submit' && input?.prompt === scene(0)) {
					hasRefused = true;
					return REFUSED;
				}
				return phase === 'result' ? { kind: 'status', status: 400, body: { error_message: 'not now' } } : undefined;
			};
			const first = await fixture.run(options);
			expect(fixture.emulator.counts().submitsAccepted).toBe(1);

			hasRefused = false;
			const refuse = fixture.emulator.onCall;
			fixture.emulator.onCall = (call) => {
				if (call.phase === 'submit') return refuse(call);
				// The end of the other is seen when this execution has failed already.
				if (hasRefused) looks += 1;
				return call.phase === 'result' && looks < 3 ? { kind: 'status', status: 503 } : undefined;
			};
			const retried = await fixture.run({ ...options, retryOf: first.finished });
			const description = String(retried.error?.description);
			expect(description).toContain('1 other item was submitted by an earlier execution and failed or was cancelled');
			expect(description).not.toContain('not submitted');
			expect(fixture.emulator.counts().submitsAccepted).toBe(1);
		},
	);
});

test('cancelled by Retry execution: its own tries do not buy it again', async () => {
	fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
	refuseReads(1);
	const first = await fixture.run({ items: inputItems(1) });
	const retried = await fixture.run({
		items: inputItems(1),
		retryOf: first.finished,
		...tries(3),
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
		expect(text).toContain(`while processing request ${requests()[0].id}`);
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

describe('told to slow down by a code under HTTP 200', () => {
	const SLOW_DOWN: Fault = { kind: 'errorUnder200', errorCode: 429001, message: 'slow down' };

	test('a submit is made again later, and bought once', async () => {
		fixture.faultsInTurn('submit', SLOW_DOWN, SLOW_DOWN);
		const { items } = await fixture.run({ items: inputItems(1) });
		expect(items).toHaveLength(1);
		expect(counts()).toMatchObject({ submitsReceived: 3, submitsAccepted: 1 });
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
	const run = await fixture.run({ items: inputItems(1), ...tries(3), parameters: { options: { timeout: 1 } } });
	expect(counts()).toMatchObject({ submitsReceived: 1, submitsAccepted: 1 });
	expect(visibleText(run)).toContain('not known whether');
});

describe('an id is what a purchase is found by', () => {
	/** From the second submit on RunComfy gives the first one's id, and buys all the same. */
	function giveOneId() {
		fixture.emulator.onCall = ({ phase }) => {
			const [first] = requests();
			return phase === 'submit' && first !== undefined
				? { kind: 'status', status: 200, body: { request_id: first.id }, effect: 'after' }
				: undefined;
		};
	}

	describe.each(OPERATIONS)('%s: one id is given for three purchases', (operation) => {
		const OPTIONS = operation === 'submit' ? {} : { options: { maxInFlight: 1 } };

		test('one item has it, the others are told so with the id', async () => {
			giveOneId();
			const run = await fixture.run({
				items: inputItems(3),
				onError: 'continueRegularOutput',
				parameters: { operation, ...OPTIONS },
			});
			const [{ id }] = requests();
			const good = run.items.filter(({ json }) => json.error === undefined);
			expect(good.map(({ json }) => json.request_id)).toEqual([id]);
			const bad = [...run.items, ...run.errorItems].filter(({ json }) => json.error !== undefined);
			expect(bad).toHaveLength(2);
			for (const { json } of bad) {
				const error = json.error as IDataObject;
				expect(error.message).toContain('not known whether');
				expect(error.description).toContain(id);
				// It is not this item's request, so nobody shall fetch it by that field.
				expect(error.request_id).toBeUndefined();
			}
		});

		test('without Continue On Fail it ends the node, and no try submits again', async () => {
			giveOneId();
			const run = await fixture.run({ items: inputItems(2), ...tries(3), parameters: { operation, ...OPTIONS } });
			expect(run.error?.message).toContain('not known whether');
			expect(fixture.emulator.counts().submitsReceived).toBe(2);
		});
	});

	test.each(MODES)('%s: the same id for Retry execution of the same item is no other purchase', async (onError) => {
		refuseReads(1);
		const first = await fixture.run({ items: inputItems(1) });
		const { items } = await fixture.run({ items: inputItems(1), onError, retryOf: first.finished });
		expect(items.map(({ json }) => json.request_id)).toEqual(requests().map(({ id }) => id));
	});

	describe.each(OPERATIONS)('%s: at the acceptance', (operation) => {
		test('each request is a line of level info, with its item', async () => {
			const { logs } = await fixture.run({
				items: inputItems(3),
				parameters: { operation, prompt: '=scene {{ $json.sku }}' },
			});
			const lines = logs.filter(({ level }) => level === 'info').map(({ message }) => message);
			for (const { id, input } of requests()) {
				const [, index] = /sku-(\d)/.exec(String(input.prompt)) ?? [];
				expect(lines).toContain(`RunComfy accepted request ${id} for item ${index}.`);
			}
		});
	});
});

describe('what may have been charged stays named', () => {
	const NAMED = ['11111111-2222-4333-8444-555555555551', '11111111-2222-4333-8444-555555555552'];

	test.each([1, 2])('Submit Again: %d of two submits are answered by an error that names a request', async (odd) => {
		let submits = 0;
		fixture.emulator.onCall = ({ phase, requestId = '' }) => {
			if (phase === 'submit') {
				submits += 1;
				const body = { request_id: NAMED[submits - 1], message: 'oops' };
				return submits > odd ? undefined : { kind: 'status', status: 500, body };
			}
			return NAMED.includes(requestId)
				? { kind: 'status', status: 404, body: { error_code: 404001, message: 'no such request' } }
				: { kind: 'status', status: 200, body: { request_id: requestId, status: 'failed', error: 'no' } };
		};
		const run = await fixture.run({ parameters: { options: { onUnknownOutcome: 'submitAgain' } } });
		expect(submits).toBe(2);
		for (const id of NAMED.slice(0, odd)) expect(`${run.error?.message} ${run.error?.description}`).toContain(id);
	});

	const fails: Fault = { kind: 'status', status: 200, body: { status: 'failed', error: 'bad', cost: 0.06 } };

	test.each<[what: string, end: Fault, isStopped: boolean]>([
		['is refused', REFUSED, false],
		['gets no answer', { kind: 'cutAfter' }, false],
		['hangs until the workflow ends', { kind: 'hang', effect: 'before' }, true],
	])('a request that failed and was charged, where the submit in Retry %s', async (_what, end, isStopped) => {
		fixture.emulator.onCall = ({ phase }) => (phase === 'result' ? fails : undefined);
		const first = await fixture.run();
		const [charged] = ids();
		fixture.emulator.onCall = ({ phase }) => (phase === 'submit' ? end : undefined);
		const again = fixture.start({ retryOf: first.finished });
		if (isStopped) {
			await until('the submit', () => bought() === 2);
			again.stop();
		}
		const run = await again.result;
		expect(isStopped ? visibleText(run) : toldOf(run)).toContain(charged);
	});
});
