import type { Phase } from './faults.mts';
import type { Switches } from './switches.mts';

/** What any accepted request has, of a model or of a deployment: an owner, an age, and the calls about it. */
export class AcceptedRequest {
	readonly id: string;
	readonly token: string;
	readonly life: Readonly<Switches>;
	readonly acceptedAtMs: number;
	readonly #calls: Partial<Record<Phase, number>> = {};

	constructor(id: string, token: string, life: Readonly<Switches>, acceptedAtMs: number) {
		this.id = id;
		this.token = token;
		this.life = life;
		this.acceptedAtMs = acceptedAtMs;
	}

	/** Whether calls about it are answered: ids may become known late, and expire. */
	isKnown(atMs: number): boolean {
		const ageMs = atMs - this.acceptedAtMs;
		return ageMs >= this.life.readLagMs && (this.life.requestLifeMs === 0 || ageMs < this.life.requestLifeMs);
	}

	/** Counts the calls of a phase about this request; the first is 1. */
	nth(phase: Phase): number {
		const nth = (this.#calls[phase] ?? 0) + 1;
		this.#calls[phase] = nth;
		return nth;
	}
}
