import { type Schedule, waitSchedule } from './schedule';

/**
 * When to poll a run of a deployment: on a warm machine it takes seconds, behind a cold start minutes, and nobody can know which
 * it will be. A place in the queue says nothing about that.
 */
export const deploymentSchedule: Schedule = {
	...waitSchedule,
	/** A warm machine has a picture by then. */
	firstPollMs: 2_000,
	/** Four polls a minute are quiet, and a cold start of minutes or a video of half an hour is noticed early enough. */
	longestPauseMs: 15_000,
	lateShare: 0,
	/** However long the runs before took: this one may have found the machine warm. */
	latestFirstPollMs: 15_000,
	longestRestMs: 15_000,
};
