/**
 * What an execution has spent and may still spend, told from the journal: all its tries and all passes of a loop. What is
 * over counts with what it cost; what is under way, or may be, counts with its estimate or with the dearest that was seen,
 * whichever is more. US dollars throughout.
 */
import type { Journal } from './journal';
import type { Entry } from './journalEntry';

export interface Account {
	/** By requests that are over. */
	spentUsd: number;
	/** Requests under way, and submits of unknown outcome. */
	inFlight: number;
	inFlightUsd: number;
	/** The dearest request that was seen; 0 where none was. */
	dearestUsd: number;
}

/** Prices have at most six decimals; what is below is the dust of binary fractions. */
const DUST_USD = 1e-7;

const costOf = (entry: Entry): number | undefined => ('id' in entry && !entry.free ? entry.cost : undefined);

const isOver = (entry: Entry): boolean =>
	entry.state === 'ended' || (entry.state === 'accepted' && entry.over === true);

export class Spending {
	/** `maxUsd`: undefined where the cost is not limited. */
	constructor(
		private readonly journal: Journal,
		readonly maxUsd: number | undefined,
	) {}

	get isLimited(): boolean {
		return this.maxUsd !== undefined;
	}

	account(): Account {
		const entries = this.journal.all();
		const dearestUsd = Math.max(0, ...entries.map(([, entry]) => costOf(entry) ?? 0));
		const account: Account = { spentUsd: this.journal.forgottenUsd, inFlight: 0, inFlightUsd: 0, dearestUsd };
		for (const [, entry] of entries) {
			const { usd = 0, free } = { free: false, ...entry };
			if (free) continue;
			if (isOver(entry)) account.spentUsd += costOf(entry) ?? usd;
			else {
				account.inFlight += 1;
				account.inFlightUsd += Math.max(usd, dearestUsd);
			}
		}
		const states = new Map(entries.map(([key, { state }]) => [key, state]));
		for (const [key, usd] of this.journal.live.reservedUsd) {
			// Once it is submitted the journal has it; until then perhaps what it replaces, which ended in vain.
			if ((states.get(key) ?? 'ended') !== 'ended') continue;
			account.inFlight += 1;
			account.inFlightUsd += Math.max(usd, dearestUsd);
		}
		return account;
	}

	/** Whether purchases of these estimates fit into what is left, together. */
	fits(estimatesUsd: number[]): boolean {
		if (this.maxUsd === undefined) return true;
		const { spentUsd, inFlightUsd, dearestUsd } = this.account();
		const nextUsd = estimatesUsd.reduce((sum, usd) => sum + Math.max(usd, dearestUsd), 0);
		return spentUsd + inFlightUsd + nextUsd <= this.maxUsd + DUST_USD;
	}

	/** Sets the expected cost of a purchase aside, if it fits. `release` must follow once its submit is over. */
	reserve(key: string, usd: number): boolean {
		if (!this.fits([usd])) return false;
		this.journal.live.reservedUsd.set(key, usd);
		return true;
	}

	release(key: string): void {
		this.journal.live.reservedUsd.delete(key);
	}

	/** What a request has cost, as RunComfy tells; the estimate stands where it does not. */
	settle(key: string, cost: unknown): void {
		if (this.isLimited && isUsd(cost)) this.journal.cost(key, cost);
	}
}

/** Whether RunComfy's word for a cost can be used. */
export const isUsd = (cost: unknown): cost is number => typeof cost === 'number' && Number.isFinite(cost) && cost >= 0;
