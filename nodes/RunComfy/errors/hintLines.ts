/** What the output pane says above the items. */
import { quote } from './foreignText';
import { count } from './sentences';

/** Adds up money without the dust of binary fractions: RunComfy's prices have at most six decimals. */
const asUsd = (sum: number) => `$${Number(sum.toFixed(6))}`;

export const picturesAndCost = (files: number, usd: number): string =>
	`${count(files, 'picture')}, ${asUsd(usd)} in total`;

export const unfinished = (requests: number): string =>
	`${count(requests, 'request')} not finished yet: fetch them later with Get Result and their request_id`;

export const notDownloaded = (files: number): string =>
	`${count(files, 'file')} could not be downloaded: see download_error in the items`;

/** The sentence in place of a file. */
export const downloadProblem = (reason: string): string =>
	`The file could not be downloaded: ${quote(reason)}. Its URL is in this item.`;

/** `known`: what is to be said of the price and the balance of a check, in US dollars. */
export interface CostOfAll {
	items: number;
	good: number;
	/** Undefined where the price of one of them cannot be told. */
	sumUsd?: number;
	/** Undefined where it is not to be had. */
	balanceUsd?: number;
}

/** What an operation that buys would do with these items. */
export function costOfAll({ items, good, sumUsd, balanceUsd }: CostOfAll): string {
	const balance = balanceUsd === undefined ? '' : ` Your balance is ${asUsd(balanceUsd)}`;
	const suffices =
		balanceUsd === undefined || sumUsd === undefined
			? ''
			: balanceUsd >= sumUsd
				? ', which suffices'
				: ', which does not suffice: top it up at runcomfy.com';
	return [
		`${good} of ${count(items, 'item')} can be bought; nothing was bought now.`,
		sumUsd === undefined ? 'What they will cost cannot be told before.' : `They will cost about ${asUsd(sumUsd)}.`,
		balance === '' ? 'The balance could not be read.' : `${balance.trim()}${suffices}.`,
	].join(' ');
}

/** `time`: of day, as "22:46". */
export const takenFromTestRun = (taken: number, all: number, time: string): string =>
	`${taken} of ${count(all, 'result')} taken from the run at ${time}: nothing was paid for ${taken === 1 ? 'it' : 'them'}. ` +
	'To buy anew, change the input or switch off Options → Reuse in Test Runs.';
