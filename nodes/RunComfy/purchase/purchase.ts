/** Buying one job: at most once, whatever happens to the submit. */
import type { CallPolicy } from '../api/policy';
import type { RequestRef } from '../api/queue';
import type { RequestsApi, Submission } from '../api/requests';
import { EARLIER_SUBMIT } from '../errors/advice';
import { acceptedLine, type Log, perhapsAcceptedLine, submitUnclear } from '../errors/logLines';
import { EARLIER_TRY, idGivenTwice, NO_TURN } from '../errors/reasons';
import { asRunComfyError, type ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import { submitNotAccepted, submitOutcomeUnknown } from '../errors/submitErrors';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import { STOPPED, type Stop } from '../timing/stop';
import type { Job } from './job';
import type { Journal } from './journal';
import type { Bought, Standing } from './journalEntry';
import { isThere } from './isThere';
import type { OpenRequests } from './openRequests';

/** What a purchase works with. */
export interface Shop {
	requests: RequestsApi;
	journal: Journal;
	open: OpenRequests;
	/** Through which submits with a file go. */
	fileSubmits: Gate;
	policy: CallPolicy;
	clock: Clock;
	stop: Stop;
	log: Log;
	/** Where requests live, if the journal does not say otherwise. */
	requestsUrl: string;
}

export interface Order {
	itemIndex: number;
	journalKey: string;
	/** What is bought with, as errors call it: 'image' as in 'this image'. */
	noun: string;
	/** Gives the job; what an earlier try bought is taken up without it. Throws a RunComfyError. */
	job(): Promise<Job>;
	/** How long a submit that is refused for a passing reason is tried again, in milliseconds. */
	windowMs: number;
	/** Whether a submit of unknown outcome is repeated: at once and once. */
	repeatUnknown: boolean;
	cancelOnStop: boolean;
	/** Whether the batch goes on: after a Stop, or when it has ended for another item, nothing more is bought. */
	isStillWanted(): boolean;
}

export interface Purchase extends RequestRef {
	/** When it was accepted, or taken up again, by the clock. */
	sinceMs: number;
	/** Whether it was bought just now, and not by an earlier try. */
	isNew: boolean;
	/** Jobs of one kind take about as long as each other; known of what was bought just now. */
	jobKind?: string;
	expectsFiles: boolean;
}

/** Whether a submit is made for it, unless it turns out to be there. */
const mayBuy = (standing: Standing, repeatUnknown: boolean): boolean =>
	standing.kind === 'buy' || (standing.kind === 'unknown' && repeatUnknown && standing.mayRepeat);

/** Whether the job has to be read beforehand: what is there already, or may well be, is taken up without it. */
export const needsJob = (standing: Standing, repeatUnknown: boolean): boolean =>
	mayBuy(standing, repeatUnknown) && !(standing.kind === 'unknown' && standing.bought !== undefined);

/**
 * Gets the request for one order: the one an earlier try bought, or else a new one. Buys at most once, save where the
 * user chose to repeat a submit of unknown outcome. Throws a RunComfyError when there is no request; answers STOPPED
 * when Stop came first, or the batch has ended for another item.
 */
export async function purchase(shop: Shop, order: Order): Promise<Purchase | typeof STOPPED> {
	const standing = shop.journal.standing(order.journalKey);
	if (standing.kind === 'takeUp') return takenUp(shop, order, standing.bought);
	const earlier = standing.kind === 'unknown' ? await lookedUp(shop, order, standing.bought, EARLIER_TRY) : undefined;
	if (earlier !== undefined && !(earlier instanceof RunComfyError)) return earlier;
	if (earlier !== undefined && !mayBuy(standing, order.repeatUnknown)) throw earlier;

	const bought = await buy(shop, order, earlier);
	if (!(bought instanceof RunComfyError)) return bought;
	const repeated = await buy(shop, order, bought);
	if (repeated instanceof RunComfyError) throw repeated;
	return repeated;
}

function takenUp(shop: Shop, order: Order, bought: Bought): Purchase {
	return opened(shop, order, bought, { isNew: false });
}

function opened(
	{ open, clock, requestsUrl }: Shop,
	{ cancelOnStop }: Order,
	{ id: requestId, at = requestsUrl, noFiles }: Bought,
	about: { isNew: boolean; jobKind?: string },
): Purchase {
	open.add({ requestId, requestsUrl: at, cancelOnStop });
	return { requestId, requestsUrl: at, sinceMs: clock.now(), expectsFiles: noFiles !== true, ...about };
}

/**
 * What is to be made of a submit of unknown outcome: its request, where the answer named one that RunComfy knows, else
 * the error that says what is not known. STOPPED when Stop came first.
 */
async function lookedUp(
	shop: Shop,
	order: Order,
	bought: Bought | undefined,
	reason: string,
	facts: ErrorFacts = {},
): Promise<Purchase | RunComfyError | typeof STOPPED> {
	const unknown = submitOutcomeUnknown(order.noun, reason, { ...facts, requestId: bought?.id });
	if (bought === undefined) return unknown;
	const { id: requestId, at = shop.requestsUrl } = bought;
	const request = { requestId, requestsUrl: at };
	const found = await isThere(shop, request);
	if (found === STOPPED) {
		shop.open.add({ ...request, cancelOnStop: order.cancelOnStop });
		return STOPPED;
	}
	if (!found || shop.journal.accepted(order.journalKey, bought).isGivenTwice) return unknown;
	shop.log.info(acceptedLine(requestId, order.itemIndex));
	return takenUp(shop, order, bought);
}

/**
 * Submits until it is accepted or refused for good. `unknown`: the error of an earlier submit of this order, which this one
 * repeats. Answers an error of its own where the outcome is unknown and the order wants that repeated.
 */
async function buy(
	shop: Shop,
	order: Order,
	unknown: RunComfyError | undefined,
): Promise<Purchase | RunComfyError | typeof STOPPED> {
	const { requests, journal, policy, clock, stop, log } = shop;
	const { journalKey, isStillWanted, noun, cancelOnStop } = order;
	const isRepetition = unknown !== undefined;
	const latestMs = clock.now() + order.windowMs;
	const forget = () => (isRepetition ? journal.unknown(journalKey, false) : journal.forget(journalKey));
	const told = (error: RunComfyError) => (isRepetition ? error.withAdvice(EARLIER_SUBMIT) : error);
	const notAccepted = (reason: string, facts: ErrorFacts) =>
		told(submitNotAccepted(noun, reason, Math.round(order.windowMs / 1000), facts));
	const leftOff = (): typeof STOPPED => {
		if (unknown === undefined) return STOPPED;
		throw unknown;
	};
	const job = await order.job().catch((error: unknown) => {
		throw told(asRunComfyError(error));
	});
	const bought = (id: string): Bought => ({
		id,
		...(job.queue.requestsUrl !== shop.requestsUrl && { at: job.queue.requestsUrl }),
		...(!job.expectsFiles && { noFiles: true }),
		...(!cancelOnStop && { keep: true }),
	});
	const { queue, fileAdvice, makeBody } = job;
	const onSend = () => journal.submitting(journalKey, isRepetition);
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
				const entry = bought(end.requestId);
				if (journal.accepted(journalKey, entry).isGivenTwice) {
					return await unclear(idGivenTwice(end.requestId), {});
				}
				log.info(acceptedLine(end.requestId, order.itemIndex));
				return opened(shop, order, entry, { isNew: true, jobKind: job.kind });
			}
			case 'unknown': {
				const { requestId } = end.facts;
				return await unclear(end.reason, end.facts, requestId === undefined ? undefined : bought(requestId));
			}
			case 'refused':
				forget();
				throw told(end.error);
			case 'leftOff':
				return leftOff();
			case 'noTurn':
				throw notAccepted(NO_TURN, {});
			case 'postponed': {
				forget();
				const pauseMs = end.paced ? 0 : submitPauseMs(attempt, policy);
				if (clock.now() + pauseMs >= latestMs) throw notAccepted(end.reason, end.facts);
				if (!(await clock.sleep(pauseMs, stop)) || !isStillWanted()) return leftOff();
			}
		}
	}
}

/** Grows with each attempt, varied by a quarter so that the items of a batch do not come back together. */
function submitPauseMs(attempt: number, { firstSubmitPauseMs, longestSubmitPauseMs }: CallPolicy): number {
	const plainMs = Math.min(firstSubmitPauseMs * 2 ** (attempt - 1), longestSubmitPauseMs);
	return plainMs * (0.75 + Math.random() * 0.5);
}
