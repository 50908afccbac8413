/** What an error says besides its own reason: about the other items of a batch, and about earlier submits. */

import { count, itemNumbers, listSome, quoteSentence, sentences } from './sentences';

const NOTHING_SUBMITTED = 'Nothing was submitted.';

export const EARLIER_SUBMIT = 'An earlier submit of this item got no usable answer and may have been charged.';

export const boughtEarlier = (requestId: string): string =>
	`Request ${requestId} was already submitted for this item in an earlier attempt: fetch it with Get Result.`;

export const perhapsBoughtEarlier = (requestId: string): string =>
	`An earlier submit of this item may have been charged as request ${requestId}: fetch it with Get Result.`;

/** What is known of the items that did not fail themselves when a batch ends for one, or of the variants of that one. */
interface Rest {
	noun: 'item' | 'variant';
	done: number;
	/** Bought in an earlier attempt, and not looked at again in this one. */
	bought: number;
	/** Of an earlier attempt that got no answer. */
	unclear: number;
	/** Bought by an earlier execution and ended as failed or cancelled; not bought again yet. */
	ended: number;
	notSubmitted: number;
}

const were = (number: number) => (number === 1 ? 'was' : 'were');

const others = ({ noun }: Rest, number: number) => count(number, `other ${noun}`);

/** What is safe of the others: said first. */
const safeOf = (rest: Rest): string =>
	sentences(
		rest.done > 0
			? `${others(rest, rest.done)} ${rest.done === 1 ? 'is' : 'are'} finished; a retry does not charge for ${rest.done === 1 ? 'it' : 'them'} again.`
			: '',
		rest.bought > 0
			? `${others(rest, rest.bought)} ${rest.bought === 1 ? 'has a request' : 'have requests'} from an earlier attempt; a retry does not charge for ${rest.bought === 1 ? 'it' : 'them'} again.`
			: '',
	);

export const safeOfBatch = (rests: Rest[]): string => sentences(...rests.map(safeOf));

const moreOf = (rest: Rest): string => {
	const { unclear, ended, notSubmitted } = rest;
	return sentences(
		unclear > 0
			? `It is not known whether ${others(rest, unclear)} ${were(unclear)} charged in an earlier attempt.`
			: '',
		ended > 0
			? `${others(rest, ended)} ${were(ended)} submitted by an earlier execution and failed or ${were(ended)} cancelled; ${ended === 1 ? 'it has' : 'they have'} not been submitted again.`
			: '',
		notSubmitted > 0 ? `${others(rest, notSubmitted)} ${were(notSubmitted)} not submitted.` : '',
	);
};

/** What else is to be said of them: after the reason. */
export const restOfBatch = (rests: Rest[]): string =>
	sentences(
		...rests.map(moreOf),
		rests.some(({ done, bought }) => done + bought > 0)
			? "To get the finished items even when one fails, set 'On Error' to Continue, save, and retry with the currently saved workflow. " +
					"Request IDs are in the error's details and in n8n's log."
			: '',
	);

/** How many request IDs an error names; the log has them all. */
const MAX_IDS_NAMED = 20;

const joinIds = (requestIds: string[]): string => listSome(requestIds, MAX_IDS_NAMED);

/** What an execution has bought, by its journal. */
export interface Purchases {
	requestIds: string[];
	/** How many submits have an outcome that nobody knows. */
	unclear: number;
	/** The requests that answers to those named. */
	unclearIds: string[];
}

/** For an error that does not name them itself. */
export const alsoBought = (requestIds: string[]): string =>
	sentences(
		`This execution already has ${count(requestIds.length, 'request')}: ${joinIds(requestIds)}.`,
		'A retry does not charge for them again, unless they failed or were cancelled. Get Result fetches each by its ID.',
	);

/** What this execution has bought, for an error before anything was sent in this attempt. */
export function earlierPurchases({ requestIds, unclear, unclearIds }: Purchases): string {
	if (requestIds.length + unclear === 0) return NOTHING_SUBMITTED;
	return sentences(
		'Nothing more was submitted.',
		unclear > 0 ? `The outcome of ${count(unclear, 'earlier submit')} is unknown.` : '',
		unclearIds.length > 0 ? `RunComfy may have accepted ${joinIds(unclearIds)}.` : '',
		requestIds.length > 0 ? alsoBought(requestIds) : '',
	);
}

/** `failures`: in the order of the input. */
export function otherFailures(failures: Array<{ itemIndex: number; message: string }>): string {
	if (failures.length === 0) return '';
	const [{ itemIndex, message }] = failures;
	const numbers = itemNumbers(failures.map((failure) => failure.itemIndex));
	if (!numbers.startsWith('items')) return `Item ${itemIndex} failed too: ${quoteSentence(message)}`;
	return sentences(
		`I${numbers.slice(1)} failed too (all reasons are in the error's details and in n8n's log).`,
		`Item ${itemIndex}: ${quoteSentence(message)}`,
	);
}

const IN_WORDS = { result: 'is done', unfinished: 'is not finished yet', submitted: 'is submitted' };

/** A line of the error's details for an item that did not fail. */
export const requestDetail = (
	itemIndex: number,
	{ requestId, kind, urls }: { requestId: string; kind: keyof typeof IN_WORDS; urls: string[] },
): string =>
	`Item ${itemIndex}: request ${requestId} ${IN_WORDS[kind]}${urls.length === 0 ? '.' : `: ${urls.join(' ')}`}`;

/** The same for an item that failed besides the one the error is about. */
export const failedDetail = (itemIndex: number, message: string): string => `Item ${itemIndex}: ${message}`;
