import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { isRequestId } from '../../nodes/RunComfy/api/service.ts';
import { modelQueue, requestUrls } from '../../nodes/RunComfy/api/queue.ts';

describe('a request id', () => {
	test.each([
		['0a1b2c3d-aaaa-4bbb-8ccc-1234567890ab', true],
		['req_7', true],
		['a', true],
		['a'.repeat(128), true],
		['a'.repeat(129), false],
		['', false],
		['../../x', false],
		['..', false],
		['a/b', false],
		['a?b', false],
		['a#b', false],
		['a%2fb', false],
		['a b', false],
		['a\n', false],
		['ä', false],
		[7, false],
		[null, false],
		[undefined, false],
		[['a'], false],
	])('%j: %s', (value, good) => expect(isRequestId(value)).toBe(good));

	test('whatever passes leaves the address of the request as it is', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (text) => {
				if (!isRequestId(text)) return;
				const { status_url: url } = requestUrls({
					...modelQueue('https://model-api.example.com', 'a/b'),
					requestId: text,
				});
				expect(new URL(url).pathname).toBe(`/v1/requests/${text}/status`);
			}),
		);
	});
});

test('the addresses come from base, model and id', () => {
	const queue = modelQueue('https://a.example/base', 'maker/model/task');
	expect(queue.submitUrl).toBe('https://a.example/base/v1/models/maker/model/task');
	expect(requestUrls({ ...queue, requestId: 'id-1' })).toEqual({
		status_url: 'https://a.example/base/v1/requests/id-1/status',
		result_url: 'https://a.example/base/v1/requests/id-1/result',
		cancel_url: 'https://a.example/base/v1/requests/id-1/cancel',
	});
});
