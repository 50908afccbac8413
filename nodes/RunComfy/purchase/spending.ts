/** What an execution has spent and may still spend, by its journal: all its attempts and all passes of a loop. */

import { asUsd } from '../errors/sentences';
import type { SpendingInWords } from '../errors/submitErrors';
import { countedUsd, isOver, type Journal } from './journal';

/** US dollars. */
interface Totals {
	/** By requests that are over. */
	spentUsd: number;
	/** Whether RunComfy has not reported the cost of some of those: then they are in the sum as an estimate. */
	isAbout: boolean;
	/** Requests under way, and submits of unknown outcome. */
	inFlight: number;
	inFlightUsd: number;
	/** Whether there is any of the latter. */
	hasUnclear: boolean;
}

/** Prices have at most six decimals: anything smaller is floating-point noise. */
const NOISE_USD = 1e-7;

export class Spending {
	/** The highest estimate so far: what counts for requests that were submitted without one. */
	private usualUsd = 0;

	constructor(private readonly journal: Journal) {}

	/** Of several limits in one execution the least counts. US dollars; undefined is none. */
	limitTo(usd: number | undefined): void {
		if (usd !== undefined) this.journal.limitTo(usd);
	}

	get isLimited(): boolean {
		return this.journal.maxUsd !== undefined;
	}

	totals(): Totals {
		const { removed, dearestUsd } = this.journal;
		const totals = { spentUsd: removed.usd, isAbout: removed.isAbout, inFlight: 0, inFlightUsd: 0, hasUnclear: false };
		for (const [, entry] of this.journal.all()) {
			const { usd, isReported } = countedUsd(entry, dearestUsd, this.usualUsd);
			if (isOver(entry)) {
				totals.spentUsd += usd;
				totals.isAbout ||= !isReported;
			} else if (usd > 0 || !isReported) {
				totals.inFlight += 1;
				totals.inFlightUsd += usd;
				totals.hasUnclear ||= entry.state === 'unknown';
			}
		}
		return totals;
	}

	/** What purchases of these estimates will cost together: each its estimate or the most expensive seen, whichever is more. */
	expectedUsd(estimatesUsd: number[]): number {
		const { dearestUsd } = this.journal;
		return estimatesUsd.reduce((sum, usd) => sum + Math.max(usd, dearestUsd), 0);
	}

	/** Whether purchases of these estimates fit into what is left, together. */
	fits(estimatesUsd: number[]): boolean {
		const { maxUsd } = this.journal;
		if (maxUsd === undefined) return true;
		for (const usd of estimatesUsd) this.usualUsd = Math.max(this.usualUsd, usd);
		const { spentUsd, inFlightUsd } = this.totals();
		return spentUsd + inFlightUsd + this.expectedUsd(estimatesUsd) <= maxUsd + NOISE_USD;
	}

	inWords(): SpendingInWords {
		const { spentUsd, isAbout, inFlight, inFlightUsd, hasUnclear } = this.totals();
		return {
			hasBought: this.journal.hasBought,
			max: asUsd(this.journal.maxUsd ?? 0),
			spent: `${isAbout ? 'about ' : ''}${asUsd(spentUsd)}`,
			inFlight,
			inFlightCost: asUsd(inFlightUsd),
			hasUnclear,
		};
	}
}
