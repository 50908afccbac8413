/** The table's rows on the virtual clock. */
import { jobsOf, type JobLaw } from './jobLaw.mts';
import { measure, type Observed } from './measure.mts';
import { inStep, itemByItem } from './peerLoops.mts';
import type { Product } from './product.mts';
import type { Row } from './row.mts';
import { type Simulation, simulateNode, simulatePeer } from './simulate.mts';

const JOB_SECONDS = [3, 8, 20, 60, 180];
export const CADENCE_SECONDS = [2, 3, 5, 10];
/** n8n's own Wait node has 5 seconds filled in; 2 is what somebody in a hurry would put there. */
export const WAIT_SECONDS = [2, 5];

/** Max Requests in Flight as it is filled in. */
export const IN_FLIGHT = 20;

/** Jobs seen before a warm batch: the first batch, as in real time. */
const LEARNED_JOBS = 20;

const OWN = { contender: 'this node', clock: 'virtual' } as const;

/** How often a batch of this many is played, each time with other job times. */
const PLAYS: Record<number, number> = { 1: 40, 20: 8, 100: 3 };

async function play(items: number, one: (seed: number) => Promise<Observed>) {
	const runs: Observed[] = [];
	for (let seed = 1; seed <= (PLAYS[items] ?? 1); seed += 1) runs.push(await one(seed));
	return measure(runs);
}

/** The node, cold and warm, for jobs of a law. */
export async function nodeRows(product: Product, items: number, jobSeconds: number, law: JobLaw): Promise<Row[]> {
	const rows: Row[] = [];
	for (const start of ['cold', 'warm'] as const) {
		const learnFrom = start === 'warm' ? LEARNED_JOBS : 0;
		const measured = await play(items, async (seed) => {
			return await simulateNode(product, { items, inFlight: IN_FLIGHT, law, seed, learnFrom });
		});
		rows.push({ ...OWN, section: 'batches', start, jobSeconds, inFlight: IN_FLIGHT, ...measured });
	}
	return rows;
}

/** Everybody else. */
async function peerRows(product: Product, items: number, jobSeconds: number): Promise<Row[]> {
	const rows: Row[] = [];
	const common = { section: 'batches', start: '', clock: 'virtual', jobSeconds } as const;
	const options = (seed: number): Simulation => ({ items, inFlight: IN_FLIGHT, law: jobsOf(jobSeconds), seed });
	for (const seconds of WAIT_SECONDS) {
		const measured = await play(items, async (seed) => {
			return await simulatePeer(product, { ...options(seed), inFlight: items }, async (service, sleep) => {
				await inStep(service, sleep, items, seconds * 1000);
			});
		});
		rows.push({
			...common,
			contender: `HTTP Request + Wait ${seconds} s + If, modelled`,
			inFlight: items,
			...measured,
		});
	}
	for (const seconds of CADENCE_SECONDS) {
		const measured = await play(items, async (seed) => {
			return await simulatePeer(product, options(seed), async (service, sleep) => {
				await itemByItem(service, sleep, items, seconds * 1000);
			});
		});
		rows.push({ ...common, contender: `every ${seconds} s, item by item`, inFlight: 1, ...measured });
	}
	return rows;
}

export async function virtualRows(product: Product): Promise<Row[]> {
	const rows: Row[] = [];
	for (const items of [1, 20, 100]) {
		for (const jobSeconds of JOB_SECONDS) {
			rows.push(...(await nodeRows(product, items, jobSeconds, jobsOf(jobSeconds))));
			rows.push(...(await peerRows(product, items, jobSeconds)));
		}
	}
	return rows;
}

/** Batches so large that the rate limit, and not the jobs, sets the pace. */
export async function manyRows(product: Product): Promise<Row[]> {
	const rows: Row[] = [];
	for (const items of [100, 500, 2_000]) {
		for (const inFlight of [20, 100]) {
			for (const jobSeconds of [3, 8, 60]) {
				const observed = await simulateNode(product, {
					items,
					inFlight,
					law: jobsOf(jobSeconds),
					seed: 1,
					learnFrom: LEARNED_JOBS,
				});
				const measured = measure([observed]);
				rows.push({ ...OWN, section: 'many', start: 'warm', jobSeconds, inFlight, ...measured });
			}
		}
	}
	return rows;
}
