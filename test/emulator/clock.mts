import { performance } from 'node:perf_hooks';

/**
 * Milliseconds since 1970 with fractions, from a clock that never jumps back, so that a request's life cannot run
 * backwards.
 */
export function nowMs(): number {
	return performance.timeOrigin + performance.now();
}
