/** How a submit can end without a request. `noun`: what is bought with, as in 'this image'. */

import { quote } from './cleanText';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { asSentence, count, inTitle, said, saidMore, sentences } from './sentences';

/** `fileAdvice`: what to do if a file that travelled in the body was refused; empty where there was none. */
export function inputRefused(words: string, details: string[], fileAdvice: string, facts: ErrorFacts) {
	const fields = details.join('; ');
	// RunComfy's words are the list of fields itself, as JSON: then the readable form of it is the title.
	const isList = fields !== '' && (/^[[{]/.test(words) || words === fields);
	const title = isList ? fields : words;
	return new RunComfyError(
		`RunComfy refused the input: ${inTitle(title) || 'it gave no reason'}`,
		sentences(
			saidMore(title),
			isList ? '' : asSentence(quote(fields)),
			fileAdvice,
			'Nothing was charged for this item.',
		),
		facts,
	);
}

export const modelUnknown = (modelId: string, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy does not know the model ${modelId}`,
		sentences(
			"Check the 'Model API URL' if the credential's Environment is Custom; otherwise update this node.",
			said(words),
			'Nothing was charged.',
		),
		facts,
	);

/** A submit that was refused for a passing reason until its time was up. Nothing was bought. */
export const submitNotAccepted = (noun: string, reason: string, seconds: number, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy did not take this ${noun} within ${count(seconds, 'second')}`,
		sentences(
			`The last answer: ${asSentence(quote(reason))}`,
			'Nothing was charged for this item. Run it again later.',
		),
		facts,
	);

export const submitOutcomeUnknown = (noun: string, reason: string, facts: ErrorFacts) =>
	new RunComfyError(
		facts.requestId === undefined
			? `It is not known whether RunComfy accepted this ${noun}`
			: `It is not known whether RunComfy accepted this ${noun} as request ${facts.requestId}`,
		sentences(
			`It may have been charged: ${asSentence(quote(reason))}`,
			`Look under Generations at runcomfy.com. If the ${noun} is there, fetch it with Get Result and its request ID.`,
			'If it is not, run this item in a new execution.',
			"A retry of this execution will not submit it again, unless 'When Outcome Is Unknown' is set to Submit Again.",
		),
		facts,
	);

/** `seconds`: how long it waited while requests whose time had run out held every place. Nothing was bought. */
export const noPlace = (noun: string, seconds: number) =>
	new RunComfyError(
		`This ${noun} was not submitted: there was no place for it within ${count(seconds, 'second')}`,
		sentences(
			"All places of 'Max Requests in Flight' are taken by requests whose time has run out and which are still unfinished at RunComfy.",
			"Nothing was charged for this item. Raise 'Timeout' or run it again later.",
		),
	);
