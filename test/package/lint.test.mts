/** n8n's own judgement of the package: its linter, and the two legs of the scanner for community packages. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { n8nNode, n8nScanner, type NodeScript } from './n8nTools.mts';
import { childEnvironment, copyOfProject, newFolder, pack, type Packed, PROJECT, SOURCES } from './pack.mts';

const CHILD_TIMEOUT_MS = 60_000;

/** The tools are installed where they are missing. */
const INSTALL_TIMEOUT_MS = 600_000;

const NODE_FILE = join('nodes', 'RunComfy', 'RunComfy.node.ts');

/** Not allowed in a community node: the file system. */
const FORBIDDEN_IMPORT =
	"\nimport { readFileSync } from 'node:fs';\nexport const secret = readFileSync('/etc/hostname');\n";
const FORBIDDEN_REQUIRE =
	"\nconst fs = require('node:fs');\nmodule.exports.secret = fs.readFileSync('/etc/hostname');\n";

let packed: Packed;
let brokenSources: string;
let brokenPackage: string;
let linter: NodeScript;
let scanner: string;
beforeAll(async () => {
	linter = await n8nNode();
	scanner = await n8nScanner();
	packed = pack();
	brokenSources = copyOfProject(['package.json', 'tsconfig.json', 'eslint.config.mjs', NODE_FILE]);
	appendFileSync(join(brokenSources, NODE_FILE), FORBIDDEN_IMPORT);
	brokenPackage = newFolder('broken');
	cpSync(packed.folder, brokenPackage, { recursive: true });
	appendFileSync(join(brokenPackage, 'dist', 'nodes', 'RunComfy', 'RunComfy.node.js'), FORBIDDEN_REQUIRE);
}, INSTALL_TIMEOUT_MS);
afterAll(() => {
	for (const folder of [dirname(packed.folder), brokenSources, brokenPackage]) {
		rmSync(folder, { recursive: true, force: true });
	}
});

function run(args: string[], cwd: string, path?: string): SpawnSyncReturns<string> {
	return spawnSync(process.execPath, args, {
		cwd,
		env: { ...childEnvironment, PATH: path ?? childEnvironment.PATH },
		encoding: 'utf8',
		timeout: CHILD_TIMEOUT_MS,
	});
}

function lint(folder: string): { status: number | null; output: string } {
	const { status, stdout, stderr } = run([linter.file, 'lint'], folder, linter.env.PATH);
	return { status, output: `${stdout}${stderr}` };
}

describe("n8n's linter, strict and with its own configuration", () => {
	test(
		'has nothing to say: no error, no warning',
		() => {
			const { status, output } = lint(PROJECT);
			expect(output).not.toMatch(/\b(error|warning)s?\b/i);
			expect(status).toBe(0);
		},
		CHILD_TIMEOUT_MS,
	);

	test(
		'would say something: a forbidden import is found',
		() => {
			const { status, output } = lint(brokenSources);
			expect(status).not.toBe(0);
			expect(output).toMatch(/node:fs/);
		},
		CHILD_TIMEOUT_MS,
	);
});

describe("n8n's own build", () => {
	test(
		'makes the same files as ours',
		() => {
			const copy = copyOfProject(SOURCES);
			try {
				const { status, stdout, stderr } = run([linter.file, 'build'], copy, linter.env.PATH);
				expect({ status, output: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, output: '' });
				const built = readdirSync(join(copy, 'dist'), { recursive: true, encoding: 'utf8', withFileTypes: true })
					.filter((entry) => entry.isFile())
					.map(({ parentPath, name }) => relative(copy, join(parentPath, name)).split(sep).join('/'));
				expect(built.sort()).toEqual(packed.files.filter((file) => file.startsWith('dist/')).sort());
			} finally {
				rmSync(copy, { recursive: true, force: true });
			}
		},
		CHILD_TIMEOUT_MS,
	);
});

describe("n8n's scanner for community packages", () => {
	interface Finding {
		passed: boolean;
		details?: string;
	}
	let source: Finding;
	let tarball: Finding;
	let wrongSource: Finding;
	let wrongTarball: Finding;
	beforeAll(() => {
		const folders = [
			[PROJECT, 'source'],
			[packed.folder, 'tarball'],
			[brokenSources, 'source'],
			[brokenPackage, 'tarball'],
		];
		const script = join(PROJECT, 'test', 'package', 'scan.mts');
		const { stdout, stderr, status } = run([script, scanner, JSON.stringify(folders)], PROJECT);
		if (status !== 0) throw new Error(stderr);
		[source, tarball, wrongSource, wrongTarball] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Finding[];
	}, CHILD_TIMEOUT_MS);

	test('passes the sources', () => expect(source).toEqual({ passed: true }));

	test('passes the tarball', () => expect(tarball).toEqual({ passed: true }));

	test('would not pass a forbidden import in the sources', () => {
		expect(wrongSource.passed).toBe(false);
		expect(wrongSource.details).toMatch(/RunComfy\.node\.ts/);
	});

	test('would not pass one in the tarball', () => {
		expect(wrongTarball.passed).toBe(false);
		expect(wrongTarball.details).toMatch(/RunComfy\.node\.js/);
	});
});
