/** The node's patience for chaos: a batch of broken jobs ends within a second or two, and the rules stay the same. */

/** The node's policies, of the sources or of the built node. */
export interface Policies {
	waitSchedule: Record<string, number>;
	usualJobMs: Record<string, number>;
	callBudgetPolicy: Record<string, number>;
	callPolicy: Record<string, number>;
	downloadPolicy: Record<string, number>;
}

/** Sets the policies to milliseconds, in place. */
export function makeImpatient(policies: Policies): void {
	const { waitSchedule, usualJobMs, callBudgetPolicy, callPolicy, downloadPolicy } = policies;
	Object.assign(waitSchedule, {
		shortestPauseMs: 10,
		longestPauseMs: 80,
		silentPauseMs: 10,
		longestSilentPauseMs: 80,
	});
	Object.assign(usualJobMs, { TURBO: 40, BALANCED: 40, QUALITY: 40 });
	// Out of the way: it has tests of its own.
	Object.assign(callBudgetPolicy, {
		callsPerShortWindow: 5_000,
		callsPerLongWindow: 200_000,
		looksAtFullSpeed: 190_000,
		keptForOthers: 100,
	});
	Object.assign(callPolicy, {
		// A busy machine must not look like a server that hangs, or the audit would blame the node for it.
		submitTimeoutMs: 5_000,
		readTimeoutMs: 500,
		lastLookTimeoutMs: 400,
		lastLookGraceMs: 300,
		singleCallWindowMs: 600,
		submitWindowMs: 1_500,
		afterStopMs: 3_000,
		newRequestGraceMs: 200,
		firstSubmitPauseMs: 10,
		longestSubmitPauseMs: 80,
		firstSlowDownMs: 20,
		longestSlowDownMs: 100,
	});
	Object.assign(downloadPolicy, { deadlineMs: 800, firstPauseMs: 5, maxBytes: 100_000 });
}
