/** Lockfiles that every npm takes: what one npm writes, another may refuse. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { PROJECT } from './pack.mts';

interface Lock {
	packages: Record<string, { os?: string[]; cpu?: string[]; optional?: boolean; resolved?: string }>;
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
});
