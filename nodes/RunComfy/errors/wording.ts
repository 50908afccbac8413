/**
 * Every sentence the node says when something goes wrong stands here. Message: what happened, with the parameter's name
 * in single quotes and the request id where there is one. Description: what to do next.
 */
import { quote } from './foreignText';
import { type ErrorFacts, RunComfyError } from './RunComfyError';

const MAX_STATE_WORD_CHARACTERS = 40;

const stateWord = (word: string) => quote(word, MAX_STATE_WORD_CHARACTERS);

const said = (words: string) => (quote(words) === '' ? '' : `RunComfy said: ${quote(words)}`);

const goesOn = (requestId: string) =>
	`The request goes on at RunComfy: fetch it later with Get Result and the request ID ${requestId}.`;

const sentences = (...parts: string[]) => parts.filter(Boolean).join(' ');

// ---- Account ----------------------------------------------------------------------------------------------------

export const tokenMissing = (credentialName: string) =>
	new RunComfyError(
		`The credential '${credentialName}' holds no API token`,
		'Copy the API token from your profile page at runcomfy.com into the credential.',
	);

export const tokenUnusable = (credentialName: string) =>
	new RunComfyError(
		`The API token in the credential '${credentialName}' has characters that no token has`,
		'Copy it anew from your profile page at runcomfy.com; blanks or line breaks in the middle are a sign of a broken copy.',
	);

export const tokenRefused = (credentialName: string, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		facts.requestId === undefined
			? 'RunComfy did not accept the API token'
			: `RunComfy did not accept the API token while request ${facts.requestId} was looked up`,
		sentences(
			`Copy the API token from your profile page at runcomfy.com into the credential '${credentialName}'.`,
			said(words),
			facts.requestId === undefined ? 'Nothing was charged.' : goesOn(facts.requestId),
		),
		facts,
	);

export const invalidCredentialUrl = (name: string) =>
	new RunComfyError(
		`'${name}' of the credential must be a URL that starts with http:// or https://`,
		"It is needed because the credential's Environment is Custom. Choose Production to use RunComfy itself.",
	);

export const noBalance = (words: string, facts: ErrorFacts) =>
	new RunComfyError(
		'The RunComfy account has no balance left',
		sentences(
			'Top up the balance on the billing page at runcomfy.com. Nothing was charged for this item.',
			said(words),
		),
		facts,
	);

// ---- Parameters ---------------------------------------------------------------------------------------------------

export const invalidParameter = (name: string, rule: string, advice = '') =>
	new RunComfyError(`'${name}' ${rule}`, advice);

export const imageUrlUnreachable = (reason: string) =>
	new RunComfyError(
		`RunComfy cannot reach 'Image URL': ${reason}`,
		'The address must be public, since RunComfy fetches the image itself. For a file that only n8n can read, set ' +
			"'Image Source' to Binary File.",
	);

export const imageFileMissing = (fieldName: string, available: string[]) =>
	new RunComfyError(
		`'Input Data Field Name': the input item has no file in the field '${quote(fieldName, 60)}'`,
		available.length === 0
			? 'The item carries no file at all. Put a node before this one that reads or downloads the photo.'
			: `The item has files in: ${quote(available.join(', '))}.`,
	);

export const imageFileUnreadable = (fieldName: string, reason: string) =>
	new RunComfyError(
		`The file in '${quote(fieldName, 60)}' could not be read`,
		`n8n said: ${quote(reason)}. Nothing was submitted for this item.`,
	);

export const imageFileWrong = (fieldName: string, problem: string) =>
	new RunComfyError(
		`The file in '${quote(fieldName, 60)}' ${problem}`,
		'RunComfy takes JPEG, PNG and WebP images of at most 10 MB. The content counts, not the name of the file.',
	);

// ---- Submit -------------------------------------------------------------------------------------------------------

export const inputRefused = (words: string, details: string[], sentAsFile: boolean, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy refused the input: ${quote(words, 200) || 'it gave no reason'}`,
		sentences(
			details.length > 0 ? quote(details.join('; ')) : '',
			sentAsFile
				? "If it is the image that was refused: put the file at a public address and set 'Image Source' to URL."
				: '',
			'Nothing was charged for this item.',
		),
		facts,
	);

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
export const submitNotAccepted = (reason: string, seconds: number, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy did not take this image within ${seconds} seconds`,
		sentences(`The last answer: ${quote(reason)}.`, 'Nothing was charged for this item. Run it again later.'),
		facts,
	);

export const connectionNotSecure = (reason: string, facts: ErrorFacts = {}) =>
	new RunComfyError(
		facts.requestId === undefined
			? 'The connection to RunComfy could not be made securely'
			: `The connection to RunComfy could not be made securely to look up request ${facts.requestId}`,
		sentences(
			`${quote(reason)}. A proxy or a wrong clock on the machine of n8n is the usual cause.`,
			facts.requestId === undefined ? 'Nothing was charged.' : goesOn(facts.requestId),
		),
		facts,
	);

export const submitOutcomeUnknown = (reason: string, facts: ErrorFacts) =>
	new RunComfyError(
		facts.requestId === undefined
			? 'It is not known whether RunComfy accepted this image'
			: `It is not known whether RunComfy accepted this image as request ${facts.requestId}`,
		sentences(
			`It may have been charged: ${quote(reason)}.`,
			'Look under Generations at runcomfy.com. If the image is there, fetch it with Get Result and its request ID.',
			'If it is not, run this item in a new execution.',
			"A retry of this execution will not submit it again, unless 'When Outcome Is Unknown' is set to Submit Again.",
		),
		facts,
	);

// ---- Requests -----------------------------------------------------------------------------------------------------

export const requestFailed = (words: string, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`Request ${facts.requestId} failed: ${quote(words, 200) || 'RunComfy gave no reason'}`,
		sentences(
			said(words),
			'Try another prompt if RunComfy names the prompt or its safety rules, and another image if it names the image.',
			'The same input is bought again by Retry execution, not by Retry On Fail.',
		),
		facts,
	);

export const requestCancelled = (facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`Request ${facts.requestId} was cancelled at RunComfy`,
		'It gave no image. It is bought again by Retry execution or a new execution, not by Retry On Fail.',
		facts,
	);

export const successWithoutFile = (words: string, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`Request ${facts.requestId} ended as succeeded, but RunComfy gave no file`,
		sentences(
			'This happens when the safety check of the model holds the picture back. Try another prompt or image.',
			said(words),
		),
		facts,
	);

export const timedOut = (lastWord: string, seconds: number, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${stateWord(lastWord)} after ${seconds} seconds`,
		sentences(goesOn(facts.requestId), "Raise 'Timeout' if this happens often."),
		facts,
	);

export const timedOutAndCancelled = (lastWord: string, seconds: number, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${stateWord(lastWord)} after ${seconds} seconds and was cancelled`,
		"RunComfy confirmed the cancellation. Raise 'Timeout' if this happens often.",
		{ ...facts, status: 'cancelled' },
	);

export const timedOutNotCancelled = (
	lastWord: string,
	seconds: number,
	outcome: string,
	facts: ErrorFacts & { requestId: string },
) =>
	new RunComfyError(
		`Request ${facts.requestId} was still ${stateWord(lastWord)} after ${seconds} seconds and could not be cancelled`,
		sentences(`The answer to the cancellation: ${quote(outcome)}.`, goesOn(facts.requestId)),
		facts,
	);

/** `since` is a time of day a person can compare with a clock: ISO 8601. */
export const unreachableWhileWaiting = (
	since: string,
	reason: string,
	lastWord: string | undefined,
	seconds: number,
	facts: ErrorFacts & { requestId: string },
) =>
	new RunComfyError(
		`RunComfy could not be reached since ${since}, so the result of request ${facts.requestId} is not known`,
		sentences(
			`Waited ${seconds} seconds. The last answer: ${quote(reason)}.`,
			lastWord === undefined ? '' : `Before that the request was ${stateWord(lastWord)}.`,
			`It may be finished by now: fetch it with Get Result and the request ID ${facts.requestId}.`,
		),
		facts,
	);

/** One call about a request that got no usable answer within its time. */
export const unreachable = (what: string, reason: string, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`RunComfy could not be reached to ${what} request ${facts.requestId}`,
		sentences(`The last answer: ${quote(reason)}.`, 'The request itself is not touched by that. Try again later.'),
		facts,
	);

export const unknownRequest = (facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`RunComfy does not know request ${facts.requestId}`,
		'Request IDs expire. Check that it was copied whole, and that it came from this environment.',
		facts,
	);

export const foreignRequest = (credentialName: string, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`Request ${facts.requestId} belongs to another RunComfy account`,
		`Use the credential of the account that submitted it; this one is '${credentialName}'.`,
		facts,
	);

export const redirected = (what: string, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`RunComfy answered with a redirect when the node wanted to ${what} request ${facts.requestId}`,
		sentences(
			'A redirect is never followed, because the API token must not leave RunComfy.',
			"Check the 'Model API URL' if the credential's Environment is Custom.",
			goesOn(facts.requestId),
		),
		facts,
	);

export const callRefused = (what: string, words: string, facts: ErrorFacts & { requestId: string }) =>
	new RunComfyError(
		`RunComfy refused to ${what} request ${facts.requestId}`,
		sentences(said(words), goesOn(facts.requestId)),
		facts,
	);
