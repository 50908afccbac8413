/** Request → Get Status: one look at `/status`. */
import { statusItem } from '../../output/items';
import { readRequestId } from '../../input/parameters';
import { STOPPED } from '../../timing/stop';
import { workThroughItems } from '../../operations/workThroughItems';
import type { Run } from '../../operations/run';
import { askOnce, SINGLE_CALLS_AT_ONCE, singleCallAdvice } from '../../operations/askOnce';

export async function execute(run: Run) {
	return await workThroughItems(run, {
		prepare: async (itemIndex) => ({ itemIndex, requestId: readRequestId(run.context, itemIndex) }),
		places: () => SINGLE_CALLS_AT_ONCE,
		work: async ({ itemIndex, requestId }) => {
			const seen = await askOnce(run, requestId, 'read', async (options) => {
				return await run.client.lookAtStatus(requestId, options);
			});
			return seen === STOPPED ? STOPPED : async () => [statusItem(itemIndex, requestId, seen)];
		},
		advice: singleCallAdvice,
	});
}
