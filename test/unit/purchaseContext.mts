/** A purchase without HTTP and n8n: RunComfy's answers are listed, time is virtual, and what is sent is counted. */
import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import { callPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import type { RequestRef, Submission } from '../../nodes/RunComfy/api/queue.ts';
import type { SubmitEnd } from '../../nodes/RunComfy/api/requests.ts';
import type { ReadOutcome } from '../../nodes/RunComfy/api/requestState.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import type { Job } from '../../nodes/RunComfy/purchase/job.ts';
import { Journal } from '../../nodes/RunComfy/purchase/journal.ts';
import { buy } from '../../nodes/RunComfy/purchase/buy.ts';
import type { Order, PurchaseContext } from '../../nodes/RunComfy/purchase/order.ts';
import { Spending } from '../../nodes/RunComfy/purchase/spending.ts';
import { TestRunReuse, TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import { Gate } from '../../nodes/RunComfy/timing/gate.ts';
import { Stop, Stopped } from '../../nodes/RunComfy/timing/stop.ts';
import { VirtualClock } from '../lib/virtualClock.mts';

export const CONNECTION = { modelApiUrl: 'https://runcomfy.example', accountApiUrl: 'https://account.example' };
export const REQUESTS_URL = 'https://runcomfy.example/v1/requests';

/** Where the requests of the deployment 'd-1' live. */
export const DEPLOYMENT_REQUESTS_URL = 'https://account.example/deployments/d-1/requests';

export const ACCEPTED: SubmitEnd = { kind: 'accepted', requestId: 'id-1' };
export const UNKNOWN: SubmitEnd = { kind: 'unknown', reason: 'the connection failed', facts: {} };
export const unknownAs = (requestId: string): SubmitEnd =>
	({ ...UNKNOWN, kind: 'unknown', facts: { requestId, httpStatus: 500 } }) as SubmitEnd;
export const REFUSED: SubmitEnd = { kind: 'refused', error: new RunComfyError('RunComfy refused the input') };
export const postponed = (paced: boolean): SubmitEnd => ({
	kind: 'postponed',
	reason: 'busy',
	facts: { httpStatus: 429 },
	paced,
});

const SEEN: ReadOutcome<never> = { kind: 'seen', phase: 'queued', status: 'in_queue', answer: undefined as never };
const SILENT: ReadOutcome<never> = { kind: 'silent', reason: 'HTTP 503' };

type StatusRead = 'there' | 'silent' | 'error';

export interface Scene {
	/** One for each submit; after the last, RunComfy accepts. */
	submits?: SubmitEnd[];
	/** One for each time a status is read; after the last, the same again. */
	reads?: StatusRead[];
	/** What the journal holds already. */
	before?: (journal: Journal, key: string) => void;
	order?: Partial<Order>;
	isStillWanted?: () => boolean;
	job?: Partial<Job>;
	stop?: Stop;
	/** Called with each submit that is sent, counted from 1. */
	onSubmit?: (nth: number) => void;
	onPoll?: (nth: number) => void;
	/** What reading a result gives or throws. */
	result?: object;
	/** The time of day at the start, in epoch milliseconds. */
	wallMs?: number;
	/** What n8n carries from try to try. */
	stored?: object;
	executionId?: string;
	/** US dollars; without it the cost is not limited. */
	maxUsd?: number;
	/** A run from the editor. */
	testRunReuse?: TestRunReuse;
}

/** `pass`: of a loop, from 0. `agent`: the tool of an agent that gives its calls no IDs. */
export const journalOn = (stored: object, executionId = '1', { pass = 0, agent = false } = {}) =>
	Journal.of(
		{
			getContext: () => stored,
			getExecutionId: () => executionId,
			getWorkflowDataProxy: () => ({ $runIndex: pass }),
			getInputData: () => [],
		} as unknown as IExecuteFunctions,
		agent,
		() => 'hash',
		new WeakMap(),
	);

/** Each of an execution of its own. */
export const testRunOn = (runs: TestRunMemory, isOn = true) =>
	new TestRunReuse(runs, isOn, 'account', randomUUID(), {}, new Set());

export function spendingOf(journal: Journal, maxUsd?: number): Spending {
	const spending = new Spending(journal);
	spending.limitTo(maxUsd);
	return spending;
}

/** Buys one order in that scene. */
export async function buyIn(scene: Scene) {
	const { submits = [], reads = ['silent'], stop = new Stop(undefined), stored = {} } = scene;
	const clock = new VirtualClock(0, scene.wallMs);
	const journal = journalOn(stored, scene.executionId);
	const key = journal.keyOf(0);
	scene.before?.(journal, key);
	const sentAtMs: number[] = [];
	let timesRead = 0;
	let jobsRead = 0;
	const resultReads: object[] = [];
	const statusReads: object[] = [];
	const opened = new Map<string, object>();
	const lines: string[] = [];
	const log = {
		info: (line: string) => lines.push(`info ${line}`),
		warn: (line: string) => lines.push(`warn ${line}`),
	};
	const context = {
		requests: {
			submit: async (submission: Submission, _latestMs: number, mayLeave: () => boolean) => {
				await submission.makeBody();
				stop.throwIfStopped();
				if (!mayLeave()) return { kind: 'unwanted' };
				sentAtMs.push(clock.now());
				scene.onSubmit?.(sentAtMs.length);
				return submits[sentAtMs.length - 1] ?? { ...ACCEPTED, requestId: `id-${sentAtMs.length}` };
			},
			readResult: async (request: RequestRef, options: object) => {
				resultReads.push({ ...request, ...options });
				if (scene.result instanceof Error) throw scene.result;
				return scene.result;
			},
			readStatus: async (request: RequestRef, options: object) => {
				statusReads.push({ ...request, ...options, latestMs: clock.now() });
				timesRead += 1;
				scene.onPoll?.(timesRead);
				const what = reads[Math.min(timesRead, reads.length) - 1];
				if (what === 'error') throw new RunComfyError('RunComfy does not know the request');
				return what === 'there' ? SEEN : SILENT;
			},
		},
		money: {
			journal,
			open: { add: (request: RequestRef) => opened.set(request.requestId, request) },
			spending: spendingOf(journal, scene.maxUsd),
			testRunReuse: scene.testRunReuse ?? testRunOn(new TestRunMemory(clock), false),
		},
		gates: { fileSubmits: new Gate(1) },
		policies: { call: callPolicy },
		clock,
		stop,
		log,
		connection: CONNECTION,
	} as unknown as PurchaseContext;
	const job = {
		queue: { label: 'a/model', submitUrl: 'https://runcomfy.example/v1/models/a/model', requestsUrl: REQUESTS_URL },
		hash: 'h',
		kind: 'quick',
		hasFile: false,
		fileAdvice: '',
		expectsFiles: true,
		inputs: { image: 'https://images.example.com/shoe.jpg' },
		makeBody: async () => ({}),
		estimate: async () => await Promise.reject(new Error('Nobody wanted to know the price')),
		...scene.job,
	} as unknown as Job;
	const order = {
		itemIndex: 0,
		journalKey: key,
		noun: 'image',
		job: async () => {
			jobsRead += 1;
			return job;
		},
		windowMs: 60_000,
		submitAgain: false,
		cancelOnStop: true,
		reuse: false,
		isWaitedFor: true,
		...scene.order,
	} as unknown as Order;
	const returned = <End,>(value: End): End => {
		if (value instanceof RunComfyError) throw new Error('An error was returned and not thrown');
		return value;
	};
	const thrown = (error: unknown): RunComfyError | Stopped => {
		if (error instanceof RunComfyError || error instanceof Stopped) return error;
		throw error;
	};
	const end = await clock.finish(
		buy(context, order, scene.isStillWanted ?? (() => !stop.stopped)).then(returned, thrown),
	);
	return {
		end,
		journal,
		key,
		stored,
		sentAtMs,
		timesRead,
		jobsRead,
		resultReads,
		statusReads,
		opened: [...opened.values()],
		lines,
		endedAtMs: clock.now(),
	};
}
