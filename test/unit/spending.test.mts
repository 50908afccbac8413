/** What was spent and may still be spent, and the step before the first submit: with the real journal. */
import { describe, expect, test } from '@jest/globals';

import { callPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import { batchPolicy } from '../../nodes/RunComfy/batch/processState.ts';
import { approve, buyingSteps } from '../../nodes/RunComfy/batch/buyingSteps.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import type { Order } from '../../nodes/RunComfy/purchase/order.ts';
import { Stop, Stopped } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';
import { fakeContext } from './fakeContext.mts';
import { CONNECTION, journalOn, REQUESTS_URL, spendingOf } from './purchaseContext.mts';

function open(maxUsd?: number, stored = {}, pass = 0) {
	const journal = journalOn(stored, '1', { pass });
	const spending = spendingOf(journal, maxUsd);
	let item = 0;
	const key = () => journal.keyOf(item++);
	const bought = (usd: number | undefined, more: object = {}) => {
		const one = key();
		journal.accept(one, { id: `id-${item}`, ...(usd !== undefined && { usd }), ...more });
		return one;
	};
	return { journal, spending, key, bought };
}

describe('the account', () => {
	test('what is over counts with its cost; what is not, or is not reported, with the estimate', () => {
		const { journal, spending, key, bought } = open(100);
		const [reported, unreported, failed] = [bought(1), bought(2), bought(4)];
		bought(8);
		journal.submit(key(), false, 16);
		journal.end(reported, 'succeeded', 0.5);
		expect(spending.totals()).toMatchObject({
			spentUsd: 0.5,
			isAbout: false,
			inFlight: 4,
			inFlightUsd: 2 + 4 + 8 + 16,
		});
		journal.end(unreported, 'succeeded');
		journal.end(failed, 'failed', 0.25);
		expect(spending.totals()).toMatchObject({ spentUsd: 0.5 + 2 + 0.25, isAbout: true, inFlight: 2, inFlightUsd: 24 });
	});

	test('the most expensive one seen decides where that is more: for what is in flight, and for what is over', () => {
		const { journal, spending, bought } = open(10);
		const [expensive, over] = [bought(1), bought(1)];
		bought(1);
		journal.end(expensive, 'succeeded', 3);
		journal.end(over, 'succeeded');
		expect(spending.totals()).toMatchObject({ spentUsd: 6, isAbout: true, inFlight: 1, inFlightUsd: 3 });
		expect([spending.expectedUsd([0.5, 4]), spending.fits([1]), spending.fits([])]).toEqual([7, false, true]);
		expect(spending.inWords()).toMatchObject({ spent: 'about $6.00', inFlightCost: '$3.00', hasBought: true });
	});

	test('in flight: one without an estimate is told of, and a cost that is known is what counts', () => {
		const { journal, spending, bought } = open();
		const one = bought(undefined);
		expect(spending.totals()).toMatchObject({ inFlight: 1, inFlightUsd: 0 });
		journal.report(one, 4);
		expect(spending.totals()).toMatchObject({ spentUsd: 0, inFlight: 1, inFlightUsd: 4 });
		journal.end(one, 'succeeded');
		expect(spending.inWords()).toMatchObject({ spent: '$4.00', inFlight: 0 });
	});

	test('one submit of unknown outcome among others is told of', () => {
		const { journal, spending, key, bought } = open();
		bought(1);
		expect(spending.totals().hasUnclear).toBe(false);
		const unclear = key();
		journal.submit(unclear, false, 1);
		journal.unknown(unclear, false);
		bought(1);
		expect(spending.totals().hasUnclear).toBe(true);
	});

	test('what an earlier run from the editor paid for costs nothing', () => {
		const { journal, spending, bought } = open(10);
		const free = bought(5, { free: true });
		bought(5, { free: true });
		journal.end(free, 'succeeded', 5);
		expect(spending.totals()).toMatchObject({ spentUsd: 0, isAbout: false, inFlight: 0, inFlightUsd: 0 });
		// It has shown what a request can cost, though.
		expect(journal.dearestUsd).toBe(5);
	});

	test.each([
		[undefined, 0],
		[2, 2],
	] as const)('cancelled: nothing, unless RunComfy reports a cost (%j)', (costUsd, spentUsd) => {
		const { journal, spending, bought } = open(10);
		journal.end(bought(5), 'cancelled', costUsd);
		expect(spending.totals()).toMatchObject({ spentUsd, isAbout: false, inFlight: 0, inFlightUsd: 0 });
	});

	test('a cost that is reported late takes the place of the estimate', () => {
		const { journal, spending, bought } = open(10);
		const one = bought(1);
		journal.end(one, 'succeeded');
		journal.report(one, 4);
		expect(spending.totals()).toMatchObject({ spentUsd: 4, isAbout: false });
		expect(journal.dearestUsd).toBe(4);
	});

	test.each([
		[
			'bought again, its cost reported',
			2,
			(book: ReturnType<typeof open>, key: string) => book.journal.submit(key, false, 1),
			1,
		],
		[
			'bought again, its cost not reported',
			undefined,
			(book: ReturnType<typeof open>, key: string) => book.journal.submit(key, false, 1),
			1,
		],
		['removed', undefined, (book: ReturnType<typeof open>, key: string) => book.journal.remove(key), 0],
	])('what is %s goes on to count', (_what, costUsd, leave, inFlight) => {
		const book = open(10);
		const one = book.bought(1.5);
		book.journal.end(one, 'failed', costUsd);
		leave(book, one);
		expect(book.spending.totals()).toMatchObject({
			spentUsd: costUsd ?? 1.5,
			isAbout: costUsd === undefined,
			inFlight,
		});
	});

	test('what is removed has shown what a request can cost', () => {
		const stored = {};
		const book = open(10, stored);
		const one = book.bought(0.06);
		book.journal.end(one, 'succeeded', 0.4);
		book.journal.remove(one);
		const later = open(10, JSON.parse(JSON.stringify(stored)) as object);
		later.bought(0.06);
		expect(later.spending.totals()).toMatchObject({ spentUsd: 0.4, isAbout: false, inFlight: 1, inFlightUsd: 0.4 });
	});

	test('a submit of unknown outcome that was repeated counts twice', () => {
		const { journal, spending, key } = open(10);
		const one = key();
		journal.submit(one, false, 1);
		journal.unknown(one, false);
		journal.submit(one, true, 1);
		expect(spending.totals()).toMatchObject({ inFlight: 2, inFlightUsd: 2 });
		journal.refuse(one, true);
		expect(spending.totals()).toMatchObject({ inFlight: 1, inFlightUsd: 1 });
	});

	test('of several limits the least counts', () => {
		const { spending } = open();
		expect(spending.isLimited).toBe(false);
		for (const usd of [3, undefined, 1, 2]) spending.limitTo(usd);
		expect([spending.fits([1]), spending.fits([1.01]), spending.inWords().max]).toEqual([true, false, '$1.00']);
	});
});

describe('what fits', () => {
	test('up to the limit, all together, and without the dust of binary fractions', () => {
		const { spending, bought } = open(0.3);
		expect([spending.fits([0.1, 0.2]), spending.fits([0.1, 0.2, 0.01])]).toEqual([true, false]);
		bought(0.1);
		expect([spending.fits([0.2]), spending.fits([0.2001]), spending.fits([])]).toEqual([true, false, true]);
	});

	test('what was submitted without an estimate counts as the highest one since', () => {
		const { spending, bought } = open(1);
		bought(undefined);
		expect(spending.fits([0.5, 0.2])).toBe(false);
		expect(spending.totals()).toMatchObject({ inFlight: 1, inFlightUsd: 0.5 });
	});

	test('everything without a limit', () => expect(open().spending.fits([1e9])).toBe(true));
});

const orderOf = (journalKey: string, usd: number | undefined, hash = journalKey): Order =>
	({
		itemIndex: 0,
		journalKey,
		submitAgain: false,
		reuse: true,
		job: async () => ({ hash, queue: { label: 'a/model' }, estimate: async () => ({ usd }) }),
	}) as unknown as Order;

describe('before the first submit', () => {
	const order = orderOf;
	const scene = (maxUsd?: number, available: Record<string, number> = {}) => {
		const { journal, spending, bought } = open(maxUsd);
		const testRunReuse = { waitForOthers: async () => {}, available: (hash: string) => available[hash] ?? 0 };
		const requests = { readResult: async () => ({ kind: 'silent', reason: 'HTTP 503' }) };
		const run = {
			...{ money: { journal, spending, testRunReuse }, requests, connection: CONNECTION },
			...{ clock: new VirtualClock(), stop: new Stop(undefined), policies: { call: callPolicy, batch: batchPolicy } },
		} as unknown as Run;
		return { run, journal, bought, ask: async (orders: Order[]) => await approve(run, orders) };
	};
	const wordsOf = (refused: Awaited<ReturnType<typeof approve>>) =>
		[...refused.values()].map(({ message, description }) => `${message} ${description}`);

	test('all that fits may be bought; without a limit nothing is looked up', async () => {
		expect(await scene(3).ask([order('a', 1), order('b', 2)])).toEqual(new Map());
		const never = { journalKey: 'a', job: async () => await Promise.reject(new Error('asked')) } as unknown as Order;
		expect(await scene().ask([never])).toEqual(new Map());
	});

	test('what does not fit is refused as a whole, in words', async () => {
		const { ask, bought } = scene(3);
		bought(0.5);
		const orders = [order('a', 1), order('b', 2.5)];
		const refused = await ask(orders);
		expect([...refused.keys()]).toEqual(orders);
		for (const told of ['2 requests', '$3.50', '$3.00', '$0.50', 'Nothing more was submitted']) {
			expect(wordsOf(refused)[0]).toContain(told);
		}
	});

	test('the sum that decides is the sum that is told', async () => {
		const { ask, bought, journal } = scene(0.2);
		journal.end(bought(0.06), 'succeeded', 0.15);
		expect(wordsOf(await ask([order('a', 0.06)]))[0]).toContain('1 request would cost about $0.15');
	});

	test('nothing bought yet: it says so', async () => {
		expect(wordsOf(await scene(1).ask([order('a', 9)]))[0]).toContain('Nothing was submitted.');
	});

	test('what is bought already, or needs no job, costs nothing more', async () => {
		const { ask, journal } = scene(1);
		const [bought, unclear] = [0, 1].map((itemIndex) => journal.keyOf(itemIndex));
		journal.accept(bought, { id: 'id-1', usd: 0.4 });
		journal.submit(unclear, false, 0);
		journal.unknown(unclear, false, { id: 'id-2' });
		expect(await ask([order(bought, 9), order(unclear, 9), order('c', 0.6)])).toEqual(new Map());
	});

	test('where the price cannot be read, only what would be charged is refused, and it says why', async () => {
		const { ask, journal } = scene(3, { free: 1 });
		const bought = journal.keyOf(0);
		journal.accept(bought, { id: 'id-1', usd: 0.4 });
		const noPrice = async () => await Promise.reject(new RunComfyError('the catalog is away'));
		const unread = order('x', 1);
		const withoutPrice = {
			...unread,
			job: async () => ({ ...(await unread.job()), queue: { label: 'other/model' }, estimate: noPrice }),
		} as unknown as Order;
		const refused = await ask([order(bought, 9), withoutPrice, order('y', 1)]);
		expect([...refused].map(([one, { message }]) => [one, message])).toEqual([[withoutPrice, 'the catalog is away']]);
		const stopped = {
			...unread,
			job: async () => ({ ...(await unread.job()), estimate: async () => await Promise.reject(new Stopped()) }),
		};
		await expect(ask([stopped as unknown as Order])).rejects.toThrow(Stopped);
	});

	test('without a price only that one is refused', async () => {
		const orders = [order('a', 1), order('b', undefined)];
		const refused = await scene(3).ask(orders);
		expect([...refused.keys()]).toEqual([orders[1]]);
		expect(wordsOf(refused)[0]).toContain('a/model');
	});

	test('what an earlier run from the editor bought is free as often as it is there, and is not refused', async () => {
		const equal = [order('a', 1, 'same'), order('b', 1, 'same'), order('c', 1, 'same')];
		expect(await scene(1, { same: 2 }).ask(equal)).toEqual(new Map());
		expect(await scene(0.5, { same: 3 }).ask(equal)).toEqual(new Map());
		expect([...(await scene(0.5, { same: 1 }).ask(equal)).keys()]).toEqual(equal.slice(1));
		const unpriced = [order('a', undefined, 'same'), order('b', undefined), order('c', undefined, 'same')];
		expect([...(await scene(0.5, { same: 2 }).ask(unpriced)).keys()]).toEqual([unpriced[1]]);
	});

	test('what is free is known only once other runs have submitted; where the option is off, they are not waited for', async () => {
		const available: Record<string, number> = {};
		const { run } = scene(0.5, available);
		let waited = 0;
		run.money.testRunReuse.waitForOthers = async (hash: string) => {
			waited += 1;
			available[hash] = 1;
		};
		expect(await approve(run, [order('a', 1, 'same')])).toEqual(new Map());
		expect((await approve(run, [{ ...order('b', 1, 'other'), reuse: false }])).size).toBe(1);
		expect(waited).toBe(1);
	});

	test('where the option is off, nothing is free', async () => {
		const own = { ...order('a', 1, 'same'), reuse: false };
		expect([...(await scene(0.5, { same: 1 }).ask([own])).keys()]).toEqual([own]);
	});
});

describe('the steps of buying', () => {
	const stepsOf = (orders: Order[] | RunComfyError) => {
		const { journal, spending } = open(1);
		const run = { money: { journal, spending, testRunReuse: {} }, stop: new Stop(undefined) } as unknown as Run;
		const read = async () => (orders instanceof Error ? await Promise.reject(orders) : orders);
		return { journal, steps: buyingSteps(run, read) };
	};

	test('an item that cannot be read names what was bought for it', async () => {
		const { journal, steps } = stepsOf(new RunComfyError('no prompt'));
		journal.accept(journal.keyOf(0), { id: 'id-1' });
		await expect(steps.check(0)).rejects.toMatchObject({ message: 'no prompt', facts: { requestId: 'id-1' } });
	});

	test.each<[options: object, maxUsd: number | undefined]>([
		[{ maxCost: 0.5 }, 0.5],
		[{ maxCost: 0 }, undefined],
		[{}, undefined],
	])('the limit of an item holds although the item cannot be read: %j', async (options, maxUsd) => {
		const { journal, spending } = open();
		const run = { context: fakeContext({ parameters: { options } }), money: { journal, spending } } as unknown as Run;
		const { check } = buyingSteps(run, async () => await Promise.reject(new RunComfyError('no prompt')));
		await expect(check(0)).rejects.toMatchObject({ message: 'no prompt' });
		expect(journal.maxUsd).toBe(maxUsd);
	});

	test('an order with a problem fails for it, and the others are approved without it', async () => {
		const [good, bad] = [orderOf('a', 0.5), { ...orderOf('b', 9), problem: new RunComfyError('no seed') }];
		const { steps } = stepsOf([good, bad]);
		expect(await steps.check(0)).toEqual([good, bad]);
		const { journal, spending } = open(1);
		const testRunReuse = { waitForOthers: async () => {}, available: () => 0 };
		const requests = { readResult: async () => ({ kind: 'silent', reason: 'HTTP 503' }) };
		const run = {
			...{ money: { journal, spending, testRunReuse }, requests, connection: CONNECTION },
			...{ clock: new VirtualClock(), stop: new Stop(undefined), policies: { call: callPolicy, batch: batchPolicy } },
		} as unknown as Run;
		const { approve: approveAll, othersInWords } = buyingSteps<Order>(run, async () => []);
		expect(await approveAll?.([good, bad])).toEqual(new Map([[bad, bad.problem]]));
		expect(await approveAll?.([{ ...good, problem: new RunComfyError('no') }])).toHaveProperty('size', 1);
		expect([...((await approveAll?.([good, orderOf('c', 9)])) ?? new Map<Order, Error>()).keys()]).toHaveLength(2);
		const others = othersInWords?.([{ noun: 'item', done: 1, notDone: [[good]] }]);
		expect(others?.safe).toContain('1 other item is finished');
	});
});

describe('what other passes and attempts left unfinished, before more is bought', () => {
	const seen = (phase: string, cost?: number) => ({ kind: 'seen', phase, status: phase, answer: { cost } });
	const OPTIONS = { priority: 'read', timeoutMs: callPolicy.lastPollTimeoutMs };

	/** A pass before this one has bought for about $0.10 of the $1.00 that may be spent. */
	async function approving(reads: object[], usd: number | undefined, stored: object = {}) {
		if (Object.keys(stored).length === 0) open(1, stored).bought(0.1);
		const { journal, spending, key } = open(1, stored, 1);
		const clock = new VirtualClock(7_000);
		const asked: object[] = [];
		const run = {
			money: {
				...{ journal, spending, open: { close: () => undefined } },
				testRunReuse: { waitForOthers: async () => {}, available: () => 0, forget: () => undefined },
			},
			requests: {
				readResult: async (request: object, options: { latestMs: number }) => {
					asked.push({ ...request, ...options, latestMs: options.latestMs - clock.now() });
					const read = reads[asked.length - 1];
					if (read instanceof Error) throw read;
					return read;
				},
			},
			...{ clock, stop: new Stop(undefined), connection: CONNECTION },
			policies: { call: callPolicy, batch: batchPolicy },
		} as unknown as Run;
		return { asked, refused: await clock.finish(approve(run, [orderOf(key(), usd)])) };
	}

	test.each<[what: string, reads: object[], usd: number, isRefused: boolean]>([
		['succeeded and cost more', [seen('succeeded', 0.6)], 0.5, true],
		['succeeded, its cost reported later', [seen('succeeded'), seen('succeeded', 0.6)], 0.5, true],
		['failed at a cost', [seen('failed', 0.6)], 0.5, true],
		['was cancelled: it gives its money back', [seen('cancelled')], 1, false],
		['goes on: its estimate counts', [seen('queued', 0.6)], 0.9, false],
		['goes on: there is no more than is left', [seen('queued')], 0.91, true],
		['is not known to be over', [{ kind: 'silent', reason: 'HTTP 503' }], 0.9, false],
		['cannot be looked at', [new RunComfyError('no')], 0.9, false],
	])('%s', async (_what, reads, usd, isRefused) => {
		const { asked, refused } = await approving(reads, usd);
		expect(refused.size).toBe(isRefused ? 1 : 0);
		expect(asked).toHaveLength(reads.length);
		const { timeoutMs: latestMs } = OPTIONS;
		expect(asked[0]).toMatchObject({ requestId: 'id-1', requestsUrl: REQUESTS_URL, ...OPTIONS, latestMs });
	});

	test('of many, only some are read: the oldest, and some of the others, the newest among them', async () => {
		const stored = {};
		const before = open(9, stored);
		const [most, many] = [batchPolicy.readOfUnfinished, 3 * batchPolicy.readOfUnfinished];
		for (let nth = 1; nth <= many; nth += 1) before.bought(0.01);
		const { asked } = await approving(
			Array.from({ length: many }, () => seen('queued')),
			0.5,
			stored,
		);
		const numbers = asked.map((options) => Number((options as { requestId: string }).requestId.slice(3)));
		expect(new Set(numbers).size).toBe(most);
		expect(numbers.slice(0, most / 2)).toEqual(Array.from({ length: most / 2 }, (_, nth) => nth + 1));
		expect(Math.max(...numbers)).toBe(many);
	});

	test('is not looked at where nothing is bought, and Stop ends it', async () => {
		expect((await approving([], undefined)).asked).toEqual([]);
		await expect(approving([new Stopped()], 0.5)).rejects.toThrow(Stopped);
	});
});

test('the price of a model that cannot be read is asked for once', async () => {
	const { journal, spending, key } = open(1);
	let asked = 0;
	const estimate = async () => {
		asked += 1;
		return await Promise.reject(new RunComfyError('the catalog is away'));
	};
	const unread = () => {
		const order = orderOf(key(), 1);
		return { ...order, job: async () => ({ ...(await order.job()), estimate }) } as unknown as Order;
	};
	const testRunReuse = { waitForOthers: async () => {}, available: () => 0 };
	const policies = { batch: batchPolicy };
	const run = { money: { journal, spending, testRunReuse }, stop: new Stop(undefined), policies } as unknown as Run;
	expect([(await approve(run, [unread(), unread()])).size, asked]).toEqual([2, 1]);
});
