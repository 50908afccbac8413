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
