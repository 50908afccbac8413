/** What `npm test` runs on the built package: the type check of the tests and the tests side by side. Arguments go to jest. */
import { type IOType, spawn } from 'node:child_process';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..');
const MODULES = join(PROJECT, 'node_modules');

/** Runs a script with this Node to its end. Gives its exit code, and what it printed if that is not shown at once. */
async function runScript(args: string[], stdout: IOType): Promise<{ code: number; printed: string }> {
	const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: ['inherit', stdout, 'inherit'] });
	let printed = '';
	child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
	const code = await new Promise<number>((resolve, reject) => {
		child.once('error', reject).once('close', (exitCode) => resolve(exitCode ?? 1));
	});
	return { code, printed };
}

const jest = join(MODULES, 'jest', 'bin', 'jest.js');
const [types, tests] = await Promise.all([
	// Type errors are shown below the results of the tests: nobody would find them among these.
	runScript([join(MODULES, 'typescript', 'bin', 'tsc'), '-p', join('test', 'tsconfig.json')], 'pipe'),
	runScript(
		['--experimental-vm-modules', jest, '-c', join('test', 'jest.config.mjs'), ...process.argv.slice(2)],
		'inherit',
	),
]);
if (types.code !== 0) process.stdout.write(`\nThe type check failed:\n${types.printed}`);
process.exitCode = types.code || tests.code;
