import { describe, expect, test } from '@jest/globals';

import { failureOf, otherRequestIn, phaseOfAnswer, type RequestAnswer } from '../../nodes/RunComfy/api/result.ts';

const HOSTS = { customFileHosts: [] };
const ENDED = { created_at: '2026-03-01T12:00:00Z', finished_at: '2026-03-01T12:00:09.123456+00:00' };
const output = { image: 'https://files.runcomfy.net/a.png' };

describe('the phase that a result tells', () => {
	test.each([
		['succeeded', { status: 'succeeded' }, 'succeeded'],
		['failed', { status: 'FAILED' }, 'failed'],
		['completed alone', { status: 'completed' }, 'unclear'],
		['completed with a file', { status: 'completed', output }, 'succeeded'],
		['completed with an error', { status: 'completed', error: 'boom' }, 'failed'],
		['completed with an error and a file', { status: 'completed', error: 'boom', output }, 'failed'],
		['completed with a file and an empty error', { status: 'completed', error: {}, output }, 'succeeded'],
		['completed with its time alone', { status: 'completed', ...ENDED }, 'unclear'],
		['an unknown word with a file and its time', { status: 'done', output, ...ENDED }, 'succeeded'],
		['an unknown word with an error and its time', { status: 'blocked', error: 'no', ...ENDED }, 'failed'],
		['an unknown word with both', { status: 'done', error: 'no', output, ...ENDED }, 'failed'],
		['an unknown word with a file, no time', { status: 'polishing', output }, 'unclear'],
		['an unknown word with an error, no time', { status: 'retrying', error: 'once' }, 'unclear'],
		['an unknown word with its time alone', { status: 'done', ...ENDED }, 'unclear'],
		['an unknown word with an odd time', { status: 'polishing', output, finished_at: {} }, 'unclear'],
		['an unknown word, not ended yet', { status: 'polishing', output, finished_at: null }, 'unclear'],
		['no word, a file and its time', { output, ...ENDED }, 'succeeded'],
		['no word', { output }, 'unclear'],
		['a known word for going on, with a first file', { status: 'in_progress', output }, 'running'],
	])('%s', (_what, answer, phase) => expect(phaseOfAnswer(answer, HOSTS)).toBe(phase));
});

describe('an end without what was promised', () => {
	const end = (given: unknown) => ({
		phase: 'succeeded' as const,
		status: 'succeeded',
		answer: { status: 'succeeded', output: given } as RequestAnswer,
	});

	test('says what came instead', () => {
		const failure = failureOf(
			'id-1',
			end({ text: 'I cannot draw that.' }),
			{ expectsFiles: true, asItIs: false },
			HOSTS,
		);
		expect(failure?.message).toBe('Request id-1 succeeded, but RunComfy returned no file');
		expect(failure?.description).toContain('{"text":"I cannot draw that."}');
		expect(failure?.description).not.toMatch(/another prompt/);
	});

	test.each([undefined, null, {}, []])('says that nothing came: %j', (given) => {
		expect(failureOf('id-1', end(given), { expectsFiles: true, asItIs: false }, HOSTS)?.description).toContain(
			'nothing at all',
		);
	});

	test('is none where no file was promised', () => {
		expect(failureOf('id-1', end({ text: 'A poem.' }), { expectsFiles: false, asItIs: false }, HOSTS)).toBeUndefined();
	});
});

test.each([
	['the same', { request_id: 'ab-12' }, undefined],
	['the same in capitals, without dashes', { request_id: 'AB12' }, undefined],
	['none', {}, undefined],
	['an empty one', { request_id: '' }, undefined],
	['no text', { request_id: {} }, undefined],
	['another', { request_id: 'cd-34' }, 'cd-34'],
	['a number', { request_id: 34 }, '34'],
])('an answer that names %s', (_what, body, other) => expect(otherRequestIn(body, 'ab-12')).toBe(other));
