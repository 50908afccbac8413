/**
 * What RunComfy has charged and has told, kept at the emulator: was there room in the limit for a submit, by what the node
 * could know when it made it? US dollars throughout.
 */
import type { EmulatedRequest, Emulator, IncomingCall } from '../emulator/emulator.mts';

/** What an accepted request costs, and when its cost is told. */
export interface Charge {
	actualUsd: number;
	told: 'atOnce' | 'later' | 'never';
}

interface Known extends Charge {
	/** The beat at which the first answer left that said it was over; undefined before. */
	overAt?: number;
	/** The beat at which the first answer left that told its cost. */
	costAt?: number;
	finishedReads: number;
}

/** Prices have at most six decimals. */
const DUST_USD = 1e-6;

export class Ledger {
	/** Crossings of the limit that the node had no right to. */
	readonly wrong: string[] = [];

	readonly #emulator: Emulator;
	readonly #limitUsd: number;
	readonly #estimateUsd: number;
	readonly #chargeOf: (request: EmulatedRequest) => Charge;
	/** The beats it takes at most from an answer of the emulator to a submit that the node makes in knowledge of it. */
	readonly #beatsToKnow: number;
	readonly #known = new Map<string, Known>();
	#submits = 0;
	/** Counted by a timer: while the machine stands still, there are none, and nobody learns anything either. */
	#beat = 0;
	readonly #timer: NodeJS.Timeout;

	constructor(
		emulator: Emulator,
		limitUsd: number,
		estimateUsd: number,
		chargeOf: (request: EmulatedRequest) => Charge,
		beatsToKnow = 25,
	) {
		this.#beatsToKnow = beatsToKnow;
		this.#chargeOf = chargeOf;
		this.#emulator = emulator;
		this.#limitUsd = limitUsd;
		this.#estimateUsd = estimateUsd;
		this.#timer = setInterval(() => (this.#beat += 1), 1).unref();
	}

	close(): void {
		clearInterval(this.#timer);
	}

	/** A submit has come. */
	submit(): void {
		this.#submits += 1;
		const { leastUsd, text } = this.#account();
		if (leastUsd > this.#limitUsd + DUST_USD) {
			this.wrong.push(`submit ${this.#submits} of a limit of ${this.#limitUsd}: ${text}`);
		}
	}

	/** A look at a result, about to be answered well. */
	look({ requestId = '' }: IncomingCall): void {
		this.#learnOfRequests();
		const known = this.#known.get(requestId);
		const request = this.#emulator.requests().find(({ id }) => id === requestId);
		if (known === undefined || request?.state !== 'succeeded') return;
		known.finishedReads += 1;
		known.overAt ??= this.#beat;
		if (known.told === 'atOnce' || (known.told === 'later' && known.finishedReads > 1)) known.costAt ??= this.#beat;
	}

	/** The dearest request there was, the estimate included. */
	get dearestUsd(): number {
		this.#learnOfRequests();
		return Math.max(this.#estimateUsd, ...[...this.#known.values()].map(({ actualUsd }) => actualUsd));
	}

	#learnOfRequests(): void {
		for (const request of this.#emulator.requests()) {
			if (!this.#known.has(request.id)) this.#known.set(request.id, { ...this.#chargeOf(request), finishedReads: 0 });
		}
	}

	/** The least that the node must have counted, the next submit included: nothing that was told a while ago is forgotten. */
	#account(): { leastUsd: number; text: string } {
		this.#learnOfRequests();
		const isOld = (at: number | undefined) => at !== undefined && this.#beat - at >= this.#beatsToKnow;
		const oldCosts = [...this.#known.values()].filter(({ costAt }) => isOld(costAt)).map((one) => one.actualUsd);
		const nextUsd = Math.max(this.#estimateUsd, ...oldCosts);
		const parts = this.#emulator.requests().map(({ id, state }) => {
			// They are not charged, and the node may have seen it.
			if (state === 'failed' || state === 'cancelled') return 0;
			const known = this.#known.get(id) as Known;
			if (isOld(known.costAt)) return known.actualUsd;
			if (known.costAt !== undefined) return Math.min(known.actualUsd, this.#estimateUsd);
			if (known.overAt !== undefined) return this.#estimateUsd;
			return nextUsd;
		});
		const leastUsd = parts.reduce((sum, usd) => sum + usd, nextUsd);
		return { leastUsd, text: `${parts.map((usd) => usd.toFixed(3)).join(' + ')} and the next ${nextUsd.toFixed(3)}` };
	}
}
