/** The tarball: nothing in it but what is needed, and it works as it is. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { childEnvironment, pack, type Packed, PROJECT } from './pack.mts';

const MAX_PACKED_BYTES = 90_000;

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
		expect(packed.files.filter((file) => !top.includes(file)).sort()).toEqual([
			'dist/credentials/RunComfyApi.credentials.js',
			'dist/index.js',
			'dist/nodes/RunComfy/RunComfy.node.js',
			'dist/nodes/RunComfy/RunComfy.node.json',
			'dist/nodes/RunComfy/description.js',
			'dist/nodes/RunComfy/run.js',
			'dist/nodes/RunComfy/runComfy.dark.svg',
			'dist/nodes/RunComfy/runComfy.svg',
		]);
	});

	test('needs nothing at run time but n8n itself, and runs no script when it is installed', () => {
		const { dependencies, optionalDependencies, bundledDependencies, peerDependencies, scripts } = manifest();
		expect(dependencies ?? {}).toEqual({});
		expect(optionalDependencies).toBeUndefined();
		expect(bundledDependencies).toBeUndefined();
		expect(peerDependencies).toEqual({ 'n8n-workflow': '*' });
		for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name);
	});

	test('has every file that package.json, node and credential name', () => {
		const { main, n8n } = manifest() as { main: string; n8n: { nodes: string[]; credentials: string[] } };
		for (const file of [main, ...n8n.nodes, ...n8n.credentials]) expect(packed.files).toContain(file);
		for (const icon of ['runComfy.svg', 'runComfy.dark.svg', 'RunComfy.node.json']) {
			expect(packed.files).toContain(`dist/nodes/RunComfy/${icon}`);
		}
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
		expect(loaded.map((file) => basename(file)).sort()).toEqual([
			'RunComfy.node.js',
			'RunComfyApi.credentials.js',
			'description.js',
			'index.js',
		]);
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
		expect(fromIndex).toEqual(['RunComfy', 'RunComfyApi']);
		expect(items).toHaveLength(2);
		for (const { json, binary } of items) {
			expect(json).toMatchObject({ status: 'succeeded', index: 0, image_url: expect.stringMatching(/^http/) });
			expect(binary).toMatchObject({ data: { fileName: 'shoe.png', mimeType: 'image/png' } });
		}
		expect(counts).toMatchObject({ submitsReceived: 2, submitsAccepted: 2, downloads: 2, unauthorized: 0 });
	}, 40_000);
});
