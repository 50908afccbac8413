/** n8n in several versions, each from its own lockfile in `test/n8n/versions/<version>`. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { installedFrom } from '../lib/cache.mts';
import { runCommand } from '../lib/command.mts';
import { npmCi } from '../lib/npmCi.mts';
import { say } from '../lib/say.mts';

const LOCKS_FOLDER = join(import.meta.dirname, 'versions');

const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

/** All versions with a lockfile, oldest first. */
export const n8nVersions = readdirSync(LOCKS_FOLDER).sort(byVersion);

export const newestN8n = n8nVersions.at(-1) as string;

/** The folder of an installed n8n; installs it when it is not there yet (2 to 5 minutes, up to 2.6 GB). */
export async function installN8n(version: string = newestN8n): Promise<string> {
	return await installedFrom(`n8n-${version}`, join(LOCKS_FOLDER, version), async (cwd) => {
		say(`installing n8n ${version} into ${dirname(cwd)}, once: 2.6 GB, 3 to 6 minutes …`);
		// Scripts are off because many fetch things that n8n never needs here; sqlite3 is the one that must be built.
		await npmCi(cwd, `n8n ${version}`);
		say('  building the driver of its database: about a minute …');
		await runCommand('npm', ['rebuild', 'sqlite3', '--foreground-scripts'], { cwd });
	});
}
