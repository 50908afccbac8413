/** The promises about waiting, on the virtual clock: what `npm run bench` shows in full, in a few seconds. */
import { describe, expect, jest, test } from '@jest/globals';

import { execute } from '../../nodes/RunComfy/execute.ts';
import { ProcessState, usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { jobsOf } from './jobLaw.mts';
import { measure, type Observed } from './measure.mts';
import { itemByItem } from './peerLoops.mts';
import { isLarger } from './promises.mts';
import { simulateNode, simulatePeer, type Simulation } from './simulate.mts';

const product = { execute, ProcessState, usualPolicies, Stop };

/** All together take a few seconds; a busy machine gets more. */
jest.setTimeout(30_000);

const SEEDS = [1, 2, 3];
/** A quick batch is played in a moment, and a single look makes much of its time. */
const QUICK_SEEDS = Array.from({ length: 16 }, (_, index) => index + 1);
const LEARNED_JOBS = 20;

/** What was learned before is played before each batch, which takes most of the time, and makes batches more alike. */
const quickSeeds = (learnFrom: number) => (learnFrom > 0 ? QUICK_SEEDS.slice(0, 8) : QUICK_SEEDS);

const batchOf = (jobSeconds: number, options: Partial<Simulation> = {}): Simulation => ({
	items: 20,
	inFlight: 20,
	law: jobsOf(jobSeconds),
	seed: 1,
	learnFrom: LEARNED_JOBS,
	...options,
});

async function measureOver(one: (seed: number) => Promise<Observed>, seeds = SEEDS) {
	const runs: Observed[] = [];
	for (const seed of seeds) runs.push(await one(seed));
	return measure(runs);
}

const node = async (options: Simulation, seeds = SEEDS) =>
	await measureOver(async (seed) => await simulateNode(product, { ...options, seed }), seeds);

const cadence = async (options: Simulation, everySeconds: number) =>
	await measureOver(async (seed) => {
		return await simulatePeer(product, { ...options, seed }, async (service, sleep, items) => {
			await itemByItem(service, sleep, items, everySeconds * 1000);
		});
	});

describe('twenty jobs of 8 s', () => {
	test.each([
		['warm', LEARNED_JOBS, { ratio: 1.03, overshootMs: 400, reads: 4 }],
		['cold', 0, { ratio: 1.03, overshootMs: 600, reads: 4 }],
	])('%s: near the limit, noticed soon, with few reads', async (_start, learnFrom, most) => {
		const measured = await node(batchOf(8, { learnFrom }), quickSeeds(learnFrom));
		expect(measured.ratioToLimit).toBeLessThanOrEqual(most.ratio);
		expect(measured.overshootMedianMs).toBeLessThanOrEqual(most.overshootMs);
		expect(measured.readsPerJob).toBeLessThanOrEqual(most.reads);
	});
});

/** Submits alone take two thirds of a second's calls: the less is known of jobs of a second or two, the more time they need. */
const QUICK = [1, 1.7, 3.6].flatMap((jobSeconds) => [0, 0.15, 0.3].map((spread) => ({ jobSeconds, spread })));

describe.each([
	['an unknown', 0],
	['a known', LEARNED_JOBS],
])('twenty quick jobs of %s kind', (_kind, learnFrom) => {
	test.each(QUICK)('$jobSeconds s, $spread either way: near the limit', async ({ jobSeconds, spread }) => {
		const law = { ...jobsOf(jobSeconds), spreadMs: jobSeconds * 1000 * spread };
		const measured = await node(batchOf(jobSeconds, { law, learnFrom }), quickSeeds(learnFrom));
		expect(measured.ratioToLimit).toBeLessThanOrEqual(spread <= 0.15 ? 1.15 : 1.2);
		expect(measured.overshootMedianMs).toBeLessThanOrEqual(600);
		expect(measured.peakCallsPerSecond).toBeLessThanOrEqual(30);
	});
});

test('a lone job of an unknown kind is looked at soon', async () => {
	for (const jobSeconds of [1, 2, 4]) {
		const measured = await node(batchOf(jobSeconds, { items: 1, learnFrom: 0 }), QUICK_SEEDS);
		expect(measured.ratioToLimit).toBeLessThanOrEqual(1.15);
	}
});

describe.each([8, 20, 60])('twenty jobs of %d s', (jobSeconds) => {
	/** What was learned before makes batches more alike. */
	const [KNOWN_SEEDS, UNKNOWN_SEEDS] = [QUICK_SEEDS.slice(0, 6), QUICK_SEEDS.slice(0, 12)];

	test.each([0, 0.15, 0.3])('%d either way: five reads each, known or not', async (spread) => {
		const law = { ...jobsOf(jobSeconds), spreadMs: jobSeconds * 1000 * spread };
		const known = await node(batchOf(jobSeconds, { law }), KNOWN_SEEDS);
		expect(known.readsPerJob).toBeLessThanOrEqual(5);
		expect(known.overshootMedianMs).toBeLessThanOrEqual(jobSeconds * 60);
		expect(known.ratioToLimit).toBeLessThanOrEqual(1.06);
		const unknown = await node(batchOf(jobSeconds, { law, learnFrom: 0 }), UNKNOWN_SEEDS);
		expect(unknown.readsPerJob).toBeLessThanOrEqual(5.2);
		expect(unknown.overshootMedianMs).toBeLessThanOrEqual(jobSeconds * 100);
		expect(unknown.ratioToLimit).toBeLessThanOrEqual(1.1);
	});
});

describe.each([3, 20, 180])('jobs of %d s', (jobSeconds) => {
	const mostOvershootMs = Math.max(600, jobSeconds * 50);

	test.each([
		['twenty', 20, SEEDS],
		['a single one', 1, Array.from({ length: 24 }, (_, index) => index + 1)],
	])('%s of a known kind: noticed soon, with few reads', async (_what, items, seeds) => {
		const measured = await node(batchOf(jobSeconds, { items }), seeds);
		expect(measured.readsPerJob).toBeLessThanOrEqual(9);
		expect(measured.overshootMedianMs).toBeLessThanOrEqual(mostOvershootMs);
	});

	test('twenty of an unknown kind share their looks', async () => {
		const measured = await node(batchOf(jobSeconds, { learnFrom: 0 }));
		expect(measured.readsPerJob).toBeLessThanOrEqual(9);
		expect(measured.ratioToLimit).toBeLessThanOrEqual(1.12);
	});

	test.each([LEARNED_JOBS, 0])('no fixed cadence is better in both, after %d jobs', async (learnFrom) => {
		const own = await node(batchOf(jobSeconds, { learnFrom }));
		for (const everySeconds of [2, 3, 5, 10]) {
			const other = await cadence(batchOf(jobSeconds), everySeconds);
			const isBetter = other.readsPerJob <= own.readsPerJob && other.overshootMedianMs <= own.overshootMedianMs;
			expect({ everySeconds, isBetter }).toEqual({ everySeconds, isBetter: false });
			if (everySeconds === 2) expect(own.readsPerJob).toBeLessThan(other.readsPerJob);
		}
	});
});

describe('many items', () => {
	test.each([
		[100, 100, 3],
		[500, 20, 3],
		[500, 100, 8],
		[500, 100, 60],
	])('%d at %d in flight, of %d s: rate limit and cap are kept', async (items, inFlight, jobSeconds) => {
		const measured = measure([await simulateNode(product, batchOf(jobSeconds, { items, inFlight }))]);
		expect(measured.peakCallsPerSecond).toBeLessThanOrEqual(30);
		expect(measured.peakCallsPerMinute).toBeLessThanOrEqual(600);
		expect(measured.peakInFlight).toBeLessThanOrEqual(inFlight);
	});

	test('where the rate limit is tight, it goes into submits and first looks', async () => {
		const measured = measure([await simulateNode(product, batchOf(8, { items: 500, inFlight: 100 }))]);
		expect(measured.readsPerJob).toBeLessThan(1.2);
		expect(measured.ratioToLimit).toBeLessThan(2.2);
	});
});

describe('what is learned', () => {
	test('a job seen queued is not looked at before it can have run', async () => {
		const law = { queueMs: 2_000, queueSpreadMs: 60_000, runMs: 8_000, spreadMs: 1_000 };
		const measured = await node(batchOf(8, { law, items: 60 }));
		expect(measured.readsPerJob).toBeLessThan(6);
		expect(measured.overshootMedianMs).toBeLessThan(2_000);
	});

	test('a service that has become faster is believed from the first wave on', async () => {
		const options = batchOf(8, { items: 100, learnedLaw: jobsOf(60) });
		const { jobs, ...rest } = await simulateNode(product, options);
		const afterFirstWave = measure([{ jobs: jobs.slice(options.inFlight), ...rest }]);
		expect(afterFirstWave.overshootP95Ms).toBeLessThan(3_000);
	});

	test('twenty pictures of 2 s are quick again after three of 40 s', async () => {
		const measured = await node(batchOf(2, { learnFrom: 3, learnedLaw: jobsOf(40) }));
		expect(measured.wallMs).toBeLessThan(5_000);
	});

	test.each([
		['twenty jobs of 8 s', 20, 8, 30],
		['one job of 8 s', 1, 8, 30],
		['one job of two minutes', 1, 120, 160],
	])('after three of an hour %s are not forgotten', async (_what, items, jobSeconds, mostSeconds) => {
		const measured = await node(batchOf(jobSeconds, { items, learnFrom: 3, learnedLaw: jobsOf(2_900) }));
		expect(measured.wallMs).toBeLessThan(mostSeconds * 1_000);
	});

	test('a service that has become slower is believed, too', async () => {
		const measured = await node(batchOf(60, { items: 100, learnedLaw: jobsOf(8) }));
		expect(measured.readsPerJob).toBeLessThan(10);
		expect(measured.overshootMedianMs).toBeLessThan(3_000);
	});
});

test('peaks of memory count as larger only where chance does not explain it', () => {
	const peaks = [71, 75, 71, 69, 79, 69, 68, 72, 70];
	expect(isLarger([73, 68, 69, 77, 87, 88, 72, 71, 83], peaks)).toBe(false);
	expect(isLarger([75, 79, 76, 80, 87, 88, 76, 75, 83], peaks)).toBe(true);
	expect(isLarger(peaks, peaks)).toBe(false);
});
