/** The steps that Submit and the operations that wait have in common: what an item buys, and whether it may. */

import type { RunComfyError } from '../errors/RunComfyError';
import type { Order } from '../purchase/order';
import { approve } from './approve';
import { aboutOthers, namingBought } from './orders';
import type { Run } from './run';
import type { ItemSteps } from './workThroughItems';

/** `read`: the orders of an item; throws a RunComfyError. */
export const buyingSteps = <T extends Order>(
	run: Run,
	read: (itemIndex: number) => Promise<T[]>,
): Pick<ItemSteps<T>, 'check' | 'approve' | 'aboutOthers'> => ({
	check: async (itemIndex) => {
		try {
			return await read(itemIndex);
		} catch (error) {
			throw namingBought(run.money.journal, itemIndex, error);
		}
	},
	approve: async (orders): Promise<Map<T, RunComfyError>> => {
		const unusable = orders.flatMap((order) => (order.problem === undefined ? [] : [[order, order.problem] as const]));
		const usable = orders.filter(({ problem }) => problem === undefined);
		return new Map([...unusable, ...(await approve(run, usable))]);
	},
	aboutOthers: (others) => aboutOthers(run, others),
});
