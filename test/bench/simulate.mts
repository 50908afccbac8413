/** Contenders on the virtual clock, against the service in memory: hours pass in milliseconds, and always the same way. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { JobTimes } from '../../nodes/RunComfy/wait/jobTimes.ts';
import type { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { type Random, seededRandom } from '../emulator/random.mts';
import { VirtualClock } from '../lib/virtualClock.mts';
import type { JobLaw } from './jobLaw.mts';
import type { Observed } from './measure.mts';
import type { Service } from './peerLoops.mts';
import type { Product } from './product.mts';
import { VirtualService } from './virtualService.mts';

export interface Simulation {
	items: number;
	inFlight: number;
	law: JobLaw;
	seed: number;
	/** Jobs that the process has seen before; 0 is a cold start. */
	learnFrom?: number;
	/** Those jobs' times, where they were others than they are now. */
	learnedLaw?: JobLaw;
}

/** There and back over a usual line to a server on the same continent. */
const ROUND_TRIP_MS = 60;

/** Any time will do; a fixed one makes runs equal. */
const START_MS = Date.UTC(2030, 0, 1);

const LEARN_IN_FLIGHT = 20;

/** Longer than any batch here. */
const TIMEOUT_SECONDS = 3_600;

const MODEL_API_URL = 'http://simulated.example';

/** Keeps the dice of the service and those of the node apart: every contender then meets the same jobs. */
const NODE_SEED_OFFSET = 1_000_003;

interface World {
	clock: VirtualClock;
	stop: Stop;
	service: VirtualService;
}

/** Runs the node's own operation Replace and Wait; before it a batch to learn from where wanted. */
export async function simulateNode(product: Product, options: Simulation): Promise<Observed> {
	return await withDice(seededRandom(options.seed + NODE_SEED_OFFSET), async () => {
		if (options.learnFrom) {
			const { learnFrom: items, learnedLaw: law = options.law, seed } = options;
			const lesson = { items, law, inFlight: LEARN_IN_FLIGHT, seed: -seed };
			return (await runNode(product, options, (await runNode(product, lesson)).learned)).observed;
		}
		return (await runNode(product, options)).observed;
	});
}

/** Runs a loop of the peers. */
export async function simulatePeer(
	product: Product,
	options: Simulation,
	loop: (service: Service, sleep: (ms: number) => Promise<unknown>, items: number) => Promise<void>,
): Promise<Observed> {
	const world = newWorld(product, options);
	const { clock, stop, service } = world;
	return await observe(
		world,
		options,
		loop(service, async (ms) => await clock.sleep(ms, stop), options.items),
	);
}

async function runNode(product: Product, options: Simulation, learned?: JobTimes) {
	const world = newWorld(product, options);
	const processState = new product.ProcessState(product.usualPolicies, world.clock, learned);
	const observed = await observe(world, options, product.execute(contextOf(world.service, options), processState));
	return { observed, learned: processState.jobTimes };
}

function newWorld(product: Product, { law, seed }: Simulation): World {
	const clock = new VirtualClock(START_MS, START_MS, Infinity);
	const stop = new product.Stop(undefined);
	return { clock, stop, service: new VirtualService(clock, stop, law, ROUND_TRIP_MS, seededRandom(seed)) };
}

async function observe({ clock, service }: World, options: Simulation, work: Promise<unknown>): Promise<Observed> {
	await clock.finish(work);
	const delivered = service.jobs.filter(({ deliveredAtMs }) => deliveredAtMs < Infinity);
	if (delivered.length !== options.items) throw new Error(`${delivered.length} of ${options.items} were delivered`);
	return {
		jobs: service.jobs,
		callTimesMs: service.callTimesMs,
		wallMs: clock.now() - START_MS,
		places: options.inFlight,
		roundTripMs: ROUND_TRIP_MS,
	};
}

/** As much of n8n's context as the operation asks for. */
function contextOf(service: VirtualService, { inFlight, items }: Simulation): IExecuteFunctions {
	const parameters: IDataObject = {
		resource: 'background',
		operation: 'replaceAndWait',
		imageUrl: 'https://images.example.com/shoe.jpg',
		prompt: 'on a marble table',
		options: { maxInFlight: inFlight, timeout: TIMEOUT_SECONDS },
	};
	const node = { name: 'RunComfy', type: 'n8n-nodes-runcomfy.runComfy' };
	const nodeContext = {};
	const context = {
		getNode: () => node,
		getContext: () => nodeContext,
		getExecutionId: () => '1',
		getExecutionCancelSignal: () => undefined,
		continueOnFail: () => false,
		getMode: () => 'trigger',
		getTimezone: () => 'UTC',
		getWorkflowDataProxy: () => ({ $runIndex: 0 }),
		getCredentials: async () => ({ apiToken: 'simulated-token', environment: 'custom', modelApiUrl: MODEL_API_URL }),
		getInputData: () => Array.from({ length: items }, () => ({ json: {} })),
		getNodeParameter: (name: string, _itemIndex: number, fallback?: unknown) => parameters[name] ?? fallback,
		logger: { info: () => {}, warn: () => {} },
		helpers: {
			async httpRequestWithAuthentication(_type: string, { method, url }: { method: string; url: string }) {
				const body = method === 'POST' ? { request_id: await service.submit() } : await resultBody(service, url);
				return { statusCode: 200, headers: {}, body };
			},
		},
	};
	return context as unknown as IExecuteFunctions;
}

async function resultBody(service: VirtualService, url: string): Promise<IDataObject> {
	const request_id = /requests\/([^/]+)\/result$/.exec(url)?.[1] ?? '';
	const status = await service.result(request_id);
	const { acceptedAtMs, readyAtMs } = service.job(request_id);
	const created_at = new Date(acceptedAtMs).toISOString();
	if (status !== 'succeeded') return { request_id, status, created_at };
	const output = { image: `https://files.runcomfy.net/${request_id}.png` };
	return { request_id, status, output, created_at, finished_at: new Date(readyAtMs).toISOString() };
}

/** The node rolls dice: here they are loaded. */
async function withDice<T>(dice: Random, work: () => Promise<T>): Promise<T> {
	const { random } = Math;
	Math.random = dice;
	try {
		return await work();
	} finally {
		Math.random = random;
	}
}
