/** From an item to its orders: what it would buy, unless an earlier try has bought it. */
import { earlierTries, restOfBatch } from '../errors/advice';
import { asRunComfyError } from '../errors/RunComfyError';
import { noSeed } from '../errors/spendingErrors';
import type { Job } from '../purchase/job';
import { needsJob } from '../purchase/purchase';
import { seedOf } from '../purchase/variants';
import type { JobReader } from './jobReader';
import type { Run } from './run';

/** One request of an operation that buys. */
export interface OrderTask {
	itemIndex: number;
	journalKey: string;
	/** Counted from 1; absent where the item has only one. */
	variant?: number;
	job(): Promise<Job>;
}

export interface OrderOptions {
	/** Whether a submit of unknown outcome is repeated. */
	repeatUnknown: boolean;
	/** Requests for the item. */
	variants: number;
}

/**
 * Reads and checks what an item buys, once for all its variants. What an earlier try bought is taken up without its job
 * being read: its file may be gone by now. Throws a RunComfyError, which names the request where there is one.
 */
export async function readOrders(
	run: Run,
	{ readJob }: JobReader,
	itemIndex: number,
	{ repeatUnknown, variants }: OrderOptions,
): Promise<OrderTask[]> {
	const identity = run.identityOf(itemIndex);
	let reading: Promise<Job> | undefined;
	const job = async () => await (reading ??= readJob(run, itemIndex));
	const orders = Array.from({ length: variants }, (_, index): OrderTask => {
		if (variants === 1) return { itemIndex, journalKey: run.journal.keyOf(itemIndex, identity), job };
		const variant = index + 1;
		const journalKey = run.journal.keyOf(itemIndex, `${identity}:v${variant}`);
		return { itemIndex, journalKey, variant, job: async () => withSeed(await job(), identity, variant) };
	});
	for (const order of orders) {
		if (needsJob(run.journal.standing(order.journalKey), repeatUnknown)) await order.job();
	}
	return orders;
}

/** The same job with the seed of one of its variants. */
function withSeed(job: Job, identity: string, variant: number): Job {
	if (job.seed === undefined) throw noSeed(job.queue.label);
	const { name } = job.seed;
	const seed = seedOf(identity, variant, job.seed);
	return {
		...job,
		hash: `${job.hash} ${seed}`,
		variantSeed: seed,
		inputs: { ...job.inputs, [name]: seed },
		makeBody: async () => ({ ...(await job.makeBody()), [name]: seed }),
	};
}

/** The same error with the request that an earlier try bought for the item, if there is one. */
export function namingBought(run: Run, itemIndex: number, thrown: unknown): unknown {
	const error = asRunComfyError(thrown);
	const standing = run.journal.standing(run.journal.keyOf(itemIndex, run.identityOf(itemIndex)));
	const requestId = standing.kind === 'buy' ? undefined : standing.bought?.id;
	return requestId === undefined || error.facts.requestId !== undefined ? error : error.aboutRequest(requestId);
}

/** What a person should know of the other items, told from the journal: whichever try bought them. */
export function aboutOthers({ journal }: Run, { done, notDone }: { done: number; notDone: OrderTask[] }): string {
	const kinds = notDone.map(({ journalKey }) => journal.standing(journalKey).kind);
	const countOf = (kind: (typeof kinds)[number]) => kinds.filter((other) => other === kind).length;
	return restOfBatch({
		done,
		bought: countOf('takeUp'),
		unclear: countOf('unknown'),
		notSubmitted: countOf('buy'),
	});
}

export const aboutAll = ({ journal }: Run): string => earlierTries(journal.requestIds(), journal.unknownCount());
