/** What is added to an error: about the other items of a batch, about earlier submits, about files. */
import { quote } from './foreignText';
import { asSentence, count, sentences } from './sentences';

const otherItems = (number: number) => count(number, 'other item');

export const NOTHING_WAS_SENT = 'Nothing was sent to RunComfy.';

export const EARLIER_SUBMIT = 'An earlier submit of this item got no answer, though, and may have been charged.';

/** What to know about the rest of a batch that ended for one item. */
export const restOfBatch = (done: number, notBegun: number): string =>
	sentences(
		done > 0 ? `${otherItems(done)} ${done === 1 ? 'is' : 'are'} done.` : '',
		notBegun > 0 ? `${otherItems(notBegun)} ${notBegun === 1 ? 'was' : 'were'} not submitted.` : '',
		done > 0
			? "A retry of this execution takes up what is done without paying again; set 'On Error' to Continue for it to come out " +
					"although this item fails. Their request IDs are in the error's details and in n8n's log."
			: '',
	);

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
