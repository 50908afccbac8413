import { errorAnswer, type Answer } from './answer.mts';
import type { ApiCall } from './apiCall.mts';
import type { Context } from './context.mts';
import type { StoredRequest } from './requests.mts';

const UNKNOWN_REQUEST = 404001;
const FOREIGN_REQUEST = 403001;

/** The request a call is about, or the refusal: not known (yet, or any more), or another account's. */
export function findRequest(
	call: ApiCall,
	context: Context,
): { request: StoredRequest; refusal?: undefined } | { request?: undefined; refusal: Answer } {
	const request = context.requests.get(call.requestId ?? '');
	if (request === undefined || !request.isKnown(call.atMs)) {
		return { refusal: errorAnswer(404, UNKNOWN_REQUEST, 'The request is unknown or has expired.') };
	}
	if (request.token !== call.token) {
		return { refusal: errorAnswer(403, FOREIGN_REQUEST, 'The request belongs to another account.') };
	}
	return { request };
}
