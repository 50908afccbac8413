import { detailAnswer, errorAnswer, type Answer } from './answer.mts';
import type { ApiCall } from './apiCall.mts';
import type { Context } from './context.mts';
import type { AcceptedRequest } from './acceptedRequest.mts';
import type { StoredRequest } from './requests.mts';

const UNKNOWN_REQUEST = 404001;
const FOREIGN_REQUEST = 403001;

const FOREIGN_MESSAGE = 'The request belongs to another account.';

/** What a call is about, or its refusal. */
export type Found<T> = { request: T; refusal?: undefined } | { request?: undefined; refusal: Answer };

/** The request a call is about, or the refusal: not known (yet, or any more), or another account's. */
export function findRequest(call: ApiCall, context: Context): Found<StoredRequest> {
	return allowed(context.requests.get(call.requestId ?? ''), call, context, FOREIGN_REQUEST);
}

/** Whether a call may see this request. `foreignCode` is the error_code for another account's. */
export function allowed<T extends AcceptedRequest>(
	request: T | undefined,
	call: ApiCall,
	context: Context,
	foreignCode: number,
): Found<T> {
	if (request === undefined || !request.isKnown(call.atMs)) {
		return { refusal: errorAnswer(404, UNKNOWN_REQUEST, 'The request is unknown or has expired.') };
	}
	if (request.token !== call.token) {
		const isBare = context.switches.take('foreignRequest') === 'bare';
		return { refusal: isBare ? detailAnswer(403, 'Forbidden') : errorAnswer(403, foreignCode, FOREIGN_MESSAGE) };
	}
	return { request };
}
