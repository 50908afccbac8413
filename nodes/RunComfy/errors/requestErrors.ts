/** What can go wrong with a request that exists, and with any call that only reads. */

import { quote } from './cleanText';
import { invalidId } from './problem';
import { RunComfyError, type ErrorFacts } from './RunComfyError';
import {
	count,
	fetchIt,
	inTitle,
	NOT_CHARGED,
	quoteSentence,
	RUNCOMFY_DECIDES,
	said,
	saidMore,
	sentences,
} from './sentences';
import { whatItIs } from './shape';

const MAX_STATUS_CHARACTERS = 40;

/** As RunComfy says it; 'unfinished' where it has not said anything yet. */
const statusWord = (status = 'unfinished') => quote(status, MAX_STATUS_CHARACTERS);

const lastSeen = (status: string | undefined) =>
	status === undefined ? '' : `The last status seen was ${statusWord(status)}.`;

const mayBeFinished = (requestId: string) =>
	`It may be finished by now: fetch it with Get Result and the request ID ${requestId}.`;

type RequestFacts = ErrorFacts & { requestId: string };

/** What a call is for, as an error says it: `doing` follows 'to'. */
export interface Asked {
	doing: string;
	/** Where the call is about a request. */
	requestId?: string;
	/** Of a call that changes something: what may have happened although no answer came. */
	perhaps?: string;
}

export const readingRequest = (requestId: string): Asked => ({ doing: `read request ${requestId}`, requestId });

export const cancellingRequest = (requestId: string): Asked => ({
	doing: `cancel request ${requestId}`,
	requestId,
	perhaps: 'RunComfy may have cancelled it anyway: check with Get Status.',
});

export const requestFailed = (words: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} failed: ${inTitle(words) || 'RunComfy gave no reason'}`,
		sentences(
			saidMore(words),
			RUNCOMFY_DECIDES,
			'If the reason mentions the prompt or safety, change the prompt. If it mentions the file, use another one.',
		),
		facts,
	);

export const requestCancelled = (facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} was cancelled at RunComfy`,
		sentences('It has no result.', RUNCOMFY_DECIDES),
		facts,
	);

/** For an operation that submits: what becomes of a request that failed or was cancelled. */
export const RETRY_SUBMITS_AGAIN = 'Retrying the execution submits it again; Retry On Fail does not.';

/** `given`: what came in the place of a file, as JSON. */
export const successWithoutFile = (given: string, words: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} succeeded, but RunComfy returned no file`,
		sentences(
			['', '{}', '[]'].includes(given)
				? "It returned nothing at all, possibly because the model's safety check withheld the result."
				: `It returned this instead, possibly because of the model's safety check: ${quote(given)}.`,
			said(words),
			'It was most likely charged.',
			'Check the request under Generations at runcomfy.com before you run the same input again.',
		),
		facts,
	);

/** `facts.status`: the last one seen, here and in the next ones. */
export const timedOut = (seconds: number, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${statusWord(facts.status)} after ${count(seconds, 'second')}`,
		sentences(
			`It was not cancelled and may still finish: fetch it later with Get Result and the request ID ${facts.requestId}.`,
			"Raise 'Timeout' if this happens often.",
		),
		facts,
	);

/** Where the user chose to cancel on a timeout, and the request is not this run's to cancel. */
export const SHARED_REQUEST = 'It was not cancelled, because another run uses it too.';

export const timedOutAndCancelled = (seconds: number, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${statusWord(facts.status)} after ${count(seconds, 'second')} and was cancelled`,
		sentences('RunComfy confirmed the cancellation.', RUNCOMFY_DECIDES, "Raise 'Timeout' if this happens often."),
		{ ...facts, status: 'cancelled' },
	);

/** It may have finished unseen, and a cancellation without an answer may have arrived. */
export const timedOutNotCancelled = (seconds: number, outcome: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} gave no result within ${count(seconds, 'second')}, and its cancellation was not confirmed`,
		sentences(
			lastSeen(facts.status),
			`Reason: ${quoteSentence(outcome)}`,
			`Fetch the request with Get Result and the request ID ${facts.requestId}.`,
		),
		facts,
	);

/** `since` is a time of day a person can compare with a clock: ISO 8601. */
export const unreachableWhileWaiting = (since: string, reason: string, seconds: number, facts: RequestFacts) =>
	new RunComfyError(
		`RunComfy has given no usable answer since ${since}: the result of request ${facts.requestId} is not known`,
		sentences(
			mayBeFinished(facts.requestId),
			`Waited ${count(seconds, 'second')}. Last reason: ${quoteSentence(reason)}`,
			facts.status === undefined ? '' : `Before that, the request was ${statusWord(facts.status)}.`,
		),
		facts,
	);

const RATE_LIMIT = sentences(
	'The node makes at most 30 calls a second and 600 a minute to RunComfy with one API token, and none while RunComfy asks it to slow down (HTTP 429).',
	'All items and workflows that use the token share this limit.',
);

/** The node did not ask: that says nothing of RunComfy. */
export const pollRateLimited = (seconds: number, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} could not be checked after ${count(seconds, 'second')}: the rate limit left no free call`,
		sentences(
			mayBeFinished(facts.requestId),
			lastSeen(facts.status),
			RATE_LIMIT,
			"Raise 'Timeout', or run fewer workflows at the same time.",
		),
		facts,
	);

/** The same for one call. */
export const callRateLimited = ({ doing, requestId }: Asked, facts: ErrorFacts) =>
	new RunComfyError(
		`Could not ${doing}: the rate limit left no free call`,
		sentences(
			requestId === undefined ? NOT_CHARGED : 'The request itself is not affected.',
			RATE_LIMIT,
			'Try again later.',
		),
		facts,
	);

/** One call that got no usable answer within its time. */
export const unreachable = ({ doing, requestId, perhaps }: Asked, reason: string, facts: ErrorFacts) =>
	new RunComfyError(
		`Could not ${doing}: RunComfy gave no usable answer`,
		sentences(
			perhaps ?? (requestId === undefined ? NOT_CHARGED : 'The request itself is not affected.'),
			`Last reason: ${quoteSentence(reason)}`,
			'Try again later.',
		),
		facts,
	);

export const unknownRequest = (facts: RequestFacts) =>
	new RunComfyError(
		`RunComfy does not know request ${facts.requestId}`,
		"Request IDs expire. Check that the ID was copied completely, that it comes from this environment, and that 'Belongs To' is set to what it was submitted to.",
		facts,
	);

export const foreignRequest = (credentialName: string, facts: RequestFacts) =>
	new RunComfyError(
		`Request ${facts.requestId} belongs to another RunComfy account`,
		`Use the credential of the account that submitted it; this one is '${credentialName}'.`,
		facts,
	);

/** A refusal without a code: RunComfy gives the same one for a bad token and for another account's request. */
export const notAllowed = (credentialName: string, words: string, facts: RequestFacts) =>
	new RunComfyError(
		`RunComfy did not allow this API token to use request ${facts.requestId}`,
		sentences(
			fetchIt(facts.requestId),
			`Either the API token in the credential '${credentialName}' is wrong or has expired, or the request belongs to another account.`,
			said(words),
		),
		facts,
	);

export const answerTooLarge = ({ doing, requestId }: Asked, maxBytes: number, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy's answer was too large when the node tried to ${doing}`,
		sentences(
			`It was more than ${Math.round(maxBytes / (1024 * 1024))} MB and was not read completely.`,
			requestId === undefined ? '' : 'Look for the request under Generations at runcomfy.com.',
		),
		facts,
	);

export const redirected = ({ doing, requestId }: Asked, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy answered with a redirect when the node tried to ${doing}`,
		sentences(
			requestId === undefined ? '' : fetchIt(requestId),
			'The node never follows redirects, because the API token must go only to RunComfy.',
			"Check the 'Model API URL' if the credential's Environment is Custom.",
		),
		facts,
	);

export const callRefused = ({ doing, requestId }: Asked, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy did not let the node ${doing}`,
		sentences(requestId === undefined ? '' : fetchIt(requestId), said(words)),
		facts,
	);

// ---- What the node cannot find --------------------------------------------------------------------------------------

const WHAT_A_REQUEST_ID_IS =
	'Use the request_id of an earlier item or error: up to 128 letters, digits, - and _. ' +
	'The URLs returned by Submit work too.';

/** `value`: undefined where there is none. */
export const invalidRequestId = (value: unknown) =>
	invalidId('Request ID', 'a request ID', value, whatItIs(value), WHAT_A_REQUEST_ID_IS);

export const foreignRequestAddress = (requestsUrl: string) =>
	new RunComfyError(
		"'Request ID' is not the URL of a request at this service",
		`With this credential, the URL of a request starts with ${quote(requestsUrl)}/.`,
	);

const unknownHere = (what: string, list: string) =>
	new RunComfyError(
		`This version of the node does not know the ${what}`,
		`Choose one from the list '${list}', or update the node: the workflow may come from a newer version.`,
	);

export const unknownResource = (resource: string) => unknownHere(`resource '${quote(resource)}'`, 'Resource');

export const unknownOperation = (operation: string, resource: string) =>
	unknownHere(`operation '${quote(operation)}' of the resource '${quote(resource)}'`, 'Operation');
