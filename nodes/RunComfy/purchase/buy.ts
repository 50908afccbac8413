/** Buying one order: at most once, whatever happens to the submit. */

import type { CallPolicy } from '../api/callPolicies';
import { deploymentIdOf } from '../api/queue';
import { EARLIER_SUBMIT } from '../errors/batchWords';
import { itemFailed, perhapsAcceptedLine } from '../errors/logLines';
import { EARLIER_TRY, idGivenTwice } from '../errors/reasons';
import { asRunComfyError, type ErrorFacts, type RunComfyError } from '../errors/RunComfyError';
import { limitReached, priceUnknown, submitNotAccepted, submitOutcomeUnknown } from '../errors/submitErrors';
import type { Job } from './job';
import type { Bought, Standing } from './journal';
import type { Order, Purchase, PurchaseContext } from './order';
import { accept, findRequest, resume, reuse } from './existingRequests';

const maySubmit = (standing: Standing, submitAgain: boolean): boolean =>
	standing.kind === 'toBuy' || (standing.kind === 'unknown' && submitAgain && standing.mayRepeat);

/** Whether the job has to be read beforehand: a request that is there, or may well be, is resumed without it. */
export const needsJob = (standing: Standing, submitAgain: boolean): boolean =>
	maySubmit(standing, submitAgain) && !(standing.kind === 'unknown' && standing.bought !== undefined);

/** What became of an order. */
type OrderEnd =
	| { kind: 'bought'; purchase: Purchase }
	/** Nothing was sent: nobody wants it any more, or the cost does not allow it. */
	| { kind: 'notSent'; error?: RunComfyError }
	/** It was sent, and it is not known whether RunComfy accepted it. */
	| { kind: 'unknown'; error: RunComfyError };

/**
 * Gets the request for one order: the one that is there already, or else a new one. Submits until it is accepted or refused
 * for good; an outcome that stays unknown is repeated once, where the order says so. `isStillWanted` is asked in the tick in
 * which a submit leaves; returns undefined where it said no. Throws Stopped, and a RunComfyError when there is no request.
 */
export async function buy(
	context: PurchaseContext,
	order: Order,
	isStillWanted: () => boolean,
): Promise<Purchase | undefined> {
	const standing = context.money.journal.standing(order.journalKey);
	if (standing.kind === 'resume') return resume(context, order, standing.bought);

	const first =
		standing.kind === 'unknown'
			? await lookUp(context, order, { reason: EARLIER_TRY, facts: {}, named: standing.bought })
			: await submitOrder(context, order, isStillWanted, false);
	if (first.kind === 'bought') return first.purchase;
	if (first.error === undefined) return undefined;
	const mayRepeat = first.kind === 'unknown' && order.submitAgain && maySubmit(standing, order.submitAgain);
	if (!mayRepeat) throw first.error;

	try {
		const second = await submitOrder(context, order, isStillWanted, true);
		if (second.kind === 'bought') return second.purchase;
		if (second.kind === 'unknown') throw second.error;
	} catch (error) {
		throw asRunComfyError(error).withAdvice(EARLIER_SUBMIT);
	}
	// The repetition was not sent, so the first submit is still all that happened.
	throw first.error;
}

/**
 * Takes what an earlier run from the editor bought, or else submits. A repetition takes nothing: it was asked for. Throws
 * what `submitJob` throws.
 */
async function submitOrder(
	context: PurchaseContext,
	order: Order,
	isStillWanted: () => boolean,
	isRepetition: boolean,
): Promise<OrderEnd> {
	const job = await order.job();
	// Others wait from now on, not only once it submits: of two runs at once the second one reuses what the first one buys.
	const endSubmit = context.money.testRunReuse.beginSubmit(job.hash);
	try {
		const reused = isRepetition ? undefined : await reuse(context, order, job);
		if (reused !== undefined)
			return { kind: 'bought', purchase: resume(context, order, reused, { isNew: false, job }) };
		return await submitJob(context, order, job, isStillWanted, isRepetition);
	} finally {
		endSubmit();
	}
}

/** Submits until RunComfy accepts it or the outcome is unknown. Throws Stopped, and a RunComfyError where it is refused. */
async function submitJob(
	context: PurchaseContext,
	order: Order,
	job: Job,
	isStillWanted: () => boolean,
	isRepetition: boolean,
): Promise<OrderEnd> {
	const { requests, clock, stop, gates, policies } = context;
	const { journal, spending, testRunReuse } = context.money;
	const { journalKey, noun, windowMs } = order;

	const price = spending.isLimited ? await job.estimate() : {};
	const { usd } = price;
	if (spending.isLimited && usd === undefined) return { kind: 'notSent', error: priceUnknown(job.queue.label, price) };

	const latestMs = clock.now() + windowMs;
	let limitError: RunComfyError | undefined;
	/** Asked when the call leaves, since others may have turned out expensive while it waited. */
	const mayLeave = () => {
		if (!isStillWanted()) return false;
		const isOverLimit = usd !== undefined && !spending.fits([usd]);
		if (isOverLimit) limitError = limitReached(noun, spending.inWords());
		else journal.submit(journalKey, isRepetition, usd);
		return !isOverLimit;
	};
	const send = () => requests.submit(job, latestMs, mayLeave);
	const notAccepted = (reason: string, facts: ErrorFacts) =>
		submitNotAccepted(noun, reason, Math.round(windowMs / 1000), facts);

	for (let attempt = 1; ; attempt += 1) {
		const end = await (job.hasFile ? gates.fileSubmits.run(send) : send());
		switch (end.kind) {
			case 'accepted': {
				const bought = boughtOf(context, order, job, end.requestId, usd);
				if (accept(context, order, bought)) {
					return { kind: 'bought', purchase: resume(context, order, bought, { isNew: true, job }) };
				}
				journal.unknown(journalKey, isRepetition);
				return await lookUp(context, order, { reason: idGivenTwice(end.requestId), facts: {}, job });
			}
			case 'unknown': {
				const { reason, facts } = end;
				const named = facts.requestId === undefined ? undefined : boughtOf(context, order, job, facts.requestId, usd);
				journal.unknown(journalKey, isRepetition, named);
				if (named !== undefined) testRunReuse.remember({ ...named, unclear: true });
				return await lookUp(context, order, { reason, facts, named, job });
			}
			case 'refused':
				journal.refuse(journalKey, isRepetition);
				throw end.error;
			case 'unwanted':
				return { kind: 'notSent', error: limitError };
			case 'rateLimited':
				throw notAccepted(end.reason, {});
			case 'postponed': {
				journal.refuse(journalKey, isRepetition);
				const pauseMs = end.paced ? 0 : submitPauseMs(attempt, policies.call);
				if (clock.now() + pauseMs >= latestMs) throw notAccepted(end.reason, end.facts);
				await clock.sleep(pauseMs, stop);
			}
		}
	}
}

/** A submit of unknown outcome. `named`: the request that its answer named. `job`: what was submitted, if that was just now. */
interface Unclear {
	reason: string;
	facts: ErrorFacts;
	named?: Bought;
	job?: Job;
}

/** The request of a submit of unknown outcome, if RunComfy knows it. Throws Stopped. */
async function lookUp(context: PurchaseContext, order: Order, unclear: Unclear): Promise<OrderEnd> {
	const { reason, facts, named, job } = unclear;
	const { itemIndex, noun, listed, isWaitedFor } = order;
	// The log has it in any case: the item may never come out, after a Stop for one.
	if (job && named) context.log.info(perhapsAcceptedLine(named.id, itemIndex));
	const found = named && (await findRequest(context, order, named, job));
	if (found !== undefined) return { kind: 'bought', purchase: found };
	const error = submitOutcomeUnknown(noun, reason, { ...facts, requestId: named?.id }, listed, isWaitedFor);
	if (job) context.log.warn(itemFailed(itemIndex, `${error.message}. ${error.description}`));
	return { kind: 'unknown', error };
}

/** What the journal keeps of a request. */
function boughtOf(
	{ clock, money }: PurchaseContext,
	{ cancelOnStop }: Order,
	job: Job,
	id: string,
	usd?: number,
): Bought {
	const deploymentId = deploymentIdOf(job.queue);
	return {
		id,
		boughtAtMs: clock.wallMs(),
		...(deploymentId !== undefined && { deploymentId }),
		...(!job.expectsFiles && { noFiles: true }),
		...(!cancelOnStop && { keep: true }),
		...(money.testRunReuse.isOn && { hash: job.hash, ...(job.seedSource && { seedSource: job.seedSource }) }),
		...(job.variantSeed !== undefined && { seed: job.variantSeed }),
		...(usd !== undefined && { usd }),
	};
}

/** Grows with each attempt, varied by a quarter so that the items of a batch do not come back together. */
function submitPauseMs(attempt: number, { firstSubmitPauseMs, longestSubmitPauseMs }: CallPolicy): number {
	const plainMs = Math.min(firstSubmitPauseMs * 2 ** (attempt - 1), longestSubmitPauseMs);
	return plainMs * (0.75 + Math.random() * 0.5);
}
