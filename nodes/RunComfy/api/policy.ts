/**
 * How patiently and how often RunComfy is called: the retry policy as data. Which answers may be repeated at all is
 * decided in `answers.ts`.
 */

export const callPolicy = {
	/** A submit carries up to 13 MB over any line, and giving up on one leaves its outcome unknown: be very patient. */
	submitTimeoutMs: 300_000,
	/** A read that has not answered by now will not; the next one may. */
	readTimeoutMs: 30_000,
	/** The look at the deadline, and the last cancellation after a Stop, must not go on for long. */
	lastLookTimeoutMs: 10_000,
	/**
	 * A call that waits for its turn under the call budget at the deadline may take this much longer: by then all the last
	 * looks of the largest batch have had one, even where a steady pace is all that is left.
	 */
	lastLookGraceMs: 25_000,
	/** Get Status, Cancel and a single Get Result have no Timeout of their own: they try again for this long. */
	singleCallWindowMs: 60_000,
	/** Submit, the operation, has no Timeout either: a refusal for a passing reason is tried again for this long. */
	submitWindowMs: 600_000,
	/** After Stop, a submit on its way gets this long. n8n does not wait for it. */
	afterStopMs: 5_000,
	/** n8n takes the items of a node within milliseconds, on a busy machine within this: a Stop until then drops them. */
	handOverMs: 1_000,
	/** After Stop, cancellations are asked for during this time; with the answer to the last one, that is a minute. */
	cancelWindowMs: 50_000,
	/** A request id may be unknown for a moment after it was given out: replicas lag behind. */
	newRequestGraceMs: 15_000,
	/** A success may be told before its output is there: it is looked at so many times more, this far apart. */
	emptyResultLooks: 4,
	emptyResultPauseMs: 1_500,
	/** A cost that is not told with the result is told a moment later, or not at all. */
	lateCostPauseMs: 2_000,
	/** First pause before a submit that never reached RunComfy is repeated; doubled with each further one. */
	firstSubmitPauseMs: 1_000,
	longestSubmitPauseMs: 30_000,
	/** First pause of everything after a 429 that does not say how long; doubled with each further one. */
	firstSlowDownMs: 2_000,
	longestSlowDownMs: 60_000,
	/** A Retry-After below this is none: obeyed, it would make a loop without a pause. */
	shortestRetryAfterMs: 100,
	/** A Retry-After beyond this is a wrong clock, not a wish. */
	longestRetryAfterMs: 3_600_000,
};

export type CallPolicy = typeof callPolicy;

/**
 * The call budget per token: what the node promises is 30 calls in any second and 600 in any minute (the figure at
 * which RunComfy's own MCP service answers 429). The windows are a little longer than that, since no two clocks agree
 * to the millisecond.
 */
export const callBudgetPolicy = {
	callsPerShortWindow: 30,
	shortWindowMs: 1_020,
	callsPerLongWindow: 600,
	longWindowMs: 60_100,
	/**
	 * So many calls of a minute leave as fast as they are wanted: a batch of twenty is done before they are used up. …
	 */
	callsAtFullSpeed: 300,
	/**
	 * … The others leave one by one, this far apart, which is the other half of a minute: after any burst there is a turn for
	 * somebody within this time, and never a minute's rest without any.
	 */
	steadySpacingMs: 201,
	/** A kind of call keeps at most so many turns by hanging: the rest stays for the others. */
	underWayPerKind: 20,
	/**
	 * By now a call that hangs has reached RunComfy if another one, which left soon after it, was answered: the way was
	 * open. It keeps its turn no longer. …
	 */
	longestTurnMs: 10_000,
	/** … A connection that was refused its first packets tries again after 1, 3 and 7 s: this leaves time for all of them. */
	overtakenWithinMs: 3_000,
};

export type CallBudgetPolicy = typeof callBudgetPolicy;
