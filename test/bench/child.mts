/** Measurements about a process, each in a fresh one: memory, CPU, event loop, loading. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { IExecuteFunctions, INodeParameters, INodeType } from 'n8n-workflow';

import type { ResourceEntry } from '../../nodes/RunComfy/resources/registry.ts';
import { type Engine, runNode } from '../engine/index.mts';
import { builtParts } from '../lib/builtParts.mts';
import { handBuiltDownload } from './handBuilt.mts';
import { DIST } from './product.mts';
import { benchEngine, emptyItems, NODE_TYPE, REPLACE, RUN_SAME_MODEL } from './realRows.mts';

/** `credential` is of the emulator to be worked with, `lesson` of another one, for a first run that is not measured. */
interface Batch {
	items: number;
	credential: Record<string, string>;
	lesson: Record<string, string>;
}

interface Rounds {
	items: number;
	rounds: number;
	credential: Record<string, string>;
}

/** Both contenders' processes load n8n's own nodes: the more is loaded, the later garbage is collected. */
interface Files extends Batch {
	peersFolder?: string;
}

interface Urls {
	urls: string[];
	lessonUrl: string;
	peersFolder: string;
}

/** Wakes the process 50 times a second, which costs next to nothing. The figures include it, so it is taken off. */
const DELAY_RESOLUTION_MS = 20;

/** A file comes and goes within a moment; a batch takes minutes, and looking often would cost more CPU than the node does. */
const FILES_SAMPLE_MS = 5;
const SCALE_SAMPLE_MS = 250;

/** As many as the node takes: waiting is not measured. */
const ALL_PLACES = { maxInFlight: 100 };

const DOWNLOAD = {
	resource: 'request',
	operation: 'getResult',
	requestId: '={{ $json.request_id }}',
	options: { downloadImages: true },
};

/** Of a batch so many times smaller an item costs as much, or the cost would grow faster than the number of items. */
const FEWER = 4;

/** Enough for the engine's compiler to have seen everything. */
const LESSON_ITEMS = 300;

const NS_PER_MS = 1e6;

/** Memory in use after the garbage has been taken away, in bytes. */
function memoryInUse(): number {
	globalThis.gc?.();
	globalThis.gc?.();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

export interface ScaleFigures {
	wallMs: number;
	cpuMs: number;
	memoryBytes: number;
	peakRssBytes: number;
	delayP99Ms: number;
	delayMaxMs: number;
}

/** CPU time of each run, in milliseconds: the same purchases by both resources, and fewer of them by one. */
export interface ResourceFigures {
	fewItems: number;
	fewCpuMs: number[];
	backgroundCpuMs: number[];
	modelCpuMs: number[];
}

export interface LoadFigures {
	/** What n8n loads when it starts. */
	startMs: number;
	/** What a first run loads: that of a model, which needs most. */
	firstRunMs: number;
}

export interface FilesFigures {
	files: number;
	wallMs: number;
	/** What the process took; less disturbed by others than the wall time. */
	cpuMs: number;
	peakRssBytes: number;
}

/** The node without its rate limit, which keeps it idle most of the time: what it does is measured, not how it waits. */
function unhurried(Node: new () => INodeType): new () => INodeType {
	const { execute, ProcessState, usualPolicies } = builtParts();
	const { rateLimit } = usualPolicies;
	const plenty = { callsPerShortWindow: 100_000, callsPerLongWindow: 10_000_000, callsAtFullSpeed: 10_000_000 };
	const processState = new ProcessState({ ...usualPolicies, rateLimit: { ...rateLimit, ...plenty } });
	return class extends Node {
		async execute(this: IExecuteFunctions) {
			return await execute(this, processState);
		}
	};
}

const tasks = {
	/** One execution with very many items. The result is held while its memory is measured. */
	async scale({ items, credential, lesson }: Batch): Promise<ScaleFigures> {
		const engine = await benchEngine();
		const run = async (count: number, runComfyApi: Batch['credential']) => {
			const options = { type: NODE_TYPE, items: emptyItems(count), parameters: REPLACE };
			return await runNode(engine, { ...options, credentials: { runComfyApi } });
		};
		await run(20, lesson);
		const memoryBefore = memoryInUse();
		const peakRss = watchRss(SCALE_SAMPLE_MS);
		const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
		delay.enable();
		const cpuBefore = process.cpuUsage();
		const result = await run(items, credential);
		const { user, system } = process.cpuUsage(cpuBefore);
		delay.disable();
		const peakRssBytes = peakRss();
		const memoryBytes = memoryInUse() - memoryBefore;
		if (result.items.length !== items) throw new Error(`${result.items.length} items came of ${items}`);
		return {
			wallMs: result.finished.durationMs,
			cpuMs: (user + system) / 1000,
			memoryBytes,
			peakRssBytes,
			delayP99Ms: Math.max(0, delay.percentile(99) / NS_PER_MS - DELAY_RESOLUTION_MS),
			delayMaxMs: Math.max(0, delay.max / NS_PER_MS - DELAY_RESOLUTION_MS),
		};
	},

	/** The same items by both resources, turn and turn about, so that whatever slows the machine down slows both. */
	async resources({ items, rounds, credential }: Rounds): Promise<ResourceFigures> {
		const engine = await benchEngine(undefined, unhurried);
		const cpuOf = async (parameters: INodeParameters, count: number): Promise<number> => {
			globalThis.gc?.();
			const before = process.cpuUsage();
			const options = { type: NODE_TYPE, items: emptyItems(count), credentials: { runComfyApi: credential } };
			const { items: found, error } = await runNode(engine, {
				...options,
				parameters: { ...parameters, options: ALL_PLACES },
			});
			const { user, system } = process.cpuUsage(before);
			if (found.length !== count) throw error ?? new Error(`${found.length} items came of ${count}`);
			return (user + system) / 1000;
		};
		const figures: ResourceFigures = { fewItems: items / FEWER, fewCpuMs: [], backgroundCpuMs: [], modelCpuMs: [] };
		// What is loaded and compiled first is nobody's.
		for (const parameters of [REPLACE, RUN_SAME_MODEL]) await cpuOf(parameters, Math.min(items, LESSON_ITEMS));
		for (let round = 0; round < rounds; round += 1) {
			figures.fewCpuMs.push(await cpuOf(REPLACE, figures.fewItems));
			figures.backgroundCpuMs.push(await cpuOf(REPLACE, items));
			figures.modelCpuMs.push(await cpuOf(RUN_SAME_MODEL, items));
		}
		await engine.close();
		return figures;
	},

	/** Files through Download Files of Get Result, whose requests are finished. */
	async files({ items, credential, lesson, peersFolder }: Files): Promise<FilesFigures> {
		const engine = await benchEngine(peersFolder);
		const run = async (count: number, runComfyApi: Batch['credential']) => {
			const common = { type: NODE_TYPE, credentials: { runComfyApi } };
			const { items: done } = await runNode(engine, { ...common, items: emptyItems(count), parameters: REPLACE });
			return async () => {
				const { items: found } = await runNode(engine, { ...common, items: done, parameters: DOWNLOAD });
				return found.filter(({ binary }) => binary !== undefined).length;
			};
		};
		return await measureFiles(engine, await run(1, lesson), await run(items, credential));
	},

	/** Files through the HTTP Request node. */
	async httpFiles({ urls, lessonUrl, peersFolder }: Urls): Promise<FilesFigures> {
		const engine = await benchEngine(peersFolder);
		const run = async (wanted: string[]) => {
			const { itemsOf } = await engine.run(handBuiltDownload, { items: wanted.map((url) => ({ json: { url } })) });
			return itemsOf('Download').filter(({ binary }) => binary !== undefined).length;
		};
		return await measureFiles(
			engine,
			async () => await run([lessonUrl]),
			async () => await run(urls),
		);
	},

	/** How long the node takes to load: when n8n starts, and before a first run. What it shares with n8n is loaded already. */
	async load(): Promise<LoadFigures> {
		const require = createRequire(join(DIST, 'index.js'));
		require('n8n-workflow');
		const startMs = performance.now();
		require('./index.js');
		const loadedMs = performance.now();
		require('./nodes/RunComfy/execute.js');
		const { resources } = require('./nodes/RunComfy/resources/index.js') as { resources: ResourceEntry[] };
		const { operations } = resources.find(({ value }) => value === 'model') ?? resources[0];
		await operations.find(({ isPaid }) => isPaid)?.load();
		return { startMs: loadedMs - startMs, firstRunMs: performance.now() - loadedMs };
	},
};

export type Tasks = typeof tasks;

async function measureFiles(
	engine: Engine,
	lesson: () => Promise<number>,
	run: () => Promise<number>,
): Promise<FilesFigures> {
	await lesson();
	globalThis.gc?.();
	const peakRss = watchRss(FILES_SAMPLE_MS);
	const startMs = performance.now();
	const cpuBefore = process.cpuUsage();
	const files = await run();
	const { user, system } = process.cpuUsage(cpuBefore);
	const wallMs = performance.now() - startMs;
	const figures = { files, wallMs, cpuMs: (user + system) / 1000, peakRssBytes: peakRss() };
	await engine.close();
	return figures;
}

/** Answers how to end it and learn by how much the process's memory rose above what it was, at the most, in bytes. */
function watchRss(everyMs: number): () => number {
	const startBytes = process.memoryUsage.rss();
	let peakBytes = startBytes;
	const sample = () => {
		peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
	};
	const timer = setInterval(sample, everyMs);
	return () => {
		sample();
		clearInterval(timer);
		return peakBytes - startBytes;
	};
}

if (process.send !== undefined) {
	const { name, options } = JSON.parse(process.argv[2]) as { name: keyof Tasks; options: never };
	process.send({ figures: await tasks[name](options) }, () => process.exit());
}
