import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { runCommand } from './command.mts';
import { say } from './say.mts';

/** Nobody should wonder for longer whether anything happens. */
const TELL_EVERY_MS = 10_000;

/** npm's word for one more package, fetched or found in its cache. */
const PACKAGE_LINE = /^npm http (cache|fetch GET 200) /;

/**
 * Installs what the lockfile in `folder` says, without any install script, and tells how far it is.
 * @throws Error with npm's own words
 */
export async function npmCi(folder: string, what: string): Promise<void> {
	const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
		packages: Record<string, object>;
	};
	const total = Object.keys(lock.packages).length - 1;
	const startedMs = Date.now();
	let seen = 0;
	const timer = setInterval(() => {
		const seconds = Math.round((Date.now() - startedMs) / 1000);
		// npm writes many of them after it has the last one.
		say(`  ${what}: ${seen < total ? `${seen} of ${total} packages` : 'unpacking'}, ${seconds} s`);
	}, TELL_EVERY_MS);
	try {
		await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=http'], {
			cwd: folder,
			isNoise: (line) => {
				const isPackage = PACKAGE_LINE.test(line);
				if (isPackage) seen += 1;
				return isPackage;
			},
		});
	} finally {
		clearInterval(timer);
	}
}
