/** What the output pane says above the items. */

import { quote } from './cleanText';
import {
	asUsd,
	costInWords,
	count,
	isTooLittle,
	itemNumbers,
	quoteSentence,
	type ReportedCost,
	sentences,
} from './sentences';

/** Above the pane before a run. */
export const PAID_REQUESTS =
	'Running this step costs money. While you build, running it again with the same input within an hour is free, and after Stop it resumes requests still running (Options → Reuse in Test Runs).';

/** The same for the tool of an agent, which reuses nothing. */
export const PAID_CALLS = 'Each call of this tool costs money, and an agent may call it more than once.';

/** How many files of which kind. */
interface FileCounts {
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

/** Requests that a run from the editor reused. */
interface ReusedInWords {
	/** How many of the files (or results, where there are no files) are of those requests. */
	number: number;
	/** How many there are with them. */
	all: number;
	/** Of day, as "22:46", when the newest of them was submitted. */
	time: string;
	/** How many earlier runs they are from. */
	runs: number;
}

/** What came out and what it cost, where RunComfy says so; empty where there is neither. `cost`: without what was reused. */
export function filesAndCost(files: FileCounts, cost: ReportedCost, reused?: ReusedInWords): string {
	const words = filesInWords(files);
	if (reused === undefined)
		return [words, cost.usd > 0 ? costInWords(cost, 'in total') : ''].filter(Boolean).join(', ');
	const { number, all, time, runs } = reused;
	const from = `reused from ${runs === 1 ? `your ${time} test run` : `earlier test runs (the last at ${time})`}`;
	const charge =
		number === all
			? `${all === 1 ? '' : 'all '}${from}, not charged again.`
			: cost.usd > 0
				? `${costInWords(cost, 'charged now', 'new request')}, ${number} ${from}.`
				: `${number} ${from}, not charged again.`;
	return sentences(
		`${words === '' ? count(all, 'result') : words}: ${charge}`,
		'For new results, change the input or turn off Options → Reuse in Test Runs.',
	);
}

/** Behind the sum, where there are more files than previews. */
export const firstShown = (previews: number): string => `The first ${previews} are shown.`;

/** What a screen reader says of a preview, and what stands in its place where it cannot be loaded. */
export const previewName = (kind: keyof FileCounts, number: number): string =>
	`${{ image: 'Picture', video: 'Video', audio: 'Audio file', file: 'File' }[kind]} ${number}`;

/** What n8n's hints cannot show: a link to it. `name` and `size`: as far as they are known, as in "mug.mp4" and "3.2 MB". */
export const fileLink = (kind: keyof FileCounts, number: number, { name = '', size = '' }: FileLabel): string =>
	[previewName(kind, number), [quote(name, MAX_FILE_NAME_CHARACTERS), size].filter(Boolean).join(', ')]
		.filter(Boolean)
		.join(': ');

/** What a person recognizes a file by. */
export interface FileLabel {
	name?: string;
	size?: string;
}

/** A longer one would take more than a line. */
const MAX_FILE_NAME_CHARACTERS = 48;

/**
 * `itemIndexes`: of those that failed, as n8n counts them, from 0; of an item with variants perhaps several times. `reason`: of
 * the first.
 */
export const itemsFailed = (itemIndexes: number[], all: number, reason: string): string =>
	sentences(
		`${new Set(itemIndexes).size} of ${count(all, 'item')} failed: ${itemNumbers(itemIndexes)}.`,
		`${itemIndexes.length === 1 ? 'Reason' : 'First reason'}: ${quoteSentence(reason)}`,
	);

/** `medium`: image, video or audio. */
export const withoutMedia = (items: number, medium: string): string =>
	`${items === 1 ? '1 item has' : `${items} items have`} no ${medium}, although this model works from one: ` +
	"fill in the model's input for it, or add a file under Files. Without one, the model uses only the prompt.";

export const unfinished = (requests: number): string =>
	requests === 1
		? "1 request is not finished yet: Get Result fetches it by its request_id, and waits for it if 'Wait Until Finished' is on."
		: `${requests} requests are not finished yet: Get Result fetches them by their request_id, and waits for them if 'Wait Until Finished' is on.`;

export const notDownloaded = (files: number): string =>
	`${count(files, 'file')} could not be downloaded: see download_error in the ${files === 1 ? 'item' : 'items'}.`;

/** The sentence in place of a file. */
export const downloadProblem = (reason: string): string =>
	`The file could not be downloaded: ${quote(reason)}. Its URL is in this item.`;

/** What a check knows of the price and the balance, in US dollars. */
interface CostOfAll {
	items: number;
	good: number;
	/** Undefined where the cost of one of them cannot be estimated. */
	sumUsd?: number;
	/** Where it cannot: the price, and what would make an estimate of it. */
	whyUnknown?: string;
	/** Undefined where it could not be read. */
	balanceUsd?: number;
}

/** What an operation that costs money would do with these items. */
export function costOfAll({ items, good, sumUsd, whyUnknown = '', balanceUsd }: CostOfAll): string {
	const isShort = good > 0 && isTooLittle(balanceUsd, sumUsd);
	const isOrAre = items === 1 || good === 1 ? 'is' : 'are';
	const state = isShort ? 'valid' : 'ready to run';
	const where = good > 0 ? 'rest' : items === 1 ? 'item' : 'items';
	const ready =
		good === items
			? `${count(items, 'item')} ${isOrAre} ${state}.`
			: `${good} of ${count(items, 'item')} ${isOrAre} ${state}: see problems in the ${where}.`;
	const cost = sumUsd === undefined ? 'unknown' : asUsd(sumUsd);
	const balance =
		balanceUsd === undefined
			? 'The balance could not be read.'
			: `Balance: ${asUsd(balanceUsd)}${isShort ? ', not enough: top it up at runcomfy.com' : ''}.`;
	return sentences(
		ready,
		'Nothing was charged.',
		good === 0 ? '' : sentences(`Estimated cost: ${cost}.`, sumUsd === undefined ? whyUnknown : ''),
		balance,
	);
}
