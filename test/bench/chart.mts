/** The chart for the README: overshoot against reads per job, ours and theirs. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Row } from './row.mts';

const BATCH = 20;

/** Ours stand out; the others are shades of one colour, from the most to the least busy. */
const SERIES: Array<{ name: string; color: string; shape: string; is: (row: Row) => boolean }> = [
	{ name: 'this node', color: '#d9480f', shape: 'circle', is: ({ start }) => start === 'warm' },
	{ name: 'this node, first batch ever', color: '#f59f66', shape: 'circle', is: ({ start }) => start === 'cold' },
	...[2, 3, 5, 10].map((seconds, index) => ({
		name: `every ${seconds} s`,
		color: ['#0b3d66', '#2b6ca3', '#6ba3d0', '#a9c9e5'][index],
		shape: 'square',
		is: ({ contender }: Row) => contender === `every ${seconds} s, item by item`,
	})),
];

/** Draws it as SVG, from the rows on the virtual clock. */
export async function drawChart(rows: Row[], peersFolder: string): Promise<string> {
	const require = createRequire(join(peersFolder, 'package.json'));
	const load = async (name: string) => await import(pathToFileURL(require.resolve(name)).href);
	const [vega, vegaLite] = [await load('vega'), await load('vega-lite')];
	const { spec } = vegaLite.compile(specOf(valuesOf(rows)));
	return await new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}

function valuesOf(rows: Row[]) {
	return rows
		.filter(({ section, clock, jobs }) => section === 'batches' && clock === 'virtual' && jobs === BATCH)
		.flatMap((row) => {
			const series = SERIES.find(({ is }) => is(row));
			if (series === undefined) return [];
			const { readsPerJob, overshootMedianMs, jobSeconds } = row;
			return [{ series: series.name, jobSeconds, reads: readsPerJob, overshoot: overshootMedianMs / 1000 }];
		});
}

function specOf(values: ReturnType<typeof valuesOf>) {
	const domain = SERIES.map(({ name }) => name);
	return {
		$schema: 'https://vega.github.io/schema/vega-lite/v6.json',
		title: {
			text: 'How late a finished picture is noticed, and how many calls that takes',
			subtitle: `Batches of ${BATCH} jobs of 3 to 180 s. Lower and further left is better.`,
			anchor: 'start',
		},
		background: 'white',
		padding: 12,
		data: { values },
		facet: {
			column: {
				field: 'jobSeconds',
				type: 'ordinal',
				title: null,
				header: { labelExpr: "'jobs of ' + datum.value + ' s'" },
			},
		},
		spec: {
			width: 170,
			height: 230,
			mark: { type: 'point', filled: true, size: 130, opacity: 1 },
			encoding: {
				x: {
					field: 'reads',
					type: 'quantitative',
					scale: { type: 'log', domain: [0.8, 130] },
					axis: { values: [1, 2, 5, 10, 20, 50, 100], format: 'd', grid: true },
					title: 'reads per job',
				},
				y: { field: 'overshoot', type: 'quantitative', title: 'seconds until noticed (median)' },
				color: {
					field: 'series',
					type: 'nominal',
					scale: { domain, range: SERIES.map(({ color }) => color) },
					legend: { title: null, orient: 'bottom', columns: 6, labelLimit: 0 },
				},
				shape: { field: 'series', type: 'nominal', scale: { domain, range: SERIES.map(({ shape }) => shape) } },
			},
		},
	};
}
