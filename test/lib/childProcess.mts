/** Processes that the tests start and end: only by the id they were given, each with a log file of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** n8n lets running executions end for longer; nobody waits for them here. */
const TERM_PATIENCE_MS = 8_000;

export interface StartedProcess {
	readonly pid: number;
	readonly logFile: string;
	/** Resolves when it has ended, however that came about. */
	readonly ended: Promise<void>;
	hasEnded(): boolean;
	/** SIGTERM, then SIGKILL. */
	stop(): Promise<void>;
	/** SIGKILL at once, for the process and what it started itself. */
	kill9(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** `-pid` is the process's own group: n8n starts a task runner, Chromium a dozen helpers. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	try {
		process.kill(-(child.pid as number), signal);
	} catch {
		// It has ended already.
	}
}

process.on('exit', () => running.forEach((child) => signalGroup(child, 'SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Starts a process in a group of its own; its output goes to `logFile`, after what is there already. */
export async function startProcess(
	command: string,
	args: string[],
	{ env, cwd, logFile }: { env: NodeJS.ProcessEnv; cwd?: string; logFile: string },
): Promise<StartedProcess> {
	const log = openSync(logFile, 'a');
	const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
	closeSync(log);
	await new Promise((resolve, reject) => {
		child.once('spawn', resolve);
		child.once('error', reject);
	});
	running.add(child);
	let isEnded = false;
	const ended = new Promise<void>((resolve) => {
		child.once('exit', () => {
			isEnded = true;
			running.delete(child);
			resolve();
		});
	});
	const kill9 = async () => {
		signalGroup(child, 'SIGKILL');
		await ended;
	};
	return {
		pid: child.pid as number,
		logFile,
		ended,
		hasEnded: () => isEnded,
		kill9,
		stop: async () => {
			if (isEnded) return;
			signalGroup(child, 'SIGTERM');
			const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), TERM_PATIENCE_MS);
			await ended;
			clearTimeout(timer);
			// What the process left behind in its group.
			signalGroup(child, 'SIGKILL');
		},
	};
}
