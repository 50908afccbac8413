/** Request → Cancel: asks RunComfy to cancel, and believes nothing but its word for the outcome. */

import { cancellingRequest } from '../../errors/requestErrors';
import { tryForAMinute } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { callForEachItem } from '../callForEachItem';
import { readRequest } from './readRequest';

export async function execute(run: Run) {
	return await callForEachItem(
		run,
		(itemIndex) => readRequest(run, itemIndex),
		async (request) => {
			const { requestId } = request;
			const { status: outcome } = await run.testRunMemory.whileCancelling(requestId, async () => {
				const reply = await tryForAMinute(run, cancellingRequest(requestId), async (options) => {
					return await run.requests.cancel(request, options);
				});
				if (reply.status === 'cancelled') run.money.testRunReuse.forget(requestId);
				return reply;
			});
			return { request_id: requestId, outcome, cancelled: outcome === 'cancelled' };
		},
	);
}
