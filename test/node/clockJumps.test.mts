/** Somebody sets the time of day of the machine n8n runs on, while the node waits: NTP, or a virtual machine restored. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { errorShown, useFixture } from './fixture.mts';
import { untilTrue } from '../lib/until.mts';

const node = useFixture();
const HOUR_MS = 3_600_000;

afterEach(() => void jest.restoreAllMocks());

/** Moves the time of day as soon as RunComfy has accepted a request. */
async function jumpOnceBought(byMs: number) {
	await untilTrue(() => node.emulator.counts().submitsAccepted > 0);
	const { now } = Date;
	jest.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
}

describe.each([
	['back', -HOUR_MS],
	['forward', HOUR_MS],
])('the clock is set %s by an hour', (_way, byMs) => {
	test('a Timeout takes as long as it says', async () => {
		node.emulator.set({ jobOutcome: 'stuck' });
		const startMs = performance.now();
		const failing = errorShown(node, 'stopWorkflow', { parameters: { options: { timeout: 2 } } });
		await jumpOnceBought(byMs);
		expect((await failing).message).toMatch(/still in_progress after 2 seconds/);
		// An hour more would be more than a test may take.
		expect(performance.now() - startMs).toBeGreaterThan(1_990);
	});

	test.each(['replaceAndWait', 'submit'])(
		'what a test run bought a moment ago is not bought again where RunComfy does not know it yet: %s',
		async (operation) => {
			node.policies.call.newRequestGraceMs = 15_000;
			const prompt = `the clock is set by ${byMs}, ${operation}`;
			await node.run({ parameters: { prompt, operation: 'submit' }, mode: 'manual' });
			await jumpOnceBought(byMs);
			let reads = 0;
			node.emulator.onCall = ({ phase }) =>
				phase === 'result' && (reads += 1) <= 2
					? { kind: 'status', status: 404, body: { error_code: 404001, message: 'no such request' } }
					: undefined;
			const { items } = await node.run({ parameters: { prompt, operation }, mode: 'manual' });
			expect(node.emulator.counts().submitsReceived).toBe(1);
			expect(items[0].json.request_id).toBe(node.emulator.requests()[0].id);
		},
	);

	test('nothing is cancelled before its time, and the calls go on', async () => {
		node.emulator.set({ runMs: 700 });
		const running = node.run({ parameters: { options: { timeout: 30, onTimeout: 'cancel' } } });
		await jumpOnceBought(byMs);
		const { items, error } = await running;
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(node.emulator.counts().cancels).toBe(0);
	});
});
