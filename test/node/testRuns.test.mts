/** Runs from the editor share what they buy: nobody cancels another run's request, and a dead one is not handed out. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { BROKE_TOKEN, type Fault } from '../emulator/emulator.mts';
import { type NodeRun, nodeOf, runAsTool, NODE_UNDER_TEST, START, type WorkflowJson } from '../engine/index.mts';
import { until } from '../lib/until.mts';
import { inputItems, NODE_TYPE, onRequest, openFixture, REFUSED, REPLACE, useFixture } from './fixture.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const fixture = useFixture({ queueMs: 5, runMs: 10 });

const manual = { mode: 'manual' as const };
const options = (given: INodeParameters): INodeParameters => ({ options: given });
const bought = () => fixture.emulator.counts().submitsReceived;
const cancels = () => fixture.emulator.counts().cancels;

// What one test has bought must not be there for the next.
let nth = 0;
const prompt = () => `shared ${(nth += 1)}`;

/** RunComfy answers every look at these requests so, until it is taken back. */
const answerReads = (body: object, status = 200) => {
	fixture.emulator.onCall = ({ phase }) =>
		phase === 'result' || phase === 'status' ? { kind: 'status', status, body } : undefined;
};
const PENDING = { status: 'in_queue' };
const UNKNOWN = [{ error_code: 404001, message: 'no such request' }, 404] as const;

describe('a request that another run bought', () => {
	test.each([{}, { onTimeout: 'returnItem' }])(
		'is not cancelled when its time runs out here, and nothing is bought in its place: %j',
		async (more) => {
			const parameters = { prompt: prompt() };
			answerReads(PENDING);
			await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
			const { error } = await fixture.run({
				parameters: { ...parameters, ...options({ timeout: 1, onTimeout: 'cancel', ...more }) },
				...manual,
			});
			if (!('onTimeout' in more)) expect(error?.description).toContain('another run uses it too');
			expect([bought(), cancels()]).toEqual([1, 0]);
		},
	);

	test('is not cancelled by a Stop here; one of this run is', async () => {
		const parameters = { prompt: prompt() };
		const cancelled: unknown[] = [];
		fixture.emulator.onCall = ({ phase, requestId }) => {
			if (phase === 'cancel') cancelled.push(requestId);
			return phase === 'result' || phase === 'status' ? { kind: 'status', status: 200, body: PENDING } : undefined;
		};
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
		const run = await fixture.start({ items: [{ json: {} }, { json: {} }], parameters, ...manual });
		await until('the second of two equal items', () => bought() === 2);
		run.stop();
		await run.result;
		await until('the cancellation', () => cancels() === 1);
		expect(cancelled).toEqual([fixture.emulator.requests()[1].id]);
	});

	test('young, and not known to RunComfy yet: it is waited for', async () => {
		fixture.policies.call.newRequestGraceMs = 15_000;
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
		let looks = 0;
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'result' && (looks += 1) <= 3 ? { kind: 'status', status: UNKNOWN[1], body: UNKNOWN[0] } : undefined;
		const { items } = await fixture.run({ parameters, ...manual });
		expect(items[0].json.image_url).toEqual(expect.any(String));
		expect(bought()).toBe(1);
	});

	test('young, and unknown until the Timeout: an error, and nothing is bought in its place', async () => {
		fixture.policies.call.newRequestGraceMs = 15_000;
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...manual });
		answerReads(...UNKNOWN);
		await fixture.run({ parameters: { ...parameters, ...options({ timeout: 1 }) }, ...manual });
		expect(bought()).toBe(1);
	});
});

describe('a second attempt', () => {
	test('waits for a request that RunComfy does not know yet, as the first one would', async () => {
		fixture.policies.call.newRequestGraceMs = 15_000;
		let failed = 0;
		fixture.emulator.onCall = ({ phase }) => {
			if (phase !== 'result') return undefined;
			failed += 1;
			if (failed === 1) return { kind: 'status', status: 400, body: { message: 'no' } };
			return failed <= 4 ? { kind: 'status', status: UNKNOWN[1], body: UNKNOWN[0] } : undefined;
		};
		const tries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const { items } = await fixture.run({ parameters: { prompt: prompt() }, ...tries });
		expect(items[0].json.image_url).toEqual(expect.any(String));
		expect(bought()).toBe(1);
	});
});

describe('a submit answered with an error that names its request, which is delivered: the next run takes it up', () => {
	/** Each submit is accepted, and answered with an error that names it. */
	const ERROR: Fault = {
		kind: 'status',
		status: 500,
		effect: 'after',
		body: {
			get request_id() {
				return fixture.emulator.requests().at(-1)?.id;
			},
		},
	};
	const TRIES = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };

	test.each<[what: string, unknownReads: number, parameters: INodeParameters, settings: object]>([
		['known at once', 0, {}, {}],
		['known only after some reads', 2, {}, {}],
		['known only to the second attempt', 4, {}, TRIES],
		['in Submit', 0, { operation: 'submit' }, {}],
		['of a model', 0, runModel(TEXT_TO_IMAGE), {}],
		['as one of several variants', 0, options({ variants: 2 }), {}],
		['under a limit', 0, options({ maxCost: 1 }), {}],
	])('%s', async (_what, unknownReads, given, settings) => {
		const parameters = { ...given, prompt: prompt() };
		let reads = 0;
		fixture.emulator.onCall = ({ phase }) => {
			if (phase === 'submit') return ERROR;
			return phase === 'status' && (reads += 1) <= unknownReads
				? { kind: 'status', status: UNKNOWN[1], body: UNKNOWN[0] }
				: undefined;
		};
		const run = async () => (await fixture.run({ parameters, ...settings, ...manual })).items.map(({ json }) => json);
		const first = await run();
		const submits = bought();
		const second = await run();
		expect(first.map(({ request_id: id }) => id).sort()).toEqual(
			fixture.emulator
				.requests()
				.map(({ id }) => id)
				.sort(),
		);
		expect(second.map(({ request_id: id }) => id).sort()).toEqual(first.map(({ request_id: id }) => id).sort());
		expect(bought()).toBe(submits);
	});

	test.each([
		['replaceAndWait', true],
		['submit', true],
		['replaceAndWait', false],
		['submit', false],
	])('%s, not known while its run lasts; by the next one it is known: %j', async (operation, isThere) => {
		const parameters = { prompt: prompt(), operation };
		const isUnknown = new Set<string | undefined>();
		fixture.emulator.onCall = ({ phase, requestId }) => {
			if (phase === 'submit') return ERROR;
			isUnknown.add(requestId);
			return { kind: 'status', status: UNKNOWN[1], body: UNKNOWN[0] };
		};
		const { error } = await fixture.run({ parameters, ...manual });
		expect(error?.message).toContain(fixture.emulator.requests()[0].id);
		fixture.emulator.onCall = ({ requestId }) =>
			!isThere && isUnknown.has(requestId) ? { kind: 'status', status: UNKNOWN[1], body: UNKNOWN[0] } : undefined;
		const { items } = await fixture.run({ parameters, ...manual });
		expect(bought()).toBe(isThere ? 1 : 2);
		expect(items[0].json.request_id).toBe(fixture.emulator.requests().at(-1)?.id);
	});
});

describe('Submit hands out no dead request', () => {
	const submit = async (text: string) =>
		await fixture.run({ parameters: { prompt: text, operation: 'submit' }, ...manual });

	test.each([
		['failed', { status: 'failed', error: 'no' }, 200],
		['was cancelled', { status: 'cancelled' }, 200],
		['is unknown by now', ...UNKNOWN],
	])('that %s', async (_what, body, status) => {
		fixture.policies.call.newRequestGraceMs = 0;
		const text = prompt();
		await submit(text);
		answerReads(body, status);
		await submit(text);
		expect(bought()).toBe(2);
	});

	test('one that is alive, or that cannot be looked at: handed out, and the output pane says so', async () => {
		const text = prompt();
		const first = await submit(text);
		const second = await submit(text);
		answerReads({}, 503);
		fixture.policies.call.lastPollTimeoutMs = 100;
		const third = await submit(text);
		const ids = [first, second, third].map(({ items }) => items[0].json.request_id);
		expect(new Set(ids).size).toBe(1);
		expect(JSON.stringify(second.finished.hints)).toContain('1 result: reused from your');
		expect(bought()).toBe(1);
	});

	test.each(['getStatus', 'getResult', 'cancel'])('whose end %s has seen', async (operation) => {
		const text = prompt();
		const { items } = await submit(text);
		const looks = fixture.emulator.counts();
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'cancel'
				? { kind: 'status', status: 200, body: { outcome: 'cancelled', status: 'cancelled' } }
				: { kind: 'status', status: 200, body: { status: 'cancelled' } };
		const parameters = { resource: 'request', operation, requestId: items[0].json.request_id as string };
		await fixture.run({ parameters, ...manual });
		fixture.emulator.onCall = undefined;
		const before = fixture.emulator.counts();
		expect(before.submitsReceived).toBe(looks.submitsReceived);
		await submit(text);
		expect(bought()).toBe(2);
	});
});

describe('shared by two runs', () => {
	const submit = async (text: string) =>
		await fixture.run({ parameters: { prompt: text, operation: 'submit' }, ...manual });
	const states = () => fixture.emulator.requests().map(({ state }) => state);

	/** A run that waits for what it has bought. */
	const startWaiting = async (text: string) => {
		fixture.emulator.set({ queueMs: 60_000 });
		const run = await fixture.start({ parameters: { prompt: text }, ...manual });
		await until('the purchase', () => bought() === 1);
		return run;
	};

	/** Longer than a call takes: a cancellation in the background would be there. */
	const forCalls = async () => await new Promise((resolve) => setTimeout(resolve, 400));

	test('Submit does not hand out what a Stop is just about to cancel', async () => {
		const text = prompt();
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'cancel' && cancels() <= 2 ? { kind: 'status', status: 503 } : undefined;
		const first = await startWaiting(text);
		first.stop();
		await first.result;
		const { items } = await submit(text);
		await until('the cancellation', () => fixture.emulator.counts().cancelsGranted === 1);
		const handedOut = fixture.emulator.requests().find(({ id }) => id === items[0].json.request_id);
		expect(handedOut?.state).not.toBe('cancelled');
	});

	/** RunComfy has finished it already, and says so only after a while. */
	const cancelTooLate = () => {
		fixture.emulator.set({ cancelAnswer: 'not_cancellable' });
		fixture.emulator.onCall = ({ phase }) => (phase === 'cancel' ? { kind: 'slow', ms: 300 } : undefined);
	};
	const idIn = ({ items }: NodeRun) => items[0].json.request_id;

	test.each([{}, options({ maxCost: 0.06 })])(
		'what a Stop cancels too late is charged, so it is reused: %j',
		async (more) => {
			const text = prompt();
			cancelTooLate();
			const first = await startWaiting(text);
			first.stop();
			await first.result;
			const second = await fixture.run({ parameters: { prompt: text, operation: 'submit', ...more }, ...manual });
			expect([idIn(second), bought()]).toEqual([fixture.emulator.requests()[0].id, 1]);
		},
	);

	test('so is what the Timeout of another run, or Cancel, cancels too late', async () => {
		const text = prompt();
		fixture.emulator.set({ queueMs: 60_000 });
		cancelTooLate();
		const first = fixture.run({
			parameters: { prompt: text, ...options({ timeout: 1, onTimeout: 'cancel' }) },
			...manual,
		});
		await until('the cancellation at the Timeout', () => cancels() === 1);
		const [{ id }] = fixture.emulator.requests();
		expect(idIn(await submit(text))).toBe(id);
		await first;
		const cancelling = fixture.run({ parameters: onRequest('cancel', id), ...manual });
		await until('the cancellation', () => cancels() === 2);
		expect(idIn(await submit(text))).toBe(id);
		await cancelling;
		expect(bought()).toBe(1);
	});

	test('what is just being submitted is waited for, whether its run goes on or is stopped', async () => {
		for (const isStopped of [false, true]) {
			const text = prompt();
			fixture.emulator.reset();
			fixture.emulator.set({ cancelAnswer: 'not_cancellable' });
			fixture.emulator.onCall = ({ phase }) => (phase === 'submit' ? { kind: 'slow', ms: 300 } : undefined);
			const first = fixture.start({ parameters: { prompt: text, operation: 'submit' }, ...manual });
			await until('the submit', () => bought() === 1);
			if (isStopped) first.stop();
			const second = await submit(text);
			await first.result;
			expect([idIn(second), bought()]).toEqual([fixture.emulator.requests()[0].id, 1]);
		}
	});

	test.each<[string, INodeParameters]>([
		['Background under a limit', options({ maxCost: 5 })],
		['a model', runModel(TEXT_TO_IMAGE)],
		['a model under a limit', { ...runModel(TEXT_TO_IMAGE), ...options({ maxCost: 5 }) }],
	])('three runs at once, all of which wait for the catalogue, buy one picture: %s', async (_what, parameters) => {
		// In a process that has read nothing yet.
		const cold = await openFixture({ queueMs: 5, runMs: 10 });
		try {
			const given = { ...parameters, prompt: prompt() };
			const runs = [1, 2, 3].map(async () => await cold.run({ parameters: given, ...manual }));
			const ids = (await Promise.all(runs)).map(({ items }) => items[0].json.request_id);
			expect([new Set(ids).size, cold.emulator.counts().submitsReceived]).toEqual([1, 1]);
		} finally {
			await cold.close();
		}
	});

	test.each<[what: string, parameters: INodeParameters, times: number]>([
		['Background', options({ variants: 2 }), 2],
		['three times, in Submit', { operation: 'submit', ...options({ variants: 3 }) }, 3],
		['a model under a limit', { ...runModel(TEXT_TO_IMAGE), ...options({ variants: 2, maxCost: 1 }) }, 2],
	])('runs at once have the same made-up seeds, and buy once: %s', async (_what, given, times) => {
		const parameters = { ...given, prompt: prompt() };
		const runs = Array.from({ length: times }, async () => await fixture.run({ parameters, ...manual }));
		const ids = (await Promise.all(runs)).map(({ items }) => items.map(({ json }) => json.request_id));
		expect(new Set(ids.map((own) => own.join())).size).toBe(1);
		expect(bought()).toBe(ids[0].length);
	});

	test('a Stop ends the wait for another run', async () => {
		const text = prompt();
		cancelTooLate();
		const first = await startWaiting(text);
		fixture.emulator.onCall = ({ phase }) => (phase === 'cancel' ? { kind: 'hang', effect: 'before' } : undefined);
		first.stop();
		await first.result;
		await until('the cancellation', () => cancels() === 1);
		const second = fixture.start({ parameters: { prompt: text, operation: 'submit' }, ...manual });
		second.stop();
		expect((await second.result).finished.status).toBe('canceled');
		expect(bought()).toBe(1);
	});

	test('a Stop of the run that bought it does not cancel it under the run that reused it', async () => {
		const text = prompt();
		const first = await startWaiting(text);
		await submit(text);
		first.stop();
		await first.result;
		await forCalls();
		expect(states()).toEqual(['in_queue']);
	});

	test('nor does the Timeout of the run that bought it', async () => {
		const text = prompt();
		fixture.emulator.set({ queueMs: 60_000 });
		const first = fixture.run({
			parameters: { prompt: text, ...options({ timeout: 4, onTimeout: 'cancel' }) },
			...manual,
		});
		await until('the purchase', () => bought() === 1);
		await submit(text);
		await first;
		expect(states()).toEqual(['in_queue']);
	});

	test.each([
		[2, 'in_queue'],
		[1, 'cancelled'],
	])('Get Result behind Submit, executed %i times: at the Timeout it is %s', async (times, state) => {
		const text = prompt();
		fixture.emulator.set({ queueMs: 60_000 });
		for (let time = 1; time < times; time += 1) await submit(text);
		const { items } = await submit(text);
		const more = { waitUntilFinished: true, options: { timeout: 1, onTimeout: 'cancel' } };
		await fixture.run({ parameters: onRequest('getResult', String(items[0].json.request_id), more), ...manual });
		expect(states()).toEqual([state]);
	});

	test('nor at a Stop', async () => {
		const text = prompt();
		fixture.emulator.set({ queueMs: 60_000 });
		await submit(text);
		const { items } = await submit(text);
		const before = fixture.emulator.counts().resultReads;
		const parameters = onRequest('getResult', String(items[0].json.request_id), { waitUntilFinished: true });
		const run = await fixture.start({ parameters, ...manual });
		await until('a look', () => fixture.emulator.counts().resultReads > before);
		run.stop();
		await run.result;
		await forCalls();
		expect(states()).toEqual(['in_queue']);
	});
});

describe('the passes, attempts and nodes of one execution', () => {
	const TRIES = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
	const to = (node: string) => ({ node, type: 'main' as const, index: 0 });
	const execute = async (workflow: WorkflowJson) =>
		await fixture.engine.run(workflow, {
			items: inputItems(1),
			credentials: { runComfyApi: fixture.credential },
			...manual,
		});

	const hintsOf = ({ finished }: NodeRun) => finished.hints.map(({ message }) => message.split('<br>')[0]).join(' ');

	test('a loop that buys more than is kept is reused whole', async () => {
		const parameters = { operation: 'submit', prompt: `={{ $json.sku }} ${prompt()} {{ $runIndex }}` };
		await fixture.runPasses(13, { items: inputItems(40), parameters, ...manual });
		expect(bought()).toBe(520);
		await fixture.runPasses(13, { items: inputItems(40), parameters, ...manual });
		expect(bought()).toBe(520);
	}, 180_000);

	test('two equal nodes are two pictures, and the same two the next time', async () => {
		const parameters = { ...REPLACE, operation: 'submit', prompt: prompt() };
		const workflow: WorkflowJson = {
			nodes: [
				nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
				nodeOf('One', { type: NODE_TYPE, parameters }),
				nodeOf(NODE_UNDER_TEST, { type: NODE_TYPE, parameters: { ...parameters, prompt: `=${parameters.prompt}` } }),
			],
			connections: { [START]: { main: [[to('One'), to(NODE_UNDER_TEST)]] } },
		};
		await execute(workflow);
		expect(bought()).toBe(2);
		await execute(workflow);
		expect(bought()).toBe(2);
	});

	test('a second attempt does not call charged what the first one reused', async () => {
		const parameters = { prompt: prompt() };
		await fixture.run({ parameters, ...manual });
		fixture.faultsInTurn('submit', REFUSED);
		const run = await fixture.run({ items: inputItems(2), parameters, ...manual, ...TRIES });
		expect(fixture.emulator.counts().submitsAccepted).toBe(2);
		expect(hintsOf(run)).toContain('$0.06 charged now');
	});

	test.each<[what: string, runs: number[], items: number, given: INodeParameters, words: RegExp]>([
		['four pictures of one request', [1], 1, {}, /^4 pictures: all reused from your \d\d:\d\d test run/],
		['beside a new request', [1], 2, {}, /^8 pictures: \$0\.24 charged now, 4 reused from your/],
		['of two runs', [1, 2], 2, {}, /^8 pictures: all reused from earlier test runs \(the last at \d\d:\d\d\)/],
		['without pictures', [1], 1, { operation: 'submit' }, /^1 result: reused from your \d\d:\d\d test run/],
	])('the output pane counts what comes out: %s', async (_what, runs, count, given, words) => {
		const text = prompt();
		fixture.emulator.set({ output: 'images', outputCount: 4 });
		const run = async (items: number) =>
			await fixture.run({ items: inputItems(items), parameters: { ...given, prompt: text }, ...manual });
		for (const items of runs) await run(items);
		expect(hintsOf(await run(count))).toMatch(words);
	});

	test('the output pane tells the time of day in the time zone of the workflow', async () => {
		const parameters = { ...REPLACE, prompt: prompt() };
		const workflow: WorkflowJson = {
			nodes: [
				nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
				nodeOf(NODE_UNDER_TEST, { type: NODE_TYPE, parameters }),
			],
			connections: { [START]: { main: [[to(NODE_UNDER_TEST)]] } },
			// A quarter of an hour off the zone of any machine that runs this.
			settings: { timezone: 'Asia/Kathmandu' },
		};
		const format = { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Kathmandu' } as const;
		const timeOfDay = () => new Intl.DateTimeFormat('en-GB', format).format();
		const earliest = timeOfDay();
		await execute(workflow);
		const latest = timeOfDay();
		const { hints } = await execute(workflow);
		const [, told] = /your (\d\d:\d\d) test run/.exec(hints.map(({ message }) => message).join()) ?? [];
		expect([earliest, latest]).toContain(told);
	});

	test('are not several runs in the output pane', async () => {
		const text = prompt();
		await fixture.runPasses(2, { parameters: { prompt: text }, ...manual });
		const run = await fixture.run({ items: inputItems(2), parameters: { prompt: text }, ...manual });
		expect(bought()).toBe(2);
		expect(hintsOf(run)).not.toContain('earlier test runs');
	});
});

test.each(['v2', 'v3'] as const)(
	'agent %s neither takes what an editor run has bought, nor leaves it anything',
	async (agent) => {
		const parameters = { ...REPLACE, prompt: prompt(), operation: 'submit' };
		const credentials = { runComfyApi: fixture.credential };
		const ask = async () => await runAsTool(fixture.engine, { agent, credentials, parameters, ...manual });
		await ask();
		await ask();
		expect(bought()).toBe(2);
		await fixture.run({ parameters, ...manual });
		expect(bought()).toBe(3);
		await ask();
		expect(bought()).toBe(4);
	},
);

test('another account has its own', async () => {
	const parameters = { prompt: prompt() };
	const submit = async (token?: string) =>
		await fixture.run({ parameters: { ...parameters, operation: 'submit' }, ...(token && { token }), ...manual });
	await submit();
	// This one has no balance: a submit of its own is refused, a shared request would be handed out.
	const { error } = await submit(BROKE_TOKEN);
	expect(error?.message).toContain('no balance left');
});
