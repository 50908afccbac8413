/** Money as people read it. */

import { count } from './sentences';

/** RunComfy's prices have no more than these: anything smaller is floating-point noise. */
export const USD_DECIMALS = 6;

/** What several requests cost together. */
export interface ReportedCost {
	/** US dollars: the sum of what RunComfy reports. */
	usd: number;
	/** Of how many requests it reports the cost. */
	reported: number;
	/** How many there are. */
	requests: number;
}

/** US dollars as they are, with two decimals or as many as it takes: '$0.30', '$0.025', '$0.004'. */
export function asUsd(usd: number): string {
	const [whole, part] = Math.abs(usd).toFixed(USD_DECIMALS).split('.');
	const amount = `${whole}.${part.replace(/0+$/, '').padEnd(2, '0')}`;
	return `${usd < 0 && Number(amount) > 0 ? '-' : ''}$${amount}`;
}

/** The sum, as '$0.30' followed by `whenAll`; where costs are missing, of how many `requests` it is. */
export const costInWords = ({ usd, reported, requests }: ReportedCost, whenAll = '', noun = 'request'): string =>
	reported < requests
		? `${asUsd(usd)} reported for ${reported} of ${count(requests, noun)}`
		: [asUsd(usd), whenAll].filter(Boolean).join(' ');

/** Whether a balance is certainly not enough. A cost that is unknown is at least something. */
export const isTooLittle = (balanceUsd: number | undefined, sumUsd: number | undefined): boolean =>
	balanceUsd !== undefined && (sumUsd === undefined ? balanceUsd <= 0 : balanceUsd < sumUsd);
