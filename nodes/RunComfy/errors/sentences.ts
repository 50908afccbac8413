/** What many errors say in the same words. */

import { quote } from './cleanText';

export const sentences = (...parts: string[]): string => parts.filter(Boolean).join(' ');

/** The first `max` words, and how many more there are. */
export const listSome = (words: readonly string[], max: number): string =>
	words.slice(0, max).join(', ') + (words.length > max ? ` and ${words.length - max} more` : '');

/** With a full stop at its end, so that another sentence can follow quoted words. */
export const asSentence = (text: string): string => (text === '' || /[.!?…]["')\]]?$/.test(text) ? text : `${text}.`);

/** Words from outside as a sentence. */
export const quoteSentence = (text: string): string => asSentence(quote(text));

export const said = (words: string): string => (quote(words) === '' ? '' : `RunComfy said: ${quoteSentence(words)}`);

/** How much of RunComfy's words a title repeats. */
const MAX_TITLE_CHARACTERS = 200;

export const inTitle = (words: string): string => quote(words, MAX_TITLE_CHARACTERS);

/** What RunComfy said, where the title has not said all of it. */
export const saidMore = (words: string): string => (inTitle(words) === quote(words) ? '' : said(words));

/** Of a request that failed or was cancelled: no document of RunComfy's says it. */
export const RUNCOMFY_DECIDES = 'RunComfy decides whether this request is charged.';

/** Of this attempt alone, since an earlier submit of the same item may have been charged. */
export const NOT_CHARGED = 'You were not charged for this attempt.';

/** After something went wrong that the request itself knows nothing of. Whether it is still running is not known. */
export const fetchIt = (requestId: string): string =>
	`The request itself is not affected: fetch it with Get Result and the request ID ${requestId}.`;

/** What is safe when a call that changes nothing was of no use. */
export const safeAfterCall = (requestId: string | undefined): string =>
	requestId === undefined ? NOT_CHARGED : fetchIt(requestId);

/** How many items are named; the node's output and the log have them all. */
const MAX_ITEMS_NAMED = 10;

/** "item 3", "items 1, 3 and 5", as n8n counts them, from 0; of many the first. */
export function itemNumbers(itemIndexes: number[]): string {
	const different = [...new Set(itemIndexes)];
	const more = different.length - MAX_ITEMS_NAMED;
	const named = different.slice(0, MAX_ITEMS_NAMED);
	const last = more > 0 ? `${more} more` : named.pop();
	return named.length === 0 ? `item ${last}` : `items ${named.join(', ')} and ${last}`;
}

export const count = (number: number, noun: string, nouns = `${noun}s`): string =>
	`${number} ${number === 1 ? noun : nouns}`;

// ---- Money ----------------------------------------------------------------------------------------------------------

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
