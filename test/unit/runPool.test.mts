import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { Gate } from '../../nodes/RunComfy/timing/gate.ts';
import { type PoolSlot, type Pool, runPool as poolOf } from '../../nodes/RunComfy/batch/runPool.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { settle, VirtualClock } from '../lib/virtualClock.mts';

const always = () => true;

const run = async <T,>(pool: Omit<Pool<T, void>, 'longestNapMs' | 'done' | 'fail'>) =>
	await poolOf<T, void>({ longestNapMs: 1_000, done: () => {}, fail: () => {}, ...pool });

const runPool = async (
	tasks: number[],
	concurrency: number,
	mayStart: () => boolean,
	work: (task: number) => Promise<void>,
) => await run({ tasks, concurrency, mayStart, work, clock: new VirtualClock(), stop: new Stop(undefined) });

/** Work whose end the test decides. */
function workshop() {
	const begun: number[] = [];
	const ends = new Map<number, () => void>();
	let peak = 0;
	const work = async (task: number) => {
		begun.push(task);
		peak = Math.max(peak, ends.size + 1);
		await new Promise<void>((resolve) => ends.set(task, resolve));
	};
	const end = async (task: number) => {
		ends.get(task)?.();
		ends.delete(task);
		await settle();
	};
	return { begun, work, end, peak: () => peak };
}

describe('the pool', () => {
	test('begins in order, and the next one as soon as any place is free', async () => {
		const { begun, work, end } = workshop();
		const all = runPool([0, 1, 2, 3], 2, always, work);
		expect(begun).toEqual([0, 1]);
		await end(1);
		expect(begun).toEqual([0, 1, 2]);
		await end(2);
		await end(0);
		await end(3);
		await all;
		expect(begun).toEqual([0, 1, 2, 3]);
	});

	test('begins nothing new once it may not, and sees to its end what is under way', async () => {
		const { begun, work, end } = workshop();
		let mayStart = true;
		let isOver = false;
		const all = runPool([0, 1, 2, 3], 2, () => mayStart, work).then(() => {
			isOver = true;
		});
		mayStart = false;
		await end(0);
		expect(begun).toEqual([0, 1]);
		expect(isOver).toBe(false);
		await end(1);
		await all;
		expect(begun).toEqual([0, 1]);
	});

	test('does each task once, never more at a time than there are places', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(30),
				fc.integer({ min: 1, max: 10 }),
				fc.infiniteStream(fc.nat()),
				async (count, places, picks) => {
					const { begun, work, end, peak } = workshop();
					const tasks = Array.from({ length: count }, (_, index) => index);
					const all = runPool(tasks, places, always, work);
					for (const ended = new Set<number>(); ended.size < count;) {
						const open = begun.filter((task) => !ended.has(task));
						const task = open[(picks.next().value as number) % open.length];
						ended.add(task);
						await end(task);
					}
					await all;
					expect(begun).toEqual(tasks);
					expect(peak()).toBeLessThanOrEqual(places);
				},
			),
			{ numRuns: 30 },
		);
	});

	test('tells what each task gave, or why it failed, and goes on with the others', async () => {
		const told: unknown[] = [];
		await poolOf<number, string>({
			tasks: [0, 1, 2],
			concurrency: 1,
			mayStart: always,
			clock: new VirtualClock(),
			stop: new Stop(undefined),
			longestNapMs: 1_000,
			work: async (task) => {
				if (task === 1) throw new Error('refused');
				return `picture ${task}`;
			},
			done: (task, picture) => told.push([task, picture]),
			fail: (task, error) => told.push([task, String(error)]),
		});
		expect(told).toEqual([
			[0, 'picture 0'],
			[1, 'Error: refused'],
			[2, 'picture 2'],
		]);
	});

	test('has nothing to do without tasks', async () => {
		await expect(runPool([], 5, always, async () => {})).resolves.toBeUndefined();
	});
});

describe('a place that is kept', () => {
	const PATIENCE_MS = 5_000;

	function open(tasks: number[], concurrency: number) {
		const clock = new VirtualClock();
		const ends = new Map<number, () => void>();
		const places = new Map<number, PoolSlot>();
		const givenUp: Array<[task: number, atMs: number]> = [];
		const all = run({
			tasks,
			concurrency,
			mayStart: always,
			// Each is done at once, and keeps its place until the test ends it.
			work: async (task, place) => {
				places.set(task, place);
				place.holdUntil(new Promise<void>((resolve) => ends.set(task, resolve)));
			},
			patienceMs: () => PATIENCE_MS,
			giveUp: (task) => givenUp.push([task, clock.now()]),
			clock,
			stop: new Stop(undefined),
		});
		return { all, clock, ends, places, givenUp };
	}

	test('is not given to the next task before its end', async () => {
		const { all, ends, places } = open([0, 1, 2], 2);
		await settle();
		expect([...places.keys()]).toEqual([0, 1]);
		ends.get(1)?.();
		await all;
		expect([...places.keys()]).toEqual([0, 1, 2]);
	});

	test('the others wait for it so long, and are then given up', async () => {
		const { all, clock, places, givenUp } = open([0, 1, 2, 3], 2);
		await clock.finish(all);
		expect(givenUp).toEqual([
			[2, PATIENCE_MS],
			[3, PATIENCE_MS],
		]);
		expect(places.get(0)?.isWanted()).toBe(false);
	});

	test('their patience begins anew when one place was free in the meantime', async () => {
		const { all, clock, ends, givenUp } = open([0, 1, 2, 3], 2);
		await clock.goTo(4_000);
		ends.get(0)?.();
		await clock.goTo(4_001);
		expect([...ends.keys()]).toEqual([0, 1, 2]);
		await clock.finish(all);
		expect(givenUp).toHaveLength(1);
		expect(givenUp[0][1]).toBeGreaterThanOrEqual(4_000 + PATIENCE_MS);
	});

	test('a nap is a second at most, and as long as the first to give up can wait', async () => {
		const clock = new VirtualClock();
		const napsMs: number[] = [];
		const sleep = clock.sleep.bind(clock);
		clock.sleep = async (ms, stop) => {
			napsMs.push(ms);
			return await sleep(ms, stop);
		};
		const givenUp: Array<[task: number, atMs: number]> = [];
		const all = run({
			tasks: [0, 1, 2, 3],
			concurrency: 1,
			mayStart: always,
			work: async (_task, place) => {
				place.holdUntil(new Promise(() => {}));
			},
			// Each has a patience of its own; one has none that is said.
			patienceMs: (task) => [0, 2_500, 700, 1_200][task],
			giveUp: (task) => givenUp.push([task, clock.now()]),
			clock,
			stop: new Stop(undefined),
		});
		await clock.finish(all);
		expect(givenUp).toEqual([
			[2, 700],
			[3, 1_200],
			[1, 2_500],
		]);
		expect(napsMs).toEqual([700, 500, 1_000, 300]);
	});

	test('patience counts from the moment on at which all places are kept, each time anew', async () => {
		const clock = new VirtualClock();
		const never = new Stop(undefined);
		const begun: Array<[task: number, atMs: number]> = [];
		const givenUp: Array<[task: number, atMs: number]> = [];
		let endFirst = () => {};
		const worksUntilMs = [0, 3_000, 20_000];
		const all = run({
			tasks: [0, 1, 2, 3, 4],
			concurrency: 2,
			mayStart: always,
			work: async (task, place) => {
				begun.push([task, clock.now()]);
				await clock.sleep(worksUntilMs[task] - clock.now(), never);
				place.holdUntil(new Promise<void>((resolve) => task === 0 && (endFirst = resolve)));
			},
			patienceMs: () => PATIENCE_MS,
			giveUp: (task) => givenUp.push([task, clock.now()]),
			clock,
			stop: never,
		});
		await clock.goTo(4_000);
		// From here on the third is worked on in the first one's place, so nobody is stuck.
		endFirst();
		await clock.finish(all);
		expect(begun).toEqual([
			[0, 0],
			[1, 0],
			[2, 4_000],
		]);
		expect(givenUp).toEqual([
			[3, 25_000],
			[4, 25_000],
		]);
	});

	test('who is never impatient waits as long as it takes', async () => {
		const clock = new VirtualClock();
		const ends: Array<() => void> = [];
		const begun: number[] = [];
		const givenUp: number[] = [];
		const all = run({
			tasks: [0, 1],
			concurrency: 1,
			mayStart: always,
			work: async (task, place) => {
				begun.push(task);
				place.holdUntil(new Promise<void>((resolve) => ends.push(resolve)));
			},
			patienceMs: () => Infinity,
			giveUp: (task) => givenUp.push(task),
			clock,
			stop: new Stop(undefined),
		});
		await clock.goTo(3_600_000);
		expect({ begun, givenUp }).toEqual({ begun: [0], givenUp: [] });
		ends[0]();
		await clock.finish(all);
		expect({ begun, givenUp }).toEqual({ begun: [0, 1], givenUp: [] });
	});

	test('where no patience is said, nobody watches, and the next one waits for the place', async () => {
		const clock = new VirtualClock();
		let naps = 0;
		clock.sleep = async () => {
			naps += 1;
		};
		const ends: Array<() => void> = [];
		const all = run({
			tasks: [0, 1],
			concurrency: 1,
			mayStart: always,
			work: async (_task, place) => {
				place.holdUntil(new Promise<void>((resolve) => ends.push(resolve)));
			},
			clock,
			stop: new Stop(undefined),
		});
		await settle();
		ends[0]();
		await settle();
		expect(ends).toHaveLength(2);
		ends[1]();
		await all;
		expect(naps).toBe(0);
	});

	test('once nothing may be begun any more, the waiting ones are let go of, not given up', async () => {
		const clock = new VirtualClock();
		let may = true;
		const begun: number[] = [];
		const givenUp: number[] = [];
		const all = run({
			tasks: [0, 1, 2],
			concurrency: 1,
			mayStart: () => may,
			work: async (task, place) => {
				begun.push(task);
				place.holdUntil(new Promise(() => {}));
			},
			patienceMs: () => PATIENCE_MS,
			giveUp: (task) => givenUp.push(task),
			clock,
			stop: new Stop(undefined),
		});
		await settle();
		may = false;
		await clock.finish(all);
		expect({ begun, givenUp }).toEqual({ begun: [0], givenUp: [] });
		expect(clock.now()).toBeLessThanOrEqual(1_000);
	});

	test('Stop ends the watching at once', async () => {
		const clock = new VirtualClock();
		const controller = new AbortController();
		const stop = new Stop(controller.signal);
		const givenUp: number[] = [];
		let naps = 0;
		const sleep = clock.sleep.bind(clock);
		clock.sleep = async (ms, until) => {
			naps += 1;
			return await sleep(ms, until);
		};
		void run({
			tasks: [0, 1],
			concurrency: 1,
			mayStart: () => !stop.stopped,
			work: async (_task, place) => {
				place.holdUntil(new Promise(() => {}));
			},
			patienceMs: () => PATIENCE_MS,
			giveUp: (task) => givenUp.push(task),
			clock,
			stop,
		});
		await settle();
		controller.abort();
		await settle();
		await clock.goTo(2 * PATIENCE_MS);
		expect({ givenUp, naps }).toEqual({ givenUp: [], naps: 1 });
	});

	test('one that ends badly frees its place too', async () => {
		const begun: number[] = [];
		await run({
			tasks: [0, 1],
			concurrency: 1,
			mayStart: always,
			work: async (task, place) => {
				begun.push(task);
				place.holdUntil(Promise.reject(new Error('the look failed')));
			},
			clock: new VirtualClock(),
			stop: new Stop(undefined),
		});
		expect(begun).toEqual([0, 1]);
	});

	test('whether a task waits for a place', async () => {
		const wanted: boolean[] = [];
		let may = true;
		await run({
			tasks: [0, 1, 2],
			concurrency: 1,
			mayStart: () => may,
			work: async (task, place) => {
				wanted.push(place.isWanted());
				if (task === 1) may = false;
				wanted.push(place.isWanted());
			},
			clock: new VirtualClock(),
			stop: new Stop(undefined),
		});
		expect(wanted).toEqual([true, true, true, false]);
	});

	test('nobody waits for the end of one that nobody wants', async () => {
		const { all, places } = open([0, 1], 2);
		await all;
		expect(places.size).toBe(2);
	});
});

describe('the gate', () => {
	test('lets so many through at a time, first come first served', async () => {
		const { begun, work, end, peak } = workshop();
		const gate = new Gate(2);
		const all = Promise.all([0, 1, 2, 3].map(async (task) => await gate.run(async () => await work(task))));
		await settle();
		expect(begun).toEqual([0, 1]);
		await end(0);
		expect(begun).toEqual([0, 1, 2]);
		await end(2);
		await end(1);
		await end(3);
		await all;
		expect(peak()).toBe(2);
	});

	test('is left by whoever throws, too', async () => {
		const gate = new Gate(1);
		const thrown = async () => {
			throw new Error('inside');
		};
		await expect(Promise.allSettled([gate.run(thrown), gate.run(thrown)])).resolves.toMatchObject([
			{ reason: { message: 'inside' } },
			{ reason: { message: 'inside' } },
		]);
		await expect(gate.run(async () => 'through')).resolves.toBe('through');
	});
});
