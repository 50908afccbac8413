/** From an item to an order: what it would buy, unless an earlier try has bought it. */
import { earlierTries, restOfBatch } from '../errors/advice';
import { asRunComfyError } from '../errors/RunComfyError';
import type { Job } from '../purchase/job';
import { needsJob } from '../purchase/purchase';
import type { JobReader } from './jobReader';
import type { Run } from './run';

/** One item of an operation that buys. */
export interface OrderTask {
	itemIndex: number;
	journalKey: string;
	job(): Promise<Job>;
}

/**
 * Reads and checks the job of an item. What an earlier try bought is taken up without its job being read: its file may be
 * gone by now. Throws a RunComfyError, which names the request where there is one.
 */
export async function readOrder(
	run: Run,
	{ readJob }: JobReader,
	itemIndex: number,
	repeatUnknown: boolean,
): Promise<OrderTask> {
	const journalKey = run.journal.keyOf(itemIndex, run.identityOf(itemIndex));
	let reading: Promise<Job> | undefined;
	const job = async () => await (reading ??= readJob(run, itemIndex));
	if (needsJob(run.journal.standing(journalKey), repeatUnknown)) await job();
	return { itemIndex, journalKey, job };
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
