/** What was spent and may still be spent, and the step before the first submit: with the real journal. */
import { describe, expect, test } from '@jest/globals';

import { approve, limitError, spendingInWords } from '../../nodes/RunComfy/batch/approve.ts';
import type { OrderTask } from '../../nodes/RunComfy/batch/orders.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import { isUsd, Spending } from '../../nodes/RunComfy/purchase/spending.ts';
import { journalOn } from './shop.mts';

function open(maxUsd?: number, stored = {}) {
	const journal = journalOn(stored);
	const spending = new Spending(journal, maxUsd);
	let item = 0;
	const key = () => journal.keyOf(item++, 'a');
	const bought = (usd: number, more: object = {}) => {
		const one = key();
		journal.accepted(one, { id: `id-${item}`, usd, ...more });
		return one;
	};
	return { journal, spending, key, bought };
}

describe('the account', () => {
	test('what is over counts with its cost, or its estimate; what is under way with the estimate', () => {
		const { journal, spending, key, bought } = open(10);
		const [told, untold, failed] = [bought(1), bought(2), bought(4)];
		bought(8);
		journal.submitting(key(), false, 16);
		spending.settle(told, 0.5);
		spending.settle(failed, 0.25);
		for (const one of [told, untold]) journal.succeeded(one);
		journal.endedInVain(failed);
		expect(spending.account()).toEqual({ spentUsd: 0.5 + 2 + 0.25, inFlight: 2, inFlightUsd: 24, dearestUsd: 0.5 });
	});

	test('what is under way counts with the dearest that was seen, where that is more', () => {
		const { journal, spending, bought } = open(10);
		const dear = bought(1);
		bought(1);
		spending.settle(dear, 3);
		journal.succeeded(dear);
		expect(spending.account()).toEqual({ spentUsd: 3, inFlight: 1, inFlightUsd: 3, dearestUsd: 3 });
		expect([spending.fits([1]), spending.fits([1, 1])]).toEqual([true, false]);
	});

	test('what an earlier run from the editor paid for costs nothing', () => {
		const { journal, spending, bought } = open(10);
		const free = bought(5, { free: true });
		bought(5, { free: true });
		spending.settle(free, 5);
		journal.succeeded(free);
		expect(spending.account()).toEqual({ spentUsd: 0, inFlight: 0, inFlightUsd: 0, dearestUsd: 0 });
	});

	test('what has been bought anew goes on to count', () => {
		const { journal, spending, bought } = open(10);
		const one = bought(1);
		spending.settle(one, 2);
		journal.endedInVain(one);
		journal.submitting(one, false, 1);
		expect(spending.account()).toMatchObject({ spentUsd: 2, inFlight: 1, inFlightUsd: 1 });
	});

	test('a cost that is none is not written down, nor any where nothing is limited', () => {
		const limited = open(10);
		const one = limited.bought(1);
		for (const cost of [undefined, null, '2', Number.NaN, Infinity, -1]) limited.spending.settle(one, cost);
		limited.journal.succeeded(one);
		expect(limited.spending.account().spentUsd).toBe(1);
		limited.spending.settle(one, 0);
		expect(limited.spending.account().spentUsd).toBe(0);
		const unlimited = open();
		unlimited.spending.settle(unlimited.bought(1), 7);
		expect(JSON.stringify(unlimited.journal.all())).not.toContain('7');
		expect([unlimited.spending.isLimited, limited.spending.isLimited]).toEqual([false, true]);
		expect([isUsd(0), isUsd(0.06), isUsd(-0.01)]).toEqual([true, true, false]);
	});
});

describe('what fits', () => {
	test('up to the limit, all together, and without the dust of binary fractions', () => {
		const { spending, bought } = open(0.3);
		expect([spending.fits([0.1, 0.2]), spending.fits([0.1, 0.2, 0.01])]).toEqual([true, false]);
		bought(0.1);
		expect([spending.fits([0.2]), spending.fits([0.2001]), spending.fits([])]).toEqual([true, false, true]);
	});

	test('everything without a limit', () => expect(open().spending.fits([1e9])).toBe(true));
});

describe('before the first submit', () => {
	const task = (journalKey: string, usd: number | undefined, hash = journalKey): OrderTask => ({
		itemIndex: 0,
		journalKey,
		job: async () => ({ hash, queue: { label: 'a/model' }, quote: async () => ({ usd }) }) as never,
	});
	const scene = (maxUsd?: number, available: Record<string, number> = {}) => {
		const { journal, spending, bought } = open(maxUsd);
		const testRun = { available: (hash: string) => available[hash] ?? 0 };
		const run = { journal, spending, testRun } as unknown as Run;
		const about = { repeatUnknown: () => false, reuse: () => true };
		return { run, about, journal, bought, ask: async (tasks: OrderTask[]) => await approve(run, tasks, about) };
	};

	test('all that fits may be bought; without a limit nothing is asked', async () => {
		expect(await scene(3).ask([task('a', 1), task('b', 2)])).toBeUndefined();
		const never: OrderTask = {
			itemIndex: 0,
			journalKey: 'a',
			job: async () => await Promise.reject(new Error('asked')),
		};
		expect(await scene().ask([never])).toBeUndefined();
	});

	test('what does not fit is refused as a whole, in words', async () => {
		const { ask, bought, run } = scene(3);
		bought(0.5);
		const tasks = [task('a', 1), task('b', 2.5)];
		const answer = await ask(tasks);
		expect(answer?.refused).toEqual(tasks);
		const words = `${answer?.error.message} ${answer?.error.description}`;
		for (const told of ['2', '$3.50', '$3.00', '$0.50']) expect(words).toContain(told);
		expect(spendingInWords(run.spending)).toEqual({ max: '$3.00', spent: '$0.00', inFlight: 1, inFlightCost: '$0.50' });
		expect(limitError(run, 'image').message).toContain('$3.00');
		expect(spendingInWords(open().spending).max).toBe('$0.00');
	});

	test('what is bought already, or needs no job, costs nothing more', async () => {
		const { ask, journal } = scene(1);
		const [bought, unclear] = ['a', 'b'].map((identity) => journal.keyOf(0, identity));
		journal.accepted(bought, { id: 'id-1', usd: 0.4 });
		journal.unknown(unclear, false, { id: 'id-2' });
		expect(await ask([task(bought, 9), task(unclear, 9), task('c', 0.6)])).toBeUndefined();
	});

	test('without a price nothing of it is bought', async () => {
		const tasks = [task('a', 1), task('b', undefined)];
		const answer = await scene(3).ask(tasks);
		expect(answer?.refused).toEqual(tasks);
		expect(answer?.error.message).toContain('a/model');
	});

	test('what an earlier run from the editor bought is free as often as it is there', async () => {
		const equal = [task('a', 1, 'same'), task('b', 1, 'same'), task('c', 1, 'same')];
		expect(await scene(1, { same: 2 }).ask(equal)).toBeUndefined();
		expect(await scene(0.5, { same: 3 }).ask(equal)).toBeUndefined();
		expect((await scene(1, { same: 1 }).ask(equal))?.refused).toHaveLength(3);
		const { run, about } = scene(1, { same: 2 });
		expect(await approve(run, equal, { ...about, reuse: () => false })).toBeDefined();
		const { testRun: _none, ...production } = run;
		expect(await approve(production as Run, equal, about)).toBeDefined();
	});
});
