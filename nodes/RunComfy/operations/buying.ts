/** What both operations that buy have in common. */
import type { ModelInput } from '../purchase/job';
import type { Run } from './run';

/** Where the input goes; a custom service may stand in the same private network as n8n. */
export const serviceOf = ({ account }: Run) => ({
	modelApiUrl: account.modelApiUrl,
	isCustom: account.environment === 'custom',
});

export const submissionOf = ({ modelId, sentAsFile, makeBody }: ModelInput, isStillWanted: () => boolean) => ({
	modelId,
	sentAsFile,
	makeBody,
	isStillWanted,
});

const items = (number: number) => `${number} other item${number === 1 ? '' : 's'}`;

/** What to know about the rest of a batch that ended for one item. */
export function buyAdvice(done: number, notBegun: number): string {
	const parts = [
		done > 0 ? `${items(done)} ${done === 1 ? 'is' : 'are'} done.` : '',
		notBegun > 0 ? `${items(notBegun)} ${notBegun === 1 ? 'was' : 'were'} not submitted.` : '',
		done > 0
			? "A retry of this execution takes up what is done without paying again; set 'On Error' to Continue for it to come out " +
				"although this item fails. The request IDs are in n8n's log."
			: '',
	];
	return parts.filter(Boolean).join(' ');
}
