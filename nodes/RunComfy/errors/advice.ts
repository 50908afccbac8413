/** What is added to an error: about the other items of a batch, about earlier submits, about files. */
import { quote } from './foreignText';
import { count, sentences } from './sentences';

const otherItems = (number: number) => count(number, 'other item');

export const NOTHING_WAS_SENT = 'Nothing was sent to RunComfy.';

export const EARLIER_SUBMIT = 'An earlier submit of this item got no answer, though, and may have been charged.';

export const whichItem = (itemIndex: number): string => `It was item ${itemIndex} of the input, counted from 0.`;

/** What is known of the items that did not fail themselves when a batch ends for one. */
export interface Rest {
	done: number;
	/** Bought by an earlier try, and not looked at again in this one. */
	bought: number;
	/** Of an earlier try that got no answer. */
	unclear: number;
	notSubmitted: number;
}

const were = (number: number) => (number === 1 ? 'was' : 'were');

export const restOfBatch = ({ done, bought, unclear, notSubmitted }: Rest): string =>
	sentences(
		done > 0 ? `${otherItems(done)} ${done === 1 ? 'is' : 'are'} done.` : '',
		bought > 0 ? `${otherItems(bought)} ${were(bought)} bought by an earlier try.` : '',
		unclear > 0
			? `Of ${otherItems(unclear)} it is not known whether an earlier try bought ${unclear === 1 ? 'it' : 'them'}.`
			: '',
		notSubmitted > 0 ? `${otherItems(notSubmitted)} ${were(notSubmitted)} not submitted.` : '',
		done + bought > 0
			? "A retry of this execution takes up what is bought without paying again; set 'On Error' to Continue for it to come out " +
					"although this item fails. The request IDs are in n8n's log."
			: '',
	);

/** So many request ids are named in an error; the log has them all. */
const MAX_IDS_NAMED = 20;

/** What earlier tries of this execution bought, for an error before anything was sent in this one. */
export function earlierTries(requestIds: string[], unclear: number): string {
	if (requestIds.length + unclear === 0) return NOTHING_WAS_SENT;
	const named = requestIds.slice(0, MAX_IDS_NAMED).join(', ');
	const more = requestIds.length - MAX_IDS_NAMED;
	return sentences(
		'Nothing was sent to RunComfy in this try.',
		requestIds.length > 0
			? `Earlier tries of this execution bought ${count(requestIds.length, 'request')}: ${named}${more > 0 ? ` and ${more} more` : ''}.`
			: '',
		unclear > 0 ? `Of ${count(unclear, 'submit')} of theirs the outcome is not known.` : '',
		'A retry of this execution takes them up without paying again; Get Result fetches each by its ID.',
	);
}

export const alsoFailed = (itemIndex: number, message: string): string => `item ${itemIndex}: ${message}`;

export const otherFailures = (lines: string[]): string =>
	lines.length === 0 ? '' : `Other items failed too (all are in n8n's log): ${quote(lines.join('; '))}`;
