/** What is wrong with 'Request ID', and with a resource or operation that this version does not know. */

import { quote } from './cleanText';
import { RunComfyError } from './RunComfyError';
import { sentences } from './sentences';
import { whatItIs } from './shape';

const WHAT_A_REQUEST_ID_IS =
	'Use the request_id of an earlier item or error: up to 128 letters, digits, - and _. ' +
	'The URLs returned by Submit work too.';

/** `value`: undefined where there is none. */
export const invalidRequestId = (value: unknown) =>
	value === undefined
		? new RunComfyError("'Request ID' is required", WHAT_A_REQUEST_ID_IS)
		: new RunComfyError("'Request ID' is not a request ID", sentences(whatItIs(value), WHAT_A_REQUEST_ID_IS));

export const foreignRequestAddress = (requestsUrl: string) =>
	new RunComfyError(
		"'Request ID' is not the URL of a request at this service",
		`With this credential, the URL of a request starts with ${quote(requestsUrl)}/.`,
	);

export const unknownResource = (resource: string) =>
	new RunComfyError(
		`This version of the node does not know the resource '${quote(resource)}'`,
		"Choose one from the list 'Resource', or update the node: the workflow may come from a newer version.",
	);

export const unknownOperation = (operation: string, resource: string) =>
	new RunComfyError(
		`This version of the node does not know the operation '${quote(operation)}' of the resource '${quote(resource)}'`,
		"Choose one from the list 'Operation', or update the node: the workflow may come from a newer version.",
	);
