/** A world for the tests of one example: the services it talks to, what was paid, and that each secret stays where it belongs. */
import assert from 'node:assert/strict';

import type { EmulatedRequest, EmulatorOptions } from '../emulator/emulator.mts';
import { DataTable } from '../n8n/dataTable.mts';
import type { N8nServer } from '../n8n/n8nHome.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import type { FakeService } from '../services/fakeService.mts';
import { strangers } from '../services/noWayOut.mts';
import type { Example } from './example.mts';
import { World } from './world.mts';

/** Nobody else's, so that it cannot be in a request by chance. */
const RUNCOMFY_TOKEN = 'runcomfy-token-of-these-tests';

export class ExampleWorld {
	readonly world: World;
	/** Of the example, if it has one. */
	readonly table: DataTable;
	#server: N8nServer;
	readonly #services: FakeService[];
	readonly #secrets: string[];

	private constructor(world: World, server: N8nServer, table: DataTable, services: FakeService[], secrets: string[]) {
		this.world = world;
		this.table = table;
		this.#server = server;
		this.#services = services;
		this.#secrets = secrets;
	}

	/**
	 * @param table the name of the example's data table
	 * @param secrets of the services, which RunComfy must never see
	 */
	static async open(
		name: string,
		table: string,
		services: FakeService[],
		secrets: string[],
		emulator: EmulatorOptions = {},
	): Promise<ExampleWorld> {
		const world = await World.open({ name, services, emulator: { token: RUNCOMFY_TOKEN, ...emulator } });
		return new ExampleWorld(world, await world.start(), new DataTable(world.folder, table), services, secrets);
	}

	get rest(): N8nRest {
		return this.#server.rest;
	}

	/** As before anybody has bought anything. */
	reset(): void {
		this.world.emulator.reset();
		this.table.empty();
	}

	submits(): number {
		return this.world.emulator.counts().submitsReceived;
	}

	requests(): EmulatedRequest[] {
		return this.world.emulator.requests();
	}

	/** The one request that a photo was bought with. */
	requestFor(image: string): EmulatedRequest {
		const requests = this.requests().filter(({ input }) => input.image === image);
		assert.equal(requests.length, 1, `${image} was bought ${requests.length} times`);
		return requests[0];
	}

	/** The nth submit from now on gives a job that fails. */
	failJobOf(nthSubmit: number, failureMessage?: string): void {
		this.world.emulator.onCall = ({ phase, nth }) => {
			if (phase === 'submit' && nth === nthSubmit) {
				this.world.emulator.set({ jobOutcome: 'failed', ...(failureMessage && { failureMessage }) }, { next: 1 });
			}
			return undefined;
		};
	}

	/** kill -9, and start again. */
	async restart(example: Example): Promise<void> {
		await this.#server.process.kill9();
		this.world.emulator.resetSwitches();
		this.world.emulator.onCall = undefined;
		this.#server = await this.world.start();
		example.moveTo(this.#server.rest);
	}

	/** For `afterEach`: each secret is seen by those only whom it belongs to, and nobody else was called. */
	checked = (test: unknown): void => {
		this.world.noticed(test as { passed?: boolean });
		for (const service of this.#services) {
			for (const { method, path, headers, bytes } of service.requests) {
				const all = JSON.stringify(headers) + bytes.toString('latin1');
				assert.ok(!all.includes(RUNCOMFY_TOKEN), `${method} ${path} has RunComfy's token`);
			}
		}
		assert.ok(this.world.emulator.calls().every(({ phase, tokenOk }) => tokenOk || phase === 'download'));
		const bought = JSON.stringify(this.requests());
		for (const secret of this.#secrets) assert.ok(!bought.includes(secret));
		assert.deepEqual(strangers(this.world.noWayOut), []);
	};

	async close(): Promise<void> {
		await this.world.close();
	}
}
