/** The libraries that only these tests use, from the lockfile in test/e2e, installed outside the checkout. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { installedFrom } from './cache.mts';
import { npmCi } from './npmCi.mts';
import { say } from './say.mts';

/**
 * Loads a library named in `test/e2e/package.json`; installs all of them when the first is needed. Their types are
 * unknown where types are checked, so the caller says what it uses of them.
 */
export async function loadDriver<T>(name: string): Promise<T> {
	const folder = await installedFrom('drivers', join(import.meta.dirname, '..', 'e2e'), async (cwd) => {
		say('installing the libraries of the tests, once …');
		await npmCi(cwd, 'libraries');
	});
	return createRequire(join(folder, 'package.json'))(name) as T;
}
