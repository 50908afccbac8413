/**
 * n8n's own tools for community packages: its linter and its scanner. They bring hundreds of packages along that nothing
 * else here needs, so they are installed when first asked for, into a folder outside the checkout.
 */
import { lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { installedFrom } from '../lib/cache.mts';
import { installEnvironment } from '../lib/command.mts';
import { npmCi } from '../lib/npmCi.mts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** What n8n's linter looks for in the project's own node_modules: its configuration, and the command it runs. */
const LENT = [join('@n8n', 'node-cli'), 'eslint'];

/** The node_modules of the installed tools. Installs them when they are not there yet (half a minute). */
async function n8nTools(): Promise<string> {
	const folder = await installedFrom('n8n-tools', join(import.meta.dirname, 'n8nTools'), async (cwd) => {
		process.stderr.write("installing n8n's linter and scanner, once …\n");
		// A rule's package refuses every package manager but n8n's own in its install script; none of the others is needed.
		await npmCi(cwd, "n8n's tools");
	});
	return join(folder, 'node_modules');
}

/** Whether something is there, and where it leads when it is a link. */
function linkAt(path: string): { exists: boolean; target?: string } {
	const stats = lstatSync(path, { throwIfNoEntry: false });
	return { exists: stats !== undefined, target: stats?.isSymbolicLink() ? readlinkSync(path) : undefined };
}

function link(target: string, path: string): void {
	const found = linkAt(path);
	// What npm installed there itself stays.
	if (found.target === target || (found.exists && found.target === undefined)) return;
	mkdirSync(dirname(path), { recursive: true });
	rmSync(path, { force: true });
	symlinkSync(target, path, 'junction');
}

export interface NodeScript {
	/** For this very Node: the script's file. */
	file: string;
	env: NodeJS.ProcessEnv;
}

/**
 * `n8n-node`, n8n's command line, ready for use in the project: `eslint.config.mjs` names its configuration as n8n wants it
 * written, and that is found because the tools are linked into the project's node_modules.
 */
export async function n8nNode(): Promise<NodeScript> {
	const tools = await n8nTools();
	for (const name of LENT) link(join(tools, name), join(PROJECT, 'node_modules', name));
	const folder = join(tools, '@n8n', 'node-cli');
	const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: Record<string, string> };
	const env = installEnvironment();
	// It starts `eslint` by its name.
	return {
		file: join(folder, bin['n8n-node']),
		env: { ...env, PATH: `${join(tools, '.bin')}${delimiter}${env.PATH}` },
	};
}

/** The file of the scanner's module. */
export async function n8nScanner(): Promise<string> {
	return join(await n8nTools(), '@n8n', 'scan-community-package', 'scanner', 'scanner.mjs');
}
