/** Why nothing is submitted, and how a submit can end without a request. `noun`: what is submitted, as in 'this image'. */

import { RunComfyError, type ErrorFacts } from './RunComfyError';
import { count, fetchIt, inTitle, NOT_CHARGED, quoteSentence, saidMore, sentences } from './sentences';

/** `fileAdvice`: what to do if a file that travelled in the body was refused; empty where there was none. */
export function inputRefused(words: string, details: string[], fileAdvice: string, facts: ErrorFacts) {
	const fields = details.join('; ');
	// RunComfy's words are the list of fields itself, as JSON: then the readable form of it is the title.
	const isList = fields !== '' && (/^[[{]/.test(words) || words === fields);
	const title = isList ? fields : words;
	return new RunComfyError(
		`RunComfy refused the input: ${inTitle(title) || 'it gave no reason'}`,
		sentences(NOT_CHARGED, saidMore(title), isList ? '' : quoteSentence(fields), fileAdvice),
		facts,
	);
}

/** A submit that was refused for a passing reason until its time was up. */
export const submitNotAccepted = (noun: string, reason: string, seconds: number, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy did not accept this ${noun} within ${count(seconds, 'second')}`,
		sentences(NOT_CHARGED, `Last reason: ${quoteSentence(reason)}`, 'Run it again later.'),
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
			`It may have been charged. Reason: ${quoteSentence(reason)}`,
			`Look ${listed} at runcomfy.com. If the ${noun} is there, fetch it with Get Result and its request ID.`,
			'If it is not, run this item in a new execution.',
		),
		facts,
	);

const IN_FLIGHT_USED_UP =
	"Requests that ran out of time, and may not be finished yet, use up 'Max Requests in Flight'.";

/** `seconds`: how long it waited while requests whose time had run out held every slot. Nothing was submitted. */
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

// ---- 'Maximum Cost (USD)' and 'Number of Variants' ------------------------------------------------------------------

const FIELD = 'Maximum Cost (USD)';

/** Amounts in words, as in "$0.30". */
export interface SpendingInWords {
	/** Whether this execution has bought anything. */
	hasBought: boolean;
	max: string;
	spent: string;
	inFlight: number;
	inFlightCost: string;
	/** Whether some of those are submits of unknown outcome. */
	hasUnclear: boolean;
}

const safe = (hasBought: boolean): string => (hasBought ? 'Nothing more was submitted.' : 'Nothing was submitted.');

function soFar({ hasBought, spent, inFlight, inFlightCost, hasUnclear }: SpendingInWords): string {
	if (!hasBought) return '';
	const requests = count(inFlight, 'request');
	const rest = hasUnclear
		? `; ${requests} in flight or of unknown outcome ${inFlight === 1 ? 'counts' : 'count'} as about ${inFlightCost}`
		: `; ${requests} ${inFlight === 1 ? 'is' : 'are'} in flight for about ${inFlightCost}`;
	return `In this execution, the node has spent ${spent}${inFlight === 0 ? '' : rest}.`;
}

/** Before the first submit: all of it together costs too much. */
export const estimateTooHigh = (items: number, estimate: string, spending: SpendingInWords) =>
	new RunComfyError(
		`'${FIELD}' of ${spending.max} is too low: ${count(items, 'request')} would cost about ${estimate}`,
		sentences(safe(spending.hasBought), soFar(spending), `Raise '${FIELD}', or run fewer items.`),
	);

/** What is known of a price that no estimate can be made of. */
interface PriceInWords {
	/** As the catalogue has it, as in "$0.42 per second". */
	words?: string;
	/** The input that would make an estimate of it. */
	missing?: string;
	/** `words` say it all: what is charged has no price in advance. */
	isSentence?: boolean;
}

/** Why there is no estimate, and what would make one. */
export const whyUnknown = ({ words, missing, isSentence }: PriceInWords): string => {
	if (words === undefined) return "RunComfy's catalog has no price for this input.";
	if (isSentence) return words;
	return sentences(
		`The price is ${words}${missing === undefined ? ', and no input says how many' : ''}.`,
		missing === undefined ? '' : `Set the input '${missing}' to get an estimate.`,
	);
};

export const priceUnknown = (model: string, price: PriceInWords) =>
	new RunComfyError(
		`'${FIELD}' is set, but the cost of ${model} cannot be known in advance`,
		sentences(
			NOT_CHARGED,
			whyUnknown(price),
			price.missing === undefined ? `Use a model or input whose cost can be estimated, or remove '${FIELD}'.` : '',
		),
	);

/** While it runs: one more would cross the limit. */
export const limitReached = (noun: string, spending: SpendingInWords) =>
	new RunComfyError(
		`This ${noun} was not submitted: '${FIELD}' of ${spending.max} would be exceeded`,
		sentences(
			NOT_CHARGED,
			soFar(spending),
			`Raise '${FIELD}' and press Retry in n8n's executions list: finished and running requests are not charged again.`,
			'If there is no Retry, run only these items in a new execution, which charges for each item it gets.',
		),
	);

const VARIANTS_FIELD = 'Number of Variants';

const VARIANTS_ADVICE =
	'Variants differ by their seeds. For several results without them, pass the input item several times.';

export const noSeed = (model: string) =>
	new RunComfyError(`'${VARIANTS_FIELD}' cannot be more than 1: ${model} takes no seed`, VARIANTS_ADVICE);

/** Where the schema was not read. */
export const seedsUnknown = (model: string) =>
	new RunComfyError(
		`'${VARIANTS_FIELD}' cannot be more than 1: it is not known whether ${model} takes a seed`,
		"Turn on Options → Check Inputs, so that the model's inputs are read.",
	);

export const tooFewSeeds = (model: string, seeds: number) =>
	new RunComfyError(
		`'${VARIANTS_FIELD}' is too high: ${model} takes only ${count(seeds, 'different seed')}`,
		VARIANTS_ADVICE,
	);

export const seedUnusable = (seed: string, min: number, max: number) =>
	new RunComfyError(
		`'${VARIANTS_FIELD}' cannot be more than 1 with the seed ${seed}`,
		`The seeds that follow it are used too, so it must be a whole number from ${min} to ${max}. Leave the seed empty to let the node choose the seeds.`,
	);
