import { ok } from '../answer.mts';
import { failureOf } from '../failure.mts';
import { findRequest } from '../findRequest.mts';
import { requestUrls } from '../links.mts';
import type { StoredRequest } from '../requests.mts';
import type { Effect } from '../serve.mts';

/** GET /v1/requests/{id}/status. */
export const status: Effect = (call, context) => {
	const { request, refusal } = findRequest(call, context);
	if (refusal) return refusal;
	const { life } = request;
	const state = request.stateAt(call.atMs);
	const word = statusWord(request, call.atMs);
	const { status_url, result_url } = requestUrls(request, context.baseUrl);
	const place = word === 'in_queue' && life.queuePositions ? { queue_position: request.queuePosition(call.atMs) } : {};
	const error = state === 'failed' && life.failureTold === 'statusWithError' ? { error: failureOf(request) } : {};
	return ok({ request_id: request.id, status: word, ...place, ...error, status_url, result_url });
};

/** `completed` says finished, not succeeded: a failure is usually told by the result alone. */
function statusWord(request: StoredRequest, atMs: number): string {
	const { life } = request;
	const state = request.stateAt(atMs);
	switch (state) {
		case 'in_progress':
			return life.unknownState || state;
		case 'succeeded':
			return life.endWord || 'completed';
		case 'failed':
			return life.endWord || (life.failureTold === 'result' ? 'completed' : 'failed');
		case 'cancelled':
			return life.cancelledWord;
		default:
			return state;
	}
}
