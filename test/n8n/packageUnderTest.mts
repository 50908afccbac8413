/** The package as a user gets it: built, packed, and installed from the tarball. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runCommand } from '../lib/command.mts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** Without these n8n starts without a word and simply does not know the node. */
const MUST_HOLD = ['dist/nodes/RunComfy/RunComfy.node.js', 'dist/credentials/RunComfyApi.credentials.js'];

/**
 * Builds and packs the project into `folder`; gives the tarball's path.
 * @throws Error when something is missing in it, as when another build runs in the same checkout
 */
export async function packProject(folder: string): Promise<string> {
	await runCommand('npm', ['run', 'build'], { cwd: PROJECT });
	const told = await runCommand('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
		cwd: PROJECT,
	});
	const [{ filename, files }] = JSON.parse(told) as Array<{ filename: string; files: Array<{ path: string }> }>;
	const missing = MUST_HOLD.filter((wanted) => !files.some(({ path }) => path === wanted));
	if (missing.length > 0) throw new Error(`The packed project lacks ${missing.join(' and ')}`);
	return join(folder, filename);
}

/** Installs a tarball the way n8n does it for community packages, into `<home>/.n8n/nodes`. */
export async function installPackage(home: string, tarball: string): Promise<void> {
	const folder = join(home, '.n8n', 'nodes');
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		join(folder, 'package.json'),
		JSON.stringify({ name: 'installed-nodes', private: true, dependencies: {} }),
	);
	// Without --legacy-peer-deps npm would fetch a second n8n-workflow; n8n gives its own to the node.
	const quietly = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'];
	await runCommand('npm', ['install', '--prefix', folder, ...quietly, tarball]);
}
