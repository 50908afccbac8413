import { createHash } from 'node:crypto';

import { AcceptedRequest, type RequestState, shortenDataUris } from '../requests.mts';
import type { Context } from '../context.mts';
import type { Switches } from '../switches.mts';
import type { Graph } from './kind.mts';
import type { Work } from './machine.mts';
import { filesOf, type OutputFile, outputsOf } from './outputs.mts';
import type { Deployment } from './store.mts';

/** What was ordered: the graph as it is to be run, or flat inputs. */
export interface Order {
	/** As sent; a run keeps it with its data URIs shortened, as it does the graph. */
	body: Record<string, unknown>;
	graph: Graph;
	/** Known to fail once the machine has it: a class or a model that is not on this machine. */
	failure?: string;
}

/** One accepted request to a deployment. */
export class Run extends AcceptedRequest {
	readonly deployment: Deployment;
	readonly order: Order;
	readonly work: Work;
	readonly #speed: number;

	constructor(
		id: string,
		token: string,
		life: Readonly<Switches>,
		acceptedAtMs: number,
		deployment: Deployment,
		order: Order,
		speed: number,
	) {
		super(id, token, life, acceptedAtMs);
		this.deployment = deployment;
		this.order = shortenDataUris(order) as Order;
		this.#speed = speed;
		const isStuck = life.jobOutcome === 'stuck';
		this.work = {
			seconds: isStuck ? Infinity : life.deploymentRunSeconds || deployment.kind.runSeconds,
			cacheKey: hashOf([order.graph, order.failure, life.cached ? '' : id]),
			isHeld: life.jobOutcome === 'stuckInQueue',
		};
		deployment.machine.add(this.work, this.#secondsAt(acceptedAtMs));
	}

	stateAt(atMs: number): RequestState {
		this.deployment.machine.advance(this.#secondsAt(atMs));
		const { startedAt, endedAt, isCancelled } = this.work;
		if (isCancelled) return 'cancelled';
		if (startedAt === undefined) return 'in_queue';
		if (endedAt === undefined) return 'in_progress';
		if (this.life.jobOutcome === 'cancelledByRunComfy') return 'cancelled';
		return this.life.jobOutcome === 'failed' || this.order.failure !== undefined ? 'failed' : 'succeeded';
	}

	isFinished(atMs: number): boolean {
		const state = this.stateAt(atMs);
		return state !== 'in_queue' && state !== 'in_progress';
	}

	/** The moment it was finished. Undefined before. */
	finishedAtMs(atMs: number): number | undefined {
		if (!this.isFinished(atMs)) return undefined;
		return ((this.work.endedAt ?? 0) * 1_000) / this.#speed;
	}

	/** Ends it, queued or running; false when it had ended before. */
	cancel(atMs: number): boolean {
		if (this.isFinished(atMs)) return false;
		this.deployment.machine.cancel(this.work, this.#secondsAt(atMs));
		return true;
	}

	/** Files of a run that did something; all of it cached gives none. */
	files(): OutputFile[] {
		return this.work.isCached ? [] : filesOf(this.order.graph);
	}

	get failureMessage(): string {
		return this.order.failure ?? this.life.failureMessage;
	}

	#secondsAt(atMs: number): number {
		return (atMs / 1_000) * this.#speed;
	}
}

function hashOf(value: unknown): string {
	return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** The three addresses of a run, as RunComfy gives them. */
export function runUrls({ id, life, deployment }: Run, { baseUrl }: Context) {
	const start = `${life.urlBase || baseUrl}/prod/v2/deployments/${deployment.record.id}/requests/${id}`;
	return { status_url: `${start}/status`, result_url: `${start}/result`, cancel_url: `${start}/cancel` };
}

/** A file's address: `<storage>/deployment_requests/<run>/<type>/<name>`. */
export function fileUrl({ id, life }: Run, { type, filename }: { type: string; filename: string }, context: Context) {
	return `${life.fileBase || context.baseUrl}/deployment_requests/${id}/${type}/${filename}`;
}

/** The answer of /status. `completed` says finished, not succeeded. */
export function statusOf(run: Run, context: Context, atMs: number): Record<string, unknown> {
	const { life, work, deployment } = run;
	const state = run.stateAt(atMs);
	const { status_url, result_url } = runUrls(run, context);
	const common = { request_id: run.id, status_url, result_url };
	switch (state) {
		case 'in_queue': {
			const place = life.queuePositions ? { queue_position: deployment.machine.queuePosition(work) } : {};
			return { ...common, status: state, ...place };
		}
		case 'in_progress':
			return { ...common, status: life.unknownState || state, instance_id: work.instanceId };
		case 'cancelled':
			return { ...common, status: life.cancelledWord };
		default:
			return { ...common, status: life.endWord || 'completed' };
	}
}

/** The answer of /result; a webhook's is the same with the deployment's id. */
export function resultOf(run: Run, context: Context, atMs: number): Record<string, unknown> {
	const { life, work, deployment, acceptedAtMs } = run;
	const state = run.stateAt(atMs);
	const word = { cancelled: life.cancelledWord, in_progress: life.unknownState || state }[state as string];
	const isEnd = state === 'succeeded' || state === 'failed';
	const finishedAtMs = run.finishedAtMs(atMs);
	return {
		request_id: run.id,
		status: isEnd ? life.endWord || state : (word ?? state),
		...(state === 'succeeded' ? outputMember(run, context) : {}),
		...(state === 'failed' ? { error: errorOf(run) } : {}),
		created_at: withMicroseconds(acceptedAtMs),
		finished_at: finishedAtMs === undefined ? null : withMicroseconds(finishedAtMs),
		...(work.instanceId === undefined ? {} : { instance_id: work.instanceId }),
		...(deployment.kind.flatInputs === undefined ? {} : { deployment_id: deployment.record.id }),
	};
}

/** A deployment without a workflow tells `output`, as models do. */
function outputMember(run: Run, context: Context): Record<string, unknown> {
	if (run.deployment.kind.flatInputs !== undefined) {
		return { output: { images: run.files().map((file) => fileUrl(run, file, context)) } };
	}
	const graph = run.work.isCached ? {} : run.order.graph;
	return { outputs: outputsOf(graph, (file) => fileUrl(run, file, context)) };
}

function errorOf({ life, failureMessage }: Run): unknown {
	const debugInfo = 'Traceback (most recent call last):\n  File "/workspace/ComfyUI/execution.py", line 327';
	switch (life.errorShape) {
		case 'list':
			return [{ errorCode: life.errorCode, error: failureMessage, debugInfo }];
		case 'list2':
			return [{ message: failureMessage, details: debugInfo }];
		case 'object':
			return { type: 'PromptExecutionError', message: failureMessage };
		case 'string':
			return failureMessage;
	}
}

/** A time as this API has it: `.123456+00:00` where that of models has `.123Z`. */
function withMicroseconds(atMs: number): string {
	const micros = Math.floor((atMs % 1) * 1_000);
	return new Date(atMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}+00:00`);
}
