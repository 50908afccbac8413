/** A small helping of `npm run chaos`, on the node's sources. */
import { expect, test } from '@jest/globals';

import { usualPolicies } from '../../nodes/RunComfy/operations/commons.ts';
import { isClean, runChaos, tableOf } from '../faults/chaos.mts';
import { impatientPolicies } from '../faults/impatience.mts';
import { openFixture } from './fixture.mts';
import { seedFrom } from './seed.mts';

const JOBS = 200;

const seed = seedFrom('CHAOS_SEED');

test(`${JOBS} jobs in random batches with random faults (CHAOS_SEED=${seed})`, async () => {
	const keeper = await openFixture();
	const policies = impatientPolicies(usualPolicies);
	const report = await runChaos({
		jobs: JOBS,
		seed,
		lanes: 6,
		openBench: async () => {
			const { emulator, start, close } = await openFixture({ policies, spreadMs: 0 });
			return { emulator, start, close };
		},
	});
	await keeper.close();
	expect(isClean(report) ? 'clean' : tableOf(report)).toBe('clean');
	expect(report.submitsAccepted).toBeGreaterThan(JOBS / 3);
	expect(Object.keys(report.faults).length).toBeGreaterThan(10);
}, 120_000);
