/** Lockfiles that every npm takes: what one npm writes, another may refuse. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { PROJECT } from './pack.mts';

interface Lock {
	packages: Record<string, { version?: string; os?: string[]; cpu?: string[]; optional?: boolean }>;
}

interface Manifest {
	dependencies?: Record<string, string>;
	devDependencies?: Record<string, string>;
}

const locks = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*package-lock.json'], {
	cwd: PROJECT,
	encoding: 'utf8',
})
	.split('\n')
	.filter((path) => path !== '' && existsSync(join(PROJECT, path)));

describe.each(locks)('%s', (path) => {
	const { packages } = JSON.parse(readFileSync(join(PROJECT, path), 'utf8')) as Lock;

	test('what is made for one platform is optional: npm 10 refuses the lock on any other', () => {
		const required = Object.entries(packages).filter(([, { os, cpu, optional }]) => (os ?? cpu) && !optional);
		expect(required.map(([name]) => name)).toEqual([]);
	});

	test('what package.json asks for exactly is what the lock has: npm ci refuses anything else', () => {
		const manifest = join(PROJECT, dirname(path), 'package.json');
		const { dependencies, devDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
		const asked = Object.entries({ ...dependencies, ...devDependencies }).filter(([, range]) => /^\d/.test(range));
		const other = asked.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version);
		expect(other).toEqual([]);
	});
});
