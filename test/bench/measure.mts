/** What a contender amounted to, worked out of what the service saw. Times in milliseconds. */
import { SlidingPeak } from '../emulator/counts.mts';

/** One request as the service saw it, on its clock. */
export interface JobSeen {
	acceptedAtMs: number;
	readyAtMs: number;
	/** When the caller had its result. */
	deliveredAtMs: number;
	/** Status and result together. */
	reads: number;
}

export interface Observed {
	jobs: JobSeen[];
	/** When each call arrived, downloads not counted. */
	callTimesMs: number[];
	wallMs: number;
	/** How many requests are allowed in flight; the limit supposes as many for everybody. */
	places: number;
	roundTripMs: number;
}

export interface Measured {
	jobs: number;
	wallMs: number;
	limitMs: number;
	ratioToLimit: number;
	/** Delivered minus ready. */
	overshootMedianMs: number;
	overshootP95Ms: number;
	readsPerJob: number;
	calls: number;
	peakCallsPerSecond: number;
	peakCallsPerMinute: number;
	peakInFlight: number;
}

/** Sums up runs of the same kind: overshoots of all jobs together, means of the rest, the highest of the peaks. */
export function measure(runs: Observed[]): Measured {
	const jobs = runs.flatMap((run) => run.jobs);
	const overshootsMs = jobs.map(({ deliveredAtMs, readyAtMs }) => deliveredAtMs - readyAtMs);
	const limitsMs = runs.map(limitOf);
	return {
		jobs: runs[0].jobs.length,
		wallMs: mean(runs.map(({ wallMs }) => wallMs)),
		limitMs: mean(limitsMs),
		ratioToLimit: mean(runs.map(({ wallMs }, index) => wallMs / limitsMs[index])),
		overshootMedianMs: quantile(overshootsMs, 0.5),
		overshootP95Ms: quantile(overshootsMs, 0.95),
		readsPerJob: mean(jobs.map(({ reads }) => reads)),
		calls: mean(runs.map(({ callTimesMs }) => callTimesMs.length)),
		peakCallsPerSecond: Math.max(...runs.map(({ callTimesMs }) => peak(callTimesMs, 1_000))),
		peakCallsPerMinute: Math.max(...runs.map(({ callTimesMs }) => peak(callTimesMs, 60_000))),
		peakInFlight: Math.max(...runs.map((run) => peakInFlight(run.jobs))),
	};
}

/** What the node promises, and so what no batch can beat: a submit and a read for each job at this pace. */
const CALLS_PER_MINUTE = 600;

/**
 * The shortest time in which such jobs can be had: each takes itself and two round trips, in the order of the input, on
 * so many places, within the calls that are allowed.
 */
function limitOf({ jobs, places, roundTripMs }: Observed): number {
	const freeAtMs = new Array<number>(Math.min(places, jobs.length)).fill(0);
	for (const { acceptedAtMs, readyAtMs } of jobs) {
		const first = freeAtMs.indexOf(Math.min(...freeAtMs));
		freeAtMs[first] += readyAtMs - acceptedAtMs + 2 * roundTripMs;
	}
	const fullMinutes = Math.floor((2 * jobs.length - 1) / CALLS_PER_MINUTE);
	return Math.max(fullMinutes * 60_000, ...freeAtMs);
}

/** Between the two nearest values where it falls between them. */
export function quantile(values: number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	const position = (sorted.length - 1) * share;
	const below = sorted[Math.floor(position)];
	return below + (sorted[Math.ceil(position)] - below) * (position % 1);
}

export const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function peak(timesMs: number[], windowMs: number): number {
	const sliding = new SlidingPeak(windowMs);
	for (const timeMs of [...timesMs].sort((a, b) => a - b)) sliding.add(timeMs);
	return sliding.peak;
}

/** Most requests accepted and unfinished at the same time. */
function peakInFlight(jobs: JobSeen[]): number {
	const changes = jobs
		.flatMap(({ acceptedAtMs, readyAtMs }) => [
			{ atMs: acceptedAtMs, by: 1 },
			{ atMs: readyAtMs, by: -1 },
		])
		.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
	let inFlight = 0;
	return changes.reduce((most, { by }) => Math.max(most, (inFlight += by)), 0);
}
