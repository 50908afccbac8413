/** What the output pane says above the items. */
import { quote } from './foreignText';
import { asUsd } from './money';
import { count, sentences } from './sentences';

/** How many files of which kind. */
export interface FileCounts {
	image: number;
	video: number;
	audio: number;
	/** Of any other kind. */
	file: number;
}

/** '2 pictures and 1 video'; empty where there are none. */
function filesInWords({ image, video, audio, file }: FileCounts): string {
	const parts = [
		image > 0 ? count(image, 'picture') : '',
		video > 0 ? count(video, 'video') : '',
		audio > 0 ? count(audio, 'audio file') : '',
		file > 0 ? count(file, image + video + audio > 0 ? 'other file' : 'file') : '',
	].filter(Boolean);
	const [last, ...before] = parts.reverse();
	return before.length === 0 ? (last ?? '') : `${before.reverse().join(', ')} and ${last}`;
}

/** What came out, and what it cost where RunComfy says so; empty where there is neither. */
export function filesAndCost(files: FileCounts, usd: number): string {
	const words = filesInWords(files);
	const cost = usd > 0 ? `${asUsd(usd)} in total` : '';
	return [words, cost].filter(Boolean).join(', ');
}

/** Behind the sum, where there are more files than previews. */
export const firstShown = (previews: number): string => `The first ${previews} are shown.`;

/** What a screen reader says of a preview, and what stands in its place where it cannot be loaded. */
export const previewName = (kind: keyof FileCounts, number: number): string =>
	`${{ image: 'Picture', video: 'Video', audio: 'Audio file', file: 'File' }[kind]} ${number}`;

export const itemsFailed = (failed: number, all: number): string =>
	`${failed} of ${count(all, 'item')} failed: see error in the ${failed === 1 ? 'item' : 'items'}.`;

/** `medium`: image, video or audio. */
export const withoutMedia = (items: number, medium: string): string =>
	`${items === 1 ? '1 item has' : `${items} items have`} no ${medium}, although this model works from one: ` +
	"fill in the model's input for it, or add a file under Files. Without it the model runs on the prompt alone.";

export const unfinished = (requests: number): string =>
	requests === 1
		? '1 request is not finished yet: fetch it later with Get Result and its request_id.'
		: `${requests} requests are not finished yet: fetch them later with Get Result and their request_id.`;

export const notDownloaded = (files: number): string =>
	`${count(files, 'file')} could not be downloaded: see download_error in the ${files === 1 ? 'item' : 'items'}.`;

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
	const suffices =
		balanceUsd === undefined || sumUsd === undefined || good === 0
			? ''
			: balanceUsd >= sumUsd
				? ', which suffices'
				: ', which does not suffice: top it up at runcomfy.com';
	const cost = sumUsd === undefined ? 'The cost cannot be told before.' : `The cost will be about ${asUsd(sumUsd)}.`;
	return sentences(
		`${good} of ${count(items, 'item')} can be bought; nothing was bought now.`,
		good === items
			? ''
			: `${good === 0 ? 'See' : 'For the rest see'} problems in the ${items === 1 ? 'item' : 'items'}.`,
		good === 0 ? '' : cost,
		balanceUsd === undefined ? 'The balance could not be read.' : `Your balance is ${asUsd(balanceUsd)}${suffices}.`,
	);
}

/** `results`: items of reused requests, among `all`. `time`: of day, as "22:46", of the newest of those `runs`. */
export function reusedFromTestRuns(results: number, all: number, time: string, runs: number): string {
	const from = runs === 1 ? `your ${time} test run` : `earlier test runs, the last at ${time}`;
	return sentences(
		`${results} of ${count(all, 'result')} reused from ${from}: ${results === 1 ? 'it was' : 'they were'} not charged again.`,
		'For new results, change the input or turn off Options → Reuse in Test Runs.',
	);
}
