/** How far a long batch is: lines in n8n's log now and then, and one at its end. */
import { describe, expect, test } from '@jest/globals';

import { usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
import type { NodeRun } from '../engine/index.mts';
import { type Fixture, inputItems, openFixture, patientPolicies } from './fixture.mts';

const PROGRESS = /^RunComfy: (\d+) of (\d+) finished, (\d+) failed, \$(\d+\.\d\d)\.$/;

/** Jobs last so much longer than the pause between two lines that some are told however slow the machine is. */
const TELL_EVERY_MS = 50;
const JOB_MS = 1_500;

const TEST_TIMEOUT_MS = 30_000;

async function withFixture<T>(tellEveryMs: number, body: (fixture: Fixture) => Promise<T>): Promise<T> {
	const fixture = await openFixture({
		policies: { ...patientPolicies(), batch: { ...usualPolicies.batch, tellEveryMs } },
		runMs: JOB_MS,
		spreadMs: 0,
	});
	try {
		return await body(fixture);
	} finally {
		await fixture.close();
	}
}

/** The numbers of each progress line, as they were told, and the level of all lines. */
function told({ logs }: NodeRun) {
	const lines = logs.filter(({ message }) => message.startsWith('RunComfy:'));
	const numbers = lines.map(({ message }) => PROGRESS.exec(message)?.slice(1) ?? message);
	return { numbers, levels: [...new Set(lines.map(({ level }) => level))] };
}

describe('a batch that lasts longer than the pause between two lines', () => {
	test(
		'tells how far it is while it runs, and all of it at the end',
		async () => {
			const { numbers, levels } = told(
				await withFixture(TELL_EVERY_MS, async (fixture) => await fixture.run({ items: inputItems(3) })),
			);
			expect(levels).toEqual(['info']);
			expect(numbers.length).toBeGreaterThanOrEqual(2);
			expect(numbers.length).toBeLessThanOrEqual(1 + Math.ceil(TEST_TIMEOUT_MS / TELL_EVERY_MS));
			expect(numbers[0]).toEqual(['0', '3', '0', '0.00']);
			expect(numbers.at(-1)).toEqual(['3', '3', '0', '0.18']);
		},
		TEST_TIMEOUT_MS,
	);

	test(
		'counts what failed apart, and what it cost not at all',
		async () => {
			const run = await withFixture(TELL_EVERY_MS, async (fixture) => {
				fixture.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
				return await fixture.run({ items: inputItems(3), onError: 'continueRegularOutput' });
			});
			expect(told(run).numbers.at(-1)).toEqual(['2', '3', '1', '0.12']);
		},
		TEST_TIMEOUT_MS,
	);
});

test(
	'a short batch tells nothing',
	async () => {
		const run = await withFixture(TEST_TIMEOUT_MS, async (fixture) => await fixture.run({ items: inputItems(3) }));
		expect(told(run).numbers).toEqual([]);
	},
	TEST_TIMEOUT_MS,
);

test('tells every 30 seconds', () => expect(usualPolicies.batch.tellEveryMs).toBe(30_000));
