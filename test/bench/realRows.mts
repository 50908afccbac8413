/** The table's rows in real time: n8n's engine with the built node, the hand-built workflow and the loops. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { INodeType } from 'n8n-workflow';

import { REPLACE_BACKGROUND_ID } from '../emulator/emulator.mts';
import { createEngine, type Engine, runNode } from '../engine/index.mts';
import { type EmulatorProcess, startEmulatorProcess } from './emulatorProcess.mts';
import { handBuiltLoop } from './handBuilt.mts';
import { jobsOf } from './jobLaw.mts';
import { measure, type Observed } from './measure.mts';
import { itemByItem, type Service } from './peerLoops.mts';
import { n8nNodeTypes } from './peers.mts';
import { DIST } from './product.mts';
import type { Row } from './row.mts';
import { CADENCE_SECONDS, IN_FLIGHT, WAIT_SECONDS } from './virtualRows.mts';

export const NODE_TYPE = 'n8n-nodes-runcomfy.runComfy';

/** Parameters of Replace and Wait with nothing but what is required. */
export const REPLACE = {
	resource: 'background',
	operation: 'replaceAndWait',
	imageSource: 'url',
	imageUrl: 'https://images.example.com/shoe.jpg',
	prompt: 'on a marble table',
};

/** The same purchase by the resource Model: its schema is read, and each item's fields are checked by it. */
export const RUN_SAME_MODEL = {
	resource: 'model',
	operation: 'runAndWait',
	modelId: { __rl: true, mode: 'id', value: REPLACE_BACKGROUND_ID },
	prompt: REPLACE.prompt,
	inputMode: 'fields',
	inputs: { mappingMode: 'defineBelow', value: { image: REPLACE.imageUrl }, matchingColumns: [], schema: [] },
};

/** Several batches, since how late a single one is noticed is luck. Every contender meets the first. */
const SEEDS = [4, 5, 6];

/**
 * n8n's engine with the built node, and n8n's own nodes where they could be installed. `asMeasured`: the node as it is to be
 * measured, where not as it is.
 */
export async function benchEngine(
	peersFolder?: string,
	asMeasured: (Node: new () => INodeType) => new () => INodeType = (Node) => Node,
): Promise<Engine> {
	const { RunComfy, RunComfyApi } = createRequire(import.meta.url)(join(DIST, 'index.js'));
	return await createEngine({
		nodeTypes: { [NODE_TYPE]: asMeasured(RunComfy), ...(peersFolder !== undefined && n8nNodeTypes(peersFolder)) },
		credentialTypes: { runComfyApi: new RunComfyApi() },
	});
}

export const emptyItems = (count: number) => Array.from({ length: count }, () => ({ json: {} }));

/** With an emulator that has such jobs; the seed makes them the same for every contender. */
async function withEmulator<T>(
	jobSeconds: number,
	work: (emulator: EmulatorProcess) => Promise<T>,
	seed = SEEDS[0],
): Promise<T> {
	const emulator = await startEmulatorProcess({ ...jobsOf(jobSeconds), seed });
	try {
		return await work(emulator);
	} finally {
		await emulator.close();
	}
}

/** The calls of the batch before no longer count in the rate limit's second. */
const BETWEEN_BATCHES_MS = 1_100;

async function observeNode(engine: Engine, emulator: EmulatorProcess, items: number): Promise<Observed> {
	await emulator.reset();
	await sleep(BETWEEN_BATCHES_MS);
	const { finished, error } = await runNode(engine, {
		type: NODE_TYPE,
		items: emptyItems(items),
		credentials: { runComfyApi: emulator.credential },
		parameters: REPLACE,
	});
	if (error !== undefined) throw error;
	return await emulator.observe(finished.durationMs, IN_FLIGHT);
}

/** Loads and compiles whatever the first run of a process does, so that no contender pays for it. */
export async function warmUp(engine: Engine, withHandBuilt: boolean): Promise<void> {
	await withEmulator(0.1, async (emulator) => {
		await observeNode(engine, emulator, 5);
		if (!withHandBuilt) return;
		const workflow = handBuiltLoop(emulator.modelApiUrl, emulator.credential.apiToken, 0.2);
		await engine.run(workflow, { items: emptyItems(5) });
	});
}

/** The node: cold and warm batches on emulators of their own, which is what makes the first one of each cold. */
export async function nodeRows(engine: Engine, jobSeconds: number, largest: number): Promise<Row[]> {
	const [cold, warm, single]: Observed[][] = [[], [], []];
	for (const seed of SEEDS) {
		const play = async (emulator: EmulatorProcess) => {
			cold.push(await observeNode(engine, emulator, 20));
			warm.push(await observeNode(engine, emulator, 20));
			single.push(await observeNode(engine, emulator, 1));
		};
		await withEmulator(jobSeconds, play, seed);
	}
	const large =
		largest > 20
			? [await withEmulator(jobSeconds, async (emulator) => await observeNode(engine, emulator, largest))]
			: [];
	const common = {
		section: 'batches',
		contender: 'this node',
		clock: 'real',
		jobSeconds,
		inFlight: IN_FLIGHT,
	} as const;
	const kinds = { cold: [cold, large], warm: [warm, single] };
	return (['cold', 'warm'] as const).flatMap((start) =>
		kinds[start].filter((runs) => runs.length > 0).map((runs): Row => ({ ...common, start, ...measure(runs) })),
	);
}

/** The hand-built workflow, in the same engine. */
export async function handBuiltRows(engine: Engine, jobSeconds: number, items: number): Promise<Row[]> {
	const rows: Row[] = [];
	for (const seconds of WAIT_SECONDS) {
		const measured = await withEmulator(jobSeconds, async (emulator) => {
			const workflow = handBuiltLoop(emulator.modelApiUrl, emulator.credential.apiToken, seconds);
			const { durationMs, error, itemsOf } = await engine.run(workflow, { items: emptyItems(items) });
			if (error !== undefined) throw error;
			if (itemsOf('Result').length !== items) throw new Error('The hand-built workflow lost items');
			return measure([await emulator.observe(durationMs, items)]);
		});
		const contender = `HTTP Request + Wait ${seconds} s + If`;
		rows.push({ section: 'batches', contender, start: '', clock: 'real', jobSeconds, inFlight: items, ...measured });
	}
	return rows;
}

/** The fixed cadences, all at the same time: each has an emulator of its own and next to nothing to do. */
export async function cadenceRows(jobSeconds: number, items: number): Promise<Row[]> {
	return await Promise.all(
		CADENCE_SECONDS.map(async (seconds): Promise<Row> => {
			const measured = await withEmulator(jobSeconds, async (emulator) => {
				const startMs = performance.now();
				await itemByItem(serviceAt(emulator), sleep, items, seconds * 1000);
				return measure([await emulator.observe(performance.now() - startMs, IN_FLIGHT)]);
			});
			const contender = `every ${seconds} s, item by item`;
			return { section: 'batches', contender, start: '', clock: 'real', jobSeconds, inFlight: 1, ...measured };
		}),
	);
}

function serviceAt({ modelApiUrl, credential }: EmulatorProcess): Service {
	const headers = { authorization: `Bearer ${credential.apiToken}` };
	const read = async (path: string) => {
		const answer = await fetch(`${modelApiUrl}/v1/requests/${path}`, { headers });
		return (await answer.json()) as { status: string };
	};
	return {
		async submit() {
			const body = JSON.stringify({ image: REPLACE.imageUrl, prompt: REPLACE.prompt });
			const answer = await fetch(`${modelApiUrl}/v1/models/${REPLACE_BACKGROUND_ID}`, {
				method: 'POST',
				headers,
				body,
			});
			return ((await answer.json()) as { request_id: string }).request_id;
		},
		isFinished: async (id) => (await read(`${id}/status`)).status === 'completed',
		result: async (id) => await read(`${id}/result`),
	};
}
