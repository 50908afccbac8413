/** A small helping of `npm run chaos`, on the node's sources. */
import { expect, test } from '@jest/globals';

import { execute } from '../../nodes/RunComfy/execute.ts';
import { ProcessState, usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import { isClean, runChaos, tableOf } from '../faults/chaos.mts';
import { MACHINE_SPEED } from '../faults/chaosBatch.mts';
import { impatientPolicies } from '../faults/impatience.mts';
import { quickStorage, SetClock, troubled } from '../faults/trouble.mts';
import { openFixture } from './fixture.mts';
import { seedFrom } from './seed.mts';

const JOBS = Number(process.env.CHAOS_JOBS ?? 80);

const seed = seedFrom('CHAOS_SEED');

test(`${JOBS} jobs in random batches with random faults (CHAOS_SEED=${seed})`, async () => {
	const keeper = await openFixture();
	const policies = impatientPolicies(usualPolicies);
	const openBenches = async () => {
		const clock = new SetClock();
		const processState = new ProcessState(policies, clock);
		const benches = [0, 1].map(async () => {
			const storage = quickStorage();
			const node = troubled(RunComfy, execute, processState, storage);
			const { emulator, start, close } = await openFixture({
				...{ policies, spreadMs: 0, node, deploymentSpeed: MACHINE_SPEED },
			});
			return { emulator, clock, storage, start, close };
		});
		return await Promise.all(benches);
	};
	const report = await runChaos({
		jobs: JOBS,
		seed,
		pairs: 3,
		openBenches,
	});
	await keeper.close();
	expect(isClean(report) ? 'clean' : tableOf(report)).toBe('clean');
	expect(report.submitsAccepted).toBeGreaterThan(JOBS / 3);
	expect(Object.keys(report.faults).length).toBeGreaterThan(10);
}, 120_000);
