import { ok } from '../answer.mts';
import { findRequest } from '../findRequest.mts';
import { requestUrls } from '../links.mts';
import type { StoredRequest } from '../requests.mts';
import type { Effect } from '../serve.mts';

/** GET /v1/requests/{id}/status. */
export const status: Effect = (call, context) => {
	const { request, refusal } = findRequest(call, context);
	if (refusal) return refusal;
	const word = statusWord(request, call.atMs);
	const { status_url, result_url } = requestUrls(request, context.baseUrl);
	const place =
		word === 'in_queue' && request.life.queuePositions ? { queue_position: request.queuePosition(call.atMs) } : {};
	return ok({ request_id: request.id, status: word, ...place, status_url, result_url });
};

/** `completed` says finished, not succeeded: a failure is usually told by the result alone. */
function statusWord(request: StoredRequest, atMs: number): string {
	const { life } = request;
	const state = request.stateAt(atMs);
	switch (state) {
		case 'in_progress':
			return life.unknownState || state;
		case 'succeeded':
			return 'completed';
		case 'failed':
			return life.failureTold === 'status' ? 'failed' : 'completed';
		default:
			return state;
	}
}
