/** Request → Get Status: one read of `/status`. */

import { readingRequest } from '../../errors/requestErrors';
import { tryForAMinute, SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { statusItem } from '../../output/items';
import { readRequest } from './readRequest';

export async function execute(run: Run) {
	return await workThroughItems(run, {
		check: async (itemIndex) => readRequest(run, itemIndex),
		concurrency: () => SINGLE_CALLS_AT_ONCE,
		work: async (request) => {
			const { itemIndex, requestId } = request;
			const seen = await tryForAMinute(run, readingRequest(requestId), async (options) => {
				return await run.requests.readStatus(request, options);
			});
			if (seen.phase === 'failed' || seen.phase === 'cancelled') run.money.testRun.forget(requestId);
			return async () => [statusItem(itemIndex, requestId, seen)];
		},
	});
}
