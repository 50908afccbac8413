import { Machine, type MachineSettings, type Work } from './machine.mts';

const COLD = 180;

const settings: MachineSettings = {
	hardware: 'AMPERE_48',
	minInstances: 0,
	maxInstances: 1,
	queueSize: 1,
	keepWarmSeconds: 60,
	isEnabled: true,
	queueWhenDisabled: 'held',
};

let ids = 0;
const machineWith = (changed: Partial<MachineSettings> = {}) => {
	const own = { ...settings, ...changed };
	const machine = new Machine(
		() => own,
		() => COLD,
		() => `instance-${(ids += 1)}`,
	);
	return { machine, own };
};

const work = (seconds = 10): Work => ({ seconds, cacheKey: String((ids += 1)), isHeld: false });

describe('a machine', () => {
	it('costs from waking to its being down: start, run and keep-warm', () => {
		const { machine } = machineWith();
		const job = work();
		machine.add(job, 1_000);
		machine.advance(1_000 + COLD - 1);
		expect(job.startedAt).toBeUndefined();
		machine.advance(1_000 + COLD + 9);
		expect([job.startedAt, job.endedAt]).toEqual([1_000 + COLD, undefined]);
		const whole = { machineSeconds: COLD + 10 + 60, instancesStarted: 1, instancesAlive: 0 };
		expect(machine.meter(5_000)).toMatchObject(whole);
		expect(machine.meter(9_000)).toMatchObject(whole);
		expect(machine.meter(9_000).costUsd).toBeCloseTo((250 / 3_600) * 2.5);
		expect(job.endedAt).toBe(1_000 + COLD + 10);
	});

	it('works on a second request warm, one after the other', () => {
		const { machine } = machineWith();
		const [one, two] = [work(), work()];
		machine.add(one, 0);
		machine.add(two, 5);
		expect(machine.queuePosition(two)).toBe(1);
		machine.advance(COLD + 15);
		expect([one.endedAt, two.startedAt, two.endedAt]).toEqual([COLD + 10, COLD + 10, undefined]);
		const late = work();
		machine.add(late, COLD + 50);
		expect(late.startedAt).toBe(COLD + 50);
		expect(machine.meter(10_000).machineSeconds).toBe(COLD + 60 + 60);
	});

	it('wakes a further instance for each full queue, up to its most', () => {
		const { machine } = machineWith({ maxInstances: 3, queueSize: 1 });
		for (let index = 0; index < 20; index++) machine.add(work(), 0);
		expect(machine.meter(0).instancesAlive).toBe(3);
		const { machine: eager } = machineWith({ maxInstances: 10, queueSize: 0 });
		for (let index = 0; index < 4; index++) eager.add(work(), 0);
		expect(eager.meter(10_000)).toMatchObject({ instancesStarted: 4, machineSeconds: 4 * (COLD + 70) });
	});

	it('lets cancelled work go, queued or running, and stays warm', () => {
		const { machine } = machineWith();
		const [running, queued, next] = [work(Infinity), work(), work()];
		machine.add(running, 0);
		machine.add(queued, 0);
		machine.add(next, 0);
		machine.cancel(queued, 10);
		machine.cancel(running, COLD + 50);
		machine.advance(COLD + 51);
		expect(queued).toMatchObject({ isCancelled: true, endedAt: 10 });
		expect(queued.startedAt).toBeUndefined();
		expect(running).toMatchObject({ isCancelled: true, endedAt: COLD + 50 });
		expect(next.startedAt).toBe(COLD + 50);
		machine.advance(COLD + 60);
		machine.cancel(next, COLD + 61);
		expect(next.isCancelled).toBeUndefined();
		expect(machine.meter(9_000).machineSeconds).toBe(COLD + 60 + 60);
	});

	it('goes down when disabled, after the work it has, and starts nothing', () => {
		const { machine, own } = machineWith();
		const [running, waiting] = [work(100), work()];
		machine.add(running, 0);
		machine.add(waiting, 0);
		machine.advance(COLD + 10);
		own.isEnabled = false;
		expect(machine.meter(5_000)).toMatchObject({ machineSeconds: COLD + 100, instancesAlive: 0 });
		expect([running.endedAt, waiting.startedAt]).toEqual([COLD + 100, undefined]);
		own.isEnabled = true;
		machine.advance(5_000);
		machine.advance(10_000);
		expect(waiting.startedAt).toBe(5_000 + COLD);
	});

	it('never starts what is held back, at no cost', () => {
		const { machine } = machineWith();
		const held = { ...work(), isHeld: true };
		machine.add(held, 0);
		expect(machine.meter(10_000).machineSeconds).toBe(0);
		expect(held.startedAt).toBeUndefined();
	});
});
