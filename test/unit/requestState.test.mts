import { describe, expect, test } from '@jest/globals';

import { isFinal, isFinished, outcomeOf, phaseOfResult, phaseOfStatus } from '../../nodes/RunComfy/api/requestState.ts';

describe('a word of /status', () => {
	test.each([
		['in_queue', 'queued'],
		['pending', 'queued'],
		['queued', 'queued'],
		['waiting', 'queued'],
		['in_progress', 'running'],
		['starting', 'running'],
		['processing', 'running'],
		['completed', 'finished'],
		['succeeded', 'finished'],
		['failed', 'finished'],
		['error', 'finished'],
		['cancelled', 'cancelled'],
		['canceled', 'cancelled'],
		['IN_QUEUE', 'queued'],
		[' Completed ', 'finished'],
		['paused', 'unclear'],
		['', 'unclear'],
	])('%j is %s', (word, phase) => expect(phaseOfStatus(word)).toBe(phase));
});

describe('a word of /result', () => {
	test.each([
		['in_queue', 'queued'],
		['in_progress', 'running'],
		['processing', 'running'],
		['succeeded', 'succeeded'],
		['Succeeded', 'succeeded'],
		['failed', 'failed'],
		['error', 'failed'],
		['cancelled', 'cancelled'],
		['CANCELED', 'cancelled'],
		// Finished is not succeeded: /result has to say how it ended.
		['completed', 'unclear'],
		['moderated', 'unclear'],
	])('%j is %s', (word, phase) => expect(phaseOfResult(word)).toBe(phase));
});

test.each([
	['queued', false, false],
	['running', false, false],
	['unclear', false, false],
	['finished', false, true],
	['succeeded', true, true],
	['failed', true, true],
	['cancelled', true, true],
] as const)('%s: final %s, finished %s', (phase, final, finished) => {
	expect(isFinal(phase)).toBe(final);
	expect(isFinished(phase)).toBe(finished);
});

describe('the answer to a cancellation', () => {
	test.each([
		[{ outcome: 'cancelled' }, 'cancelled'],
		[{ outcome: 'cancelled', status: 'completed' }, 'cancelled'],
		[{ outcome: 'cancelled', status: 'in_queue' }, 'cancelled'],
		[{ outcome: 'canceled' }, 'cancelled'],
		[{ outcome: ' CANCELLED ' }, 'cancelled'],
		[{ status: 'cancelled' }, 'cancelled'],
		[{ status: 'canceled' }, 'cancelled'],
		[{ status: 'cancellation_requested' }, 'cancelled'],
		[{ outcome: 'cancellation_requested' }, 'cancelled'],
		[{ outcome: 'cancellation_requested', status: 'cancelled' }, 'cancelled'],
		[{ outcome: '', status: 'cancelled' }, 'cancelled'],
		[{ outcome: null, status: 'cancelled' }, 'cancelled'],
		[{ outcome: 'not_cancellable' }, 'not_cancellable'],
		[{ outcome: 'not_cancellable', status: 'completed' }, 'not_cancellable'],
		[{ outcome: 'not_cancellable', status: 'cancelled' }, 'not_cancellable'],
		[{ status: 'not_cancellable' }, 'not_cancellable'],
		[{ outcome: 'Already_Running' }, 'already_running'],
		[{ status: 'completed' }, undefined],
		[{ status: 'in_progress' }, undefined],
		[{ outcome: 7 }, undefined],
		[{}, undefined],
	])('%j: %s', (answer, outcome) => expect(outcomeOf(answer)).toBe(outcome));
});
