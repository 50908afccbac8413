/** A small helping of `npm run chaos`, on the node's sources. */
import { expect, test } from '@jest/globals';

import { callBudgetPolicy, callPolicy } from '../../nodes/RunComfy/api/policy.ts';
import { waitSchedule } from '../../nodes/RunComfy/wait/schedule.ts';
import { USUAL_JOB_MS } from '../../nodes/RunComfy/resources/background/ideogram.ts';
import { downloadPolicy } from '../../nodes/RunComfy/output/download.ts';
import { isClean, runChaos, tableOf } from '../faults/chaos.mts';
import { makeImpatient } from '../faults/impatience.mts';
import { openFixture } from './fixture.mts';
import { seedFrom } from './seed.mts';

const JOBS = 200;

const seed = seedFrom('CHAOS_SEED');

test(`${JOBS} jobs in random batches with random faults (CHAOS_SEED=${seed})`, async () => {
	const keeper = await openFixture();
	makeImpatient({ waitSchedule, usualJobMs: USUAL_JOB_MS, callBudgetPolicy, callPolicy, downloadPolicy });
	const report = await runChaos({
		jobs: JOBS,
		seed,
		lanes: 6,
		openBench: async () => {
			const { emulator, start, close } = await openFixture({ keepPolicies: true, spreadMs: 0 });
			return { emulator, start, close };
		},
	});
	await keeper.close();
	expect(isClean(report) ? 'clean' : tableOf(report)).toBe('clean');
	expect(report.submitsAccepted).toBeGreaterThan(JOBS / 3);
	expect(Object.keys(report.faults).length).toBeGreaterThan(10);
}, 120_000);
