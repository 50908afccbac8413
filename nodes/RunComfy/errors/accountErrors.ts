/** What is wrong with the credential, the account, or the way to RunComfy. */

import { quote } from './cleanText';
import type { Asked } from './requestErrors';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { asSentence, goesOn, said, sentences } from './sentences';

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

export const connectionNotSecure = (reason: string, facts: ErrorFacts = {}) =>
	new RunComfyError(
		facts.requestId === undefined
			? 'The connection to RunComfy could not be made securely'
			: `The connection to RunComfy could not be made securely to look up request ${facts.requestId}`,
		sentences(
			`The reason: ${asSentence(quote(reason))} A proxy or a wrong clock on n8n's machine is the usual cause.`,
			facts.requestId === undefined ? 'Nothing was charged.' : goesOn(facts.requestId),
		),
		facts,
	);

export const readingBalance: Asked = { doing: 'read the balance' };

export const balanceNotTold = () =>
	new RunComfyError(
		'RunComfy did not say what the balance is',
		'Its answer had no number. Look at the billing page at runcomfy.com.',
	);

/** A submit that something on the way refused: a page or nothing in place of RunComfy's answer. */
export const somethingBetween = (httpStatus: number, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`Something between n8n and RunComfy answered with HTTP ${httpStatus}`,
		sentences(
			httpStatus === 407
				? "A proxy asks for a name and a password: set them in the proxy settings of n8n's machine."
				: "A firewall or a proxy on the way is the usual cause; a wrong 'Model API URL' if the credential's Environment is Custom.",
			quote(words) === '' ? '' : `It said: ${asSentence(quote(words))}`,
			'RunComfy did not get this item. Nothing was charged.',
		),
		facts,
	);
