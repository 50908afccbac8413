import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import type { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import type { Random } from '../emulator/random.mts';
import type { JobLaw } from './jobLaw.mts';
import type { JobSeen } from './measure.mts';
import type { Service } from './peerLoops.mts';

export interface Job extends JobSeen {
	startedAtMs: number;
}

type JobWord = 'in_queue' | 'in_progress' | 'succeeded';

/** RunComfy's Model API in memory: jobs that take their time on a given clock. Calls count when they arrive. */
export class VirtualService implements Service {
	readonly jobs: Job[] = [];
	readonly callTimesMs: number[] = [];

	private readonly clock: Clock;
	private readonly stop: Stop;
	private readonly law: JobLaw;
	private readonly roundTripMs: number;
	private readonly random: Random;

	constructor(clock: Clock, stop: Stop, law: JobLaw, roundTripMs: number, random: Random) {
		this.clock = clock;
		this.stop = stop;
		this.law = law;
		this.roundTripMs = roundTripMs;
		this.random = random;
	}

	async submit(): Promise<string> {
		return await this.call((nowMs) => {
			const { queueMs, queueSpreadMs = 0, runMs, spreadMs } = this.law;
			const startedAtMs = nowMs + queueMs + this.random() * queueSpreadMs;
			const readyAtMs = startedAtMs + runMs + (this.random() * 2 - 1) * spreadMs;
			this.jobs.push({ acceptedAtMs: nowMs, startedAtMs, readyAtMs, deliveredAtMs: Infinity, reads: 0 });
			return String(this.jobs.length - 1);
		});
	}

	async isFinished(id: string): Promise<boolean> {
		return (await this.look(id)) === 'succeeded';
	}

	/** Hands over the result, or tells the state where there is none yet. */
	async result(id: string): Promise<JobWord> {
		const word = await this.look(id);
		if (word === 'succeeded') this.job(id).deliveredAtMs = Math.min(this.job(id).deliveredAtMs, this.clock.now());
		return word;
	}

	job(id: string): Job {
		return this.jobs[Number(id)];
	}

	private async look(id: string): Promise<JobWord> {
		return await this.call((nowMs) => {
			const job = this.job(id);
			job.reads += 1;
			if (nowMs >= job.readyAtMs) return 'succeeded';
			return nowMs >= job.startedAtMs ? 'in_progress' : 'in_queue';
		});
	}

	private async call<T>(effect: (nowMs: number) => T): Promise<T> {
		await this.clock.sleep(this.roundTripMs / 2, this.stop);
		this.callTimesMs.push(this.clock.now());
		const answer = effect(this.clock.now());
		await this.clock.sleep(this.roundTripMs / 2, this.stop);
		return answer;
	}
}
