import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as parts from './parts.mts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Within the project, so that n8n-workflow is found. */
const SCRATCH = join(ROOT, 'node_modules', '.cache');

/**
 * The node's parts as the build bundles them, in one file. In a process of its own: the bundler's memory and CPU time must not
 * show in what is measured here.
 */
export function builtParts(): typeof parts {
	mkdirSync(SCRATCH, { recursive: true });
	const folder = mkdtempSync(join(SCRATCH, 'parts-'));
	try {
		const file = join(folder, 'parts.cjs');
		const rolldown = join(ROOT, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
		const like = ['--format', 'cjs', '--platform', 'node', '--external', 'n8n-workflow', '--no-codeSplitting'];
		const entry = join(import.meta.dirname, 'parts.mts');
		execFileSync(process.execPath, [rolldown, entry, ...like, '--file', file], { cwd: ROOT, stdio: 'pipe' });
		return createRequire(import.meta.url)(file) as typeof parts;
	} finally {
		rmSync(folder, { recursive: true });
	}
}
