import { spawn } from 'node:child_process';
import { dirname, delimiter } from 'node:path';
import { createInterface } from 'node:readline';

/** What npm tells its scripts about the project would make an npm of ours work in the wrong folder. */
const OF_THE_CALLING_NPM = /^npm_(package|lifecycle|command|execpath|config_(local_|global_)?prefix|config_init)/i;

/** The environment of installations and of commands of the project: ours, with this Node first on the path. */
export function installEnvironment(): NodeJS.ProcessEnv {
	const kept = Object.entries(process.env).filter(([name]) => !OF_THE_CALLING_NPM.test(name));
	return { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` };
}

interface CommandOptions {
	cwd?: string;
	env?: NodeJS.ProcessEnv;
	timeoutMs?: number;
	/** Is shown every line of stderr, and says which ones tell nothing about a failure. */
	isNoise?: (line: string) => boolean;
}

/**
 * Runs a command to its end and gives what it printed to stdout.
 * @throws Error with the last lines of its output when it fails or takes too long
 */
export async function runCommand(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
	const { cwd, env = installEnvironment(), timeoutMs = 900_000, isNoise = () => false } = options;
	const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
	let stdout = '';
	let all = '';
	child.stdout.on('data', (chunk: Buffer) => {
		stdout += chunk;
		all += chunk;
	});
	createInterface(child.stderr).on('line', (line) => {
		if (!isNoise(line)) all += `${line}\n`;
	});
	const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	}).finally(() => clearTimeout(timer));
	if (code === 0) return stdout;
	const tail = all.split('\n').slice(-30).join('\n');
	throw new Error(`${command} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${tail}`);
}
