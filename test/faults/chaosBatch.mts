/** Plays one planned batch in the real engine: a run, and Retry execution for as long as n8n offers it. */
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import {
	DEPLOYMENT_IDS,
	type EmulatedRequest,
	type Emulator,
	type IncomingCall,
	type Phase,
} from '../emulator/emulator.mts';
import type { NodeRun, NodeRunning, RunNodeOptions } from '../engine/index.mts';
import { lostIds } from './books.mts';
import { type BatchPlan, type ItemPlan, limitOf, priceOf, variantsOf } from './chaosPlan.mts';
import { type Charge, Ledger } from './ledger.mts';
import { type FaultName, FAULTS, MATRIX } from './matrix.mts';
import type { SetClock, Storage } from './trouble.mts';
import { pause } from '../lib/until.mts';

/** An emulator and a way to start the node against it. */
export interface Bench {
	emulator: Emulator;
	/** The clock of the process, which both accounts of it share. */
	clock: SetClock;
	storage: Storage;
	start(options: RunNodeOptions): NodeRunning;
	close(): Promise<void>;
}

/** One submit as the emulator received it. */
interface ReceivedSubmit {
	item: number;
	/** Tells variants of the item apart; undefined where it has only one. */
	seed: unknown;
	fault: FaultName | undefined;
	/** Which run it belongs to: 0 is the first, then the retries. */
	execution: number;
}

export interface PlayedBatch {
	runs: NodeRun[];
	submits: ReceivedSubmit[];
	faultsPlayed: FaultName[];
	/** The run in which each request was accepted, by its id. */
	executionOf: Map<string, number>;
	/** Submits for which there was no room in the limit. */
	overLimit: string[];
	/** The same input run again from the editor, after all else. */
	repeated: boolean;
	/** Only of a deployment. */
	machine?: MachineTimes;
}

/** A request as it was accepted, whichever resource submitted it. */
export interface Accepted extends Pick<EmulatedRequest, 'id' | 'state' | 'outputs' | 'costUsd'> {
	prompt: string;
	seed: unknown;
	/** It succeeded with nothing. */
	isEmpty: boolean;
}

/** Of the deployment that is run: where its workflow has the prompt. */
const DEPLOYMENT = DEPLOYMENT_IDS.flux;
const PROMPT_NODE = '6';

/** What the emulator has accepted, oldest first. A batch has a resource, so that it is either of the two. */
export function acceptedBy(emulator: Emulator, plan: BatchPlan): Accepted[] {
	if (plan.resource === 'deployment') {
		const runs = emulator.deployments.runs().map(({ id, state, graph, outputs }) => ({
			...{ id, state, outputs, seed: undefined, costUsd: 0 },
			prompt: String(graph[PROMPT_NODE].inputs.text),
			isEmpty: state === 'succeeded' && outputs.length === 0,
		}));
		return runs.filter(({ prompt }) => isOfBatch(emulator, prompt));
	}
	const requests = emulator.requests().filter(({ input }) => isOfBatch(emulator, input.prompt));
	return requests.map(({ id, state, outputs, costUsd, input }) => ({
		...{ id, state, outputs, costUsd, seed: input.seed },
		prompt: String(input.prompt),
		isEmpty: plan.items[itemOfPrompt(input.prompt)].job.output === 'none',
	}));
}

/** What a machine has cost, beside what each run was to take: seconds of its own clock. */
interface MachineTimes {
	machineSeconds: number;
	coldStartSeconds: number;
	keepWarmSeconds: number;
	/** By the id of a run. */
	runSeconds: Map<string, number>;
}

/** What test runs have bought is kept in the process: each batch has prompts of its own. */
const promptOf = (item: number, batch: number) => `chaos ${item} of batch ${batch}`;

let batchesPlayed = 0;

/** The batch that an emulator is playing. */
const batchOn = new WeakMap<Emulator, number>();

/** Whether a prompt is of the batch being played: after a Stop an earlier one may still submit something, on a busy machine. */
const isOfBatch = (emulator: Emulator, prompt: unknown) =>
	String(prompt).split(' ')[4] === String(batchOn.get(emulator));

/** The item of a prompt, whatever changes in the rest of it. */
export const itemOfPrompt = (prompt: unknown): number => Number(String(prompt).split(' ')[1]);

/** How often the emulator's records are looked at after a Stop. */
const QUIET_MS = 40;

/** Together longer than the longest pause of an impatient node. */
const QUIET_LOOKS = 4;

/** Much longer than the node works on after a Stop (a submit on its way, and then its cancellation). */
const MAX_BACKGROUND_MS = 8_000;

/** Another text each time n8n looks at it. */
const VOLATILE = '" at " + $now.toMillis() + " " + Math.random()';

const WHAT_RUNS: Record<BatchPlan['resource'], (plan: BatchPlan) => INodeParameters> = {
	background: ({ operation }) => ({ operation, imageSource: 'url', imageUrl: 'https://images.example.com/shoe.jpg' }),
	model: ({ operation, modelId }) => ({
		operation: operation === 'submit' ? operation : 'runAndWait',
		modelId: { __rl: true, mode: 'id', value: modelId },
		inputMode: 'json',
		inputsJson: '{}',
	}),
	deployment: ({ operation, volatile }) => ({
		operation: operation === 'submit' ? operation : 'runAndWait',
		deploymentId: { __rl: true, mode: 'id', value: DEPLOYMENT },
		inputMode: 'json',
		inputsJson: `={{ { "${PROMPT_NODE}": { "inputs": { "text": $json.prompt${volatile ? ` + ${VOLATILE}` : ''} } } } }}`,
	}),
};

export function parametersOf(plan: BatchPlan): INodeParameters {
	const { resource, operation, simplify, options, volatile } = plan;
	const [maxCost, variants] = [limitOf(plan), variantsOf(plan)];
	const paid = {
		...(maxCost !== undefined && { maxCost }),
		...(variants > 1 && { variants }),
		...(resource === 'deployment' && plan.deployment.randomizeSeeds && { randomizeSeeds: true }),
	};
	return {
		resource,
		...(resource !== 'deployment' && {
			prompt: volatile ? `={{ $json.prompt + ${VOLATILE} }}` : '={{ $json.prompt }}',
		}),
		...WHAT_RUNS[resource](plan),
		...(operation === 'replaceAndWait' ? { simplify, options: { ...options, ...paid } } : { options: paid }),
	};
}

/** Plays the faults of an item in the order of its calls. */
class Faults {
	readonly played: FaultName[] = [];

	off = false;

	readonly #calls = new Map<string, number>();

	readonly #plan: BatchPlan;

	constructor(plan: BatchPlan) {
		this.#plan = plan;
	}

	of(phase: Phase, item: number): FaultName | undefined {
		const isCatalogue = phase === 'model' || phase === 'deployment';
		const list = isCatalogue ? this.#plan.model : this.#plan.items[item]?.[phase as keyof ItemPlan];
		if (this.off || !Array.isArray(list)) return undefined;
		const key = `${phase} ${item}`;
		const nth = this.#calls.get(key) ?? 0;
		this.#calls.set(key, nth + 1);
		const isRead = phase === 'result' || phase === 'status';
		const name = isRead && this.#plan.items[item].endless ? list[Math.min(nth, list.length - 1)] : list[nth];
		if (name) this.played.push(name);
		return name ?? undefined;
	}
}

/** Whether the node can read a result that is answered with this fault. */
const isGoodAnswer = (fault: FaultName | undefined) => fault === undefined || MATRIX.result[fault][2] === 'picture';

/** Other batches are played in the same process, so an answer may need longer to be known. */
const BEATS_TO_KNOW = 150;

const chargeIn =
	(plan: BatchPlan) =>
	({ input, costUsd }: Pick<EmulatedRequest, 'input' | 'costUsd'>): Charge => {
		return { actualUsd: costUsd, told: plan.items[itemOfPrompt(input.prompt)].job.cost };
	};

export async function playBatch(bench: Bench, plan: BatchPlan): Promise<PlayedBatch> {
	const { emulator } = bench;
	const batch = (batchesPlayed += 1);
	batchOn.set(emulator, batch);
	emulator.reset();
	emulator.set({ earlyResult: plan.earlyResult, cancelAnswer: plan.cancelAnswer, spreadMs: 0 });
	if (plan.resource === 'deployment') await prepareMachine(emulator, plan);

	const faults = new Faults(plan);
	const runs: NodeRun[] = [];
	let execution = -1;
	const submits: ReceivedSubmit[] = [];
	const itemOfId = new Map<string, number>();
	const itemOf = ({ input, requestId }: IncomingCall): number => {
		if (input !== undefined) {
			const prompt = promptIn(input);
			return isOfBatch(emulator, prompt) ? itemOfPrompt(prompt) : -1;
		}
		if (!itemOfId.has(requestId ?? '')) {
			for (const { id, prompt } of acceptedBy(emulator, plan)) itemOfId.set(id, itemOfPrompt(prompt));
		}
		return itemOfId.get(requestId ?? '') ?? -1;
	};
	const limitUsd = limitOf(plan);
	let ledger =
		limitUsd === undefined ? undefined : new Ledger(emulator, limitUsd, priceOf(plan), chargeIn(plan), BEATS_TO_KNOW);
	emulator.onCall = (call) => {
		const item = itemOf(call);
		const fault = faults.of(call.phase, item);
		if (call.phase === 'submit' && item < 0) submits.push({ item, seed: undefined, fault, execution });
		else if (call.phase === 'submit') {
			ledger?.submit();
			submits.push({ item, seed: variantsOf(plan) > 1 ? call.input?.seed : undefined, fault, execution });
			// For the request that is accepted in this very tick, if one is.
			emulator.set({ ...plan.items[item].job, deploymentRunSeconds: runSecondsOf(plan, item) });
		}
		// Of a slow answer the node learns as late as that; others are as good as without their fault.
		if (call.phase === 'result' && isGoodAnswer(fault)) {
			if (fault === 'slow') setTimeout(() => ledger?.look(call), FAULTS.slow.ms);
			else ledger?.look(call);
		}
		return fault === undefined ? undefined : FAULTS[fault];
	};

	const items: INodeExecutionData[] = plan.items.map((_, item) => ({
		json: { prompt: promptOf(item, batch), sku: `s${item}` },
	}));
	const { maxTries, onError, interruption, clockSet } = plan;
	bench.storage.delayMs = plan.storageMs;
	const tries = maxTries > 1 ? { retryOnFail: true, maxTries, waitBetweenTries: 1 } : {};
	const mode = plan.isTestRun ? ({ mode: 'manual' } as const) : {};
	const options: RunNodeOptions = { items, onError, ...mode, ...tries, parameters: parametersOf(plan) };

	const runOnce = async (more: RunNodeOptions) => {
		execution += 1;
		const running = bench.start({ ...options, ...more });
		const { kind, afterMs } = interruption ?? {};
		const stopping = kind === 'stop' && runs.length === 0 ? setTimeout(() => running.stop(), afterMs) : undefined;
		const setting =
			clockSet === null || runs.length > 0
				? undefined
				: setTimeout(() => bench.clock.setBy(clockSet.byMs), clockSet.afterMs);
		const run = await running.result;
		clearTimeout(stopping);
		clearTimeout(setting);
		runs.push(run);
		if (run.finished.status === 'canceled') await background(bench, run);
		return run;
	};
	const isTimed = interruption?.kind === 'timeout';
	let run = await runOnce(isTimed ? { workflowTimeoutMs: interruption.afterMs } : {});
	// Once with the faults going on, then in peace.
	while (canBeRetried(run) && runs.length < 4) {
		faults.off = runs.length > 1;
		run = await runOnce({ retryOf: run.finished, retryWith: plan.retryWith });
	}
	const overLimit = ledger?.wrong ?? [];
	ledger?.close();
	ledger = undefined;
	// What each run of the editor must find again is in the prompt.
	const repeated = plan.isTestRun && !plan.volatile;
	if (repeated) {
		faults.off = true;
		await runOnce({});
	}
	const executionOf = executionsOf(emulator, submits);
	const machine = plan.resource === 'deployment' ? machineTimes(emulator, plan) : undefined;
	return { runs, submits, faultsPlayed: faults.played, executionOf, overLimit, repeated, ...(machine && { machine }) };
}

/** The prompt of a submit, of a model or of a deployment. */
function promptIn({ prompt, overrides }: Record<string, unknown>): unknown {
	const nodes = overrides as Record<string, { inputs: Record<string, unknown> }> | undefined;
	return nodes === undefined ? prompt : nodes[PROMPT_NODE].inputs.text;
}

/** So many seconds of a machine pass in one: a plan's milliseconds become minutes of a machine. */
export const MACHINE_SPEED = 2_000;

const KEEP_WARM_SECONDS = 60;

/** What stuck runs cost at this speed must not end the batch. */
const BALANCE_USD = 1e6;

const machineSeconds = (ms: number) => Math.max(1, (ms / 1_000) * MACHINE_SPEED);

/** A machine starts for as long as the plan's first job queues. */
const coldStartOf = ({ items }: BatchPlan) => machineSeconds(items[0].job.queueMs);

const runSecondsOf = ({ items }: BatchPlan, item: number) => machineSeconds(items[item].job.runMs);

/** Stuck runs go on until somebody cancels them. */
const mostSecondsOf = (plan: BatchPlan, item: number) =>
	plan.items[item].job.jobOutcome === 'stuck' ? Infinity : runSecondsOf(plan, item);

async function prepareMachine({ accountApiUrl, token, set }: Emulator, plan: BatchPlan): Promise<void> {
	set({ coldStartSeconds: coldStartOf(plan), balanceUsd: BALANCE_USD });
	const { maxInstances, queueSize } = plan.deployment;
	const answer = await fetch(`${accountApiUrl}/deployments/${DEPLOYMENT}`, {
		method: 'PATCH',
		// A connection that is kept for the next batch may be closed when that one begins.
		headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
		body: JSON.stringify({
			name: 'Chaos',
			max_instances: maxInstances,
			queue_size: queueSize,
			keep_warm_duration_in_seconds: KEEP_WARM_SECONDS,
		}),
	});
	if (!answer.ok) throw new Error(`The deployment was not prepared: ${answer.status} ${await answer.text()}`);
}

function machineTimes(emulator: Emulator, plan: BatchPlan): MachineTimes {
	const runs = acceptedBy(emulator, plan);
	return {
		machineSeconds: emulator.deployments.meter(DEPLOYMENT).machineSeconds,
		coldStartSeconds: coldStartOf(plan),
		keepWarmSeconds: KEEP_WARM_SECONDS,
		runSeconds: new Map(runs.map(({ id, prompt }) => [id, mostSecondsOf(plan, itemOfPrompt(prompt))])),
	};
}

/** The emulator's records of submits are in the order in which it was asked about them. */
function executionsOf(emulator: Emulator, submits: ReceivedSubmit[]): Map<string, number> {
	const records = emulator.calls().filter(({ phase }) => phase === 'submit');
	return new Map(records.map(({ requestId }, index) => [requestId ?? '', submits[index].execution]));
}

/** After a Stop n8n keeps nothing to retry, and after the workflow's timeout nothing to do. */
const canBeRetried = ({ finished }: NodeRun) => finished.status === 'error';

/**
 * Waits until the node's background work after a Stop is over: every request has been named, and for longer than the node
 * pauses nothing is under way.
 */
async function background({ emulator, storage }: Bench, run: NodeRun): Promise<void> {
	const endMs = Date.now() + MAX_BACKGROUND_MS;
	let before = -1;
	for (let quietLooks = 0; Date.now() < endMs && quietLooks < QUIET_LOOKS;) {
		await pause(QUIET_MS);
		const { total } = emulator.counts();
		const isQuiet = total === before && storage.underWay === 0 && lostIds(emulator, [run]).length === 0;
		quietLooks = isQuiet ? quietLooks + 1 : 0;
		before = total;
	}
}
