/** One user's n8n: a home folder with our package installed, on which n8n is started, killed, started again. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type StartedProcess, startProcess } from '../lib/childProcess.mts';
import { runCommand } from '../lib/command.mts';
import { installN8n, newestN8n } from './installN8n.mts';
import { n8nEnvironment } from './n8nEnvironment.mts';
import { N8nRest } from './n8nRest.mts';
import { installPackage } from './packageUnderTest.mts';
import { freePort, portAnswers } from '../lib/ports.mts';
import { until } from '../lib/until.mts';

/** A first start makes the database: 8 to 12 s on two cores that nobody else uses, more than 2 minutes on busy ones. */
const READY_WITHIN_MS = 300_000;

interface N8nHomeOptions {
	/** Scratch folder that the home and the logs go into. */
	folder: string;
	/** The packed package. */
	tarball: string;
	version?: string;
	/** For every process of this home. */
	env?: Record<string, string>;
}

export interface N8nServer {
	readonly process: StartedProcess;
	readonly rest: N8nRest;
	/** Start to readiness. */
	readonly startMs: number;
}

export class N8nHome {
	readonly version: string;
	readonly folder: string;
	/** Stays the same over restarts, as webhooks do. */
	readonly port: number;
	readonly url: string;
	readonly #n8n: string;
	readonly #options: N8nHomeOptions;
	readonly #home: string;
	readonly #processes: StartedProcess[] = [];

	private constructor(options: N8nHomeOptions, n8n: string, port: number) {
		this.version = options.version ?? newestN8n;
		this.folder = options.folder;
		this.port = port;
		this.url = `http://127.0.0.1:${port}`;
		this.#options = options;
		this.#home = join(options.folder, 'home');
		this.#n8n = join(n8n, 'node_modules', 'n8n', 'bin', 'n8n');
	}

	static async open(options: N8nHomeOptions): Promise<N8nHome> {
		const home = new N8nHome(options, await installN8n(options.version), await freePort());
		mkdirSync(home.#home, { recursive: true });
		await installPackage(home.#home, options.tarball);
		return home;
	}

	async #environment(extra?: Record<string, string>): Promise<Record<string, string>> {
		return { ...n8nEnvironment(this.#home, await freePort()), ...this.#options.env, ...extra };
	}

	/** Starts n8n and waits until it serves. @throws Error when the port is taken or n8n does not come up */
	async start(env?: Record<string, string>): Promise<N8nServer> {
		if (await portAnswers(this.port)) throw new Error(`Port ${this.port} is taken by somebody else`);
		const startedMs = Date.now();
		const server = await this.#spawn('n8n.log', ['start'], { N8N_PORT: String(this.port), ...env });
		await this.#untilServes(server, `${this.url}/healthz/readiness`);
		await this.#untilServes(server, `${this.url}/rest/settings`);
		return { process: server, rest: new N8nRest(this.url), startMs: Date.now() - startedMs };
	}

	/** Starts a worker of queue mode. `env` says where Redis is. */
	async startWorker(name: string, env: Record<string, string>): Promise<StartedProcess> {
		const port = await freePort();
		const worker = await this.#spawn(`${name}.log`, ['worker', '--concurrency=5'], {
			QUEUE_HEALTH_CHECK_ACTIVE: 'true',
			QUEUE_HEALTH_CHECK_PORT: String(port),
			...env,
		});
		await this.#untilServes(worker, `http://127.0.0.1:${port}/healthz/readiness`);
		return worker;
	}

	/** Runs a command such as `import:workflow` to its end and gives what it printed. */
	async cli(...args: string[]): Promise<string> {
		return await runCommand(process.execPath, [this.#n8n, ...args], {
			cwd: this.folder,
			env: await this.#environment(),
			timeoutMs: READY_WITHIN_MS,
		});
	}

	async #spawn(log: string, args: string[], env: Record<string, string>): Promise<StartedProcess> {
		const started = await startProcess(process.execPath, [this.#n8n, ...args], {
			cwd: this.folder,
			env: await this.#environment(env),
			logFile: join(this.folder, log),
		});
		this.#processes.push(started);
		return started;
	}

	async #untilServes(started: StartedProcess, url: string): Promise<void> {
		await until(
			url,
			async () => {
				if (started.hasEnded()) return 'ended';
				return (await fetch(url)).ok && 'serves';
			},
			READY_WITHIN_MS,
		);
		if (started.hasEnded()) throw new Error(`n8n ended while starting, see ${started.logFile}`);
	}

	/** Ends every process of this home. */
	async close(): Promise<void> {
		await Promise.all(this.#processes.map(async (started) => await started.stop()));
	}
}
