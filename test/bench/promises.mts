/** The figures the node promises, and whether a run of the benchmark bore them out. */
import { quantile } from './measure.mts';
import { type FilesRow, HTTP_FILES, OWN_FILES, type ResourcesRow, type ScaleRow, type Weight } from './processRows.mts';
import type { Row } from './row.mts';

export interface Figures {
	rows: Row[];
	scale: ScaleRow[];
	files: FilesRow[];
	resources: ResourcesRow;
	weight: Weight;
}

export interface Verdict {
	promise: string;
	measured: string;
	held: boolean;
}

const MAX_CALLS_PER_SECOND = 30;
const MAX_CALLS_PER_MINUTE = 600;

/** Cost per item of a large execution, compared with a small one. Fixed costs let it fall; it must not rise. */
const LINEAR_WITHIN = 1.25;

/** Reads per job, status and result together: of a batch that takes up to a minute, and of others. */
const MOST_READS_IN_BATCH = 5;
const MOST_READS = 7;

/** Wall time of a batch of 8 s, compared with the shortest in which it can be done. */
const MOST_RATIO = 1.05;

/** Overshoot nobody notices, as a time and as a share of the job's. */
const MOST_OVERSHOOT_MS = 600;
const MOST_OVERSHOOT_SHARE = 0.05;

/** CPU time per item of the resource Model, compared with Background's. */
const MODEL_WITHIN = 1.15;

/** Time for files, compared with HTTP Request's, and with that of a single file where each connection has its own pace. */
const FILES_TIME_WITHIN = 2;
const SIDE_BY_SIDE_WITHIN = 1.15;

/** One-sided, at 5 %: by chance alone one comparison in twenty lies above it. */
const MOST_DEVIATIONS = 1.645;

/** As the test of the tarball has it. */
const MOST_PACKED_BYTES = 200_000;
const MOST_START_MS = 10;
const MOST_FIRST_RUN_MS = 30;

const MB = 1_000_000;
const kB = 1_000;

const isNode = ({ contender }: Row) => contender === 'this node';
const isCadence = ({ contender }: Row) => contender.endsWith('item by item');
const isHandBuilt = ({ contender, clock }: Row) => contender.startsWith('HTTP Request') && clock === 'real';

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const reads = (row: Row) => `${row.readsPerJob.toFixed(1)} reads`;

type Find = (wanted: Partial<Row>, kind?: (row: Row) => boolean) => Row[];

export function judge({ rows, scale, files, resources, weight }: Figures): Verdict[] {
	const find: Find = (wanted, kind = isNode) =>
		rows.filter(
			(row) => kind(row) && Object.entries(wanted).every(([name, value]) => row[name as keyof Row] === value),
		);
	return [
		...judgeWallTime(find),
		...judgeOvershoot(find),
		...judgeReads(find),
		...judgeCadences(find, rows),
		...judgeCalls(rows, scale),
		...judgeScale(scale),
		...judgeFiles(files),
		...judgeResources(resources),
		...judgeWeight(weight),
	];
}

function judgeWallTime(find: Find): Verdict[] {
	const batch = { section: 'batches', clock: 'real', jobs: 20, jobSeconds: 8 } as const;
	const verdicts = find(batch).map(({ start, ratioToLimit }): Verdict => ({
		promise: `20 jobs of 8 s, ${start}: wall ≤ ${MOST_RATIO} × the limit, in real time`,
		measured: `${ratioToLimit.toFixed(3)} ×`,
		held: ratioToLimit <= MOST_RATIO,
	}));
	const [warm] = find({ ...batch, start: 'warm' });
	if (warm === undefined) return verdicts;
	// Item by item the wall time is that of one item, as often as there are items: the quick run times fewer of them.
	const cadences = find({ clock: 'real', jobSeconds: 8 }, isCadence);
	if (cadences.length > 0) {
		const quickestMs = Math.min(...cadences.map(({ wallMs, jobs }) => (wallMs / jobs) * warm.jobs));
		verdicts.push({
			promise: '≥ 15 × faster than item by item, whatever the cadence',
			measured: `${(quickestMs / warm.wallMs).toFixed(1)} ×`,
			held: quickestMs / warm.wallMs >= 15,
		});
	}
	// Who waits longer between two looks makes fewer calls, and is later: the shortest wait comes nearest to the node.
	for (const [index, peer] of find(batch, isHandBuilt).entries()) {
		const text = (row: Row) => `${seconds(row.wallMs)} and ${row.calls.toFixed(0)} calls`;
		verdicts.push({
			promise: `faster than ${peer.contender}${index === 0 ? ', with fewer calls' : ''}`,
			measured: `${text(warm)}, against ${text(peer)}`,
			held: warm.wallMs < peer.wallMs && (index > 0 || warm.calls < peer.calls),
		});
	}
	return verdicts;
}

function judgeOvershoot(find: Find): Verdict[] {
	return find({ section: 'batches', jobs: 20, jobSeconds: 8 }).map((row): Verdict => {
		const most = `median overshoot ≤ ${seconds(MOST_OVERSHOOT_MS)}, ≤ ${MOST_READS_IN_BATCH} reads`;
		return {
			promise: `20 jobs of 8 s, ${row.start}, ${row.clock} clock: ${most}`,
			measured: `${seconds(row.overshootMedianMs)}, ${reads(row)}`,
			held: row.overshootMedianMs <= MOST_OVERSHOOT_MS && row.readsPerJob <= MOST_READS_IN_BATCH,
		};
	});
}

/** Of a known kind every job is noticed soon and read rarely, whatever it takes; of an unknown kind those of a batch share. */
function judgeReads(find: Find): Verdict[] {
	const own = find({ section: 'batches', clock: 'virtual' });
	return own
		.filter(({ start, jobs }) => start === 'warm' || jobs > 1)
		.map((row): Verdict => {
			const { jobs, jobSeconds, start, overshootMedianMs, readsPerJob } = row;
			const mostMs =
				start === 'warm' ? Math.max(MOST_OVERSHOOT_MS, jobSeconds * 1000 * MOST_OVERSHOOT_SHARE) : Infinity;
			const mostReads = jobs > 1 && jobSeconds <= 60 ? MOST_READS_IN_BATCH : MOST_READS;
			const overshoot = start === 'warm' ? `, median overshoot ≤ ${seconds(mostMs)}` : '';
			return {
				promise: `${jobs} × ${jobSeconds} s, ${start}: ≤ ${mostReads} reads${overshoot}`,
				measured: `${seconds(overshootMedianMs)}, ${reads(row)}`,
				held: readsPerJob <= mostReads && overshootMedianMs <= mostMs,
			};
		});
}

/** Against each cadence that meets the same jobs: none is better in both. */
function judgeCadences(find: Find, rows: Row[]): Verdict[] {
	return rows
		.filter((row) => isNode(row) && row.section === 'batches')
		.flatMap((own): Verdict[] => {
			const { clock, jobSeconds, jobs, start } = own;
			const others = find({ clock, jobSeconds, ...(clock === 'virtual' && { jobs }) }, isCadence);
			if (others.length === 0) return [];
			const better = others.filter(
				(other) => other.readsPerJob <= own.readsPerJob && other.overshootMedianMs <= own.overshootMedianMs,
			);
			const worse = better.map((other) => `${other.contender}: ${seconds(other.overshootMedianMs)}, ${reads(other)}`);
			return [
				{
					promise: `${jobs} × ${jobSeconds} s, ${start}, ${clock} clock: ahead of every fixed cadence`,
					measured: [`${seconds(own.overshootMedianMs)}, ${reads(own)}`, ...worse].join('; but '),
					held: worse.length === 0,
				},
			];
		});
}

function judgeCalls(rows: Row[], scale: ScaleRow[]): Verdict[] {
	const own = rows.filter(isNode);
	const all = [...own, ...scale];
	const perSecond = Math.max(...all.map(({ peakCallsPerSecond }) => peakCallsPerSecond));
	const perMinute = Math.max(...all.map(({ peakCallsPerMinute }) => peakCallsPerMinute));
	const overCap = own.filter(({ peakInFlight, inFlight }) => peakInFlight > inFlight);
	return [
		{ promise: 'at most 30 calls in any second', measured: String(perSecond), held: perSecond <= MAX_CALLS_PER_SECOND },
		{
			promise: 'at most 600 calls in any minute',
			measured: String(perMinute),
			held: perMinute <= MAX_CALLS_PER_MINUTE,
		},
		{
			promise: 'never more in flight than allowed',
			measured: `${overCap.length} rows above it`,
			held: overCap.length === 0,
		},
	];
}

function judgeScale(scale: ScaleRow[]): Verdict[] {
	const largest = scale.at(-1);
	if (largest === undefined) return [];
	const memory = largest.memoryBytes / largest.items;
	return [
		{
			promise: `${largest.items} items: event-loop delay p99 < 20 ms`,
			measured: `${largest.delayP99Ms.toFixed(1)} ms`,
			held: largest.delayP99Ms < 20,
		},
		{
			promise: `${largest.items} items: memory at the end ≤ 10 kB per item`,
			measured: `${(memory / kB).toFixed(1)} kB`,
			held: memory <= 10 * kB,
		},
	];
}

/**
 * Whether the first values are larger than the second by more than chance explains: Mann and Whitney's test, since peaks of
 * memory differ from process to process by more than the contenders do.
 */
export function isLarger(values: number[], others: number[]): boolean {
	const pairs = values.length * others.length;
	let wins = 0;
	for (const value of values) for (const other of others) wins += value > other ? 1 : value === other ? 0.5 : 0;
	const deviation = Math.sqrt((pairs * (values.length + others.length + 1)) / 12);
	return (wins - pairs / 2) / deviation > MOST_DEVIATIONS;
}

export function judgeFiles(rows: FilesRow[]): Verdict[] {
	return rows
		.filter(({ contender }) => contender === OWN_FILES)
		.flatMap((own): Verdict[] => {
			const { files, fileBytes, bytesPerSecond, wallMs, peakRssBytes } = own;
			const what = `${files} files of ${fileBytes / MB} MB`;
			const memory = `${(peakRssBytes / MB).toFixed(0)} MB`;
			if (bytesPerSecond !== undefined) {
				const mostMs = (fileBytes / bytesPerSecond) * 1000 * SIDE_BY_SIDE_WITHIN;
				return [
					{
						promise: `${what} at ${bytesPerSecond / MB} MB/s each: side by side, ≤ ${seconds(mostMs)}`,
						measured: `${seconds(wallMs)}, ${memory}`,
						held: wallMs <= mostMs,
					},
				];
			}
			const http = rows.find(
				(row) => row.contender === HTTP_FILES && row.files === files && row.fileBytes === fileBytes,
			);
			if (http === undefined) return [];
			return [
				{
					promise: `${what}: ≤ ${FILES_TIME_WITHIN} × HTTP Request's time, no more memory`,
					measured: `${seconds(wallMs)} and ${memory}, ${seconds(http.wallMs)} and ${(http.peakRssBytes / MB).toFixed(0)} MB`,
					held: wallMs <= http.wallMs * FILES_TIME_WITHIN && !isLarger(own.peaksBytes, http.peaksBytes),
				},
			];
		});
}

/** Budgets, well above what is needed: they only end what has gone wrong. */
export function judgeWeight({ packedBytes, startMs, firstRunMs }: Weight): Verdict[] {
	return [
		{
			promise: `package ≤ ${MOST_PACKED_BYTES / kB} kB`,
			measured: `${(packedBytes / kB).toFixed(1)} kB`,
			held: packedBytes <= MOST_PACKED_BYTES,
		},
		{
			promise: `loads at n8n's start in ≤ ${MOST_START_MS} ms`,
			measured: `${startMs.toFixed(1)} ms`,
			held: startMs <= MOST_START_MS,
		},
		{
			promise: `loads the rest at the first run in ≤ ${MOST_FIRST_RUN_MS} ms`,
			measured: `${firstRunMs.toFixed(1)} ms`,
			held: firstRunMs <= MOST_FIRST_RUN_MS,
		},
	];
}

/** The median of all runs: what else the machine does makes single ones dearer. */
export const perItemMs = (cpuMs: number[], items: number): number => quantile(cpuMs, 0.5) / items;

export function judgeResources({ items, fewItems, fewCpuMs, backgroundCpuMs, modelCpuMs }: ResourcesRow): Verdict[] {
	const [background, model] = [perItemMs(backgroundCpuMs, items), perItemMs(modelCpuMs, items)];
	const few = perItemMs(fewCpuMs, fewItems);
	return [
		{
			promise: `${items} items of Model: CPU per item ≤ ${MODEL_WITHIN} × Background's`,
			measured: `${model.toFixed(2)} ms, ${(model / background).toFixed(2)} × ${background.toFixed(2)} ms`,
			held: model <= background * MODEL_WITHIN,
		},
		{
			promise: 'cost grows no faster than the number of items',
			measured: `CPU per item ${few.toFixed(2)} ms at ${fewItems}, ${background.toFixed(2)} ms at ${items}`,
			held: background <= few * LINEAR_WITHIN,
		},
	];
}
