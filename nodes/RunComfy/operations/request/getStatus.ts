/** Request → Get Status: one look at `/status`. */
import { statusItem } from '../../output/items';
import { readRequestId } from '../../parameters';
import { STOPPED } from '../../timing/stop';
import { workThroughItems } from '../perItem';
import type { Run } from '../run';
import { askOnce, SINGLE_CALLS_AT_ONCE, singleCallAdvice } from '../singleCall';

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
