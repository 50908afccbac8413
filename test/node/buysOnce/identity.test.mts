/** What the journal tells apart: passes of a loop, places in the input, calls by an AI agent. And what is in it. */
import { describe, expect, test } from '@jest/globals';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { Fault } from '../../emulator/emulator.mts';
import { binaryItem, type Finished, NODE_UNDER_TEST } from '../../engine/index.mts';
import { binaryDataService } from '../../engine/n8n.mts';
import { jpegAround } from '../../lib/photos.mts';
import { inputItems, useFixture } from '../fixture.mts';

const TRIES = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

const fixture = useFixture({ spreadMs: 10, warmUp: {} });

/** Plays one refusal of a read for each of the first `count` requests, so that the node fails after it has paid. */
function failReadsOf(count: number) {
	const { emulator } = fixture;
	emulator.onCall = ({ phase, requestId, nth }) => {
		const isOne = emulator
			.requests()
			.slice(0, count)
			.some(({ id }) => id === requestId);
		return phase === 'result' && isOne && nth === 1
			? { kind: 'status', status: 400, body: { message: 'no' } }
			: undefined;
	};
}

describe('items and loops', () => {
	test('two equal items of one batch are two pictures', async () => {
		const { items } = await fixture.run({ items: [{ json: {} }, { json: {} }, { json: {} }] });
		expect(fixture.emulator.counts().submitsReceived).toBe(3);
		expect(new Set(items.map(({ json }) => json.request_id)).size).toBe(3);
	});

	test('two equal items stay two pictures over tries', async () => {
		failReadsOf(2);
		const { items } = await fixture.run({ items: [{ json: {} }, { json: {} }], ...TRIES });
		expect(fixture.emulator.counts().submitsReceived).toBe(2);
		expect(new Set(items.map(({ json }) => json.request_id)).size).toBe(2);
	});

	test('two passes with the same input are two pictures, each bought once over the tries', async () => {
		failReadsOf(2);
		const finished = await fixture.runPasses(2, { items: inputItems(2), ...TRIES });
		expect(finished.status).toBe('success');
		expect(finished.runsOf(NODE_UNDER_TEST)).toHaveLength(2);
		expect(fixture.emulator.counts().submitsReceived).toBe(4);
	});

	test('Retry execution of the second pass leaves the first alone and buys nothing', async () => {
		const { emulator } = fixture;
		emulator.onCall = ({ phase, requestId }) =>
			phase === 'result' && requestId === emulator.requests()[1]?.id
				? { kind: 'status', status: 400, body: { message: 'no' } }
				: undefined;
		const failed = await fixture.runPasses(2, TRIES);
		expect(failed.status).toBe('error');
		emulator.onCall = undefined;
		const retried = await fixture.runPasses(2, { ...TRIES, retryOf: failed });
		expect(retried.status).toBe('success');
		expect(emulator.counts().submitsReceived).toBe(2);
	});
});

describe('what is stored', () => {
	test('an entry is small, and holds neither the prompt, the image nor the token', async () => {
		const bytes = jpegAround(Buffer.alloc(200_000, 'x'));
		const items: INodeExecutionData[] = await Promise.all(
			inputItems(5).map(({ json }) => binaryItem(json, 'data', bytes, { fileName: 'a.jpg', mimeType: 'image/jpeg' })),
		);
		fixture.emulator.onCall = ({ phase }) =>
			phase === 'result' ? { kind: 'status', status: 400, body: { message: 'no' } } : undefined;
		const { finished, error } = await fixture.run({
			items,
			parameters: { imageSource: 'binary', binaryPropertyName: 'data', prompt: 'a secret plan' },
		});
		expect(error).toBeDefined();
		const journal = JSON.stringify(storedContext(finished));
		expect(journal.length).toBeGreaterThan(100);
		expect(journal.length).toBeLessThan(5 * 200);
		expect(journal).not.toContain('secret plan');
		expect(journal).not.toContain(fixture.emulator.token);
		expect(journal).not.toContain(bytes.toString('base64').slice(0, 40));
	});
});

const storedContext = ({ data }: Finished) => data.executionData?.contextData;

/** What counts as the same purchase: the place, the parameters as written and the input item, not what expressions give. */
describe('what counts as the same purchase', () => {
	const bought = () => fixture.emulator.counts().submitsReceived;

	/** The second request is held back by the safety check. */
	function blockSecond() {
		fixture.emulator.onCall = ({ phase, requestId }) => {
			const isSecond = fixture.emulator.requests()[1]?.id === requestId;
			return phase === 'result' && isSecond
				? { kind: 'status', status: 200, body: { request_id: requestId, status: 'failed', error: 'held back' } }
				: undefined;
		};
	}

	/** Each gives another value at each look. */
	const VOLATILE: Array<[what: string, parameters: INodeParameters]> = [
		['a random seed', { modelOptions: { seed: '={{ Math.floor(Math.random() * 2147483647) }}' } }],
		['the time of day in the prompt', { prompt: '=on a table at {{ $now.toMillis() }} {{ Math.random() }}' }],
		[
			'a time stamp in the address',
			{ imageUrl: '=https://images.example.com/shoe.jpg?t={{ Date.now() }}{{ Math.random() }}' },
		],
	];

	describe.each(VOLATILE)('%s', (_what, parameters) => {
		test('Retry On Fail buys each of five items once', async () => {
			blockSecond();
			await fixture.run({ items: inputItems(5), parameters, ...TRIES });
			expect(bought()).toBe(5);
		});

		test('Retry execution buys only what failed', async () => {
			blockSecond();
			const { finished } = await fixture.run({ items: inputItems(5), parameters });
			fixture.emulator.onCall = undefined;
			const { items } = await fixture.run({ items: inputItems(5), parameters, retryOf: finished });
			expect(items).toHaveLength(5);
			expect(bought()).toBe(6);
		});

		test('a cut submit is not made again', async () => {
			fixture.emulator.onCall = ({ phase }) => (phase === 'submit' ? { kind: 'cutAfter' } : undefined);
			await fixture.run({ items: inputItems(1), parameters, ...TRIES });
			expect(bought()).toBe(1);
		});
	});

	describe('bought anew', () => {
		const failThenRetry = async (before: object, after: object) => {
			blockSecond();
			const { finished } = await fixture.run({ items: inputItems(2), ...before });
			fixture.emulator.onCall = undefined;
			const so = bought();
			await fixture.run({ items: inputItems(2), ...after, retryOf: finished });
			return bought() - so;
		};

		test('with a Timeout that was raised: only what failed', async () => {
			expect(await failThenRetry({}, { parameters: { options: { timeout: 900 } } })).toBe(1);
		});

		test('with Simplify switched off: only what failed', async () => {
			expect(await failThenRetry({}, { parameters: { simplify: false } })).toBe(1);
		});
	});

	describe('a file that a webhook received: n8n moves it into the folder of the execution once that has ended', () => {
		/** The failed execution as n8n stores it. */
		async function withMovedFile(failed: Finished): Promise<Finished> {
			const { data } = failed;
			const file = data.executionData?.nodeExecutionStack[0]?.data.main[0]?.[0]?.binary?.data;
			if (file?.id === undefined) throw new Error('There is no stored file');
			const [mode, from] = file.id.split(':');
			const to = from.replace(/executions\/[^/]+/, 'executions/390');
			await binaryDataService().rename(from, to);
			file.id = `${mode}:${to}`;
			return Object.create(failed, { data: { value: data } }) as Finished;
		}

		test.each<[string, Fault]>([
			['result', { kind: 'status', status: 400, body: { message: 'no' } }],
			['submit', { kind: 'cutAfter' }],
		])('Retry execution after trouble with the %s submits nothing', async (inPhase, fault) => {
			const photo = { fileName: 'a.jpg', mimeType: 'image/jpeg' };
			const items = [await binaryItem({}, 'data', jpegAround(Buffer.alloc(20_000, 'x')), photo)];
			const parameters = { imageSource: 'binary', binaryPropertyName: 'data' };
			fixture.emulator.onCall = ({ phase }) => (phase === inPhase ? fault : undefined);
			const { finished } = await fixture.run({ items, parameters });
			fixture.emulator.onCall = undefined;
			await fixture.run({ parameters, retryOf: await withMovedFile(finished) });
			expect(bought()).toBe(1);
		});
	});
});
