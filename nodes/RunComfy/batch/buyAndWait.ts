/** Buys each item's jobs, waits for them, and gives one item per output file. */

import { RETRY_SUBMITS_AGAIN } from '../errors/requestErrors';
import { asRunComfyError } from '../errors/RunComfyError';
import { noSlot, noSlotToCheck } from '../errors/submitErrors';
import type { GivenName } from '../output/fileName';
import { variantFields } from '../output/items';
import { buy } from '../purchase/buy';
import type { Order } from '../purchase/order';
import { isUnknownRequest, isYoung } from '../purchase/existingRequests';
import { buyingSteps } from './buyingSteps';
import type { JobReader } from './jobReader';
import { leastInFlight, readBuyingOptions, readWaitingOptions } from './options';
import { readOrders, withBought } from './orders';
import type { Run } from './run';
import type { PoolSlot } from './runPool';
import { type Awaited, waitForResult } from './waitForResult';
import { type Collect, workThroughItems } from './workThroughItems';

type WaitedOrder = Order & Pick<Awaited, 'options' | 'givenName'>;

export async function buyAndWait(run: Run, reader: JobReader) {
	return await workThroughItems<WaitedOrder>(run, {
		...buyingSteps(run, (itemIndex) => readItem(run, reader, itemIndex)),
		concurrency: leastInFlight,
		isBegun: ({ journalKey }) => run.money.journal.standing(journalKey).kind === 'resume',
		work: (order, isStillWanted, slot) => workOnOrder(run, reader, order, isStillWanted, slot),
		patience: {
			ms: ({ windowMs }) => windowMs,
			error: (order) => withoutSlot(run, order),
		},
	});
}

async function readItem(run: Run, reader: JobReader, itemIndex: number): Promise<WaitedOrder[]> {
	const options = readWaitingOptions(run.context, itemIndex, reader.usualTimeoutSeconds);
	const orders = await readOrders(run, reader, itemIndex, {
		...readBuyingOptions(run.context, itemIndex),
		windowMs: options.timeoutSeconds * 1000,
		submitAgain: options.onUnknownOutcome === 'submitAgain',
		cancelOnStop: options.cancelOnStop,
		isWaitedFor: true,
	});
	let entered: GivenName | undefined;
	const enter = () =>
		(entered ??= run.fileNames.enter(options.fileName, reader.sourceOf(run, itemIndex), orders.length));
	if (options.downloadImages) enter();
	return orders.map((order, index) => ({
		...order,
		options,
		givenName: () => ({ name: enter().name, before: enter().before + index }),
	}));
}

async function workOnOrder(
	run: Run,
	reader: JobReader,
	order: WaitedOrder,
	isStillWanted: () => boolean,
	slot: PoolSlot,
): Promise<Collect | undefined> {
	const { journal, testRunReuse } = run.money;
	const { itemIndex, journalKey, variant, options, givenName } = order;
	for (;;) {
		const purchase = await buy(run, order, isStillWanted);
		if (purchase === undefined) return undefined;
		try {
			return await waitForResult(run, {
				...purchase,
				options,
				slot,
				givenName,
				modelId: reader.modelIdOf(run, itemIndex),
				read: reader.outputOf?.(run, itemIndex),
				moreFields: variantFields(variant, purchase.seed),
			});
		} catch (thrown) {
			const error = asRunComfyError(thrown, purchase.requestId);
			if (order.isExtra === true) throw error;
			const isGone = isUnknownRequest(error) && !isYoung(run, purchase.boughtAtMs);
			if (purchase.isReused && (isGone || journal.hasEnded(journalKey))) {
				// What an earlier test run bought gave nothing, or RunComfy no longer has it: it is bought after all.
				testRunReuse.forget(purchase.requestId);
				journal.remove(journalKey);
				continue;
			}
			// Only what an earlier execution bought may be bought again, so this comes round once at most.
			if (journal.standing(journalKey).kind === 'toBuy') continue;
			throw journal.hasEnded(journalKey) ? error.withAdvice(RETRY_SUBMITS_AGAIN) : error;
		}
	}
}

/**
 * The error of an order that got no slot: nothing was bought for it, unless an earlier attempt did, and that was not looked at.
 */
function withoutSlot({ money: { journal } }: Run, { noun, journalKey, options }: WaitedOrder) {
	const standing = journal.standing(journalKey);
	const { timeoutSeconds: seconds } = options;
	return standing.kind === 'resume'
		? noSlotToCheck(seconds, standing.bought.id)
		: withBought(journal, journalKey, noSlot(noun, seconds));
}
