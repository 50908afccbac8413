/** Buying one job: at most once, whatever happens to the submit. */
import type { CallPolicy } from '../api/policy';
import type { RequestsApi, Submission } from '../api/requests';
import { EARLIER_SUBMIT } from '../errors/advice';
import { type Log, submitUnclear } from '../errors/logLines';
import { EARLIER_TRY, NO_TURN } from '../errors/reasons';
import { asRunComfyError, type ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import { submitNotAccepted, submitOutcomeUnknown } from '../errors/submitErrors';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import { STOPPED, type Stop } from '../timing/stop';
import type { Job } from './job';
import type { Journal } from './journal';
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
}

export interface Order {
	job: Job;
	journalKey: string;
	/** How long a submit that is refused for a passing reason is tried again, in milliseconds. */
	windowMs: number;
	/** Whether a submit of unknown outcome is repeated: at once and once. */
	repeatUnknown: boolean;
	cancelOnStop: boolean;
	/** Whether the batch goes on: one that has ended for another item buys nothing more. */
	isStillWanted(): boolean;
}

export interface Purchase {
	requestId: string;
	/** When it was accepted, or taken up again, by the clock. */
	sinceMs: number;
	/** Whether it was bought just now, and not by an earlier try. */
	isNew: boolean;
}

/**
 * Gets the request for one order: the one an earlier try bought, or else a new one. Buys at most once, save where the
 * user chose to repeat a submit of unknown outcome. Throws a RunComfyError when there is no request; answers STOPPED
 * when Stop came first, or the batch has ended for another item.
 */
export async function purchase(shop: Shop, order: Order): Promise<Purchase | typeof STOPPED> {
	const { journal, clock } = shop;
	const standing = journal.standing(order.journalKey);
	if (standing.kind === 'takeUp') {
		return opened(shop, order, { requestId: standing.requestId, sinceMs: clock.now(), isNew: false });
	}
	const earlier = standing.kind === 'unknown' ? submitOutcomeUnknown(order.job.noun, EARLIER_TRY, {}) : undefined;
	if (standing.kind === 'unknown' && !(order.repeatUnknown && standing.mayRepeat)) throw earlier;

	const bought = await buy(shop, order, earlier);
	if (!(bought instanceof RunComfyError)) return bought;
	const repeated = await buy(shop, order, bought);
	if (repeated instanceof RunComfyError) throw repeated;
	return repeated;
}

function opened(shop: Shop, order: Order, found: Purchase): Purchase {
	const { job, journalKey, cancelOnStop } = order;
	const { requestsUrl } = job.queue;
	shop.open.add({ requestId: found.requestId, requestsUrl, journalKey, cancelOnStop });
	return found;
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
	const { requests, journal, policy, clock, stop } = shop;
	const { job, journalKey, isStillWanted } = order;
	const isRepetition = unknown !== undefined;
	const startMs = clock.now();
	const latestMs = startMs + order.windowMs;
	const { queue, noun, fileAdvice, makeBody } = job;
	const onSend = () => journal.submitting(journalKey, isRepetition);
	const submission: Submission = { queue, noun, fileAdvice, makeBody, isStillWanted, onSend };
	const forget = () => (isRepetition ? journal.unknown(journalKey, false) : journal.forget(journalKey));
	const told = (error: RunComfyError) => (isRepetition ? error.withAdvice(EARLIER_SUBMIT) : error);
	const notAccepted = (reason: string, facts: ErrorFacts) =>
		told(submitNotAccepted(noun, reason, Math.round(order.windowMs / 1000), facts));
	const leftOff = (): typeof STOPPED => {
		if (unknown === undefined) return STOPPED;
		throw unknown;
	};
	const submit = async () => {
		try {
			return await requests.submit(submission, latestMs);
		} catch (error) {
			// The body could not be made, the photo's file is gone for one: nothing was sent this time.
			throw told(asRunComfyError(error));
		}
	};

	for (let attempt = 1; ; attempt += 1) {
		const end = await (job.hasFile ? shop.fileSubmits.run(submit) : submit());
		switch (end.kind) {
			case 'accepted':
				journal.accepted(journalKey, end.requestId);
				return opened(shop, order, { requestId: end.requestId, sinceMs: clock.now(), isNew: true });
			case 'unknown':
				journal.unknown(journalKey, isRepetition);
				// The item may never come out, after a Stop for one: what was perhaps paid must be said somewhere.
				shop.log.warn(submitUnclear(end.error.description));
				if (order.repeatUnknown && !isRepetition && !stop.stopped) return end.error;
				throw told(end.error);
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
