import type { Answer } from '../answer.mts';
import { findRequest } from '../findRequest.mts';
import type { Effect } from '../serve.mts';
import type { Switches } from '../switches.mts';

/** POST /v1/requests/{id}/cancel. Repeating it is harmless. */
export const cancel: Effect = (call, context) => {
	const { request, refusal } = findRequest(call, context);
	if (refusal) return refusal;
	const state = request.stateAt(call.atMs);
	const rule = context.switches.take('cancelAnswer');
	const isGranted = rule === 'cancelled' || (rule === 'byState' && (state === 'in_queue' || state === 'cancelled'));
	if (isGranted && request.cancel(call.atMs)) context.counts.granted(call.token);
	return tellCancel(request.id, isGranted, context.switches.take('cancelForm'));
};

/** The `status` in the usual answer is as little to be trusted as RunComfy's; in the other forms it says the outcome. */
export function tellCancel(id: string, isGranted: boolean, form: Switches['cancelForm']): Answer {
	const refused = 'not_cancellable';
	const outcome = isGranted ? 'cancelled' : refused;
	switch (form) {
		case 'both':
			return accepted({ request_id: id, status: 'completed', outcome });
		case 'statusAlone':
			return accepted({ request_id: id, status: outcome });
		case 'requestedAlone':
			return accepted({ request_id: id, status: isGranted ? 'cancellation_requested' : refused });
		case 'outcomeAlone':
			return accepted({ outcome });
		case 'requested':
			return accepted({ request_id: id, status: outcome, outcome: isGranted ? 'cancellation_requested' : refused });
		case 'canceled': {
			const word = isGranted ? 'canceled' : refused;
			return accepted({ request_id: id, status: word, outcome: word });
		}
	}
}

function accepted(body: object): Answer {
	return { status: 202, body };
}
