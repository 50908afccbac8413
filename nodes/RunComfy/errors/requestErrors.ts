/** What can go wrong with a request that exists, and with any call that only reads. */

import { quote } from './cleanText';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { asSentence, count, goesOn, inTitle, PRICE_LIST_DECIDES, said, saidMore, sentences } from './sentences';

const MAX_STATUS_CHARACTERS = 40;

const statusWord = (status: string) => quote(status, MAX_STATUS_CHARACTERS);

type RequestFacts = ErrorFacts & { requestId: string };

/** What a call is for, as an error says it: `doing` follows 'to'. */
export interface Asked {
	doing: string;
	/** Where the call is about a request. */
	requestId?: string;
}

export const readingRequest = (requestId: string): Asked => ({ doing: `read request ${requestId}`, requestId });

export const cancellingRequest = (requestId: string): Asked => ({ doing: `cancel request ${requestId}`, requestId });

export const requestFailed = (words: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} failed: ${inTitle(words) || 'RunComfy gave no reason'}`,
		sentences(
			saidMore(words),
			'Try another prompt if RunComfy names the prompt or its safety rules, and another file if it names the file.',
			PRICE_LIST_DECIDES,
			'The same input is bought again by Retry execution, not by Retry On Fail.',
		),
		facts,
	);

export const requestCancelled = (facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} was cancelled at RunComfy`,
		sentences(
			'It gave no file.',
			PRICE_LIST_DECIDES,
			'It is bought again by Retry execution or a new execution, not by Retry On Fail.',
		),
		facts,
	);

/** `given`: what came in the place of a file, as JSON. */
export const successWithoutFile = (given: string, words: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} ended as succeeded, but RunComfy gave no file`,
		sentences(
			['', '{}', '[]'].includes(given)
				? 'It gave nothing at all, as when the safety check of the model holds the result back.'
				: `In its place it gave: ${quote(given)} That may be a word of the model's safety check.`,
			said(words),
			'It is most likely charged.',
			`Look at the request under Generations at runcomfy.com before the same is bought again.`,
		),
		facts,
	);

export const timedOut = (lastStatus: string, seconds: number, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${statusWord(lastStatus)} after ${count(seconds, 'second')}`,
		sentences(goesOn(facts.requestId), "Raise 'Timeout' if this happens often."),
		facts,
	);

/** Where the user chose to cancel on a timeout, and the request is not this run's to cancel. */
export const SHARED_REQUEST = 'It was not cancelled, because an earlier test run started it and may still use it.';

export const timedOutAndCancelled = (lastStatus: string, seconds: number, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${statusWord(lastStatus)} after ${count(seconds, 'second')} and was cancelled`,
		sentences('RunComfy confirmed the cancellation.', PRICE_LIST_DECIDES, "Raise 'Timeout' if this happens often."),
		{ ...facts, status: 'cancelled' },
	);

export const timedOutNotCancelled = (lastStatus: string, seconds: number, outcome: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${statusWord(lastStatus)} after ${count(seconds, 'second')} and could not be cancelled`,
		sentences(`The answer to the cancellation: ${asSentence(quote(outcome))}`, goesOn(facts.requestId)),
		facts,
	);

/** `since` is a time of day a person can compare with a clock: ISO 8601. */
export const unreachableWhileWaiting = (
	since: string,
	reason: string,
	lastStatus: string | undefined,
	seconds: number,
	facts: RequestFacts,
) =>
	new RunComfyError(
		`RunComfy could not be reached since ${since}, so the result of request ${facts.requestId} is not known`,
		sentences(
			`Waited ${count(seconds, 'second')}. The last answer: ${asSentence(quote(reason))}`,
			lastStatus === undefined ? '' : `Before that the request was ${statusWord(lastStatus)}.`,
			`It may be finished by now: fetch it with Get Result and the request ID ${facts.requestId}.`,
		),
		facts,
	);

const WHO_USED_THE_TURNS = sentences(
	'RunComfy is called at most 30 times a second and 600 times a minute, and not at all after it asked to slow down (HTTP 429).',
	'Other items and workflows of this account had the turns.',
);

/** The node asked nothing, since it had no turn: that says nothing of RunComfy. */
export const noTurnToLook = (lastStatus: string | undefined, seconds: number, facts: RequestFacts) =>
	new RunComfyError(
		`There was no turn to look at request ${facts.requestId} within ${count(seconds, 'second')}`,
		sentences(
			WHO_USED_THE_TURNS,
			lastStatus === undefined ? '' : `The last status seen was ${statusWord(lastStatus)}.`,
			`It may be finished by now: fetch it with Get Result and the request ID ${facts.requestId}.`,
			"Raise 'Timeout', or run fewer workflows at the same time.",
		),
		facts,
	);

/** The same for one call. */
export const noTurnToAsk = ({ doing, requestId }: Asked, facts: ErrorFacts) =>
	new RunComfyError(
		`There was no turn to ${doing}`,
		sentences(
			WHO_USED_THE_TURNS,
			requestId === undefined ? 'Nothing was charged.' : 'The request itself is not touched by that.',
			'Try again later.',
		),
		facts,
	);

/** One call that got no usable answer within its time. */
export const unreachable = ({ doing, requestId }: Asked, reason: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy could not be reached to ${doing}`,
		sentences(
			`The last answer: ${asSentence(quote(reason))}`,
			requestId === undefined ? 'Nothing was charged.' : 'The request itself is not touched by that.',
			'Try again later.',
		),
		facts,
	);

export const unknownRequest = (facts: RequestFacts) =>
	new RunComfyError(
		`RunComfy does not know request ${facts.requestId}`,
		'Request IDs expire. Check that it was copied whole, and that it came from this environment.',
		facts,
	);

export const foreignRequest = (credentialName: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} belongs to another RunComfy account`,
		`Use the credential of the account that submitted it; this one is '${credentialName}'.`,
		facts,
	);

/** A refusal without a code: RunComfy gives the same one for a bad token and for somebody else's request. */
export const notAllowed = (credentialName: string, words: string, facts: RequestFacts) =>
	new RunComfyError(
		`RunComfy did not allow this API token to use request ${facts.requestId}`,
		sentences(
			`Either the API token in the credential '${credentialName}' is wrong or has expired, or the request belongs to another account.`,
			said(words),
			goesOn(facts.requestId),
		),
		facts,
	);

export const answerTooLarge = ({ doing, requestId }: Asked, maxBytes: number, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy's answer was too large when the node wanted to ${doing}`,
		sentences(
			`It was more than ${Math.round(maxBytes / (1024 * 1024))} MB, and was not read to its end.`,
			requestId === undefined ? '' : `Look for the request under Generations at runcomfy.com.`,
		),
		facts,
	);

export const redirected = ({ doing, requestId }: Asked, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy answered with a redirect when the node wanted to ${doing}`,
		sentences(
			'A redirect is never followed, because the API token must not leave RunComfy.',
			"Check the 'Model API URL' if the credential's Environment is Custom.",
			goesOn(requestId),
		),
		facts,
	);

export const callRefused = ({ doing, requestId }: Asked, words: string, facts: ErrorFacts) =>
	new RunComfyError(`RunComfy refused to ${doing}`, sentences(said(words), goesOn(requestId)), facts);
