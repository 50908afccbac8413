/** How a submit can end without a request. `noun`: what is submitted, as in 'this image'. */

import { quote } from './cleanText';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { asSentence, count, fetchIt, inTitle, NOT_CHARGED, said, saidMore, sentences } from './sentences';

/** `fileAdvice`: what to do if a file that travelled in the body was refused; empty where there was none. */
export function inputRefused(words: string, details: string[], fileAdvice: string, facts: ErrorFacts) {
	const fields = details.join('; ');
	// RunComfy's words are the list of fields itself, as JSON: then the readable form of it is the title.
	const isList = fields !== '' && (/^[[{]/.test(words) || words === fields);
	const title = isList ? fields : words;
	return new RunComfyError(
		`RunComfy refused the input: ${inTitle(title) || 'it gave no reason'}`,
		sentences(NOT_CHARGED, saidMore(title), isList ? '' : asSentence(quote(fields)), fileAdvice),
		facts,
	);
}

export const modelUnknown = (modelId: string, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy does not know the model ${modelId}`,
		sentences(
			NOT_CHARGED,
			"RunComfy may have renamed or removed it. If the credential's Environment is Custom, check the 'Model API URL'; with Background, look for an update of this node.",
			said(words),
		),
		facts,
	);

/** A submit that was refused for a passing reason until its time was up. */
export const submitNotAccepted = (noun: string, reason: string, seconds: number, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy did not accept this ${noun} within ${count(seconds, 'second')}`,
		sentences(NOT_CHARGED, `Last reason: ${asSentence(quote(reason))}`, 'Run it again later.'),
		facts,
	);

/** `listed`: where a person finds it at runcomfy.com. `mayRepeat`: whether the operation has an option to submit it again. */
export const submitOutcomeUnknown = (
	noun: string,
	reason: string,
	facts: ErrorFacts,
	listed = 'under Generations',
	mayRepeat = true,
) =>
	new RunComfyError(
		facts.requestId === undefined
			? `It is not known whether RunComfy accepted this ${noun}`
			: `It is not known whether RunComfy accepted this ${noun} as request ${facts.requestId}`,
		sentences(
			mayRepeat
				? "A retry of this execution does not submit it again, unless 'When Outcome Is Unknown' is set to Submit Again."
				: 'A retry of this execution does not submit it again.',
			`It may have been charged. Reason: ${asSentence(quote(reason))}`,
			`Look ${listed} at runcomfy.com. If the ${noun} is there, fetch it with Get Result and its request ID.`,
			'If it is not, run this item in a new execution.',
		),
		facts,
	);

const IN_FLIGHT_USED_UP =
	"Requests that ran out of time, and may not be finished yet, use up 'Max Requests in Flight'.";

/** `seconds`: how long it waited while requests whose time had run out held every place. Nothing was submitted. */
export const noSlot = (noun: string, seconds: number) =>
	new RunComfyError(
		`This ${noun} was not submitted: the limit of requests in flight was reached for ${count(seconds, 'second')}`,
		sentences(NOT_CHARGED, IN_FLIGHT_USED_UP, "Raise 'Timeout' or run it again later."),
	);

/** The same for a request that an earlier attempt submitted: it was not looked at in this one. */
export const noSlotToCheck = (seconds: number, requestId: string) =>
	new RunComfyError(
		`Request ${requestId} was not checked: the limit of requests in flight was reached for ${count(seconds, 'second')}`,
		sentences(fetchIt(requestId), IN_FLIGHT_USED_UP, "Raise 'Timeout' or run it again later."),
		{ requestId },
	);
