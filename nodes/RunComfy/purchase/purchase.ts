import { NO_TURN, type RunComfyClient, type Submission } from '../api/requests';
import { callPolicy } from '../api/policy';
import { asRunComfyError, type ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import * as wording from '../errors/wording';
import type { Clock } from '../timing/clock';
import { Gate } from '../timing/gate';
import { STOPPED, type Stop } from '../timing/stop';
import type { Journal } from './journal';
import type { Log, OpenRequests } from './openRequests';

/** A photo in a body is held three times over while it is sent: a few at a time keep a small machine alive. */
const FILE_SUBMITS_AT_ONCE = 4;

const EARLIER_TRY = 'an earlier try of this execution submitted it and got no answer';
const EARLIER_SUBMIT = 'An earlier submit of this item got no answer, though, and may have been charged.';

const fileSubmits = new Gate(FILE_SUBMITS_AT_ONCE);

/** What a purchase works with. */
export interface Shop {
	client: RunComfyClient;
	journal: Journal;
	open: OpenRequests;
	clock: Clock;
	stop: Stop;
	log: Log;
}

export interface Order {
	journalKey: string;
	submission: Omit<Submission, 'onSend'>;
	/** How long a submit that is refused for a passing reason is tried again, in milliseconds. */
	windowMs: number;
	/** Whether a submit of unknown outcome is repeated: at once and once. */
	repeatUnknown: boolean;
	cancelOnStop: boolean;
}

export interface Purchase {
	requestId: string;
	/** Epoch milliseconds of the acceptance, or of its being taken up again. */
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
	const earlier = standing.kind === 'unknown' ? wording.submitOutcomeUnknown(EARLIER_TRY, {}) : undefined;
	if (standing.kind === 'unknown' && !(order.repeatUnknown && standing.mayRepeat)) throw earlier;

	const bought = await buy(shop, order, earlier);
	if (!(bought instanceof RunComfyError)) return bought;
	const repeated = await buy(shop, order, bought);
	if (repeated instanceof RunComfyError) throw repeated;
	return repeated;
}

function opened(shop: Shop, order: Order, found: Purchase): Purchase {
	shop.open.add({ requestId: found.requestId, journalKey: order.journalKey, cancelOnStop: order.cancelOnStop });
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
	const { client, journal, clock, stop } = shop;
	const { journalKey } = order;
	const isRepetition = unknown !== undefined;
	const startMs = clock.now();
	const latestMs = startMs + order.windowMs;
	const submission: Submission = { ...order.submission, onSend: () => journal.submitting(journalKey, isRepetition) };
	const forget = () => (isRepetition ? journal.unknown(journalKey, false) : journal.forget(journalKey));
	const told = (error: RunComfyError) => (isRepetition ? error.withAdvice(EARLIER_SUBMIT) : error);
	const notAccepted = (reason: string, facts: ErrorFacts) =>
		told(wording.submitNotAccepted(reason, Math.round(order.windowMs / 1000), facts));
	const leftOff = (): typeof STOPPED => {
		if (unknown === undefined) return STOPPED;
		throw unknown;
	};
	const submit = async () => {
		try {
			return await client.submit(submission, latestMs);
		} catch (error) {
			// The body could not be made, the photo's file is gone for one: nothing was sent this time.
			throw told(asRunComfyError(error));
		}
	};

	for (let attempt = 1; ; attempt += 1) {
		const end = await (submission.sentAsFile ? fileSubmits.run(submit) : submit());
		switch (end.kind) {
			case 'accepted':
				journal.accepted(journalKey, end.requestId);
				return opened(shop, order, { requestId: end.requestId, sinceMs: clock.now(), isNew: true });
			case 'unknown':
				journal.unknown(journalKey, isRepetition);
				// The item may never come out, after a Stop for one: what was perhaps paid must be said somewhere.
				shop.log.warn(`RunComfy submit of unknown outcome. ${end.error.description}`);
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
				const pauseMs = end.paced ? 0 : submitPauseMs(attempt);
				if (clock.now() + pauseMs >= latestMs) throw notAccepted(end.reason, end.facts);
				if (!(await clock.sleep(pauseMs, stop)) || !submission.isStillWanted()) return leftOff();
			}
		}
	}
}

/** Grows with each attempt, varied by a quarter so that the items of a batch do not come back together. */
function submitPauseMs(attempt: number): number {
	const plainMs = Math.min(callPolicy.firstSubmitPauseMs * 2 ** (attempt - 1), callPolicy.longestSubmitPauseMs);
	return plainMs * (0.75 + Math.random() * 0.5);
}
