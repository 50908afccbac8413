/** How long this process was not given the processor, and tests of time that take it into account. */

const PROBE_MS = 10;

/** A process that waited so long in one piece was held up by its machine: what a test measured then says nothing. */
const STOOD_STILL_MS = 100;

/** A node that is too slow is so each time; a machine hardly stands still in the same test three times. */
const ATTEMPTS = 3;

/** Watches from now on; the answer stops it and tells by how many milliseconds a timer was overdue at most. */
export function watchLag(): () => number {
	let lastMs = Date.now();
	let worstMs = 0;
	const look = () => {
		worstMs = Math.max(worstMs, Date.now() - lastMs - PROBE_MS);
		lastMs = Date.now();
	};
	const timer = setInterval(look, PROBE_MS);
	return () => {
		look();
		clearInterval(timer);
		return worstMs;
	};
}

/**
 * Gives a wrapper for the body of a test in which something must happen before some time is over. The body is run again,
 * after `reset`, when it failed and the machine stood still meanwhile.
 */
export function steadyAfter(reset: () => void | Promise<void>) {
	return <T extends unknown[]>(body: (...args: T) => Promise<void>): ((...args: T) => Promise<void>) =>
		async (...args) => {
			for (let attempt = 1; ; attempt++) {
				const lag = watchLag();
				try {
					return await body(...args);
				} catch (error) {
					if (lag() < STOOD_STILL_MS || attempt === ATTEMPTS) throw error;
					await reset();
				} finally {
					lag();
				}
			}
		};
}
