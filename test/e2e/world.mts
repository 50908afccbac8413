/** What a test file starts from: an emulator, and an n8n with our package that can reach nothing else. */
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.mts';
import type { FakeService } from '../services/fakeService.mts';
import { N8nHome, type N8nServer } from '../n8n/n8nHome.mts';
import { type NoWayOut, openNoWayOut } from '../services/noWayOut.mts';
import { packProject } from '../n8n/packageUnderTest.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { say } from '../lib/say.mts';
import { openScratch, type Scratch } from '../lib/scratch.mts';
import { openThirdParties } from '../services/thirdParties.mts';

interface WorldOptions {
	name: string;
	/** Of n8n; absent: what the command was told, the newest unless told otherwise. */
	version?: string;
	emulator?: EmulatorOptions;
	/** For every n8n process. */
	env?: Record<string, string>;
	/** Services on the internet that n8n can reach, played here. Without any, it reaches nothing at all. */
	services?: FakeService[];
}

export class World {
	readonly emulator: Emulator;
	readonly n8n: N8nHome;
	readonly noWayOut: NoWayOut;
	/** The credential's data as a user would type it. */
	readonly credentialData: Record<string, string>;
	readonly #scratch: Scratch;
	#hasFailed = false;

	private constructor(emulator: Emulator, n8n: N8nHome, noWayOut: NoWayOut, scratch: Scratch) {
		this.emulator = emulator;
		this.n8n = n8n;
		this.noWayOut = noWayOut;
		this.#scratch = scratch;
		this.credentialData = emulator.credential;
	}

	static async open({
		name,
		version = process.env.RUNCOMFY_E2E_N8N,
		emulator,
		env,
		services,
	}: WorldOptions): Promise<World> {
		const scratch = openScratch(name);
		const tarball = process.env.RUNCOMFY_E2E_TARBALL ?? (await packProject(scratch.folder));
		const noWayOut = services === undefined ? await openNoWayOut() : await openThirdParties(services, scratch.folder);
		const n8n = await N8nHome.open({
			folder: scratch.folder,
			tarball,
			version,
			env: { ...noWayOut.env, ...env },
		});
		const running = await startEmulator({ queueMs: 200, runMs: 600, spreadMs: 0, pictures: 'tiny', ...emulator });
		return new World(running, n8n, noWayOut, scratch);
	}

	/** Where logs and pictures go that are to be kept when a test fails. */
	get folder(): string {
		return this.#scratch.folder;
	}

	/** Starts n8n and signs in. */
	async start(env?: Record<string, string>): Promise<N8nServer> {
		const server = await this.n8n.start(env);
		await server.rest.signIn();
		return server;
	}

	async createCredential(rest: N8nRest): Promise<{ id: string; name: string }> {
		return await rest.createCredential('RunComfy account', 'runComfyApi', this.credentialData);
	}

	/** For `afterEach`: a failed test keeps the logs. */
	noticed = (test: { passed?: boolean }): void => {
		if (test.passed === false) this.#hasFailed = true;
	};

	async close(): Promise<void> {
		await this.n8n.close();
		await this.emulator.close();
		await this.noWayOut.close();
		const kept = this.#scratch.close(this.#hasFailed);
		if (kept !== undefined) say(`logs kept in ${kept}`);
	}
}
