/** Buying one order: at most once, whatever happens to the submit. */

import type { CallPolicy } from '../api/policy';
import { EARLIER_SUBMIT } from '../errors/advice';
import { perhapsAcceptedLine, submitUnclear } from '../errors/logLines';
import { EARLIER_TRY, idGivenTwice, NO_TURN } from '../errors/reasons';
import { asRunComfyError, type ErrorFacts, type RunComfyError } from '../errors/RunComfyError';
import { limitReached, priceUnknown } from '../errors/spendingErrors';
import { submitNotAccepted, submitOutcomeUnknown } from '../errors/submitErrors';
import type { Estimate, Job } from './job';
import type { Bought, Standing } from './journal';
import type { Order, Purchase, Shop } from './order';
import { accept, findRequest, resume, reuse } from './resume';

const maySubmit = (standing: Standing, submitAgain: boolean): boolean =>
	standing.kind === 'buy' || (standing.kind === 'unknown' && submitAgain && standing.mayRepeat);

/** Whether the job has to be read beforehand: a request that is there, or may well be, is resumed without it. */
export const needsJob = (standing: Standing, submitAgain: boolean): boolean =>
	maySubmit(standing, submitAgain) && !(standing.kind === 'unknown' && standing.bought !== undefined);

/**
 * Gets the request for one order: the one that is there already, or else a new one. Submits until it is accepted or refused
 * for good; an outcome that stays unknown is repeated once, where the order says so. `isStillWanted` is asked in the tick in
 * which a submit leaves; answers undefined where it said no. Throws Stopped, and a RunComfyError when there is no request.
 */
export async function buy(shop: Shop, order: Order, isStillWanted: () => boolean): Promise<Purchase | undefined> {
	const { requests, clock, stop, log } = shop;
	const { journal, spending } = shop.money;
	const { itemIndex, journalKey, noun, listed, windowMs, isWaitedFor } = order;
	const standing = journal.standing(journalKey);
	if (standing.kind === 'resume') return resume(shop, order, standing.bought);

	/** The error of a submit of unknown outcome, once there was one: the next submit repeats it. */
	let unknown: RunComfyError | undefined;
	const unknownError = (reason: string, facts: ErrorFacts, named: Bought | undefined) =>
		submitOutcomeUnknown(noun, reason, { ...facts, requestId: named?.id }, listed, isWaitedFor);
	const withUnknown = (error: unknown) =>
		unknown === undefined ? asRunComfyError(error) : asRunComfyError(error).withAdvice(EARLIER_SUBMIT);
	const throwIt = (error: unknown): never => {
		throw withUnknown(error);
	};

	if (standing.kind === 'unknown') {
		const found = await findRequest(shop, order, standing.bought);
		if (found !== undefined) return found;
		unknown = unknownError(EARLIER_TRY, {}, standing.bought);
		if (!maySubmit(standing, order.submitAgain)) throw unknown;
	}
	const job = await order.job().catch(throwIt);
	const reused = unknown === undefined ? await reuse(shop, order, job) : undefined;
	if (reused !== undefined) return resume(shop, order, reused, { isNew: false, job });
	const price: Estimate = spending.isLimited ? await job.estimate().catch(throwIt) : {};
	const { usd } = price;
	if (spending.isLimited && usd === undefined) throw unknown ?? priceUnknown(job.queue.label, price);

	let latestMs = clock.now() + windowMs;
	/** After a submit of unknown outcome: its request, if RunComfy knows it. Otherwise the next round repeats it, or it throws. */
	const clarify = async (reason: string, facts: ErrorFacts, named?: Bought) => {
		journal.unknown(journalKey, unknown !== undefined, named);
		if (named !== undefined) log.info(perhapsAcceptedLine(named.id, itemIndex));
		const found = await findRequest(shop, order, named, job);
		if (found !== undefined) return found;
		const error = unknownError(reason, facts, named);
		// The item may never come out, after a Stop for one: what was perhaps charged must be said somewhere.
		log.warn(submitUnclear(error));
		if (unknown !== undefined || !order.submitAgain) return throwIt(error);
		unknown = error;
		latestMs = clock.now() + windowMs;
		return undefined;
	};

	for (let attempt = 1; ; attempt += 1) {
		const isRepetition = unknown !== undefined;
		let fits = true;
		const submission = {
			...job,
			// Asked when the call leaves, since others may have turned out expensive while it waited.
			isStillWanted: () => isStillWanted() && (fits = usd === undefined || spending.fits([usd])),
			onSend: () => journal.submit(journalKey, isRepetition, usd),
		};
		// Where the body cannot be made (the photo's file is gone, for one), nothing was sent.
		const end = await (
			job.hasFile
				? shop.gates.fileSubmits.run(async () => await requests.submit(submission, latestMs))
				: requests.submit(submission, latestMs)
		).catch(throwIt);
		const notAccepted = (reason: string, facts: ErrorFacts) =>
			withUnknown(submitNotAccepted(noun, reason, Math.round(windowMs / 1000), facts));
		switch (end.kind) {
			case 'accepted': {
				const bought = boughtOf(shop, order, job, end.requestId, usd);
				if (accept(shop, order, bought)) return resume(shop, order, bought, { isNew: true, job });
				await clarify(idGivenTwice(end.requestId), {});
				break;
			}
			case 'unknown': {
				const { requestId: id } = end.facts;
				const named = id === undefined ? undefined : boughtOf(shop, order, job, id, usd);
				const found = await clarify(end.reason, end.facts, named);
				if (found !== undefined) return found;
				break;
			}
			case 'refused':
				journal.refuse(journalKey, isRepetition);
				throw withUnknown(end.error);
			case 'unwanted':
				if (unknown !== undefined) throw unknown;
				if (!fits) throw limitReached(noun, spending.inWords());
				return undefined;
			case 'noTurn':
				throw notAccepted(NO_TURN, {});
			case 'postponed': {
				journal.refuse(journalKey, isRepetition);
				const pauseMs = end.paced ? 0 : submitPauseMs(attempt, shop.policies.call);
				if (clock.now() + pauseMs >= latestMs) throw notAccepted(end.reason, end.facts);
				await clock.sleep(pauseMs, stop);
			}
		}
	}
}

/** What the journal keeps of a request. */
function boughtOf(
	{ requestsUrl, clock, money }: Shop,
	{ cancelOnStop }: Order,
	job: Job,
	id: string,
	usd?: number,
): Bought {
	return {
		id,
		boughtAtMs: clock.wallMs(),
		...(job.queue.requestsUrl !== requestsUrl && { at: job.queue.requestsUrl }),
		...(!job.expectsFiles && { noFiles: true }),
		...(!cancelOnStop && { keep: true }),
		...(money.testRun.isOn && { hash: job.hash, ...(job.seedSource && { seedSource: job.seedSource }) }),
		...(job.variantSeed !== undefined && { seed: job.variantSeed }),
		...(usd !== undefined && { usd }),
	};
}

/** Grows with each attempt, varied by a quarter so that the items of a batch do not come back together. */
function submitPauseMs(attempt: number, { firstSubmitPauseMs, longestSubmitPauseMs }: CallPolicy): number {
	const plainMs = Math.min(firstSubmitPauseMs * 2 ** (attempt - 1), longestSubmitPauseMs);
	return plainMs * (0.75 + Math.random() * 0.5);
}
