/** Request → Cancel: asks RunComfy to cancel, and believes nothing but its word for the outcome. */
import { cancelItem } from '../../output/items';
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
			const seen = await askOnce(run, requestId, 'cancel', async (options) => {
				return await run.client.cancel(requestId, options);
			});
			return seen === STOPPED ? STOPPED : async () => [cancelItem(itemIndex, requestId, seen.word)];
		},
		advice: singleCallAdvice,
	});
}
