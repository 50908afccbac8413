/**
 * Breaks the rooms that decide about money, one place at a time, and tells which breaks no test noticed:
 * `npm run mutants`, or `npm run mutants -- journal rateLimit` for some of the rooms. Stryker is installed outside the checkout
 * when it is first needed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';

import { cacheFolder, installedFrom } from '../lib/cache.mts';
import { runCommand } from '../lib/command.mts';
import { type Room, rooms } from './rooms.mts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** Where Stryker keeps its copies of the project and its report: no place of the checkout. */
const SCRATCH = join(cacheFolder, 'mutants');

/** What a room must reach, in percent; the reasons for what is left are in README.md. */
const LEAST_SCORE = 92;

const HUNDRED = 100;

/** A mutant that takes so much longer than its tests usually do hangs. */
const TIMEOUT_MS = 10_000;
const TIMEOUT_FACTOR = 2;

interface Mutant {
	status: string;
	mutatorName: string;
	replacement?: string;
	location: { start: { line: number; column: number } };
}

interface Report {
	files: Record<string, { mutants: Mutant[] }>;
}

interface Score {
	room: string;
	noticed: number;
	survivors: string[];
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const installStryker = async (): Promise<string> =>
	await installedFrom('mutants', import.meta.dirname, async (cwd) => {
		say('Installing Stryker, once …');
		await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd });
	});

/** Stryker's configuration for one room. */
function configOf({ mutate, name }: Room) {
	return {
		mutate,
		plugins: [join(import.meta.dirname, 'runner.mts')],
		testRunner: 'room',
		coverageAnalysis: 'perTest',
		// Types are checked by `npm run typecheck`; a mutant of wrong type is a mutant all the same.
		disableTypeChecks: false,
		ignoreStatic: false,
		reporters: ['json'],
		jsonReporter: { fileName: join(SCRATCH, `${name}.json`) },
		tempDirName: join(SCRATCH, 'tmp'),
		// Stryker's own link would miss a node_modules that is a link itself.
		symlinkNodeModules: false,
		buildCommand: `ln -sfn ${join(PROJECT, 'node_modules').replaceAll(' ', '\\ ')} node_modules`,
		ignorePatterns: ['dist', 'docs', 'examples', 'test/bench', 'test/e2e', 'test/n8n', 'test/services', 'test/demo'],
		concurrency: availableParallelism(),
		timeoutMS: TIMEOUT_MS,
		timeoutFactor: TIMEOUT_FACTOR,
		allowConsoleColors: false,
		clearTextReporter: { allowColor: false },
	};
}

async function runStryker(stryker: string, room: Room): Promise<Score> {
	const configFile = join(SCRATCH, `${room.name}.config.json`);
	const reportFile = join(SCRATCH, `${room.name}.json`);
	rmSync(reportFile, { force: true });
	writeFileSync(configFile, JSON.stringify(configOf(room)));
	const bin = join(stryker, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
	const child = spawn(process.execPath, [bin, 'run', configFile], {
		cwd: PROJECT,
		env: { ...process.env, MUTANTS_TESTS: room.tests.join(',') },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
	await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
	if (!existsSync(reportFile)) throw new Error(`Stryker gave no report of ${room.name}:\n${output}`);
	return scoreOf(room, JSON.parse(readFileSync(reportFile, 'utf8')) as Report);
}

const NOTICED = ['Killed', 'Timeout'];

function scoreOf({ name }: Room, { files }: Report): Score {
	const all = Object.entries(files).flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })));
	const survivors = all
		.filter(({ status }) => !NOTICED.includes(status))
		.map(({ file, location: { start }, mutatorName, replacement = '' }) => {
			const place = `${relative(PROJECT, join(PROJECT, file))}:${start.line}:${start.column}`;
			return `${place} ${mutatorName}: ${replacement.replace(/\s+/g, ' ')}`;
		});
	return { room: name, noticed: all.filter(({ status }) => NOTICED.includes(status)).length, survivors };
}

const percentOf = ({ noticed, survivors }: Score) => (HUNDRED * noticed) / Math.max(1, noticed + survivors.length);

async function main(asked: string[]): Promise<void> {
	const unknown = asked.filter((name) => !rooms.some((room) => room.name === name));
	if (unknown.length > 0) {
		throw new Error(`No room ${unknown.join(', ')}: there are ${rooms.map(({ name }) => name).join(', ')}`);
	}
	mkdirSync(SCRATCH, { recursive: true });
	const stryker = await installStryker();
	const scores: Score[] = [];
	for (const room of rooms.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
		const startMs = Date.now();
		const score = await runStryker(stryker, room);
		scores.push(score);
		const seconds = Math.round((Date.now() - startMs) / 1000);
		say(
			`${room.name}: ${percentOf(score).toFixed(1)} %, ${score.noticed} noticed, ${score.survivors.length} not (${seconds} s)`,
		);
		for (const survivor of score.survivors) say(`  ${survivor}`);
	}
	if (scores.some((score) => percentOf(score) < LEAST_SCORE)) process.exitCode = 1;
}

await main(process.argv.slice(2));
