/**
 * How patiently and how often RunComfy is called: the retry policy as data. `answers.ts` decides what an answer means;
 * `purchase/buy.ts` decides whether a submit is repeated after it.
 */

export const callPolicy = {
	/** A submit carries up to 13 MB over any line, and giving up on one leaves its outcome unknown: be very patient. */
	submitTimeoutMs: 300_000,
	/** A read that is not answered within this time will not be answered; the next one may be. */
	readTimeoutMs: 30_000,
	/** The last poll at the deadline, and the last cancellation after a Stop, must not take long. */
	lastPollTimeoutMs: 10_000,
	/**
	 * A poll that waits for a permit at the deadline may take this much longer: by then all the last polls of the largest batch
	 * have had one, even at the steady pace.
	 */
	lastPollGraceMs: 25_000,
	/** Get Status, Cancel and a single Get Result have no Timeout of their own: they try again for this long. */
	singleCallWindowMs: 60_000,
	/** The operation Submit has no Timeout either: after a refusal that may pass, it tries again for this long. */
	submitWindowMs: 600_000,
	/** After a Stop, a submit in flight gets this long. n8n does not wait for it. */
	afterStopMs: 5_000,
	/**
	 * n8n takes over a node's items within milliseconds, or within this time on a busy machine. A Stop before that discards
	 * them.
	 */
	handOverMs: 1_000,
	/** After a Stop, cancellations are sent during this time; with the answer to the last one, that is a minute. */
	cancelWindowMs: 50_000,
	/** A request ID may be unknown for a moment after it was returned: replicas lag behind. */
	newRequestGraceMs: 15_000,
	/** A success may be reported before its output is there: it is read this many times more, this far apart. */
	emptyResultReads: 4,
	emptyResultPauseMs: 1_500,
	/** A cost that is not reported with the result is reported a moment later, or never. */
	lateCostPauseMs: 2_000,
	/** The editor shows a deployment's fields within a second. Choices and ranges that arrive later appear the next time. */
	objectInfoPatienceMs: 800,
	/** Reading goes on in the background. Parsing blocks n8n, hence the limit on the size. */
	objectInfoTimeoutMs: 20_000,
	objectInfoMaxBytes: 20 * 1024 * 1024,
	/** A batch may take hours: before a submit, its workflow is read again if that was done longer ago than this. */
	workflowFreshMs: 60_000,
	/**
	 * Node names are optional: a paid result waits no longer than this for them, which is enough even under a busy rate limit.
	 */
	nodeNamesPatienceMs: 10_000,
	/** First pause before a submit that never reached RunComfy is repeated; doubled with each further one. */
	firstSubmitPauseMs: 1_000,
	longestSubmitPauseMs: 30_000,
	/** First pause of all calls after a 429 without a Retry-After; doubled with each further 429. */
	firstBackoffMs: 2_000,
	longestBackoffMs: 60_000,
	/** A shorter Retry-After is ignored: obeying it would make a loop without a pause. */
	shortestRetryAfterMs: 100,
	/** A longer Retry-After comes from a wrong clock. */
	longestRetryAfterMs: 3_600_000,
};

export type CallPolicy = typeof callPolicy;

/**
 * The rate limit per token. The node promises at most 30 calls in any second and 600 in any minute (the figure at which
 * RunComfy's own MCP service answers 429). The windows are a little longer, since no two clocks agree to the millisecond.
 */
export const rateLimitPolicy = {
	callsPerShortWindow: 30,
	shortWindowMs: 1_020,
	callsPerLongWindow: 600,
	longWindowMs: 60_100,
	/** This many calls of a minute leave as soon as they are wanted: enough for a batch of twenty. … */
	callsAtFullSpeed: 300,
	/**
	 * … The others leave one by one, this far apart, which is the other half of a minute. So after any burst the next permit is
	 * at most this far away, and no minute is spent waiting.
	 */
	steadySpacingMs: 201,
	/** Calls of one kind that hang keep at most this many permits: the rest stays free for the other kinds. */
	inFlightPerKind: 20,
	/**
	 * A call that hangs has reached RunComfy by now if another one, which left shortly after it, was answered: the network
	 * works. It then loses its permit. …
	 */
	longestPermitMs: 10_000,
	/** … "Shortly": a connection whose first packets were lost tries again after 1, 3 and 7 s, all within `longestPermitMs`. */
	overtakenWithinMs: 3_000,
};

export type RateLimitPolicy = typeof rateLimitPolicy;
