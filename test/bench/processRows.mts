/** What the node asks of the process it runs in: many items, large files, and its own weight. */
import { execFileSync } from 'node:child_process';

import type { FilesFigures, LoadFigures, ResourceFigures, ScaleFigures } from './child.mts';
import { type EmulatorProcess, startEmulatorProcess } from './emulatorProcess.mts';
import { inChild } from './inChild.mts';
import { jobsOf } from './jobLaw.mts';
import { measure, type Measured, quantile } from './measure.mts';
import { ROOT } from './product.mts';
import { IN_FLIGHT } from './virtualRows.mts';

const SCALE_JOB_SECONDS = 3;
const RESOURCES_JOB_SECONDS = 0.1;
/** The quickest counts: so many that one of them has a processor for itself, on a busy machine too. */
const LOADS = 25;
/** The peak is garbage, which is collected earlier or later by chance: processes of one contender differ by half of it. */
const FILES_ROUNDS = 9;
const MB = 1_000_000;

type Calls = 'calls' | 'readsPerJob' | 'peakCallsPerSecond' | 'peakCallsPerMinute' | 'peakInFlight';

export const OWN_FILES = 'this node, Download Files';
export const HTTP_FILES = 'HTTP Request, file response';

export type ScaleRow = { items: number } & ScaleFigures & Pick<Measured, Calls>;
/** Files of a size, and at most how much of each comes in a second. */
export interface FilesKind {
	files: number;
	fileBytes: number;
	bytesPerSecond?: number;
}
/** The median of each figure, and all peaks. */
export type FilesRow = { contender: string; peaksBytes: number[] } & FilesKind & FilesFigures;
export type ResourcesRow = { items: number } & ResourceFigures;
export interface Weight {
	packedBytes: number;
	unpackedBytes: number;
	startMs: number;
	firstRunMs: number;
}

/** All sizes at the same time, each with a process and an emulator of its own: the rate limit keeps them nearly idle. */
export async function scaleRows(sizes: number[]): Promise<ScaleRow[]> {
	const lesson = await startEmulatorProcess(jobsOf(0.2));
	try {
		return await Promise.all(sizes.map(async (items) => await scaleRow(items, lesson)));
	} finally {
		await lesson.close();
	}
}

async function scaleRow(items: number, lesson: EmulatorProcess): Promise<ScaleRow> {
	const emulator = await startEmulatorProcess(jobsOf(SCALE_JOB_SECONDS));
	try {
		const figures = await inChild('scale', { items, credential: emulator.credential, lesson: lesson.credential });
		const seen = measure([await emulator.observe(figures.wallMs, IN_FLIGHT)]);
		const { calls, readsPerJob, peakCallsPerSecond, peakCallsPerMinute, peakInFlight } = seen;
		return { items, ...figures, calls, readsPerJob, peakCallsPerSecond, peakCallsPerMinute, peakInFlight };
	} finally {
		await emulator.close();
	}
}

/** CPU time of the same purchases by Background and by Model, `rounds` times each, alternately. */
export async function resourcesRow(items: number, rounds: number): Promise<ResourcesRow> {
	const emulator = await startEmulatorProcess(jobsOf(RESOURCES_JOB_SECONDS));
	try {
		const { credential } = emulator;
		return { items, ...(await inChild('resources', { items, rounds, credential })) };
	} finally {
		await emulator.close();
	}
}

/** Turn and turn about, each time in a fresh process. */
export async function filesRows(kind: FilesKind, peersFolder?: string): Promise<FilesRow[]> {
	const { files: items, fileBytes: bytes, bytesPerSecond } = kind;
	const lesson = await startEmulatorProcess(jobsOf(0.1));
	const emulator = await startEmulatorProcess(jobsOf(0.5));
	try {
		await emulator.fault('download', { kind: 'tooLarge', bytes, bytesPerSecond, declared: true });
		await lesson.fault('download', { kind: 'tooLarge', bytes: MB, declared: true });
		const credentials = { credential: emulator.credential, lesson: lesson.credential };
		const own: FilesFigures[] = [];
		const http: FilesFigures[] = [];
		for (let round = 0; round < FILES_ROUNDS; round += 1) {
			own.push(await inChild('files', { items, ...credentials, peersFolder }));
			if (peersFolder === undefined) continue;
			const urls = (await outputUrls(emulator)).slice(0, items);
			const [lessonUrl] = await outputUrls(lesson);
			http.push(await inChild('httpFiles', { urls, lessonUrl, peersFolder }));
		}
		if ([...own, ...http].some(({ files }) => files !== items)) throw new Error('Files were lost');
		return [
			{ contender: OWN_FILES, ...kind, ...mediansOf(own) },
			...(http.length > 0 ? [{ contender: HTTP_FILES, ...kind, ...mediansOf(http) }] : []),
		];
	} finally {
		await emulator.close();
		await lesson.close();
	}
}

function mediansOf(rounds: FilesFigures[]) {
	const median = (name: keyof FilesFigures) =>
		quantile(
			rounds.map((figures) => figures[name]),
			0.5,
		);
	const peaksBytes = rounds.map(({ peakRssBytes }) => peakRssBytes);
	return { wallMs: median('wallMs'), cpuMs: median('cpuMs'), peakRssBytes: median('peakRssBytes'), peaksBytes };
}

/** The files that the node has just been given. */
async function outputUrls({ modelApiUrl }: EmulatorProcess): Promise<string[]> {
	const requests = (await (await fetch(`${modelApiUrl}/emulator/requests`)).json()) as Array<{ outputs: string[] }>;
	return requests.flatMap(({ outputs }) => outputs);
}

export async function weigh(): Promise<Weight> {
	const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
		cwd: ROOT,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	const [{ size: packedBytes, unpackedSize: unpackedBytes }] = JSON.parse(packed);
	const loads: LoadFigures[] = [];
	for (let load = 0; load < LOADS; load += 1) loads.push(await inChild('load'));
	// Whatever else the machine does only adds to it.
	const least = (name: keyof LoadFigures) => Math.min(...loads.map((figures) => figures[name]));
	return { packedBytes, unpackedBytes, startMs: least('startMs'), firstRunMs: least('firstRunMs') };
}
