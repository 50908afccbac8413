/** Request → Cancel: asks RunComfy to cancel, and believes nothing but its word for the outcome. */

import { cancellingRequest } from '../../errors/requestErrors';
import { tryForAMinute, SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { cancelItem } from '../../output/items';
import { readRequest } from './readRequest';

export async function execute(run: Run) {
	return await workThroughItems(run, {
		check: async (itemIndex) => readRequest(run, itemIndex),
		concurrency: () => SINGLE_CALLS_AT_ONCE,
		work: async (request) => {
			const { itemIndex, requestId } = request;
			const seen = await run.testRuns.whileCancelling(requestId, async () => {
				const reply = await tryForAMinute(run, cancellingRequest(requestId), async (options) => {
					return await run.requests.cancel(request, options);
				});
				if (reply.status === 'cancelled') run.money.testRun.forget(requestId);
				return reply;
			});
			return async () => [cancelItem(itemIndex, requestId, seen.status)];
		},
	});
}
