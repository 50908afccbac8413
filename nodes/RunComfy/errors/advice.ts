/** What is added to an error: about the other items of a batch, about earlier submits, about files. */
import { quote } from './foreignText';
import { asSentence, count, sentences } from './sentences';

const otherItems = (number: number) => count(number, 'other item');

export const NOTHING_WAS_SENT = 'Nothing was sent to RunComfy.';

export const EARLIER_SUBMIT = 'An earlier submit of this item got no answer, though, and may have been charged.';

export const boughtEarlier = (requestId: string): string =>
	`Request ${requestId} was bought for this item by an earlier try, though: fetch it with Get Result.`;

export const perhapsBoughtEarlier = (requestId: string): string =>
	`An earlier submit of this item may have been charged, though, as request ${requestId}: fetch it with Get Result.`;

/** What is known of the items that did not fail themselves when a batch ends for one. */
export interface Rest {
	done: number;
	/** Bought by an earlier try, and not looked at again in this one. */
	bought: number;
	/** Of an earlier try that got no answer. */
	unclear: number;
	/** Bought by an earlier execution and ended as failed or cancelled; not bought again yet. */
	ended: number;
	notSubmitted: number;
}

const were = (number: number) => (number === 1 ? 'was' : 'were');

export const restOfBatch = ({ done, bought, unclear, ended, notSubmitted }: Rest): string =>
	sentences(
		done > 0 ? `${otherItems(done)} ${done === 1 ? 'is' : 'are'} done.` : '',
		bought > 0 ? `${otherItems(bought)} ${were(bought)} bought by an earlier try.` : '',
		unclear > 0
			? `Of ${otherItems(unclear)} it is not known whether an earlier try bought ${unclear === 1 ? 'it' : 'them'}.`
			: '',
		ended > 0
			? `${otherItems(ended)} ${were(ended)} bought by an earlier execution and failed or ${were(ended)} cancelled; this one has not bought ${ended === 1 ? 'it' : 'them'} again.`
			: '',
		notSubmitted > 0 ? `${otherItems(notSubmitted)} ${were(notSubmitted)} not submitted.` : '',
		done + bought > 0
			? "A retry of this execution takes up what is bought without paying again; set 'On Error' to Continue for it to come out " +
					"although this item fails. Their request IDs are in the error's details and in n8n's log."
			: '',
	);

/** So many request ids are named in an error; the log has them all. */
const MAX_IDS_NAMED = 20;

function listed(requestIds: string[]): string {
	const more = requestIds.length - MAX_IDS_NAMED;
	return requestIds.slice(0, MAX_IDS_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** What the journal knows of earlier tries. */
export interface Earlier {
	requestIds: string[];
	/** How many submits have an outcome that nobody knows. */
	unclear: number;
	/** The requests that answers to those named. */
	unclearIds: string[];
}

/** What earlier tries of this execution bought, for an error before anything was sent in this one. */
export function earlierTries({ requestIds, unclear, unclearIds }: Earlier): string {
	if (requestIds.length + unclear === 0) return NOTHING_WAS_SENT;
	return sentences(
		'Nothing was sent to RunComfy in this try.',
		requestIds.length > 0
			? `Earlier tries of this execution bought ${count(requestIds.length, 'request')}: ${listed(requestIds)}.`
			: '',
		unclear > 0 ? `Of ${count(unclear, 'submit')} of theirs the outcome is not known.` : '',
		unclearIds.length > 0 ? `Perhaps bought as ${listed(unclearIds)}.` : '',
		'A retry of this execution takes them up without paying again; Get Result fetches each by its ID.',
	);
}

export const alsoFailed = (itemIndex: number, message: string): string => `item ${itemIndex}: ${message}`;

export const otherFailures = (lines: string[]): string =>
	lines.length === 0
		? ''
		: `Other items failed too (all are in the error's details and in n8n's log): ${asSentence(quote(lines.join('; ')))}`;

const STANDING = { done: 'is done', unfinished: 'is not finished yet', submitted: 'is submitted' };

/** A line of the error's details for an item that did not fail. */
export const requestDetail = (
	itemIndex: number,
	{ requestId, standing, urls }: { requestId: string; standing: keyof typeof STANDING; urls: string[] },
): string =>
	`Item ${itemIndex}: request ${requestId} ${STANDING[standing]}${urls.length === 0 ? '.' : `: ${urls.join(' ')}`}`;

/** The same for an item that failed besides the one the error is about. */
export const failedDetail = (itemIndex: number, message: string): string => `Item ${itemIndex}: ${message}`;
