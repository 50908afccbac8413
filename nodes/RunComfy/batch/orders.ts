/** From an item to its orders: what it would buy, unless an earlier attempt has bought it. */

import {
	alsoBought,
	boughtEarlier,
	EARLIER_SUBMIT,
	perhapsBoughtEarlier,
	restOfBatch,
	safeOfBatch,
} from '../errors/batchWords';
import { asRunComfyError, type RunComfyError } from '../errors/RunComfyError';
import { NOT_CHARGED } from '../errors/sentences';
import type { Journal } from '../purchase/journal';
import type { Job, SeedSource } from '../purchase/job';
import { needsJob } from '../purchase/buy';
import type { Order } from '../purchase/order';
import { withSeed } from '../purchase/variants';
import type { JobReader } from './jobReader';
import type { BuyingOptions } from './options';
import { MAX_VARIANTS } from './optionFields';
import type { Run } from './run';

/**
 * Reads and checks what an item buys, once for all its variants. What an earlier attempt bought is resumed without its job
 * being read: its file may be gone by now. Throws a RunComfyError, which names the request where there is one.
 */
export async function readOrders(
	run: Run,
	{ noun, listed, readJob }: JobReader,
	itemIndex: number,
	{
		windowMs,
		submitAgain,
		cancelOnStop,
		isWaitedFor,
		reuseInTestRuns: reuse,
		variants,
	}: Pick<Order, 'windowMs' | 'submitAgain' | 'cancelOnStop' | 'isWaitedFor'> & BuyingOptions,
): Promise<Order[]> {
	const { journal } = run.money;
	let reading: Promise<Job> | undefined;
	const plainJob = async () => await (reading ??= readJob(run, itemIndex));
	const common = { itemIndex, noun, listed, windowMs, submitAgain, cancelOnStop, isWaitedFor, reuse };
	const orders = Array.from({ length: variants }, (_, index): Order => {
		const variant = index + 1;
		const journalKey = journal.keyOf(itemIndex, variant);
		if (variants === 1) return { ...common, journalKey, job: plainJob };
		const job = async () => {
			const plain = await plainJob();
			return withSeed(plain, variant, variants, () => seedSource(run, journalKey, plain.hash, reuse));
		};
		return { ...common, journalKey, variant, job };
	});
	// Where an earlier attempt was asked for more variants, those it paid for come out too.
	for (let variant = variants + 1; variant <= MAX_VARIANTS; variant += 1) {
		const journalKey = journal.keyOf(itemIndex, variant);
		if (journal.isPaid(journalKey)) orders.push({ ...common, journalKey, variant, isExtra: true, job: plainJob });
	}
	const standings = orders.map(({ journalKey }) => journal.standing(journalKey));
	const isDelivered = run.continueOnFail && standings.some(({ kind }) => kind === 'resume');
	for (const [index, order] of orders.entries()) {
		if (!needsJob(standings[index], submitAgain)) continue;
		const reading = order.job().then(() => undefined);
		const toProblem = (error: unknown) => withBought(journal, order.journalKey, error).withSafe(NOT_CHARGED);
		// Variants that are paid are not withheld for one that cannot be bought any more.
		order.problem = await (isDelivered ? reading.catch(toProblem) : reading);
	}
	return orders;
}

/**
 * What seeds are made up from: the hash of what is sent, and how many purchases of the same came before. They differ from
 * execution to execution, and stay the same on every attempt. A run from the editor that may reuse requests has the seeds of
 * the run before as long as there is anything to reuse, or it would find none.
 */
export function seedSource(
	{ money: { journal, testRunReuse } }: Run,
	journalKey: string,
	hash: string,
	reuse: boolean,
): SeedSource {
	const salt = reuse ? testRunReuse.saltFor(hash, journal.salt) : journal.salt;
	return { hash, salt, order: journal.orderAmongEqual(journalKey, hash) };
}

/** The same error, naming what an earlier attempt bought for the item, or may have bought. */
export function withBought(journal: Journal, journalKey: string, thrown: unknown): RunComfyError {
	const error = asRunComfyError(thrown);
	const standing = journal.standing(journalKey);
	if (standing.kind === 'toBuy' || error.facts.requestId !== undefined) return error;
	const requestId = standing.bought?.id;
	if (requestId === undefined) return error.withAdvice(EARLIER_SUBMIT);
	const advice = standing.kind === 'resume' ? boughtEarlier(requestId) : perhapsBoughtEarlier(requestId);
	return error.aboutRequest(requestId, advice);
}

/** The same for an item that has no orders yet: it names all of its variants that were bought. */
export function namingBought(journal: Journal, itemIndex: number, thrown: unknown): RunComfyError {
	const keys = Array.from({ length: MAX_VARIANTS }, (_, index) => journal.keyOf(itemIndex, index + 1));
	const standings = keys.map((key) => journal.standing(key));
	const first = keys.find((_, index) => standings[index].kind !== 'toBuy') ?? keys[0];
	const error = withBought(journal, first, thrown);
	const ids = standings.flatMap((standing) => (standing.kind === 'toBuy' ? [] : (standing.bought?.id ?? [])));
	const others = ids.filter((id) => id !== error.facts.requestId);
	return others.length > 0 ? error.withAdvice(alsoBought(others)) : error;
}

/** What a person should know of the other items: before the reason of a failure, and after it. */
export interface OthersInWords {
	safe: string;
	more: string;
}

const STANDINGS = ['resume', 'unknown', 'ended', 'toBuy'] as const;

/** Those that did not fail when one item ended the batch: other items, or other variants of that item. */
export interface Others<T> {
	noun: 'item' | 'variant';
	done: number;
	/** The orders of each that was not done. */
	notDone: T[][];
}

/** What the user should know of the others by the journal, whichever attempt bought them. */
export function othersInWords({ money: { journal } }: Run, others: Array<Others<Order>>): OthersInWords {
	const standingOf = ({ journalKey }: Order) => {
		const { kind } = journal.standing(journalKey);
		// A request of an earlier execution that failed may be bought again, but it may have been charged.
		return kind === 'toBuy' && journal.isBought(journalKey) ? 'ended' : kind;
	};
	const rests = others.map(({ noun, done, notDone }) => {
		// An item counts as the variant that matters most.
		const standings = notDone.map((orders) => {
			const own = orders.map(standingOf);
			return STANDINGS.find((standing) => own.includes(standing));
		});
		const countOf = (standing: (typeof STANDINGS)[number]) => standings.filter((other) => other === standing).length;
		return {
			noun,
			done,
			bought: countOf('resume'),
			unclear: countOf('unknown'),
			ended: countOf('ended'),
			notSubmitted: countOf('toBuy'),
		};
	});
	return { safe: safeOfBatch(rests), more: restOfBatch(rests) };
}
