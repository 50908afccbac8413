/**
 * The one place that loads n8n's engine and knows where its versions differ.
 *
 * It is loaded by Node itself and not by jest, which would load its 1,800 modules again for each test file. What it keeps
 * from one file to the next is its dependency container, which is emptied here.
 *
 * n8n-core is CommonJS and brings its own copies of `@n8n/di`, `@n8n/backend-common` and (as CommonJS) `n8n-workflow`.
 * Everything that must be the same object as inside the engine is therefore required from n8n-core's own folder:
 * an `import 'n8n-workflow'` here would give the ES module build, whose classes are strangers to the engine.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire as createRequireHere } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as N8nCore from 'n8n-core';
import type * as N8nWorkflow from 'n8n-workflow';
import { engineLogger, nodeLogger } from './logCapture.mts';
import { MemoryStore } from './memoryStore.mts';

/** The last three only where `takesStores` says so. */
export type BinaryMode = 'default' | 'filesystem' | 's3' | 'azure' | 'database';

/** What the harness uses of `@n8n/di`. */
interface Container {
	get<T>(token: unknown): T;
	set(token: unknown, instance: unknown): void;
	has(token: unknown): boolean;
	/** Forgets the instances, not the classes. */
	reset(): void;
}

export interface N8n {
	core: typeof N8nCore;
	workflow: typeof N8nWorkflow;
	container: Container;
	coreVersion: string;
}

interface Native {
	createRequire: typeof createRequireHere;
	env: NodeJS.ProcessEnv;
}

/** Node's own, in jest too: see jestEnvironment.cjs. */
const { createRequire, env } = (globalThis as { native?: Native }).native ?? {
	createRequire: createRequireHere,
	env: process.env,
};

/** Folder with another n8n-core in its node_modules, to test on instead of the project's own: see versions. */
const { RUNCOMFY_ENGINE } = env;

const requireHere = createRequire(RUNCOMFY_ENGINE ? join(RUNCOMFY_ENGINE, 'package.json') : import.meta.filename);

let loaded: (N8n & { requireFromCore: NodeJS.Require }) | undefined;
let scratchFolder: string | undefined;
let openEngines = 0;
let binaryModeInUse: BinaryMode | undefined;

/**
 * Loads n8n-core, n8n-workflow and the dependency container, once per process: in jest, once for all test files of a worker.
 * The console stays silent: what n8n or a node logs goes to the log capture.
 */
export function loadN8n(): N8n {
	if (loaded) return loaded;
	useScratchFolder();
	requireHere('reflect-metadata');
	const coreEntry = requireHere.resolve('n8n-core');
	const requireFromCore = createRequire(coreEntry);
	const core = requireHere('n8n-core') as typeof N8nCore;
	const workflow = requireFromCore('n8n-workflow') as typeof N8nWorkflow;
	const { Container: container } = requireFromCore('@n8n/di') as { Container: Container };
	const { Logger } = requireFromCore('@n8n/backend-common') as { Logger: unknown };
	const manifest = readFileSync(join(dirname(coreEntry), '..', 'package.json'), 'utf8');

	container.reset();
	container.set(Logger, nodeLogger);
	workflow.LoggerProxy.init(engineLogger);
	withoutClockOnRegex(workflow);
	// The reporter repeats every node error with its stack: engine noise, not something the node said.
	Reflect.set(container.get<object>(core.ErrorReporter), 'logger', engineLogger);

	const { version } = JSON.parse(manifest) as { version: string };
	loaded = { core, workflow, container, coreVersion: version, requireFromCore };
	return loaded;
}

/**
 * Makes ready what all engines of a process share: the scratch folder and n8n's BinaryDataService.
 *
 * @throws when another engine is open in the other mode: n8n has one store per process.
 */
export async function openSharedServices(mode: BinaryMode): Promise<void> {
	const { core, container } = loadN8n();
	if (openEngines > 0 && binaryModeInUse !== mode) {
		throw new Error(`An engine with binaryMode '${binaryModeInUse}' is still open: close it first`);
	}
	openEngines++;
	if (openEngines > 1) return;
	binaryModeInUse = mode;
	mkdirSync(useScratchFolder(), { recursive: true });
	container.get<{ mode: string }>(core.BinaryDataConfig).mode = mode;
	const service = container.get<N8nCore.BinaryDataService>(core.BinaryDataService);
	await service.init();
	// n8n hands its S3, Azure or database in from outside n8n-core, as is done here.
	if (['s3', 'azure', 'database'].includes(mode)) Reflect.apply(service.setManager, service, [mode, new MemoryStore()]);
}

/** Whether this engine takes stores of files by their mode. */
export const takesStores = ({ core }: N8n): boolean => 'setManager' in core.BinaryDataService.prototype;

/** Ends what would keep the process alive and removes the scratch folder, with the last engine of the process. */
export function closeSharedServices(): void {
	openEngines--;
	if (openEngines > 0 || !loaded) return;
	stopSshTimer(loaded.requireFromCore, loaded.container);
	rmSync(useScratchFolder(), { recursive: true, force: true });
}

/** The BinaryDataService of the engine that is open. */
export function binaryDataService(): N8nCore.BinaryDataService {
	if (openEngines === 0) throw new Error('Binary data needs an open engine: call createEngine first');
	const { core, container } = loadN8n();
	return container.get(core.BinaryDataService);
}

/** n8n stops a regular expression of a parameter after 250 ms, which on a busy machine any may take. */
function withoutClockOnRegex(workflow: typeof N8nWorkflow): void {
	// Versions before 2.41 have no such clock.
	workflow.setSafeRegexEngine?.({
		exec: (pattern, input, flags) => new RegExp(pattern, flags).exec(input),
		test: (pattern, input, flags) => new RegExp(pattern, flags).test(input),
		replace: (pattern, input, flags, replacement) => input.replace(new RegExp(pattern, flags), replacement),
		matchAll: (pattern, input, flags) => [...input.matchAll(new RegExp(pattern, `${flags?.replace('g', '') ?? ''}g`))],
		split: (pattern, input, flags) => input.split(new RegExp(pattern, flags)),
	});
}

/** n8n reads N8N_USER_FOLDER while it is being loaded, and would otherwise write a key into the home folder. */
function useScratchFolder(): string {
	scratchFolder ??= mkdtempSync(join(tmpdir(), 'runcomfy-engine-'));
	env.N8N_USER_FOLDER = scratchFolder;
	return scratchFolder;
}

/** In n8n-core 2.0 and 1.122 the SSH clients' timer keeps a process alive. No version exports the class. */
function stopSshTimer(requireFromCore: NodeJS.Require, container: Container): void {
	const { SSHClientsManager } = requireFromCore('./execution-engine/ssh-clients-manager.js') as {
		SSHClientsManager: unknown;
	};
	if (container.has(SSHClientsManager)) container.get<{ onShutdown(): void }>(SSHClientsManager).onShutdown();
}
