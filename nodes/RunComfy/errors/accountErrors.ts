/** What is wrong with the credential, the account, or the way to RunComfy. */

import { quote } from './cleanText';
import type { Asked } from './requestErrors';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { NOT_CHARGED, quoteSentence, safeAfterCall, said, sentences } from './sentences';

export const tokenMissing = (credentialName: string) =>
	new RunComfyError(
		`The credential '${credentialName}' contains no API token`,
		'Copy the API token from your profile page at runcomfy.com into the credential.',
	);

export const tokenUnusable = (credentialName: string) =>
	new RunComfyError(
		`The API token in the credential '${credentialName}' contains characters that a token cannot have`,
		'Copy it again from your profile page at runcomfy.com. Spaces or line breaks in the middle usually mean that it was not copied correctly.',
	);

export const tokenRefused = (credentialName: string, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		facts.requestId === undefined
			? 'RunComfy did not accept the API token'
			: `RunComfy did not accept the API token when the node looked up request ${facts.requestId}`,
		sentences(
			safeAfterCall(facts.requestId),
			`Copy the API token from your profile page at runcomfy.com into the credential '${credentialName}'.`,
			said(words),
		),
		facts,
	);

export const invalidCredentialUrl = (name: string) =>
	new RunComfyError(
		`'${name}' in the credential must be a URL that starts with http:// or https://`,
		"It is needed because the credential's Environment is Custom. Choose Production to use RunComfy itself.",
	);

export const noBalance = (words: string, facts: ErrorFacts) =>
	new RunComfyError(
		'The RunComfy account has no balance left',
		sentences(NOT_CHARGED, 'Top up the balance on the billing page at runcomfy.com.', said(words)),
		facts,
	);

export const connectionNotSecure = (reason: string, facts: ErrorFacts = {}) =>
	new RunComfyError(
		facts.requestId === undefined
			? 'Could not connect securely to RunComfy'
			: `Could not connect securely to RunComfy to look up request ${facts.requestId}`,
		sentences(
			safeAfterCall(facts.requestId),
			`Reason: ${quoteSentence(reason)}`,
			"The usual cause is a proxy, or a wrong clock on n8n's machine.",
		),
		facts,
	);

export const readingBalance: Asked = { doing: 'read the balance' };

export const balanceNotReported = () =>
	new RunComfyError(
		'RunComfy did not report the balance',
		'Its answer contained no number. Check the billing page at runcomfy.com.',
	);

/** A submit that something on the way refused: a page or nothing in place of RunComfy's answer. */
export const somethingBetween = (httpStatus: number, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`Something between n8n and RunComfy answered with HTTP ${httpStatus}`,
		sentences(
			NOT_CHARGED,
			httpStatus === 407
				? "A proxy requires a user name and a password: set them in the proxy settings of n8n's machine."
				: "Usually it is a firewall or a proxy, or a wrong 'Model API URL' if the credential's Environment is Custom.",
			quote(words) === '' ? '' : `It said: ${quoteSentence(words)}`,
		),
		facts,
	);
