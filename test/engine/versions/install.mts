/** n8n-core in older generations, each from its own lockfile in `test/engine/versions/<version>`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { installedFrom } from '../../lib/cache.mts';
import { npmCi } from '../../lib/npmCi.mts';

const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

/** All versions with a lockfile, oldest first. */
export const engineVersions = readdirSync(import.meta.dirname, { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => name)
	.sort(byVersion);

/**
 * The folder with an installed n8n-core in its `node_modules`. Installs it when it is not there yet.
 * @param onInstall called before an installation, which takes about a minute
 */
export async function installEngine(version: string, onInstall: () => void): Promise<string> {
	return await installedFrom(`engine-${version}`, join(import.meta.dirname, version), async (cwd) => {
		onInstall();
		// Nothing here needs its install script: isolated-vm brings a binary for this Node along.
		await npmCi(cwd, `n8n-core ${version}`);
	});
}
