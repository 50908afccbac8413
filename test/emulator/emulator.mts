import type { AddressInfo } from 'node:net';

import { Accounts, DEMO_TOKEN } from './accounts.mts';
import { parseObject, type IncomingCall } from './apiCall.mts';
import { CallLog, type CallRecord } from './calls.mts';
import { RecentStore } from './recentStore.mts';
import { nowMs } from './clock.mts';
import type { Context } from './context.mts';
import { costOf } from './costs.mts';
import { CallCounts, type Counts, type ModelCount, ModelCounts } from './counts.mts';
import { deploymentsOf, type EmulatedDeployments } from './deployments/emulatedDeployments.mts';
import { DeploymentStore } from './deployments/store.mts';
import { Webhooks } from './deployments/webhooks.mts';
import { FaultPlan } from './faultPlan.mts';
import type { Fault, FaultScope, Phase } from './faults.mts';
import type { StoredFile } from './sampleFiles.mts';
import { fileUrls } from './outputs.mts';
import { PictureMaker } from './picture.mts';
import { freshSeed, seededRandom } from './random.mts';
import { RequestStore, type EmulatedRequest, type StoredRequest } from './requests.mts';
import { addControlRoutes } from './routes/control.mts';
import { ACCOUNT_PATH, addApiRoutes, createServer } from './server.mts';
import { SwitchBoard } from './switchBoard.mts';
import type { Switches } from './switches.mts';

export type { IncomingCall } from './apiCall.mts';
export { BROKE_TOKEN, DEMO_TOKEN } from './accounts.mts';
export type { CallRecord } from './calls.mts';
export type { Counts } from './counts.mts';
export type { EmulatedDeployments, EmulatedRun } from './deployments/emulatedDeployments.mts';
export type { Graph, GraphNode } from './deployments/kind.mts';
export type { Meter } from './deployments/machine.mts';
export { DEPLOYMENT_IDS } from './deployments/kinds.mts';
export type { Delivery } from './deployments/webhooks.mts';
export { KNOWN_MODELS } from './catalogue/catalogue.mts';
export { HOSTILE_IDS } from './catalogue/hostileModels.mts';
export type { Model } from './catalogue/model.mts';
export { REPLACE_BACKGROUND_ID } from './catalogue/replaceBackground.mts';
export { PHASES, type Fault, type FaultKind, type FaultScope, type Phase } from './faults.mts';
export type { ModelCount } from './counts.mts';
export type { EmulatedRequest, RequestState } from './requests.mts';
export { SWITCH_DEFAULTS, type SwitchName, type Switches } from './switches.mts';

const HOST = '127.0.0.1';

/** Of all files, and of all bodies of accepted submits. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MAX_BODY_CHARS = 64 * 1024 * 1024;

export interface EmulatorOptions {
	/** 0, the default, takes a free one. */
	port?: number;
	/** Milliseconds a request waits in the queue; the same as the switch of that name, as are the next two. */
	queueMs?: number;
	/** Milliseconds it then runs. */
	runMs?: number;
	/** How far a run may be shorter or longer, evenly spread. */
	spreadMs?: number;
	/** 'tiny' (default): a constant PNG, no image is fetched. 'made': a picture is made of the image submitted. */
	pictures?: 'made' | 'tiny';
	/** Same seed, same ids and run times. */
	seed?: number;
	switches?: Partial<Switches>;
	/** The good token, 'demo-token' unless told otherwise. */
	token?: string;
	/** What the good account has, in USD; the same as the switch of that name. */
	balanceUsd?: number;
	/** So many seconds of a deployment's machine pass in one second: with 60 a cold start of 3 minutes takes 3. */
	deploymentSpeed?: number;
}

export interface Emulator {
	/** http://127.0.0.1:PORT, without /v1. */
	readonly modelApiUrl: string;
	/** http://127.0.0.1:PORT/prod/v2 */
	readonly accountApiUrl: string;
	/** The good token. */
	readonly token: string;
	/** What a person fills into n8n's credential: the good token and both addresses. */
	readonly credential: Readonly<Record<'apiToken' | 'environment' | 'modelApiUrl' | 'accountApiUrl', string>>;
	/** Counts overall, or of one token ('' for calls without one). */
	counts(token?: string): Counts;
	/** Counts about one model, known or not. */
	modelCount(modelId: string): ModelCount;
	/** Counts about all models that were asked for or submitted to, by id. */
	modelCounts(): Record<string, ModelCount>;
	/** Every accepted request to a model, oldest first. */
	requests(): EmulatedRequest[];
	/** What stands behind /prod/v2/deployments: runs, machines and what they cost, webhooks. */
	readonly deployments: EmulatedDeployments;
	/** The body of an accepted submit as it came, parsed anew; undefined for an unknown id. The last 64 MiB are kept. */
	body(requestId: string): Record<string, unknown> | undefined;
	/** The last 50,000 calls, oldest first. */
	calls(): CallRecord[];
	/** Sets switches from now on, or for the next N uses. Throws when a name or value is not known. */
	set(switches: Partial<Switches>, scope?: { next?: number }): void;
	/** Plays a fault instead of the normal answer. Throws when it is not valid. */
	fault(phase: Phase, fault: Fault, scope?: FaultScope): void;
	/**
	 * Decides per call, before the planned faults are asked. May call `set` with `next: 1` for the very submit it
	 * sees.
	 */
	onCall?: ((call: IncomingCall) => Fault | undefined) | undefined;
	/** Switches as at the start, no faults. Requests, counts and `onCall` stay. */
	resetSwitches(): void;
	/** All as at the start: also no requests, files, counts and `onCall`, and every hanging call is cut. */
	reset(): void;
	/** Closes everything at once, hanging sockets too. */
	close(): Promise<void>;
}

/**
 * Starts an emulator on 127.0.0.1.
 * @throws Error when the port is taken or a switch is not valid.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const token = options.token ?? DEMO_TOKEN;
	const accounts = new Accounts(token);
	const switches = new SwitchBoard(startSwitches(options));
	const faults = new FaultPlan();
	const files = new RecentStore<StoredFile>(MAX_FILE_BYTES, ({ bytes }) => bytes.length);
	const seed = options.seed ?? freshSeed();
	const requests = new RequestStore(seededRandom(seed));
	const deployments = new DeploymentStore(seededRandom(seed + 1), options.deploymentSpeed ?? 1, {
		coldStartSeconds: () => switches.take('coldStartSeconds'),
		queueWhenDisabled: () => switches.take('queueWhenDisabled'),
	});
	const pictures = options.pictures === 'made' ? new PictureMaker(files) : undefined;
	const phaseCalls = new Map<Phase, number>();
	const app = createServer();
	const context: Context = {
		baseUrl: '',
		accounts,
		switches,
		faults,
		requests,
		deployments,
		webhooks: new Webhooks(() => context),
		files,
		bodies: new RecentStore<string>(MAX_BODY_CHARS, ({ length }) => length),
		pictures,
		counts: new CallCounts(),
		modelCounts: new ModelCounts(),
		calls: new CallLog(),
		hanging: new Set(),
		onCall: (call) => emulator.onCall?.(call),
		phaseCalls: (phase) => {
			const nth = (phaseCalls.get(phase) ?? 0) + 1;
			phaseCalls.set(phase, nth);
			return nth;
		},
	};
	const emulator: Emulator = {
		get modelApiUrl() {
			return context.baseUrl;
		},
		get accountApiUrl() {
			return `${context.baseUrl}${ACCOUNT_PATH}`;
		},
		token,
		get credential() {
			const { modelApiUrl, accountApiUrl } = emulator;
			return { apiToken: token, environment: 'custom', modelApiUrl, accountApiUrl };
		},
		counts: (ofToken) => context.counts.snapshot(ofToken, nowMs()),
		modelCount: (modelId) => context.modelCounts.of(modelId),
		modelCounts: () => context.modelCounts.all(),
		body: (requestId) => parseObject(context.bodies.get(requestId) ?? ''),
		requests: () => {
			const atMs = nowMs();
			return requests.all().map((request) => describeRequest(request, context.baseUrl, atMs));
		},
		deployments: deploymentsOf(context),
		calls: () => context.calls.list(),
		set: (given, scope) => switches.set(given, scope),
		fault: (phase, fault, scope) => faults.add(phase, fault, scope),
		onCall: undefined,
		resetSwitches: () => {
			switches.reset();
			faults.clear();
		},
		reset: () => {
			emulator.resetSwitches();
			emulator.onCall = undefined;
			requests.clear();
			deployments.clear();
			context.webhooks.clear();
			files.clear();
			context.bodies.clear();
			phaseCalls.clear();
			context.counts = new CallCounts();
			context.modelCounts = new ModelCounts();
			context.calls = new CallLog();
			context.hanging.forEach((socket) => socket.destroy());
		},
		close: async () => {
			context.webhooks.clear();
			await app.close();
			await pictures?.close();
			files.clear();
			context.bodies.clear();
		},
	};
	addApiRoutes(app, context);
	addControlRoutes(app, {
		emulator,
		tokens: accounts.tokens(),
		switches: () => ({ current: switches.current(), next: switches.pending() }),
	});
	await app.listen({ host: HOST, port: options.port ?? 0 });
	context.baseUrl = `http://${HOST}:${(app.server.address() as AddressInfo).port}`;
	return emulator;
}

function startSwitches({ switches, queueMs, runMs, spreadMs, balanceUsd }: EmulatorOptions): Partial<Switches> {
	const times = Object.entries({ queueMs, runMs, spreadMs, balanceUsd }).filter(([, value]) => value !== undefined);
	return { ...switches, ...Object.fromEntries(times) };
}

function describeRequest(request: StoredRequest, baseUrl: string, atMs: number): EmulatedRequest {
	const { id, token, modelId, input, acceptedAtMs, startedAtMs, readyAtMs } = request;
	const state = request.stateAt(atMs);
	const outputs = state === 'succeeded' ? fileUrls(request, baseUrl) : [];
	const cancelled = state === 'cancelled';
	const costUsd = costOf(request);
	return { id, token, modelId, input, acceptedAtMs, startedAtMs, readyAtMs, state, outputs, cancelled, costUsd };
}
