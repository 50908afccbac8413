/** The node's patience for chaos: a batch of broken jobs ends within a second or two, and the rules stay the same. */
import type { Policies } from '../../nodes/RunComfy/batch/processState.ts';

const IMPATIENT = {
	firstPollMs: 40,
	shortestPauseMs: 10,
	longestPauseMs: 80,
	apartMs: 1,
	silentPauseMs: 10,
	longestSilentPauseMs: 80,
};

/** The policies in milliseconds. `usual`: those of the sources or of the built node. */
export const impatientPolicies = (usual: Policies): Policies => ({
	schedule: { ...usual.schedule, ...IMPATIENT },
	deploymentSchedule: { ...usual.deploymentSchedule, ...IMPATIENT },
	// Out of the way: it has tests of its own.
	rateLimit: {
		...usual.rateLimit,
		callsPerShortWindow: 5_000,
		callsPerLongWindow: 200_000,
		callsAtFullSpeed: 190_000,
		inFlightPerKind: 1_000,
	},
	call: {
		...usual.call,
		// A busy machine must not look like a server that hangs, or the audit would blame the node for it.
		submitTimeoutMs: 5_000,
		readTimeoutMs: 500,
		lastPollTimeoutMs: 400,
		lastPollGraceMs: 300,
		singleCallWindowMs: 600,
		submitWindowMs: 1_500,
		afterStopMs: 3_000,
		cancelWindowMs: 3_000,
		newRequestGraceMs: 200,
		emptyResultPauseMs: 20,
		firstSubmitPauseMs: 10,
		longestSubmitPauseMs: 80,
		firstBackoffMs: 20,
		longestBackoffMs: 100,
	},
	download: { ...usual.download, deadlineMs: 800, firstPauseMs: 5, maxBytes: 100_000 },
	batch: { ...usual.batch },
});
