import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import type { Stop } from '../../nodes/RunComfy/timing/stop.ts';

/** A clock that runs so many times faster than time. What it was asked for is over with a Stop: no timer outlives a test. */
export function testClock(speed = 1): Clock {
	const startMs = performance.now();
	const now = () => startMs + (performance.now() - startMs) * speed;
	return {
		now,
		wallMs: () => Date.now(),

		async sleep(ms: number, stop: Stop) {
			stop.throwIfStopped();
			const untilMs = now() + ms;
			let leftMs = Math.max(0, ms);
			do {
				let timer: NodeJS.Timeout | undefined;
				const sleeping = new Promise<void>((wake) => (timer = setTimeout(wake, Math.ceil(leftMs / speed))));
				await stop.race(sleeping).finally(() => clearTimeout(timer));
				leftMs = untilMs - now();
			} while (leftMs > 0);
		},

		alarm(ms, ring) {
			const timer = setTimeout(ring, Math.ceil(ms / speed)).unref();
			return () => clearTimeout(timer);
		},
	};
}
