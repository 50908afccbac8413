/** A Postgres of the test's own, which is the database that n8n asks for in queue mode. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startProcess } from '../lib/childProcess.mts';
import { debianProgram } from '../lib/debianPackages.mts';
import { freePort } from '../lib/ports.mts';
import { until } from '../lib/until.mts';

export interface Postgres {
	/** n8n's settings for it. */
	readonly env: Record<string, string>;
	stop(): Promise<void>;
}

const USER = 'n8n';

/** Postgres refuses to run as root: its package brings a user for it. */
function asItsUser(command: string[]): string[] {
	return process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--', ...command] : command;
}

function ownedByIt(folder: string): string {
	if (process.getuid?.() === 0) {
		const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
		chownSync(folder, id('-u'), id('-g'));
	}
	return folder;
}

/** Starts an empty one on a free port of 127.0.0.1; without a password, as nobody else can reach it. */
export async function startPostgres(logFile: string): Promise<Postgres> {
	const versions = await debianProgram('postgres');
	const newest = readdirSync(versions)
		.sort((a, b) => Number(a) - Number(b))
		.at(-1) as string;
	const program = (name: string) => join(versions, newest, 'bin', name);
	const folder = ownedByIt(mkdtempSync(join(tmpdir(), 'runcomfy-e2e-postgres-')));
	const [initialise, ...how] = asItsUser([program('initdb'), '-D', folder, '-U', USER, '-A', 'trust', '-E', 'UTF8']);
	execFileSync(initialise, how, { cwd: folder, stdio: 'ignore' });

	const port = String(await freePort());
	const [start, ...settings] = asItsUser([
		program('postgres'),
		...['-D', folder, '-p', port, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`],
	]);
	const started = await startProcess(start, settings, { env: process.env, cwd: folder, logFile });
	const [command, ...arguments_] = [program('pg_isready'), '-h', '127.0.0.1', '-p', port];
	await until(`Postgres (${logFile})`, () =>
		execFileSync(command, arguments_, { encoding: 'utf8' }).includes('accepting'),
	);
	return {
		env: {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: port,
			DB_POSTGRESDB_DATABASE: 'postgres',
			DB_POSTGRESDB_USER: USER,
		},
		stop: async () => {
			await started.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
