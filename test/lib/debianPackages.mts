/** Programs that come as Debian packages: the browser, the film's encoder, Redis, Postgres. */
import { existsSync } from 'node:fs';

import { runCommand } from './command.mts';
import { say } from './say.mts';

interface Program {
	/** Its file, or for one of many versions the folder they are in. */
	path: string;
	packages: string[];
}

const PROGRAMS = {
	/** With a font: without one Chromium draws boxes. */
	chromium: { path: '/usr/bin/chromium', packages: ['chromium', 'fonts-liberation'] },
	ffmpeg: { path: '/usr/bin/ffmpeg', packages: ['ffmpeg'] },
	postgres: { path: '/usr/lib/postgresql', packages: ['postgresql'] },
	redis: { path: '/usr/bin/redis-server', packages: ['redis-server'] },
} satisfies Record<string, Program>;

/** The path of a program; installs it where it is missing. @throws Error that says what to install by hand */
export async function debianProgram(name: keyof typeof PROGRAMS): Promise<string> {
	const { path, packages } = PROGRAMS[name];
	if (existsSync(path)) return path;
	say(`installing ${packages.join(', ')}, once …`);
	// The packages start services where they can; a test starts its own.
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
	try {
		await runCommand('apt-get', ['update'], { env });
		await runCommand('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
	} catch (error) {
		throw new Error(`Install these packages first: ${packages.join(' ')} (apt-get needs root)`, { cause: error });
	}
	return path;
}
