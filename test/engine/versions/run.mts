/**
 * Runs the engine and node tests on older generations of n8n's engine: `node test/engine/versions/run.mts [version …]`.
 * Installs what is missing, tells one line for each version and what failed in it, and ends with one line of counts.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { engineVersions, installEngine } from './install.mts';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** What of the project runs in the engine; all else is the same on every version. */
const TESTS = ['engine', 'node'].map((folder) => join(PROJECT, 'test', folder, '/'));

/** One version takes about three minutes, on a busy machine eight: a run that takes longer hangs. */
const RUN_TIMEOUT_MS = 1_800_000;

/** Each worker loads n8n once, in a hook: seconds on a machine that has other things to do as well. */
const TEST_TIMEOUT_MS = 30_000;

/** The part of jest's JSON report that is told on. */
interface Report {
	numPassedTests: number;
	numFailedTests: number;
	numRuntimeErrorTestSuites: number;
	testResults: Array<{
		name: string;
		message: string;
		assertionResults: Array<{ fullName: string; status: string; failureMessages: string[] }>;
	}>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const secondsSince = (startMs: number): string => `${Math.round((Date.now() - startMs) / 1000)} s`;

/** One jest process with the engine of the given folder in the place of the project's own. */
async function runTests(engineFolder: string, reportFile: string): Promise<Report> {
	const jest = join(PROJECT, 'node_modules', 'jest', 'bin', 'jest.js');
	const options = ['-c', join(PROJECT, 'test', 'jest.config.mjs'), `--testTimeout=${TEST_TIMEOUT_MS}`];
	const report = ['--json', `--outputFile=${reportFile}`];
	const child = spawn(process.execPath, ['--experimental-vm-modules', jest, ...options, ...report, ...TESTS], {
		cwd: PROJECT,
		env: { ...process.env, RUNCOMFY_ENGINE: engineFolder, NODE_NO_WARNINGS: '1' },
		stdio: ['ignore', 'ignore', 'pipe'],
		timeout: RUN_TIMEOUT_MS,
		killSignal: 'SIGKILL',
	});
	let output = '';
	child.stderr.on('data', (chunk: Buffer) => (output += chunk));
	const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
	if (!existsSync(reportFile)) throw new Error(`jest ended with ${code ?? 'a signal'} and no report:\n${output}`);
	return JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
}

function tellFailures({ testResults }: Report): void {
	// The way of an error through the test runner and n8n tells nothing.
	const short = (text: string): string => text.replace(/^ +at .*node_modules.*\n?/gm, '').trimEnd();
	for (const { name, message, assertionResults } of testResults) {
		const failed = assertionResults.filter(({ status }) => status === 'failed');
		const file = relative(PROJECT, name);
		if (assertionResults.length === 0 && message) say(`\n✕ ${file}\n${message}`);
		for (const { fullName, failureMessages } of failed) {
			say(`\n✕ ${file}: ${fullName}\n${short(failureMessages.join('\n'))}`);
		}
	}
}

const asked = process.argv.slice(2);
const unknown = asked.filter((version) => !engineVersions.includes(version));
if (unknown.length > 0) {
	say(`No engine ${unknown.join(', ')}: there are ${engineVersions.join(', ')}`);
	process.exit(1);
}

let passed = 0;
let failed = 0;
const scratch = mkdtempSync(join(tmpdir(), 'runcomfy-engines-'));
try {
	for (const version of asked.length > 0 ? asked : engineVersions) {
		const installStartMs = Date.now();
		let installed = '';
		const folder = await installEngine(version, () => {
			say(`n8n-core ${version}: installing, once …`);
			installed = ', installed in ';
		});
		if (installed) installed += secondsSince(installStartMs);
		const runStartMs = Date.now();
		const report = await runTests(folder, join(scratch, `${version}.json`));
		const failures = report.numFailedTests + report.numRuntimeErrorTestSuites;
		tellFailures(report);
		const took = `${secondsSince(runStartMs)}${installed}`;
		say(`n8n-core ${version}: ${report.numPassedTests} passed, ${failures} failed (${took})`);
		passed += report.numPassedTests;
		failed += failures;
	}
} finally {
	rmSync(scratch, { recursive: true, force: true });
}
say(`tests: ${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
