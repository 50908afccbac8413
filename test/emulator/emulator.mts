import type { AddressInfo } from 'node:net';

import fastify, { type FastifyError, type FastifyInstance } from 'fastify';

import { Accounts, bearerToken, DEMO_TOKEN } from './accounts.mts';
import type { IncomingCall } from './apiCall.mts';
import { CallLog, type CallRecord } from './calls.mts';
import { nowMs } from './clock.mts';
import type { Context } from './context.mts';
import { CallCounts, type Counts } from './counts.mts';
import { FaultPlan, type Fault, type FaultScope, type Phase } from './faults.mts';
import { FileStore } from './fileStore.mts';
import { fileUrls } from './outputs.mts';
import { PictureMaker } from './picture.mts';
import { freshSeed, seededRandom } from './random.mts';
import { RequestStore, type EmulatedRequest, type StoredRequest } from './requests.mts';
import { balance } from './routes/balance.mts';
import { cancel } from './routes/cancel.mts';
import { addControlRoutes } from './routes/control.mts';
import { file } from './routes/files.mts';
import { categories, model, models } from './routes/models.mts';
import { result } from './routes/result.mts';
import { status } from './routes/status.mts';
import { submit } from './routes/submit.mts';
import { serve } from './serve.mts';
import { SwitchBoard, type Switches } from './switches.mts';

export type { IncomingCall } from './apiCall.mts';
export { BROKE_TOKEN, DEMO_TOKEN } from './accounts.mts';
export type { CallRecord } from './calls.mts';
export type { Counts } from './counts.mts';
export { FAULT_KINDS, PHASES, type Fault, type FaultKind, type FaultScope, type Phase } from './faults.mts';
export { REPLACE_BACKGROUND_ID } from './models.mts';
export type { EmulatedRequest, RequestState } from './requests.mts';
export { SWITCH_DEFAULTS, type SwitchName, type Switches } from './switches.mts';

/** The largest body RunComfy's own clients send. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

/** The router's own limit, 100, would hide long ids from the calls that must refuse them. */
const MAX_PARAM_CHARS = 4_000;

const HOST = '127.0.0.1';

const ACCOUNT_PATH = '/prod/v2';

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
	/** Whether images may come from private addresses; true by default, as test servers live there. */
	allowPrivateImages?: boolean;
	/** The good token, 'demo-token' unless told otherwise. */
	token?: string;
}

export interface Emulator {
	/** http://127.0.0.1:PORT, without /v1. */
	readonly modelApiUrl: string;
	/** http://127.0.0.1:PORT/prod/v2 */
	readonly accountApiUrl: string;
	/** The good token. */
	readonly token: string;
	/** Counts overall, or of one token ('' for calls without one). */
	counts(token?: string): Counts;
	/** Every accepted request, oldest first. */
	requests(): EmulatedRequest[];
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
	const files = new FileStore();
	const requests = new RequestStore(seededRandom(options.seed ?? freshSeed()));
	const pictures =
		options.pictures === 'made' ? new PictureMaker(files, options.allowPrivateImages ?? true) : undefined;
	const phaseCalls = new Map<Phase, number>();
	const app = createServer();
	const context: Context = {
		baseUrl: '',
		accounts,
		switches,
		faults,
		requests,
		files,
		pictures,
		counts: new CallCounts(),
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
		counts: (ofToken) => context.counts.snapshot(ofToken, nowMs()),
		requests: () => {
			const atMs = nowMs();
			return requests.all().map((request) => describeRequest(request, context.baseUrl, atMs));
		},
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
			files.clear();
			phaseCalls.clear();
			context.counts = new CallCounts();
			context.calls = new CallLog();
			context.hanging.forEach((socket) => socket.destroy());
		},
		close: async () => {
			await app.close();
			await pictures?.close();
			files.clear();
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

function startSwitches({ switches, queueMs, runMs, spreadMs }: EmulatorOptions): Partial<Switches> {
	const times = Object.entries({ queueMs, runMs, spreadMs }).filter(([, value]) => value !== undefined);
	return { ...switches, ...Object.fromEntries(times) };
}

function createServer(): FastifyInstance {
	const app = fastify({
		logger: false,
		bodyLimit: BODY_LIMIT_BYTES,
		forceCloseConnections: true,
		routerOptions: { maxParamLength: MAX_PARAM_CHARS },
		// A value must fit the schema as it was sent, and every fault of it is told.
		ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false, useDefaults: false } },
	});
	// Bodies are read as text whatever their type: bad JSON is the routes' affair, and cancels come with no body at all.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
	app.setErrorHandler((error: FastifyError, _request, reply) =>
		reply.code(error.statusCode ?? 500).send({ error_message: error.message }),
	);
	return app;
}

function addApiRoutes(app: FastifyInstance, context: Context): void {
	app.get('/v1/models', serve(context, 'model', models));
	app.get('/v1/models/categories', serve(context, 'model', categories));
	app.get('/v1/models/*', serve(context, 'model', model));
	app.post('/v1/models/*', serve(context, 'submit', submit));
	app.get('/v1/requests/:requestId/status', serve(context, 'status', status));
	app.get('/v1/requests/:requestId/result', serve(context, 'result', result));
	app.post('/v1/requests/:requestId/cancel', serve(context, 'cancel', cancel));
	app.get(`${ACCOUNT_PATH}/balance`, serve(context, 'balance', balance));
	app.get('/files/:requestId/:fileName', serve(context, 'download', file));
	app.setNotFoundHandler((request, reply) => {
		const token = bearerToken(request.headers.authorization);
		const tokenOk = context.accounts.knows(token);
		const atMs = nowMs();
		context.counts.received(token, 'other', tokenOk, atMs);
		context.calls.add({
			atMs,
			phase: 'other',
			method: request.method,
			path: request.url.split('?', 1)[0],
			tokenOk,
			authorizationPresent: request.headers.authorization !== undefined,
			status: 404,
		});
		return reply.code(404).send({ detail: 'Not Found' });
	});
}

function describeRequest(request: StoredRequest, baseUrl: string, atMs: number): EmulatedRequest {
	const { id, token, modelId, input, acceptedAtMs, startedAtMs, readyAtMs } = request;
	const state = request.stateAt(atMs);
	const outputs = state === 'succeeded' ? fileUrls(request, baseUrl) : [];
	const cancelled = state === 'cancelled';
	return { id, token, modelId, input, acceptedAtMs, startedAtMs, readyAtMs, state, outputs, cancelled };
}
