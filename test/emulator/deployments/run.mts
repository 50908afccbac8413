import { createHash } from 'node:crypto';

import { AcceptedRequest } from '../acceptedRequest.mts';
import { shortenDataUris, type RequestState } from '../requests.mts';
import type { Switches } from '../switches.mts';
import type { Deployment } from './deployment.mts';
import type { Graph } from './kind.mts';
import type { Work } from './machine.mts';
import { filesOf, type OutputFile } from './outputs.mts';

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
