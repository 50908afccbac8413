/** The tarball: nothing in it but what is needed, and it works as it is. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { childEnvironment, pack, type Packed, PROJECT } from './pack.mts';

/** A budget, not a wall: n8n downloads it once. */
const MAX_PACKED_BYTES = 200_000;

let packed: Packed;
beforeAll(() => {
	packed = pack();
}, 60_000);
afterAll(() => rmSync(dirname(packed.folder), { recursive: true, force: true }));

const manifest = () => JSON.parse(readFileSync(join(packed.folder, 'package.json'), 'utf8')) as Record<string, unknown>;

describe('the tarball', () => {
	test('is small', () => expect(packed.size).toBeLessThanOrEqual(MAX_PACKED_BYTES));

	test('holds dist and what a reader looks for, nothing else', () => {
		const beside = ['CHANGELOG.md', 'LICENSE', 'package.json', 'README.md'];
		const top = packed.files.filter((file) => !file.startsWith('dist/'));
		expect(beside).toEqual(expect.arrayContaining(top));
		expect(top).toEqual(expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'package.json']));
		if (existsSync(join(PROJECT, 'README.md'))) expect(top).toContain('README.md');
		const built = packed.files.filter((file) => !top.includes(file) && !file.endsWith('.js'));
		expect(built.sort()).toEqual([
			'dist/nodes/RunComfy/RunComfy.node.json',
			'dist/nodes/RunComfy/runComfy.dark.svg',
			'dist/nodes/RunComfy/runComfy.svg',
			// For the version that the node tells RunComfy.
			'dist/package.json',
		]);
	});

	test('has one module for each source file, at the same path: what a stack trace names can be looked up', () => {
		const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
			cwd: PROJECT,
			encoding: 'utf8',
		});
		const modules = packed.files.filter((file) => file.endsWith('.js'));
		expect(modules.map((file) => file.replace(/^dist\/(.*)\.js$/, '$1.ts')).sort()).toEqual(
			sources
				.split('\n')
				.filter((file) => existsSync(join(PROJECT, file)) && file !== '')
				.sort(),
		);
	});

	test('keeps what explains the code', () => {
		const path = join('nodes', 'RunComfy', 'execute');
		const comments = (code: string) => [...code.matchAll(/\/\*\* .*|\s\/\/ .*/g)].map(([comment]) => comment.trim());
		// The compiler drops the one at a file's head together with the import of a type below it.
		const [, ...written] = comments(readFileSync(join(PROJECT, `${path}.ts`), 'utf8'));
		expect(written.length).toBeGreaterThan(0);
		expect(comments(readFileSync(join(packed.folder, 'dist', `${path}.js`), 'utf8'))).toEqual(
			expect.arrayContaining(written),
		);
	});

	test('needs nothing at run time but n8n itself, and runs no script when it is installed', () => {
		const { dependencies, optionalDependencies, bundledDependencies, peerDependencies, scripts } = manifest();
		expect(dependencies ?? {}).toEqual({});
		expect(optionalDependencies).toBeUndefined();
		expect(bundledDependencies).toBeUndefined();
		expect(peerDependencies).toEqual({ 'n8n-workflow': '*' });
		for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name);
	});

	test('requires nothing but n8n-workflow, node:crypto and itself', () => {
		for (const file of packed.files.filter((name) => name.endsWith('.js'))) {
			const code = readFileSync(join(packed.folder, file), 'utf8');
			for (const [, wanted] of code.matchAll(/require\(["']([^"']+)["']\)/g)) {
				expect(wanted).toMatch(/^(\.{1,2}\/.*|n8n-workflow|node:crypto)$/);
			}
		}
	});

	test("loads at n8n's start only what it shows", () => {
		const script = `
			const { RunComfy, RunComfyApi } = require('.');
			new RunComfy(), new RunComfyApi();
			console.log(Object.keys(require.cache).filter((file) => file.startsWith(process.cwd() + '/dist')).join());
		`;
		const options = { cwd: packed.folder, env: childEnvironment, timeout: 30_000 };
		const loaded = String(execFileSync(process.execPath, ['-e', script], options))
			.trim()
			.split(',');
		const modules = loaded.map((file) => relative(join(packed.folder, 'dist'), file).split(sep).join('/'));
		expect(modules).toEqual(expect.arrayContaining(['index.js', 'nodes/RunComfy/resources/index.js']));
		const runs = /^nodes\/RunComfy\/(execute|api\/transport|(purchase|wait|output|timing)\/.*)\.js$/;
		expect(modules.filter((file) => runs.test(file))).toEqual([]);
	});

	test('loads, and runs a workflow in the real engine', () => {
		const script = join(PROJECT, 'test', 'package', 'runPacked.mts');
		const output = execFileSync(process.execPath, [script, packed.folder], {
			env: childEnvironment,
			timeout: 30_000,
		});
		const { fromIndex, items, error, counts } = JSON.parse(String(output).trim().split('\n').at(-1) ?? '') as {
			fromIndex: string[];
			items: Array<{ json: object; binary: object }>;
			error?: string;
			counts: object;
		};
		expect(error).toBeUndefined();
		expect(fromIndex.sort()).toEqual(['RunComfy', 'RunComfyApi']);
		expect(items).toHaveLength(2);
		for (const [index, fileName] of ['shoe.png', 'shoe-2.png'].entries()) {
			expect(items[index].json).toMatchObject({
				status: 'succeeded',
				index: 0,
				image_url: expect.stringMatching(/^http/),
			});
			expect(items[index].binary).toMatchObject({ data: { fileName, mimeType: 'image/png' } });
		}
		expect(counts).toMatchObject({ submitsReceived: 2, submitsAccepted: 2, downloads: 2, unauthorized: 0 });
	}, 40_000);
});
