import { findRequest } from '../findRequest.mts';
import type { Effect } from '../serve.mts';

/**
 * POST /v1/requests/{id}/cancel. Repeating it is harmless. The `status` in the answer is as little to be trusted
 * as RunComfy's.
 */
export const cancel: Effect = (call, context) => {
	const { request, refusal } = findRequest(call, context);
	if (refusal) return refusal;
	const state = request.stateAt(call.atMs);
	const rule = context.switches.take('cancelAnswer');
	const isGranted = rule === 'cancelled' || (rule === 'byState' && (state === 'in_queue' || state === 'cancelled'));
	if (isGranted && request.cancel(call.atMs)) context.counts.granted(call.token);
	const outcome = isGranted ? 'cancelled' : 'not_cancellable';
	return { status: 202, body: { request_id: request.id, status: 'completed', outcome } };
};
