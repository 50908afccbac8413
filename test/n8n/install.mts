/** Installs n8n ahead of a run: `node test/n8n/install.mts [version …]`, without arguments the newest. */
import { installN8n, newestN8n } from './installN8n.mts';

const versions = process.argv.slice(2);
for (const version of versions.length > 0 ? versions : [newestN8n]) {
	const startedMs = Date.now();
	console.log(`${version}: ${await installN8n(version)} (${Math.round((Date.now() - startedMs) / 1000)} s)`);
}
