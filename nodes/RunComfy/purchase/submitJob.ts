/** The submit of one job, from its turn to its request or its error. */
import type { CallPolicy } from '../api/policy';
import type { Submission } from '../api/requests';
import { EARLIER_SUBMIT } from '../errors/advice';
import { acceptedLine, perhapsAcceptedLine, submitUnclear } from '../errors/logLines';
import { idGivenTwice, NO_TURN } from '../errors/reasons';
import { asRunComfyError, type ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import { submitNotAccepted } from '../errors/submitErrors';
import type { Job } from './job';
import type { Bought } from './journalEntry';
import type { Order, Purchase, Shop } from './order';
import { lookedUp, opened } from './takeUp';

/** Submits until it is accepted or refused for good; undefined when the batch has ended meanwhile. `usd`: what it is expected to cost, where the cost is limited. */
export async function submitJob(
	shop: Shop,
	order: Order,
	job: Job,
	unknown: RunComfyError | undefined,
	usd?: number,
): Promise<Purchase | RunComfyError | undefined> {
	const { requests, journal, policy, clock, stop, log, testRun, spending } = shop;
	const { journalKey, noun } = order;
	const isRepetition = unknown !== undefined;
	const latestMs = clock.now() + order.windowMs;
	const forget = () => (isRepetition ? journal.unknown(journalKey, false) : journal.forget(journalKey));
	const told = (error: RunComfyError) => (isRepetition ? error.withAdvice(EARLIER_SUBMIT) : error);
	const notAccepted = (reason: string, facts: ErrorFacts) =>
		told(submitNotAccepted(noun, reason, Math.round(order.windowMs / 1000), facts));
	let fits = true;
	// Asked in the tick in which the call leaves, since others may have turned out dear while it waited.
	const isStillWanted = () => order.isStillWanted() && (fits = usd === undefined || spending.fits([usd]));
	const unwanted = (): undefined => {
		if (unknown !== undefined) throw unknown;
		if (!fits) throw order.overLimit();
		return undefined;
	};
	const { queue, fileAdvice, makeBody } = job;
	const onSend = () => journal.submitting(journalKey, isRepetition, usd);
	const submission: Submission = { queue, fileAdvice, makeBody, isStillWanted, onSend };
	const submit = async () => {
		try {
			return await requests.submit(submission, latestMs);
		} catch (error) {
			// The body could not be made, the photo's file is gone for one: nothing was sent this time.
			throw told(asRunComfyError(error));
		}
	};
	const unclear = async (reason: string, facts: ErrorFacts, named?: Bought) => {
		journal.unknown(journalKey, isRepetition, named);
		if (named !== undefined) log.info(perhapsAcceptedLine(named.id, order.itemIndex));
		const found = await lookedUp(shop, order, named, reason, facts);
		if (!(found instanceof RunComfyError)) return found;
		// The item may never come out, after a Stop for one: what was perhaps paid must be said somewhere.
		log.warn(submitUnclear(found));
		if (order.repeatUnknown && !isRepetition) return found;
		throw told(found);
	};

	for (let attempt = 1; ; attempt += 1) {
		const end = await (job.hasFile ? shop.fileSubmits.run(submit) : submit());
		switch (end.kind) {
			case 'accepted': {
				const bought = boughtOf(shop, order, job, end.requestId, usd);
				if (journal.accepted(journalKey, bought).isGivenTwice) {
					return await unclear(idGivenTwice(end.requestId), {});
				}
				log.info(acceptedLine(end.requestId, order.itemIndex));
				testRun?.remember(job.hash, bought, clock.wallMs());
				return opened(shop, order, bought, { isNew: true, jobKind: job.kind });
			}
			case 'unknown': {
				const { requestId } = end.facts;
				const named = requestId === undefined ? undefined : boughtOf(shop, order, job, requestId, usd);
				return await unclear(end.reason, end.facts, named);
			}
			case 'refused':
				forget();
				throw told(end.error);
			case 'unwanted':
				return unwanted();
			case 'noTurn':
				throw notAccepted(NO_TURN, {});
			case 'postponed': {
				forget();
				const pauseMs = end.paced ? 0 : submitPauseMs(attempt, policy);
				if (clock.now() + pauseMs >= latestMs) throw notAccepted(end.reason, end.facts);
				await clock.sleep(pauseMs, stop);
				if (!order.isStillWanted()) return unwanted();
			}
		}
	}
}

/** What the journal keeps of a request. */
function boughtOf({ requestsUrl }: Shop, { cancelOnStop }: Order, job: Job, id: string, usd?: number): Bought {
	return {
		id,
		...(job.queue.requestsUrl !== requestsUrl && { at: job.queue.requestsUrl }),
		...(!job.expectsFiles && { noFiles: true }),
		...(!cancelOnStop && { keep: true }),
		...(job.variantSeed !== undefined && { seed: job.variantSeed }),
		...(usd !== undefined && { usd }),
	};
}

/** Grows with each attempt, varied by a quarter so that the items of a batch do not come back together. */
function submitPauseMs(attempt: number, { firstSubmitPauseMs, longestSubmitPauseMs }: CallPolicy): number {
	const plainMs = Math.min(firstSubmitPauseMs * 2 ** (attempt - 1), longestSubmitPauseMs);
	return plainMs * (0.75 + Math.random() * 0.5);
}
