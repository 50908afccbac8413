/** The benchmark's one table, in parts that share their columns: as text for a terminal and as Markdown. */
import type { FilesRow, ResourcesRow, ScaleRow, Weight } from './processRows.mts';
import { type Figures, perItemMs, type Verdict } from './promises.mts';
import type { Row } from './row.mts';

export interface Table {
	title: string;
	head: string[];
	lines: string[][];
}

const s = (ms: number) => (ms / 1000).toFixed(ms < 100_000 ? 2 : 0);
const number = (value: number) => value.toFixed(0);
const mb = (bytes: number) => (bytes / 1_000_000).toFixed(1);

/** All parts, in the order in which they are read. */
export function tablesOf(figures: Figures, verdicts: Verdict[]): Table[] {
	const { rows, scale, files, resources, weight } = figures;
	const batches = rows.filter(({ section }) => section === 'batches');
	return [
		verdictTable(verdicts),
		rowTable(
			'Batches in real time',
			batches.filter(({ clock }) => clock === 'real'),
		),
		rowTable(
			'Batches on the virtual clock',
			batches.filter(({ clock }) => clock === 'virtual'),
		),
		rowTable(
			'Many items, virtual clock',
			rows.filter(({ section }) => section === 'many'),
		),
		scaleTable(scale),
		filesTable(files),
		resourcesTable(resources),
		weightTable(weight),
	].filter(({ lines }) => lines.length > 0);
}

function verdictTable(verdicts: Verdict[]): Table {
	const lines = verdicts.map(({ promise, measured, held }) => [held ? 'held' : 'MISSED', promise, measured]);
	return { title: 'Promises', head: ['', 'promise', 'measured'], lines };
}

function rowTable(title: string, rows: Row[]): Table {
	const head = ['jobs', 'job s', 'contender', 'start', 'in flight', 'wall s', '× limit', 'overshoot s', 'p95 s'];
	const sorted = [...rows].sort((a, b) => a.jobSeconds - b.jobSeconds || a.jobs - b.jobs);
	const lines = sorted.map((row, index) => {
		const previous = sorted[index - 1];
		const isNewGroup = previous?.jobs !== row.jobs || previous.jobSeconds !== row.jobSeconds;
		const line = lineOf(row);
		return isNewGroup && row.section === 'batches' ? [limitLine(row), line] : [line];
	});
	return { title, head: [...head, 'reads per job', 'calls', 'calls/s', 'calls/min'], lines: lines.flat() };
}

const lineOf = (row: Row): string[] => [
	number(row.jobs),
	number(row.jobSeconds),
	row.contender,
	row.start,
	number(row.peakInFlight),
	s(row.wallMs),
	row.ratioToLimit.toFixed(2),
	s(row.overshootMedianMs),
	s(row.overshootP95Ms),
	row.readsPerJob.toFixed(1),
	number(row.calls),
	number(row.peakCallsPerSecond),
	number(row.peakCallsPerMinute),
];

/** What cannot be beaten with the node's requests in flight. */
const limitLine = (row: Row): string[] => {
	const { jobs, jobSeconds, limitMs, inFlight } = row;
	const peakInFlight = Math.min(jobs, inFlight);
	const line = [number(jobs), number(jobSeconds), 'the limit, computed', '', number(peakInFlight), s(limitMs)];
	return [...line, '1.00', '0.00', '0.00', '1.0', number(jobs * 2), '', ''];
};

function scaleTable(rows: ScaleRow[]): Table {
	return {
		title: 'Scale: one execution, jobs of 3 s, real time, the sizes side by side',
		head: [
			'items',
			'wall s',
			'CPU ms per item',
			'memory kB per item',
			'peak RSS + MB',
			'loop delay p99 ms',
			'max ms',
			'reads per job',
			'calls',
			'calls/s on average',
			'calls/s',
			'calls/min',
		],
		lines: rows.map((row) => [
			number(row.items),
			s(row.wallMs),
			(row.cpuMs / row.items).toFixed(2),
			(row.memoryBytes / row.items / 1000).toFixed(1),
			mb(row.peakRssBytes),
			row.delayP99Ms.toFixed(1),
			row.delayMaxMs.toFixed(1),
			row.readsPerJob.toFixed(1),
			number(row.calls),
			(row.calls / (row.wallMs / 1000)).toFixed(1),
			number(row.peakCallsPerSecond),
			number(row.peakCallsPerMinute),
		]),
	};
}

export function filesTable(rows: FilesRow[]): Table {
	return {
		title: 'Files',
		head: ['contender', 'files', 'MB each', 'MB/s each', 'wall s', 'CPU s', 'peak RSS + MB', 'of each process'],
		lines: rows.map(({ contender, files, fileBytes, bytesPerSecond, wallMs, cpuMs, peakRssBytes, peaksBytes }) => [
			contender,
			number(files),
			mb(fileBytes),
			bytesPerSecond === undefined ? '' : mb(bytesPerSecond),
			s(wallMs),
			s(cpuMs),
			mb(peakRssBytes),
			peaksBytes.map(mb).join(' '),
		]),
	};
}

/** One line a resource. */
export function resourcesTable({ items, fewItems, fewCpuMs, backgroundCpuMs, modelCpuMs }: ResourcesRow): Table {
	const line = (resource: string, cpuMs: number[], of = items) => {
		const each = cpuMs.map((ms) => (ms / of).toFixed(2)).join(' ');
		return [resource, number(of), perItemMs(cpuMs, of).toFixed(2), each];
	};
	return {
		title: 'The same purchases by both resources, without the rate limit: CPU time in ms per item',
		head: ['resource', 'items', 'median', 'runs, alternately'],
		lines: [line('Background', fewCpuMs, fewItems), line('Background', backgroundCpuMs), line('Model', modelCpuMs)],
	};
}

export function weightTable({ packedBytes, unpackedBytes, startMs, firstRunMs }: Weight): Table {
	const line = [packedBytes / 1000, unpackedBytes / 1000, startMs, firstRunMs].map((value) => value.toFixed(1));
	return { title: 'Weight', head: ['packed kB', 'unpacked kB', "n8n's start ms", 'first run ms'], lines: [line] };
}

const isNumber = (cell: string) => /^[\d.]*$/.test(cell);

/** Columns padded with blanks, numbers to the right. */
export function asText({ title, head, lines }: Table): string {
	const widths = head.map((name, column) => Math.max(name.length, ...lines.map((line) => line[column].length)));
	const text = (line: string[]) =>
		line
			.map((cell, column) => (isNumber(cell) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
			.join('  ')
			.trimEnd();
	return [title, '', text(head), ...lines.map(text), ''].join('\n');
}

export function asMarkdown({ title, head, lines }: Table): string {
	const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
	const rule = head.map((_name, column) => (lines.every((line) => isNumber(line[column])) ? '--:' : '---'));
	return [`## ${title}`, '', row(head), row(rule), ...lines.map(row), ''].join('\n');
}
