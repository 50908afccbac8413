/** Everything heavy is installed when first needed, into folders outside the checkout that are kept from run to run. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Written last: an installation without it was cut off and is made anew. */
const FINISHED_MARK = '.finished';

const HASH_CHARS = 12;

/** Set RUNCOMFY_E2E_CACHE to keep the installations elsewhere. */
export const cacheFolder =
	process.env.RUNCOMFY_E2E_CACHE ??
	join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-runcomfy-e2e');

/**
 * The folder with the finished installation of a package.json and its lockfile. It is named by their hash, so that a
 * changed lock is a new installation.
 * @param source folder with package.json and package-lock.json
 * @param install fills the given folder, which has copies of both
 */
export async function installedFrom(
	name: string,
	source: string,
	install: (folder: string) => Promise<void>,
): Promise<string> {
	const hash = createHash('sha256');
	for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(source, file)));
	hash.update(`${process.platform}-${process.arch}-${process.versions.modules}`);
	const folder = join(cacheFolder, `${name}-${hash.digest('hex').slice(0, HASH_CHARS)}`);
	if (existsSync(join(folder, FINISHED_MARK))) return folder;

	const unfinished = `${folder}.${process.pid}`;
	rmSync(unfinished, { recursive: true, force: true });
	mkdirSync(unfinished, { recursive: true });
	for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(source, file), join(unfinished, file));
	try {
		await install(unfinished);
		writeFileSync(join(unfinished, FINISHED_MARK), `${new Date().toISOString()}\n`);
		rmSync(folder, { recursive: true, force: true });
		renameSync(unfinished, folder);
	} finally {
		rmSync(unfinished, { recursive: true, force: true });
	}
	return folder;
}
