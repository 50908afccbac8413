/** How long jobs take, in milliseconds: a time in the queue, then a run that is up to `spreadMs` shorter or longer. */
export interface JobLaw {
	queueMs: number;
	/** Up to this much more in the queue, evenly spread. */
	queueSpreadMs?: number;
	runMs: number;
	spreadMs: number;
}

/** Of a job's time an eighth is spent in the queue, and it may be 15 % off either way: 8 s are 8 ± 1.2 s. */
export const jobsOf = (seconds: number): JobLaw => ({
	queueMs: seconds * 125,
	runMs: seconds * 875,
	spreadMs: seconds * 150,
});
