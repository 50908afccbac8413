/** The package as it would be published: packed by npm and unpacked into a folder of its own. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const NODE_MODULES = join(PROJECT, 'node_modules');

const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** What the build reads. */
export const SOURCES = ['nodes', 'credentials', 'package.json', 'index.ts', 'tsconfig.json', 'gulpfile.js'];

/** What lies beside the build in the package. */
const BESIDES = ['README.md', 'LICENSE', 'CHANGELOG.md'];

/** A hang ends; a busy machine does not look like one. */
const CHILD_TIMEOUT_MS = 240_000;

/**
 * The environment for child processes: this very Node and the project's own commands come first. What jest sets is left
 * out, since the linter's rules take every file for another kind under NODE_ENV=test.
 */
export const childEnvironment = {
	...process.env,
	NODE_ENV: undefined,
	JEST_WORKER_ID: undefined,
	PATH: [dirname(process.execPath), join(NODE_MODULES, '.bin'), process.env.PATH].join(delimiter),
};

export const newFolder = (purpose: string): string => mkdtempSync(join(tmpdir(), `runcomfy-${purpose}-`));

/** A copy of files and folders of the project, with its modules; those that are not there are left out. */
export function copyOfProject(names: string[]): string {
	const folder = newFolder('copy');
	for (const name of names.filter((one) => existsSync(join(PROJECT, one)))) {
		cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
	}
	symlinkSync(NODE_MODULES, join(folder, 'node_modules'));
	return folder;
}

function newestChangeMs(path: string): number {
	const stats = statSync(path);
	if (!stats.isDirectory()) return stats.mtimeMs;
	return Math.max(0, ...readdirSync(path).map((name) => newestChangeMs(join(path, name))));
}

/** Whether the compiler wrote every module after the last change of a source; what is only copied keeps its age. */
function isBuilt(): boolean {
	const dist = join(PROJECT, 'dist');
	if (!existsSync(join(dist, 'index.js'))) return false;
	const modules = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
	const builtMs = Math.min(...modules.map((file) => statSync(join(dist, file)).mtimeMs));
	return builtMs >= Math.max(...SOURCES.map((name) => newestChangeMs(join(PROJECT, name))));
}

/** The project when its build is up to date, else a copy of it that is built now: `dist` itself is never touched. */
function builtFolder(): string {
	if (isBuilt()) return PROJECT;
	const folder = copyOfProject([...SOURCES, ...BESIDES]);
	runFile(NPM, ['run', 'build'], folder);
	return folder;
}

/** Runs a command to its end and gives what it wrote; throws with its errors when it fails. */
function runFile(file: string, args: string[], cwd: string): string {
	return execFileSync(file, args, {
		cwd,
		env: childEnvironment,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: CHILD_TIMEOUT_MS,
	});
}

export interface Packed {
	/** Where the package was unpacked; n8n-workflow is the project's. */
	folder: string;
	/** The file as npm made it, in the folder's parent. */
	tarball: string;
	/** Of the tarball, in bytes. */
	size: number;
	/** Every file of the package, relative to its folder. */
	files: string[];
}

/** Packs the built project and unpacks it. */
export function pack(): Packed {
	const target = newFolder('packed');
	const args = ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', target];
	const built = builtFolder();
	const output = runFile(NPM, args, built);
	if (built !== PROJECT) rmSync(built, { recursive: true, force: true });
	const [{ filename, size, files }] = JSON.parse(output) as Array<{
		filename: string;
		size: number;
		files: Array<{ path: string }>;
	}>;
	runFile('tar', ['-xzf', filename], target);
	const folder = join(target, 'package');
	mkdirSync(join(folder, 'node_modules'));
	symlinkSync(join(NODE_MODULES, 'n8n-workflow'), join(folder, 'node_modules', 'n8n-workflow'));
	return { folder, tarball: join(target, filename), size, files: files.map(({ path }) => path) };
}
