import { uuid, type Random } from '../random.mts';
import type { Switches } from '../switches.mts';
import { BUSY } from './busy.mts';
import { Deployment, type MachineRules } from './deployment.mts';
import { FLUX } from './flux.mts';
import type { Kind } from './kind.mts';
import { LORA, OFF, VIDEO } from './otherKinds.mts';
import { Run, type Order } from './run.mts';

/** What every account starts with. */
export const KINDS: readonly Kind[] = [FLUX, BUSY, VIDEO, LORA, OFF];

/** Their ids, by what they are for. */
export const DEPLOYMENT_IDS = { flux: FLUX.id, busy: BUSY.id, video: VIDEO.id, lora: LORA.id, off: OFF.id } as const;

/** From here on the oldest run is forgotten. */
const MAX_RUNS = 50_000;

/** All deployments and their runs. Each account has its own five, of the same ids. */
export class DeploymentStore {
	readonly #random: Random;
	readonly #speed: number;
	readonly #rules: MachineRules;
	readonly #accounts = new Map<string, Map<string, Deployment>>();
	readonly #runs = new Map<string, Run>();
	/** Deleted ones: their machines have cost something. */
	readonly #deleted = new Map<string, { token: string; deployment: Deployment }>();

	/** `speed`: so many seconds of a machine pass in one of the clock's. */
	constructor(random: Random, speed: number, rules: MachineRules) {
		this.#random = random;
		this.#speed = speed;
		this.#rules = rules;
	}

	of(token: string, atMs: number): Map<string, Deployment> {
		let own = this.#accounts.get(token);
		if (own === undefined) {
			own = new Map(KINDS.map((kind) => [kind.id, this.#make(kind, kind.id, atMs)]));
			this.#accounts.set(token, own);
		}
		return own;
	}

	/** Whether any account but this one has it. */
	isForeign(token: string, id: string): boolean {
		return [...this.#accounts].some(([other, own]) => other !== token && own.has(id));
	}

	/** A new deployment of a known workflow. */
	create(token: string, kind: Kind, atMs: number): Deployment {
		const deployment = this.#make(kind, uuid(this.#random), atMs);
		this.of(token, atMs).set(deployment.record.id, deployment);
		return deployment;
	}

	/** Its machines go down at once. */
	delete(token: string, deployment: Deployment, atMs: number): void {
		const { id } = deployment.record;
		deployment.record.is_enabled = false;
		this.advance(deployment, atMs);
		this.of(token, atMs).delete(id);
		this.#deleted.set(id, { token, deployment });
	}

	isDeleted(id: string): boolean {
		return this.#deleted.has(id);
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
		const gone = [...this.#deleted.values()].filter((one) => one.token === token).map(({ deployment }) => deployment);
		const all = [...(this.#accounts.get(token)?.values() ?? []), ...gone];
		return all.reduce((sum, deployment) => sum + this.meter(deployment, atMs).costUsd, 0);
	}

	clear(): void {
		this.#accounts.clear();
		this.#runs.clear();
		this.#deleted.clear();
	}

	#make(kind: Kind, id: string, atMs: number): Deployment {
		const atIso = new Date(atMs).toISOString();
		return new Deployment(kind, id, atIso, this.#rules, () => uuid(this.#random));
	}

	#secondsAt(atMs: number): number {
		return (atMs / 1_000) * this.#speed;
	}
}
