/** An agent that wants the same picture several times in one turn gets as many, and n8n's tries of those calls buy nothing. */
import { describe, expect, test } from '@jest/globals';

import { runAsTool } from '../../engine/index.mts';
import { REPLACE, useFixture } from '../fixture.mts';

const TRIES = { retryOnFail: true, maxTries: 4, waitBetweenTries: 1 };

const fixture = useFixture({ warmUp: {} });

const AGENTS = ['v2', 'v3'] as const;
const OPERATIONS = ['replaceAndWait', 'submit'] as const;

const requests = () => fixture.emulator.requests();

/** The tool is called so many times in one turn, with the same words. */
async function ask(agent: (typeof AGENTS)[number], times: number, operation: (typeof OPERATIONS)[number]) {
	const calls = Array.from({ length: times }, (_, nth) => ({ id: `call_${nth}`, args: { prompt: 'a beach' } }));
	const parameters = {
		...REPLACE,
		operation,
		prompt: "={{ $fromAI('prompt', 'the new background', 'string') }}",
	};
	const credentials = { runComfyApi: fixture.credential };
	const { answers, finished } = await runAsTool(fixture.engine, { agent, calls, credentials, parameters, ...TRIES });
	return { told: answers.map(({ response, error }) => `${response ?? ''} ${error ?? ''}`), finished };
}

/** Each request is what exactly one call was given. */
function expectOneEach(told: string[]) {
	const given = told.map((text) => requests().findIndex(({ id }) => text.includes(id)));
	expect([...given].sort()).toEqual(told.map((_, index) => index));
}

/** The first read of those requests is refused. */
function refuseFirstRead(...indices: number[]) {
	fixture.emulator.onCall = ({ phase, requestId, nth }) =>
		phase === 'result' && nth === 1 && indices.includes(requests().findIndex(({ id }) => id === requestId))
			? { kind: 'status', status: 400, body: { error_message: 'not now' } }
			: undefined;
}

describe.each(AGENTS)('agent %s', (agent) => {
	test.each(OPERATIONS)('%s: three equal calls in one turn are three pictures', async (operation) => {
		const { told } = await ask(agent, 3, operation);
		expect(fixture.emulator.counts().submitsReceived).toBe(3);
		expectOneEach(told);
	});

	test('while the first submit is slow, nobody is told that its outcome is unknown', async () => {
		fixture.emulator.onCall = ({ phase, nth }) =>
			phase === 'submit' && nth === 1 ? { kind: 'slow', ms: 400 } : undefined;
		const { told } = await ask(agent, 2, 'replaceAndWait');
		expect(told.join()).not.toContain('not known whether');
		expectOneEach(told);
	});

	test.each([[[1]], [[0, 1, 2]]])(
		'three equal calls, those of %j tried again: three pictures, one each',
		async (indices) => {
			refuseFirstRead(...indices);
			const { told } = await ask(agent, 3, 'replaceAndWait');
			expect(fixture.emulator.counts().submitsReceived).toBe(3);
			expectOneEach(told);
		},
	);

	test('one of two is tried again when the other has its picture already: two pictures, one each', async () => {
		fixture.emulator.set({ runMs: 400 });
		fixture.emulator.set({ runMs: 20 }, { next: 1 });
		let refused = 0;
		fixture.emulator.onCall = ({ phase, requestId }) => {
			const second = requests()[1];
			if (phase !== 'result' || second?.id !== requestId || second.state !== 'succeeded') return undefined;
			refused += 1;
			return refused === 1 ? { kind: 'status', status: 400, body: { error_message: 'not now' } } : undefined;
		};
		const { told } = await ask(agent, 2, 'replaceAndWait');
		expect(refused).toBeGreaterThan(0);
		expect(fixture.emulator.counts().submitsReceived).toBe(2);
		expectOneEach(told);
	});

	test('one of two has an unknown outcome: it alone is told so, and is not submitted again', async () => {
		fixture.faultsInTurn('submit', undefined, { kind: 'cutAfter' });
		const { told, finished } = await ask(agent, 2, 'replaceAndWait');
		expect(fixture.emulator.counts().submitsReceived).toBe(2);
		// Before n8n-core 2.25 the error of a tool ends the execution, and the agent is told nothing.
		const all = told.some((text) => text.trim() !== '') ? told : [String(finished.error?.message)];
		expect(all.filter((text) => text.includes('not known whether'))).toHaveLength(1);
	});

	test.each(OPERATIONS)('%s: an ID that RunComfy gives twice is no second picture', async (operation) => {
		fixture.emulator.onCall = ({ phase, nth }) =>
			phase === 'submit' && requests().length > 0 && nth > 1
				? { kind: 'status', status: 200, body: { request_id: requests()[0].id } }
				: undefined;
		const { told, finished } = await ask(agent, 2, operation);
		const all = told.some((text) => text.trim() !== '') ? told : [String(finished.error?.message)];
		expect(all.filter((text) => text.includes('not known whether'))).toHaveLength(1);
	});
});
