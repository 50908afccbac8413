/** Money as people read it. */

import { count } from './sentences';

/** RunComfy's prices have at most six decimals: anything smaller is floating-point noise. */
const MICRO_PER_USD = 1_000_000;
const MICRO_PER_CENT = MICRO_PER_USD / 100;

/** What several requests cost together. */
export interface ReportedCost {
	/** US dollars: the sum of what RunComfy reports. */
	usd: number;
	/** Of how many requests it reports the cost. */
	reported: number;
	/** How many there are. */
	requests: number;
}

/** US dollars with two decimals, as '$0.30'; with more only below a cent, as '$0.004'. */
export function asUsd(usd: number): string {
	const micro = Math.round(Math.abs(usd) * MICRO_PER_USD);
	const sign = usd < 0 && micro > 0 ? '-' : '';
	const isBelowACent = micro > 0 && micro < MICRO_PER_CENT;
	const amount = isBelowACent ? String(micro / MICRO_PER_USD) : (Math.round(micro / MICRO_PER_CENT) / 100).toFixed(2);
	return `${sign}$${amount}`;
}

/** The sum, as '$0.30' followed by `whenAll`; where costs are missing, of how many `requests` it is. */
export const costInWords = ({ usd, reported, requests }: ReportedCost, whenAll = '', noun = 'request'): string =>
	reported < requests
		? `${asUsd(usd)} reported for ${reported} of ${count(requests, noun)}`
		: [asUsd(usd), whenAll].filter(Boolean).join(' ');
