/** What runs from the editor share: found by what was sent and the account, used once a run, gone after an hour or when it gave nothing. */
import { describe, expect, test } from '@jest/globals';

import { reuseSummary } from '../../nodes/RunComfy/purchase/reuseSummary.ts';
import { TestRunReuse, TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import { settle, VirtualClock } from '../lib/virtualClock.mts';

const HOUR_MS = 3_600_000;

function open() {
	const clock = new VirtualClock();
	const runs = new TestRunMemory(clock);
	let nth = 0;
	const newId = () => `execution ${(nth += 1)}`;
	/** Of an execution of its own, unless it is a further pass or node of one. */
	const start = ({ isOn = true, account = 'a', used = [] as string[], of = { id: newId() } } = {}) =>
		new TestRunReuse(runs, isOn, account, of.id, of, new Set(used));
	return { clock, runs, start };
}

const bought = (id: string, hash = 'h') => ({ id, hash, boughtAtMs: Number(id) });

describe('a later run', () => {
	test('takes what an earlier one bought, the newest first and each once', () => {
		const { start } = open();
		const first = start();
		first.remember(bought('1'));
		first.remember(bought('2'));
		const second = start();
		expect(second.available('h')).toBe(2);
		expect([second.take('h')?.id, second.take('h')?.id, second.take('h')]).toEqual(['2', '1', undefined]);
		expect(second.available('h')).toBe(0);
		// The next one may take them again.
		expect(start().available('h')).toBe(2);
	});

	test.each<[what: string, other: Parameters<ReturnType<typeof open>['start']>[0], hash: string]>([
		['another input', {}, 'other'],
		['another account', { account: 'b' }, 'h'],
		['a run that is none from the editor', { isOn: false }, 'h'],
		['a run that has the request already', { used: ['1'] }, 'h'],
	])('not %s', (_what, other, hash) => {
		const { start } = open();
		start().remember(bought('1'));
		const run = start(other);
		expect([run.available(hash), run.take(hash)]).toEqual([0, undefined]);
	});

	test.each<[what: string, isOn: boolean, hash: string | undefined]>([
		['a production run', false, 'h'],
		['a request without a hash', true, undefined],
	])('nor what %s bought', (_what, isOn, hash) => {
		const { start } = open();
		start({ isOn }).remember({ ...bought('1'), hash });
		expect(start().available(String(hash))).toBe(0);
	});

	test('nor, in the execution that bought it, as a second result of an equal item, pass or node', () => {
		const { start } = open();
		const of = { id: 'own' };
		start({ of }).remember(bought('1'));
		const run = start({ of });
		expect([run.available('h'), run.take('h')]).toEqual([0, undefined]);
	});

	test('nor one that another node of its execution has taken', () => {
		const { start } = open();
		start().remember(bought('1'));
		const of = { id: 'own' };
		expect(start({ of }).take('h')?.id).toBe('1');
		expect(start({ of }).take('h')).toBeUndefined();
	});

	test('nor one that is just being cancelled, until it is known that it is not', async () => {
		const { runs, start } = open();
		start().remember(bought('1'));
		const run = start();
		expect(await runs.whileCancelling('1', async () => run.available('h'))).toBe(0);
		expect(run.take('h')?.id).toBe('1');
		expect(runs.shared.has('1')).toBe(true);
	});

	test('of the requests that two executions have, the newest ten thousand are known', () => {
		const { runs } = open();
		for (let nth = 1; nth <= 10_000; nth += 1) runs.shared.add(String(nth));
		expect(runs.shared.has('1')).toBe(true);
		runs.shared.add('10001');
		expect(['1', '2', '10001'].map(runs.shared.has)).toEqual([false, true, true]);
	});

	test('is told when it was bought, by the time of day as it is now', async () => {
		const { clock, start } = open();
		await clock.goTo(1_000);
		start().remember(bought('1'));
		await clock.goTo(4_000);
		clock.jump(60_000);
		expect(start().take('h')?.boughtAtMs).toBe(61_000);
	});

	test('a request that is remembered twice is there once, as it was told last', () => {
		const { start } = open();
		start().remember(bought('1'));
		start().remember({ ...bought('1'), seed: 7 });
		const run = start();
		expect(run.available('h')).toBe(1);
		expect(run.take('h')?.seed).toBe(7);
	});
});

describe('the salt of made-up seeds', () => {
	const withSeeds = (id: string, salt: string) => ({ ...bought(id), seedSource: { hash: 'plain', salt, order: 0 } });

	test('is that of the run before while anything of it is left, then the own one', async () => {
		const { clock, start } = open();
		start().remember(withSeeds('1', 'first'));
		const later = { id: 'later' };
		const run = start({ of: later });
		expect(run.saltFor('plain', 'own')).toBe('first');
		expect(run.saltFor('other', 'own')).toBe('own');
		expect(start({ isOn: false }).saltFor('plain', 'own')).toBe('own');
		await clock.goTo(clock.now() + HOUR_MS);
		run.releaseSalts();
		// The same on every attempt, however late.
		const attempt = start({ of: later });
		expect(attempt.saltFor('plain', 'own')).toBe('first');
		attempt.releaseSalts();
		expect(start().saltFor('plain', 'own')).toBe('own');
	});

	test('is that of a run that goes on just now, until its end', () => {
		const { runs, start } = open();
		const first = start();
		expect(first.saltFor('plain', 'first')).toBe('first');
		const second = start();
		expect(second.saltFor('plain', 'second')).toBe('first');
		expect(second.saltFor('other', 'second')).toBe('second');
		expect(start({ isOn: false }).saltFor('plain', 'own')).toBe('own');
		first.releaseSalts();
		// The second has it still.
		expect(start().saltFor('plain', 'third')).toBe('first');
		second.releaseSalts();
		expect(start().saltFor('other', 'third')).toBe('third');
		expect(runs.saltsInUse.size).toBe(2);
	});

	test('is that of a run that began later and is over by now', () => {
		const { start } = open();
		const of = { id: 'slow' };
		start({ of });
		const quick = start();
		quick.remember(withSeeds('1', quick.saltFor('plain', 'quick')));
		quick.releaseSalts();
		expect(start({ of }).saltFor('plain', 'slow')).toBe('quick');
	});

	test('is that of the newest, and another one for another node of the same execution', () => {
		const { start } = open();
		start().saltFor('plain', 'first');
		const of = { id: 'one' };
		expect(start({ of }).saltFor('plain', 'a')).toBe('first');
		expect(start({ of }).saltFor('plain', 'b')).toBe('b');
		expect(start().saltFor('plain', 'own')).toBe('b');
	});

	test('is the own one where all of the run before gave nothing', () => {
		const { start } = open();
		start().remember(withSeeds('1', 'first'));
		start().forget('1');
		expect(start().saltFor('plain', 'own')).toBe('own');
	});

	test('differs for two nodes that send the same', () => {
		const { start } = open();
		start().remember(withSeeds('1', 'one'));
		start().remember(withSeeds('2', 'two'));
		const run = start();
		expect(['a', 'b', 'c', 'a'].map((own) => run.saltFor('plain', own))).toEqual(['two', 'one', 'c', 'two']);
	});
});

describe('is no longer there', () => {
	test.each([
		[HOUR_MS - 1, 1],
		[HOUR_MS, 0],
	])('after %d ms: %d', async (ms, left) => {
		const { clock, start } = open();
		start().remember(bought('1'));
		await clock.goTo(clock.now() + ms);
		expect(start().available('h')).toBe(left);
	});

	test('an hour after it was remembered, but still for a run that began before', async () => {
		const { clock, start } = open();
		start().remember(bought('1'));
		await clock.goTo(clock.now() + HOUR_MS - 1);
		const run = start();
		await clock.goTo(clock.now() + HOUR_MS);
		expect(run.take('h')?.id).toBe('1');
		expect(start().take('h')).toBeUndefined();
	});

	test('what gave nothing, for whoever began before and after', () => {
		const { start } = open();
		const first = start();
		first.remember(bought('1'));
		first.remember(bought('2'));
		const [second, third] = [start(), start()];
		expect(second.take('h')?.id).toBe('2');
		second.forget('2');
		expect([second.take('h')?.id, third.take('h')?.id, third.take('h')]).toEqual(['1', '1', undefined]);
		expect(start().available('h')).toBe(1);
	});

	test('what gave nothing, though it was driven out meanwhile and a run still holds it', () => {
		const { start } = open();
		start().remember(bought('1'));
		const [second, third] = [start(), start()];
		for (let nth = 0; nth < 501; nth += 1) second.remember({ id: `new-${nth}`, hash: 'new' });
		expect(second.take('h')?.id).toBe('1');
		second.forget('1');
		expect(third.take('h')).toBeUndefined();
	});

	test('what gave nothing for an execution that holds nothing: who began before does not take it', () => {
		const { start } = open();
		start().remember(bought('1'));
		const run = start();
		start({ isOn: false }).forget('1');
		expect(run.take('h')).toBeUndefined();
	});

	test('an hour after a run beside this one bought it', async () => {
		const { clock, start } = open();
		const run = start();
		start().remember(bought('1'));
		expect(run.available('h')).toBe(1);
		await clock.goTo(clock.now() + HOUR_MS);
		expect(run.available('h')).toBe(0);
	});

	test('what a run of production forgets: anyone may have looked at it', () => {
		const { start } = open();
		start().remember(bought('1'));
		start({ isOn: false }).forget('1');
		expect(start().available('h')).toBe(0);
	});
});

describe('how many are kept', () => {
	const fill = (run: TestRunReuse, count: number, hash: string) => {
		for (let nth = 0; nth < count; nth += 1) run.remember({ id: `${hash}-${nth}`, hash });
	};

	test('500 besides those of the run that buys; the oldest go first', () => {
		const { start } = open();
		fill(start(), 300, 'old');
		fill(start(), 300, 'new');
		const run = start();
		expect([run.available('old'), run.available('new')]).toEqual([200, 300]);
		expect(run.take('old')?.id).toBe('old-299');
	});

	test('of two runs at once, neither drives out its own: the oldest of the others go', () => {
		const { start } = open();
		const [mine, other] = [start(), start()];
		fill(mine, 1, 'mine');
		fill(other, 499, 'other');
		mine.remember({ id: 'mine-1', hash: 'mine' });
		expect([start().available('mine'), start().available('other')]).toEqual([2, 498]);
		fill(mine, 1, 'mine');
		expect([start().available('mine'), start().available('other')]).toEqual([2, 498]);
	});

	test('what gave nothing takes up no room', () => {
		const { start } = open();
		fill(start(), 300, 'old');
		const failing = start();
		fill(failing, 200, 'failed');
		for (let nth = 0; nth < 200; nth += 1) failing.forget(`failed-${nth}`);
		fill(start(), 200, 'new');
		expect([start().available('old'), start().available('new')]).toEqual([300, 200]);
	});

	test('a run of which all gave nothing has no more room than others', () => {
		const { start } = open();
		const failing = start();
		fill(failing, 600, 'failed');
		for (let nth = 0; nth < 600; nth += 1) failing.forget(`failed-${nth}`);
		fill(start(), 500, 'other');
		fill(failing, 1, 'mine');
		expect([start().available('other'), start().available('mine')]).toEqual([499, 1]);
	});

	test('all of one run, however many, so that it can be repeated', () => {
		const { start } = open();
		fill(start(), 600, 'h');
		expect(start().available('h')).toBe(600);
	});

	test('what a run may still need is not driven out by what it buys itself', () => {
		const { start } = open();
		fill(start(), 500, 'old');
		const run = start();
		fill(run, 500, 'new');
		expect(run.available('old')).toBe(500);
		expect(start().available('old')).toBe(0);
	});

	test('but never more than ten thousand of one run', () => {
		const { start } = open();
		fill(start(), 10_010, 'h');
		expect(start().available('h')).toBe(10_000);
		expect(start().take('h')?.id).toBe('h-10009');
	});

	test('the passes of an execution are one: all that they bought, and what was there before the first of them', () => {
		const { start } = open();
		fill(start(), 500, 'old');
		const loop = { id: 'loop' };
		for (let pass = 0; pass < 52; pass += 1) fill(start({ of: loop }), 10, `h${pass}`);
		expect(start({ of: loop }).available('old')).toBe(500);
		const next = start();
		expect(Array.from({ length: 52 }, (_, pass) => next.available(`h${pass}`))).toEqual(Array(52).fill(10));
	});
});

test('what is kept does not grow with the number of runs, nor holds the runs themselves', () => {
	const { runs, start } = open();
	let nth = 0;
	const sizeAfter = (count: number) => {
		start().take(`h${nth}`);
		for (const until = nth + count; nth < until;) {
			nth += 1;
			start().remember(bought(String(nth), `h${nth}`));
		}
		let entries = 0;
		const seen = new Set<unknown>();
		const walk = (value: unknown): void => {
			if (typeof value !== 'object' || value === null || seen.has(value)) return;
			seen.add(value);
			if (value instanceof Map || value instanceof Set) {
				entries += value.size;
				[...value.values()].forEach(walk);
			} else Object.values(value).forEach(walk);
		};
		walk(runs);
		expect([...seen].filter((value) => value instanceof TestRunReuse)).toEqual([]);
		return seen.size + entries;
	};
	const full = sizeAfter(600);
	expect(sizeAfter(600)).toBeLessThanOrEqual(full + 5);
});

describe('what is told of it', () => {
	test('nothing where nothing was reused', () => {
		expect(reuseSummary([], 'UTC')).toBeUndefined();
	});

	test('which requests, of how many runs, and the time of the newest where the workflow is', () => {
		const { start } = open();
		const NOON_MS = Date.UTC(2026, 0, 1, 12, 5);
		const second = { id: 'second' };
		start().remember(bought('1'));
		// In two passes.
		start({ of: second }).remember(bought('2'));
		start({ of: second }).remember(bought('3'));
		const run = start();
		const timesMs: Record<string, number | undefined> = { 1: NOON_MS, 2: NOON_MS - 60_000 };
		const taken = [run.take('h'), run.take('h'), run.take('h')].flatMap((one) =>
			one === undefined ? [] : [{ ...one, boughtAtMs: timesMs[one.id] }],
		);
		expect(reuseSummary(taken, 'UTC')).toEqual({ requestIds: new Set(['1', '2', '3']), time: '12:05', runs: 2 });
		expect(reuseSummary(taken, 'America/New_York')?.time).toBe('07:05');
	});
});

describe('what other runs are doing just now is waited for', () => {
	const isOver = async (promise: Promise<unknown>): Promise<boolean> => {
		let over = false;
		void promise.then(() => (over = true));
		await settle();
		return over;
	};

	test.each([true, false])('a submit of the same, whether it succeeds or not (%s)', async (succeeds) => {
		const { start } = open();
		const [first, second] = [start(), start()];
		const endSubmit = first.beginSubmit('h');
		const decided = second.waitForOthers('h');
		expect(await isOver(decided)).toBe(false);
		for (const other of [
			first.waitForOthers('h'),
			second.waitForOthers('other'),
			start({ account: 'b' }).waitForOthers('h'),
			start({ isOn: false }).waitForOthers('h'),
		]) {
			expect(await isOver(other)).toBe(true);
		}
		if (succeeds) first.remember(bought('1'));
		endSubmit();
		expect(await isOver(decided)).toBe(true);
		expect(second.take('h')?.id).toBe(succeeds ? '1' : undefined);
		expect(await isOver(start().waitForOthers('h'))).toBe(true);
	});

	test('each of several submits', async () => {
		const { start } = open();
		const [endFirst, endSecond] = [start().beginSubmit('h'), start().beginSubmit('h')];
		endFirst();
		await settle();
		const decided = start().waitForOthers('h');
		expect(await isOver(decided)).toBe(false);
		endSecond();
		expect(await isOver(decided)).toBe(true);
	});

	test('a production run submits without being waited for', async () => {
		const { start } = open();
		const endSubmit = start({ isOn: false }).beginSubmit('h');
		expect(await isOver(start().waitForOthers('h'))).toBe(true);
		endSubmit();
	});

	test('a cancellation of what could be taken, the last one where there are two', async () => {
		const { runs, start } = open();
		const of = { id: 'own' };
		start({ of }).remember(bought('1'));
		const cancels = [1, 2].map(() => Promise.withResolvers<string>());
		const ends = cancels.map(async ({ promise }) => await runs.whileCancelling('1', async () => await promise));
		const second = start();
		const decided = second.waitForOthers('h');
		expect(await isOver(decided)).toBe(false);
		expect(await isOver(start({ of }).waitForOthers('h'))).toBe(true);
		cancels[0].resolve('not_cancellable');
		expect(await ends[0]).toBe('not_cancellable');
		expect(await isOver(start().waitForOthers('h'))).toBe(false);
		runs.forget('1');
		cancels[1].resolve('cancelled');
		expect(await ends[1]).toBe('cancelled');
		expect(await isOver(decided)).toBe(true);
		expect(second.take('h')).toBeUndefined();
	});
});
