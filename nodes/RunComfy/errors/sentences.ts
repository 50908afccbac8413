/** What many errors say in the same words. */

import { quote } from './cleanText';

export const sentences = (...parts: string[]): string => parts.filter(Boolean).join(' ');

/** With a full stop at its end, so that another sentence can follow quoted words. */
export const asSentence = (text: string): string => (text === '' || /[.!?…]["')\]]?$/.test(text) ? text : `${text}.`);

export const said = (words: string): string =>
	quote(words) === '' ? '' : `RunComfy said: ${asSentence(quote(words))}`;

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
