import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import type { Stop } from '../../nodes/RunComfy/timing/stop.ts';

/** A clock that runs so many times faster than time. No timer of it outlives a Stop, or keeps a process that is done. */
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
				const sleeping = new Promise<void>((wake) => (timer = setTimeout(wake, Math.ceil(leftMs / speed)).unref()));
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

interface FrozenClock extends Clock {
	/** No time passes until `thaw`: nobody wakes but by a Stop, and no alarm rings. */
	freeze(): void;
	thaw(): void;
}

/** A test clock that can be stopped. */
export function frozenClock(): FrozenClock {
	const clock = testClock(1);
	let frozenAtMs: number | undefined;
	const waiting: Array<() => void> = [];
	const onceThawed = (go: () => void) => void (frozenAtMs === undefined ? go() : waiting.push(go));
	return {
		now: () => frozenAtMs ?? clock.now(),
		wallMs: clock.wallMs,

		async sleep(ms, stop) {
			await clock.sleep(ms, stop);
			await stop.race(new Promise<void>(onceThawed));
		},

		alarm(ms, ring) {
			let isOff = false;
			const switchOff = clock.alarm(ms, () => onceThawed(() => isOff || ring()));
			return () => {
				isOff = true;
				switchOff();
			};
		},

		freeze: () => void (frozenAtMs = clock.now()),

		thaw() {
			frozenAtMs = undefined;
			for (const go of waiting.splice(0)) go();
		},
	};
}
