import { detailAnswer, errorAnswer, type Answer } from './answer.mts';
import type { ApiCall } from './apiCall.mts';
import type { Context } from './context.mts';
import type { StoredRequest } from './requests.mts';

const UNKNOWN_REQUEST = 404001;
const FOREIGN_REQUEST = 403001;

const FOREIGN_MESSAGE = 'The request belongs to another account.';

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
		const isBare = context.switches.take('foreignRequest') === 'bare';
		return { refusal: isBare ? detailAnswer(403, 'Forbidden') : errorAnswer(403, FOREIGN_REQUEST, FOREIGN_MESSAGE) };
	}
	return { request };
}
