/**
 * `npm run bench`: everything against the same emulator, in one run and one table. `--quick` takes fewer items and
 * leaves the long ones to the virtual clock; `--resources`, `--files` and `--weight` measure only that. Writes bench-results/ and
 * the chart for the README.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

import { builtParts } from '../lib/builtParts.mts';
import { drawChart } from './chart.mts';
import { installPeers } from './peers.mts';
import { type FilesKind, type FilesRow, filesRows, resourcesRow, scaleRows, weigh } from './processRows.mts';
import { ROOT } from './product.mts';
import { type Figures, judge, judgeFiles, judgeResources, judgeWeight, type Verdict } from './promises.mts';
import { benchEngine, cadenceRows, handBuiltRows, nodeRows, warmUp } from './realRows.mts';
import { asMarkdown, asText, filesTable, resourcesTable, tablesOf, weightTable } from './report.mts';
import type { Row } from './row.mts';
import { manyRows, virtualRows } from './virtualRows.mts';

const RESULTS = join(ROOT, 'bench-results');
const CHART = join(ROOT, 'docs', 'images', 'bench.svg');
const MB = 1_000_000;

const { values } = parseArgs({
	options: {
		quick: { type: 'boolean', default: false },
		resources: { type: 'boolean', default: false },
		files: { type: 'boolean', default: false },
		weight: { type: 'boolean', default: false },
	},
});

const plan = values.quick
	? { realJobSeconds: [3, 8], largest: 20, cadenceItems: 2, scale: [50, 100, 200], files: [5], rounds: 3 }
	: { realJobSeconds: [3, 8], largest: 100, cadenceItems: 20, scale: [500, 1_000, 2_000], files: [5, 20], rounds: 5 };

const startMs = performance.now();
const say = (what: string) => {
	const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
	console.error(`${seconds.padStart(4)} s  ${what}`);
};

/** The folder of the peers, or the reason why there is none. */
function peersOrReason(): { folder?: string; reason?: string } {
	try {
		return { folder: installPeers() };
	} catch (error) {
		return { reason: error instanceof Error ? error.message : String(error) };
	}
}

async function realRows(peersFolder: string | undefined): Promise<Row[]> {
	const engine = await benchEngine(peersFolder);
	const rows: Row[] = [];
	try {
		await warmUp(engine, peersFolder !== undefined);
		for (const jobSeconds of plan.realJobSeconds) {
			say(`Real time, jobs of ${jobSeconds} s`);
			rows.push(...(await nodeRows(engine, jobSeconds, plan.largest)));
			if (peersFolder !== undefined) rows.push(...(await handBuiltRows(engine, jobSeconds, 20)));
		}
	} finally {
		await engine.close();
	}
	return rows;
}

async function measureResources() {
	const items = plan.scale.at(-1) ?? 0;
	say(`Model and Background, ${items} items each, ${plan.rounds} times`);
	return await resourcesRow(items, plan.rounds);
}

/** As fast as they are taken, and then each at the pace of its own connection. */
async function measureFiles(peersFolder: string | undefined): Promise<FilesRow[]> {
	const kinds: FilesKind[] = [
		...plan.files.map((files) => ({ files, fileBytes: 50 * MB })),
		{ files: 6, fileBytes: 24 * MB, bytesPerSecond: 8 * MB },
	];
	const rows: FilesRow[] = [];
	for (const kind of kinds) {
		say(`${kind.files} files of ${kind.fileBytes / MB} MB`);
		rows.push(...(await filesRows(kind, peersFolder)));
	}
	return rows;
}

/** One of the tables alone. */
async function measureOnly(): Promise<void> {
	if (values.resources) {
		const row = await measureResources();
		console.log(asText(resourcesTable(row)));
		tell(judgeResources(row));
	}
	if (values.files) {
		const rows = await measureFiles(peersOrReason().folder);
		console.log(asText(filesTable(rows)));
		tell(judgeFiles(rows));
	}
	if (values.weight) {
		const row = await weigh();
		console.log(asText(weightTable(row)));
		tell(judgeWeight(row));
	}
}

const tell = (verdicts: Verdict[]) =>
	verdicts.forEach(({ held, promise, measured }) =>
		console.log(`${held ? 'held' : 'MISSED'}  ${promise}: ${measured}`),
	);

/** Figures that need the machine for themselves come first, those that mostly wait come last and together. */
async function main(): Promise<void> {
	const { folder, reason } = peersOrReason();
	if (reason !== undefined) console.error(`Without n8n's own nodes and without the chart: ${reason}`);
	say('Weight');
	const weight = await weigh();
	const rows = await realRows(folder);
	const resources = await measureResources();
	const files = await measureFiles(folder);
	say('Virtual clock');
	const product = builtParts();
	rows.push(...(await virtualRows(product)), ...(await manyRows(product)));
	say(`Scale: ${plan.scale.join(', ')} items; beside it the fixed cadences, item by item`);
	const [scale, ...cadences] = await Promise.all([
		scaleRows(plan.scale),
		...plan.realJobSeconds.map(async (jobSeconds) => await cadenceRows(jobSeconds, plan.cadenceItems)),
	]);
	rows.push(...cadences.flat());
	await report({ rows, scale, files, resources, weight }, folder, reason);
}

async function report(figures: Figures, peersFolder: string | undefined, reason: string | undefined): Promise<void> {
	const verdicts = judge(figures);
	const tables = tablesOf(figures, verdicts);
	const processor = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
	const day = new Date().toISOString().slice(0, 10);
	const about = `Node ${process.version}, ${processor}, ${day}${values.quick ? ', quick run' : ''}`;
	const notes = [about, ...(reason === undefined ? [] : [`Without n8n's own nodes: ${reason}`])];
	await mkdir(RESULTS, { recursive: true });
	await writeFile(join(RESULTS, 'bench.json'), JSON.stringify({ about: notes, verdicts, ...figures }, null, '\t'));
	await writeFile(join(RESULTS, 'bench.md'), ['# Benchmark', '', ...notes, '', ...tables.map(asMarkdown)].join('\n'));
	if (peersFolder !== undefined) await writeFile(CHART, await drawChart(figures.rows, peersFolder));
	console.log([...notes, '', ...tables.map(asText)].join('\n'));
	say(`Written to ${relative(ROOT, RESULTS)} and ${relative(ROOT, CHART)}`);
	if (verdicts.some(({ held }) => !held)) console.error('Some promises were missed: see the first table.');
}

await (values.resources || values.files || values.weight ? measureOnly() : main());
