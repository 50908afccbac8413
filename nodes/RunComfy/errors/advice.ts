/** What is added to an error: about the other items of a batch, about earlier submits, about files. */
import { quote } from './foreignText';
import { count, sentences } from './sentences';

const otherItems = (number: number) => count(number, 'other item');

export const NOTHING_WAS_SENT = 'Nothing was sent to RunComfy.';

export const EARLIER_SUBMIT = 'An earlier submit of this item got no answer, though, and may have been charged.';

export const whichItem = (itemIndex: number): string => `It was item ${itemIndex} of the input, counted from 0.`;

/** What to know about the rest of a batch that ended for one item. */
export const restOfBatch = (done: number, notBegun: number): string =>
	sentences(
		done > 0 ? `${otherItems(done)} ${done === 1 ? 'is' : 'are'} done.` : '',
		notBegun > 0 ? `${otherItems(notBegun)} ${notBegun === 1 ? 'was' : 'were'} not submitted.` : '',
		done > 0
			? "A retry of this execution takes up what is done without paying again; set 'On Error' to Continue for it to come out " +
					"although this item fails. The request IDs are in n8n's log."
			: '',
	);

export const alsoFailed = (itemIndex: number, message: string): string => `item ${itemIndex}: ${message}`;

export const otherFailures = (lines: string[]): string =>
	lines.length === 0 ? '' : `Other items failed too (all are in n8n's log): ${quote(lines.join('; '))}`;
