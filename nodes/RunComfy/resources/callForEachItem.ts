import type { IDataObject } from 'n8n-workflow';

import type { Run } from '../batch/run';
import { SINGLE_CALLS_AT_ONCE } from '../batch/tryForAMinute';
import { workThroughItems } from '../batch/workThroughItems';
import { plainItem } from '../output/items';

/**
 * An operation that charges nothing: `check` reads what an item gives before the first call, `call` returns the fields of its
 * output items.
 */
export async function callForEachItem<T>(
	run: Run,
	check: (itemIndex: number) => T | Promise<T>,
	call: (given: T) => Promise<IDataObject | IDataObject[]>,
	callsAtOnce = SINGLE_CALLS_AT_ONCE,
) {
	return await workThroughItems(run, {
		check: async (itemIndex) => ({ itemIndex, given: await check(itemIndex) }),
		concurrency: () => callsAtOnce,
		work: async ({ itemIndex, given }) => {
			const fields = [await call(given)].flat();
			return async () => fields.map((json) => plainItem(itemIndex, json));
		},
	});
}
