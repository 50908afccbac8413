import { type Answer, errorAnswer } from '../answer.mts';
import type { ApiCall } from '../apiCall.mts';
import type { Context } from '../context.mts';
import { allowed, type Found } from '../routes/requests.mts';
import { type Random, uuid } from '../random.mts';
import type { Switches } from '../switches.mts';
import type { Graph, Hardware, Kind } from './kind.mts';
import { KINDS } from './kinds.mts';
import { Machine, type MachineSettings } from './machine.mts';
import { type Order, Run } from './run.mts';

/** From here on the oldest run is forgotten. */
const MAX_RUNS = 50_000;

/** All deployments and their runs. Each account has its own five, of the same ids. */
export class DeploymentStore {
	readonly #random: Random;
	readonly #speed: number;
	readonly #rules: MachineRules;
	readonly #accounts = new Map<string, Map<string, Deployment>>();
	readonly #runs = new Map<string, Run>();

	/** `speed`: so many seconds of a machine pass in one of the clock's. */
	constructor(random: Random, speed: number, rules: MachineRules) {
		this.#random = random;
		this.#speed = speed;
		this.#rules = rules;
	}

	of(token: string, atMs: number): Map<string, Deployment> {
		let own = this.#accounts.get(token);
		if (own === undefined) {
			own = new Map(KINDS.map((kind) => [kind.id, this.#make(kind, atMs)]));
			this.#accounts.set(token, own);
		}
		return own;
	}

	/** Whether any account but this one has it. */
	isForeign(token: string, id: string): boolean {
		return [...this.#accounts].some(([other, own]) => other !== token && own.has(id));
	}

	accept(token: string, deployment: Deployment, order: Order, life: Readonly<Switches>, atMs: number): Run {
		const run = new Run(uuid(this.#random), token, life, atMs, deployment, order, this.#speed);
		this.#runs.set(run.id, run);
		if (this.#runs.size > MAX_RUNS) {
			const [oldestId] = this.#runs.keys();
			this.#runs.delete(oldestId);
		}
		return run;
	}

	run(id: string): Run | undefined {
		return this.#runs.get(id);
	}

	runs(): Run[] {
		return [...this.#runs.values()];
	}

	/** Brings a deployment's machine up to this moment, before and after its settings change. */
	advance(deployment: Deployment, atMs: number): void {
		deployment.machine.advance(this.#secondsAt(atMs));
	}

	meter(deployment: Deployment, atMs: number) {
		return deployment.machine.meter(this.#secondsAt(atMs));
	}

	/** What all machines of an account have cost so far, in USD. */
	spentUsd(token: string, atMs: number): number {
		const own = [...(this.#accounts.get(token)?.values() ?? [])];
		return own.reduce((sum, deployment) => sum + this.meter(deployment, atMs).costUsd, 0);
	}

	clear(): void {
		this.#accounts.clear();
		this.#runs.clear();
	}

	#make(kind: Kind, atMs: number): Deployment {
		const atIso = new Date(atMs).toISOString();
		return new Deployment(kind, atIso, this.#rules, () => uuid(this.#random));
	}

	#secondsAt(atMs: number): number {
		return (atMs / 1_000) * this.#speed;
	}
}

/** What RunComfy tells of a deployment, less what `includes` adds. */
export interface DeploymentRecord {
	id: string;
	name: string;
	workflow_id: string;
	workflow_version: string;
	hardware: Hardware[];
	min_instances: number;
	max_instances: number;
	queue_size: number;
	keep_warm_duration_in_seconds: number;
	status: string;
	is_enabled: boolean;
	created_at: string;
	updated_at: string;
}

/** RunComfy's usual settings. */
const START = { min_instances: 0, max_instances: 1, queue_size: 1, keep_warm_duration_in_seconds: 60 };

/** What is the same for all machines, as the switches have it just now. */
interface MachineRules {
	coldStartSeconds(): number;
	queueWhenDisabled(): MachineSettings['queueWhenDisabled'];
}

/** One deployment of one account: its record, its workflow's versions, its machine. */
export class Deployment {
	readonly kind: Kind;
	readonly record: DeploymentRecord;
	readonly machine: Machine;
	/** v1 first. */
	readonly versions: Graph[];
	/** RunComfy has disabled it because the balance was empty; it stays so until somebody enables it. */
	isOutOfFunds = false;

	constructor(kind: Kind, atIso: string, { coldStartSeconds, queueWhenDisabled }: MachineRules, newId: () => string) {
		this.kind = kind;
		this.versions = structuredClone(kind.versions);
		this.record = {
			id: kind.id,
			name: kind.name,
			workflow_id: kind.workflowId,
			workflow_version: `v${Math.max(1, kind.versions.length)}`,
			hardware: [kind.hardware],
			...START,
			status: 'standby',
			is_enabled: kind.isEnabled,
			created_at: atIso,
			updated_at: atIso,
		};
		const settings = () => ({
			hardware: this.record.hardware[0],
			minInstances: this.record.min_instances,
			maxInstances: this.record.max_instances,
			queueSize: this.record.queue_size,
			keepWarmSeconds: this.record.keep_warm_duration_in_seconds,
			isEnabled: this.record.is_enabled,
			queueWhenDisabled: queueWhenDisabled(),
		});
		this.machine = new Machine(settings, coldStartSeconds, newId);
	}

	/** The deployed version's workflow; undefined for a deployment without any. */
	get graph(): Graph | undefined {
		return this.versions[Number(this.record.workflow_version.slice(1)) - 1];
	}

	/** Saves a workflow as the next version and deploys it. */
	publish(graph: Graph): string {
		this.versions.push(structuredClone(graph));
		this.record.workflow_version = `v${this.versions.length}`;
		return this.record.workflow_version;
	}
}

const NOT_YOURS = 403003;
export const NOT_FOUND = 404001;

type FoundDeployment = { deployment: Deployment; refusal?: undefined } | { deployment?: undefined; refusal: Answer };

/** The deployment a call is about, or the refusal. */
export function findDeployment({ deploymentId = '', token, atMs }: ApiCall, { deployments }: Context): FoundDeployment {
	const deployment = deployments.of(token, atMs).get(deploymentId);
	if (deployment !== undefined) return { deployment };
	return {
		refusal: deployments.isForeign(token, deploymentId)
			? errorAnswer(403, NOT_YOURS, 'The deployment belongs to another account.')
			: errorAnswer(404, NOT_FOUND, 'There is no such deployment.'),
	};
}

/** The run a call is about: only the deployment that it was sent to knows it. */
export function findRun(call: ApiCall, context: Context): Found<Run> {
	const run = context.deployments.run(call.requestId ?? '');
	const isOfIt = run?.deployment.record.id === call.deploymentId;
	return allowed(isOfIt ? run : undefined, call, context, NOT_YOURS);
}
