/** From an item to its orders, and what is told of them when something fails: with the real journal. */
import { describe, expect, test } from '@jest/globals';

import { earlierPurchases } from '../../nodes/RunComfy/errors/batchWords.ts';
import { asRunComfyError, RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { MAX_VARIANTS } from '../../nodes/RunComfy/batch/optionFields.ts';
import { othersInWords, namingBought, readOrders, withBought } from '../../nodes/RunComfy/batch/orders.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import type { Job } from '../../nodes/RunComfy/purchase/job.ts';
import type { Journal } from '../../nodes/RunComfy/purchase/journal.ts';
import { TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import type { Order } from '../../nodes/RunComfy/purchase/order.ts';
import { VirtualClock } from '../lib/virtualClock.mts';
import { journalOn, spendingOf, testRunOn } from './purchaseContext.mts';

const SEED = { name: 'seed', min: 0, max: 1_000, madeUpMax: 1_000, hashWith: (seed: number) => `h with ${seed}` };

const JOB = {
	queue: { label: 'a/model', submitUrl: 'https://runcomfy.example/a', requestsUrl: 'https://runcomfy.example/r' },
	hash: 'h',
	kind: 'quick',
	inputs: { prompt: 'a beach' },
	seed: SEED,
	makeBody: async () => ({ prompt: 'a beach' }),
} as unknown as Job;

const OPTIONS = { windowMs: 1_000, cancelOnStop: true, isWaitedFor: true, reuseInTestRuns: true };

function open({ job = JOB, executionId = '1', stored = {} } = {}) {
	const journal = journalOn(stored, executionId);
	const money = {
		journal,
		spending: spendingOf(journal),
		testRunReuse: testRunOn(new TestRunMemory(new VirtualClock()), false),
	};
	const run = { money } as unknown as Run;
	let read = 0;
	const readJob = async () => {
		read += 1;
		return job;
	};
	const orders = async (variants: number, submitAgain = false, reader = {}) =>
		await readOrders(run, { noun: 'image', readJob, ...reader } as never, 0, {
			...OPTIONS,
			variants,
			submitAgain,
		});
	return { journal, run, orders, read: () => read };
}

describe('the orders of an item', () => {
	test('one: the job as it is, read before anything is bought', async () => {
		const { orders, read, journal } = open();
		const [order, ...more] = await orders(1);
		expect(more).toEqual([]);
		expect(order).toEqual({
			itemIndex: 0,
			noun: 'image',
			windowMs: 1_000,
			cancelOnStop: true,
			isWaitedFor: true,
			reuse: true,
			submitAgain: false,
			journalKey: journal.keyOf(0),
			job: order.job,
		});
		expect(read()).toBe(1);
		expect(await order.job()).toBe(JOB);
		expect(read()).toBe(1);
	});

	test('several: one job, a key and a seed each, in what is sent, shown and hashed', async () => {
		const { orders, read, journal } = open();
		const three = await orders(3);
		expect(three.map(({ itemIndex, variant }) => [itemIndex, variant])).toEqual([
			[0, 1],
			[0, 2],
			[0, 3],
		]);
		expect(new Set(three.map(({ journalKey }) => journalKey)).size).toBe(3);
		// Raised before a retry, the first variant is the request that is there.
		expect(three[0].journalKey).toBe(journal.keyOf(0));
		const { variantSeed: first = NaN } = await three[0].job();
		for (const [index, order] of three.entries()) {
			const seed = (first + index) % 1_001;
			const job = await order.job();
			expect(job).toStrictEqual({
				...JOB,
				hash: `h with ${seed}`,
				variantSeed: seed,
				seedSource: { hash: 'h', salt: journal.salt, order: index },
				inputs: { prompt: 'a beach', seed },
				makeBody: job.makeBody,
			});
			expect(await job.makeBody()).toEqual({ prompt: 'a beach', seed });
		}
		expect(read()).toBe(1);
	});

	test('an account that lists requests is named', async () => {
		const [order] = await open().orders(1, false, { listed: 'on its page' });
		expect(order).toHaveProperty('listed', 'on its page');
	});

	test('lowered before a retry: those that were paid for come out too, once each, and nothing else does', async () => {
		const { journal, orders } = open();
		const paid = [1, 2, 4, MAX_VARIANTS];
		for (const variant of paid) {
			const key = journal.keyOf(0, variant);
			journal.accept(key, { id: `id-${variant}` });
			journal.end(key, 'succeeded');
		}
		journal.accept(journal.keyOf(0, 3), { id: 'id-3' });
		const read = await orders(2);
		expect(read.map(({ variant, isExtra }) => [variant, isExtra])).toEqual([
			[1, undefined],
			[2, undefined],
			[4, true],
			[MAX_VARIANTS, true],
		]);
		const [, , extra] = read;
		expect(extra).toMatchObject({ itemIndex: 0, noun: 'image', journalKey: journal.keyOf(0, 4) });
		expect(await extra.job()).toBe(JOB);
	});

	test.each([
		['paid, under Continue On Fail', true, 'id-1', true],
		['paid, without it', false, 'id-1', false],
		['not paid', true, undefined, false],
	])('of which one cannot be bought any more, another being %s', async (_what, continueOnFail, id, isDelivered) => {
		const { journal, run, orders } = open();
		Object.assign(run, { continueOnFail });
		if (id !== undefined) journal.accept(journal.keyOf(0), { id });
		const readJob = async () => await Promise.reject(new RunComfyError('no prompt', 'Write one.'));
		const read = await orders(2, false, { readJob }).catch((error: RunComfyError) => error);
		if (!isDelivered) return expect(read).toMatchObject({ message: 'no prompt' });
		const [paid, wrong] = read as Order[];
		expect(paid.problem).toBeUndefined();
		expect(wrong.problem).toMatchObject({
			message: 'no prompt',
			description: 'You were not charged for this attempt. Write one.',
		});
	});

	test('several of a model without a seed: refused before anything is bought', async () => {
		const { seed: _none, ...seedless } = JOB;
		await expect(open({ job: seedless as Job }).orders(2)).rejects.toThrow(/seed/i);
	});

	test.each([
		['bought', (journal: Journal, key: string) => journal.accept(key, { id: 'id-1' }), false, 0],
		['unclear', (journal: Journal, key: string) => journal.unknown(key, false), false, 0],
		['unclear, and to be repeated', (journal: Journal, key: string) => journal.unknown(key, false), true, 1],
	])('of one that is %s the job is read only where it is needed', async (_what, before, submitAgain, reads) => {
		const { journal, orders, read } = open();
		before(journal, journal.keyOf(0));
		await orders(1, submitAgain);
		expect(read()).toBe(reads);
	});
});

describe('an error names what was bought for its item', () => {
	const thrown = () => new RunComfyError('The file could not be read', 'Try again.');
	const facts = (error: RunComfyError) => ({ id: error.facts.requestId, advice: error.description });

	test.each([
		['nothing', () => {}, undefined, 'Try again.'],
		[
			'a request',
			(journal: Journal, key: string) => journal.accept(key, { id: 'id-1' }),
			'id-1',
			'Try again. Request id-1 was already submitted for this item in an earlier attempt: fetch it with Get Result.',
		],
		[
			'a submit that named a request',
			(journal: Journal, key: string) => journal.unknown(key, false, { id: 'id-1' }),
			'id-1',
			'Try again. An earlier submit of this item may have been charged as request id-1: fetch it with Get Result.',
		],
		[
			'a submit that named none',
			(journal: Journal, key: string) => journal.unknown(key, false),
			undefined,
			'Try again. An earlier submit of this item got no usable answer and may have been charged.',
		],
	] as const)('%s', (_what, before, id, advice) => {
		const { journal, run } = open();
		const key = journal.keyOf(0);
		(before as (journal: Journal, key: string) => unknown)(journal, key);
		expect(facts(withBought(journal, key, thrown()))).toEqual({ id, advice });
		expect(facts(namingBought(run.money.journal, 0, thrown()))).toEqual({ id, advice });
		expect(facts(namingBought(run.money.journal, 1, thrown()))).toEqual({ id: undefined, advice: 'Try again.' });
	});

	test('an error that names a request already stays as it is', () => {
		const { journal } = open();
		const key = journal.keyOf(0);
		journal.accept(key, { id: 'id-1' });
		const named = asRunComfyError(new Error('broken'), 'id-7');
		expect(withBought(journal, key, named)).toBe(named);
	});

	test.each([1, 3, MAX_VARIANTS])('where the item has several: variant %i', async (variant) => {
		const { journal, run, orders } = open();
		const { journalKey } = (await orders(MAX_VARIANTS))[variant - 1];
		journal.accept(journalKey, { id: 'id-9' });
		expect(namingBought(run.money.journal, 0, thrown()).facts.requestId).toBe('id-9');
	});
});

describe('an item with several variants that were bought', () => {
	const thrown = () => new RunComfyError('The file could not be read', 'Try again.');
	const ALSO = (ids: string) => expect.stringMatching(new RegExp(`^Try again\\. .*${ids}`));

	test.each<[what: string, bought: Record<number, string | undefined>, requestId: string | undefined, advice: unknown]>(
		[
			['the first and the third', { 1: 'id-1', 3: 'id-3' }, 'id-1', ALSO('id-1.*id-3')],
			['an unclear one and two others', { 1: undefined, 2: 'id-2', 3: 'id-3' }, undefined, ALSO('id-2.*id-3')],
		],
	)('%s: the error names each of them once', (_what, bought, requestId, advice) => {
		const { journal } = open();
		for (const [variant, id] of Object.entries(bought)) {
			const key = journal.keyOf(0, Number(variant));
			if (id === undefined) journal.unknown(key, false);
			else journal.accept(key, { id });
		}
		const { facts, description } = namingBought(journal, 0, thrown());
		expect(facts.requestId).toBe(requestId);
		expect(description).toEqual(advice);
		const ids = Object.values(bought);
		for (const id of ['id-1', 'id-2', 'id-3']) {
			expect(String(description).split(id)).toHaveLength(ids.includes(id) ? 2 : 1);
		}
	});
});

describe('what is told of the others', () => {
	test('each by what the journal says', () => {
		const stored = {};
		const before = open({ stored });
		const failedBefore = before.journal.keyOf(6);
		before.journal.accept(failedBefore, { id: 'id-6' });
		before.journal.end(failedBefore, 'failed');
		const { journal, run } = open({ stored, executionId: '2' });
		const keys = [0, 1, 2, 3, 4, 5].map((item) => journal.keyOf(item));
		for (const index of [0, 1, 2]) journal.accept(keys[index], { id: `id-${index}` });
		for (const index of [3, 4]) journal.unknown(keys[index], false);
		const notDone = [...keys, failedBefore].map((journalKey, itemIndex) => [{ itemIndex, journalKey } as Order]);
		const { safe, more: words } = othersInWords(run, [{ noun: 'item', done: 4, notDone }]);
		expect(safe).toBe(
			'4 other items are finished; a retry does not charge for them again. ' +
				'3 other items have requests from an earlier attempt; a retry does not charge for them again.',
		);
		expect(words).toContain('It is not known whether 2 other items were charged in an earlier attempt.');
		expect(words).toContain('1 other item was submitted by an earlier execution and failed or was cancelled');
		expect(words).toContain('1 other item was not submitted.');
	});

	test('variants of one item are one item, by the one that says most', () => {
		const { journal, run } = open();
		const [first, second, third, other] = [1, 2, 3]
			.map((variant) => journal.keyOf(0, variant))
			.concat(journal.keyOf(1));
		journal.unknown(first, false);
		journal.accept(second, { id: 'id-2' });
		const orders = [first, second, third].map((journalKey) => ({ itemIndex: 0, journalKey }));
		const notDone = [orders, [{ itemIndex: 1, journalKey: other }]] as Order[][];
		const { safe, more } = othersInWords(run, [{ noun: 'item', done: 0, notDone }]);
		expect(safe).toContain('1 other item has a request from an earlier attempt');
		expect(more).toContain('1 other item was not submitted.');
		expect(more).not.toContain('not known');
	});

	test('variants of the item that failed are counted one by one, and what to do is said once', () => {
		const { journal, run } = open();
		const [first, second] = [1, 2].map((variant) => [{ journalKey: journal.keyOf(0, variant) } as Order]);
		journal.accept(first[0].journalKey, { id: 'id-1' });
		const { safe, more } = othersInWords(run, [
			{ noun: 'variant', done: 2, notDone: [first, second] },
			{ noun: 'item', done: 1, notDone: [] },
		]);
		expect(safe).toBe(
			'2 other variants are finished; a retry does not charge for them again. ' +
				'1 other variant has a request from an earlier attempt; a retry does not charge for it again. ' +
				'1 other item is finished; a retry does not charge for it again.',
		);
		expect(more).toMatch(/^1 other variant was not submitted\. To get the finished items [^:]*$/);
	});

	test('and of all, where none came as far', () => {
		const { journal } = open();
		expect(earlierPurchases(journal.purchases())).toBe('Nothing was submitted.');
		journal.accept(journal.keyOf(0), { id: 'id-1' });
		journal.unknown(journal.keyOf(1), false, { id: 'id-2' });
		const words = earlierPurchases(journal.purchases());
		for (const told of ['Nothing more was submitted.', 'id-1', 'id-2']) expect(words).toContain(told);
	});
});
