import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { systemClock } from '../../nodes/RunComfy/timing/clock.ts';
import { Stop, Stopped } from '../../nodes/RunComfy/timing/stop.ts';

const never = new Stop(undefined);
const HOUR_MS = 3_600_000;

/** Somebody sets the machine's time of day. */
const jump = (byMs: number) => {
	const { now } = Date;
	jest.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
};

afterEach(() => void jest.restoreAllMocks());

describe("the system's clock", () => {
	test.each([-HOUR_MS, HOUR_MS])('goes forward by itself when the time of day moves by %d ms', (byMs) => {
		const before = { nowMs: systemClock.now(), wallMs: systemClock.wallMs() };
		jump(byMs);
		expect(Math.abs(systemClock.now() - before.nowMs)).toBeLessThan(1_000);
		expect(Math.abs(systemClock.wallMs() - before.wallMs - byMs)).toBeLessThan(1_000);
	});

	test.each([-HOUR_MS, HOUR_MS])('sleeps as long as it should when the time of day moves by %d ms', async (byMs) => {
		const startMs = performance.now();
		const sleeping = systemClock.sleep(60, never);
		jump(byMs);
		await sleeping;
		expect(performance.now() - startMs).toBeLessThan(1_000);
	});

	test('never wakes before its time', async () => {
		const earlyMs = await Promise.all(
			Array.from({ length: 200 }, async (_, index) => {
				const untilMs = systemClock.now() + index / 7;
				await systemClock.sleep(index / 7, never);
				return untilMs - systemClock.now();
			}),
		);
		expect(Math.max(...earlyMs)).toBeLessThanOrEqual(1e-6);
	});

	test('lets others have a turn even when it sleeps for no time', async () => {
		let others = 0;
		setImmediate(() => (others += 1));
		await systemClock.sleep(0, never);
		await systemClock.sleep(-5, never);
		expect(others).toBe(1);
	});

	test('rings once its time has come, unless it was switched off', async () => {
		const rung: string[] = [];
		systemClock.alarm(5, () => rung.push('kept'));
		const switchOff = systemClock.alarm(5, () => rung.push('switched off'));
		switchOff();
		await systemClock.sleep(60, never);
		expect(rung).toEqual(['kept']);
	});

	test('wakes at Stop', async () => {
		const controller = new AbortController();
		const sleeping = systemClock.sleep(1_000, new Stop(controller.signal));
		controller.abort();
		await expect(sleeping).rejects.toBeInstanceOf(Stopped);
		await expect(systemClock.sleep(5, new Stop(controller.signal))).rejects.toBeInstanceOf(Stopped);
	});
});
