import { describe, expect, test } from '@jest/globals';

import {
	errorCodeOf,
	type Expected,
	meaningOfRead,
	meaningOfSubmit,
	NO_ANSWER_IN_TIME,
	type Reply,
	retryAfterMs,
	statusOf,
} from '../../nodes/RunComfy/api/answers.ts';
import type { FaultStep } from '../../nodes/RunComfy/api/fault.ts';
import { isFinal, outcomeOf, phaseOfResult } from '../../nodes/RunComfy/api/requestState.ts';
import { ERROR_CODE } from '../../nodes/RunComfy/api/service.ts';
import { NOT_READY, TO_SLOW_DOWN } from '../../nodes/RunComfy/errors/reasons.ts';

/** As the requests' endpoints expect it. */
const STATE: Expected = {
	isAnswer: ({ status }) => typeof status === 'string' && status.trim() !== '',
	isConclusive: ({ status }) => typeof status === 'string' && isFinal(phaseOfResult(status)),
};
const OUTCOME: Expected = { isAnswer: (body) => outcomeOf(body) !== undefined };

const LONGEST_MS = 3_600_000;

const ID = '0a1b2c3d-aaaa-4bbb-8ccc-1234567890ab';

const answer = (httpStatus: number, body: unknown = '', headers = {}): Reply => ({
	kind: 'answer',
	answer: { httpStatus, headers, body },
});
const fault = (code: string, step: FaultStep = 'later'): Reply => ({ kind: 'fault', code, step });
const PAGE = '<html><body>Blocked by policy</body></html>';
const coded = (httpStatus: number, errorCode: number | string) =>
	answer(httpStatus, { error_code: errorCode, error_message: 'no' });

describe('a submit was accepted', () => {
	test.each([
		['200 with an id', answer(200, { request_id: ID })],
		['201 with an id', answer(201, { request_id: ID })],
		['202 with an id and URLs', answer(202, { request_id: ID, status_url: 'https://elsewhere.example' })],
		['an error_code of 0 beside the id', answer(200, { request_id: ID, error_code: 0 })],
		['an error_code beside the id', answer(200, { request_id: ID, error_code: 400002 })],
	])('%s', (_what, reply) => expect(meaningOfSubmit(reply)).toEqual({ kind: 'accepted', requestId: ID }));
});

describe('a submit was refused: nothing was bought', () => {
	test.each([
		['400 + 400004', coded(400, 400004), 'token'],
		['401 without a code', answer(401, { detail: 'Unauthorized' }), 'token'],
		['400 + 400004 as code', answer(400, { code: 400004, error: 'UserAccountError' }), 'token'],
		["400 + 400002, with a trace's id", answer(400, { error_code: 400002, request_id: ID }), 'balance'],
		["401 in words, with a trace's id", answer(401, { message: 'no', request_id: ID }), 'token'],
		["422 in words, with a trace's id", answer(422, { detail: [{ msg: 'no' }], request_id: ID }), 'input'],
		['403 without a code', answer(403, { detail: 'Forbidden' }), 'token'],
		['200 + 400004', coded(200, 400004), 'token'],
		['200 + 403003', coded(200, 403003), 'token'],
		['400 + 400002', coded(400, 400002), 'balance'],
		['400 + "400002" as text', coded(400, '400002'), 'balance'],
		['402 without a code', answer(402, { detail: 'Pay' }), 'balance'],
		['200 + 400002', coded(200, 400002), 'balance'],
		['400 + 400001', coded(400, 400001), 'model'],
		['404 without a code', answer(404, { detail: 'Not Found' }), 'model'],
		['400 with words', answer(400, { detail: 'image is not reachable' }), 'input'],
		['400 with an empty object', answer(400, {}), 'input'],
		['422', answer(422, { detail: [] }), 'input'],
		['401 with a code of its own', coded(401, 401009), 'input'],
		['402 with a code of its own', coded(402, 402009), 'input'],
		['404 with a code of its own', coded(404, 404009), 'input'],
		['400 with null', answer(400, null), 'between'],
		['422 that is a list', answer(422, [{ loc: ['body', 'seed'], msg: 'too large' }]), 'input'],
		['413', answer(413, { detail: 'Too large' }), 'input'],
		...[400, 401, 402, 403, 404, 405, 407, 410, 413, 421, 422, 425, 451].flatMap(
			(status) =>
				[
					[`${status} with a page`, answer(status, PAGE), 'between'],
					[`${status} with plain text`, answer(status, 'Bad Request'), 'between'],
					[`${status} with nothing`, answer(status), 'between'],
				] as const,
		),
		['407 as JSON', answer(407, { message: 'Proxy Authentication Required' }), 'between'],
		['self-signed certificate', fault('DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate'],
		['expired certificate', fault('CERT_HAS_EXPIRED'), 'certificate'],
	] as const)('%s: %s', (_what, reply, why) => {
		expect(meaningOfSubmit(reply)).toEqual({ kind: 'refused', why });
	});
});

describe('a submit was not accepted, and may be sent again', () => {
	test.each([
		['429 with a page', answer(429, PAGE), true],
		['429', answer(429), true],
		['200 + 429001', coded(200, 429001), true],
		['connection refused', fault('ECONNREFUSED', 'connect'), false],
		['a connection that was not made in time', fault('ETIMEDOUT', 'connect'), false],
		['no such host', fault('ENOTFOUND', 'lookUp'), false],
		['name server silent', fault('EAI_AGAIN', 'lookUp'), false],
		['host unreachable', fault('EHOSTUNREACH', 'connect'), false],
		['network unreachable', fault('ENETUNREACH', 'connect'), false],
		['no right to connect', fault('EACCES', 'connect'), false],
		['no address left', fault('EADDRNOTAVAIL', 'connect'), false],
	] as const)('%s', (_what, reply, paced) => {
		expect(meaningOfSubmit(reply)).toEqual({ kind: 'postponed', paced });
	});
});

describe('it is not known whether a submit was accepted', () => {
	test.each([
		['cut after sending', fault('ECONNRESET')],
		['a network that vanished after sending', fault('ENETUNREACH')],
		['a host that vanished after sending', fault('EHOSTUNREACH')],
		['a network down after sending', fault('ENETDOWN')],
		['a timeout of the socket', fault('ETIMEDOUT')],
		['an aborted call', fault('ECONNABORTED')],
		['no answer in time', fault(NO_ANSWER_IN_TIME)],
		['a broken pipe', fault('EPIPE')],
		['a fault without a code', fault('no code')],
		['a fault that only sounds like a certificate', fault('NO_CERT_AT_ALL')],
		['a status below success, with an id', answer(199, { request_id: ID })],
		['300 with an id', answer(300, { request_id: ID })],
		['500', answer(500, { error_message: 'oops' })],
		['502', answer(502, '<html>')],
		['503', answer(503)],
		['504', answer(504)],
		['408', answer(408, 'Request Timeout')],
		['408 with words', answer(408, { message: 'Request Timeout' })],
		['200 with a page', answer(200, PAGE)],
		['200 that is too large', { kind: 'answer', answer: { httpStatus: 200, headers: {}, body: '', tooLarge: true } }],
		['400 with nothing but an id', answer(400, { request_id: ID })],
		['500 with words and an id', answer(500, { message: 'oops', request_id: ID })],
		['500 with a code of the input and an id', answer(500, { error_code: 400002, request_id: ID })],
		['200 without a body', answer(200)],
		['200 with broken JSON', answer(200, '{"request_id":"0a1b')],
		['200 without an id', answer(200, { status: 'in_queue' })],
		['200 with an empty id', answer(200, { request_id: '' })],
		['200 with an id that cannot be one', answer(200, { request_id: '../../x' })],
		['200 with a number for an id', answer(200, { request_id: 7 })],
		['200 with a list', answer(200, [{ request_id: ID }])],
		['a redirect', answer(307, '', { location: 'https://elsewhere.example' })],
		['500 with an id', answer(500, { request_id: ID })],
	] as Array<[string, Reply]>)('%s', (_what, reply) =>
		expect(meaningOfSubmit(reply)).toMatchObject({ kind: 'unknown' }),
	);

	test.each([
		['500 with an id', answer(500, { request_id: ID }), ID],
		['500 with words and an id', answer(500, { message: 'oops', request_id: ID }), ID],
		['408 with an id', answer(408, { request_id: ID }), ID],
		['400 with nothing but an id', answer(400, { request_id: ID }), ID],
		['500 with a code of the input and an id', answer(500, { error_code: 400002, request_id: ID }), ID],
		['200 with a number for an id', answer(200, { request_id: 4711 }), '4711'],
		['503 with a number for an id', answer(503, { request_id: 4711 }), '4711'],
		['blanks around the id', answer(200, { request_id: ` ${ID}\n` }), ID],
		['JSON that breaks off behind the id', answer(200, `{"status":"in_queue","request_id":"${ID}","stat`), ID],
		['two objects', answer(202, `{ "request_id": "${ID}" }\n{ "request_id": "${ID}" }`), ID],
		['values of all kinds before it', answer(200, `{"a":"\\"b","n":-1.5,"ok":true,"no":null,"request_id":"${ID}"`), ID],
		[
			'blanks and lines wherever JSON allows them',
			answer(200, `\n{\n "status" : "in_queue" ,\n "words" :\t"a \\"word\\" or two" , "request_id" :\n"${ID}" ,\n`),
			ID,
		],
		['400 that breaks off', answer(400, `{"request_id":"${ID}","mess`), ID],
		['a connection that breaks behind it', { ...fault('ECONNRESET'), received: `{"request_id":"${ID}",` }, ID],
		['no further answer in time', { ...fault(NO_ANSWER_IN_TIME), received: `{"request_id":"${ID}"` }, ID],
	] as const)('%s: the id is kept', (_what, reply, requestId) =>
		expect(meaningOfSubmit(reply)).toMatchObject({ kind: 'unknown', requestId }),
	);

	test.each([
		['that breaks off', `{"request_id":"${ID}`],
		['of what was sent', `{"input":{"request_id":"${ID}"},"stat`],
		['in a page', `<p>{"request_id":"${ID}"}</p>`],
		['that is none', `{"request_id":"${'x'.repeat(129)}","stat`],
	])('an id %s is not taken for that of the request', (_what, text) => {
		for (const reply of [answer(200, text), { ...fault('ECONNRESET'), received: text }]) {
			const meaning = meaningOfSubmit(reply);
			expect(meaning).toMatchObject({ kind: 'unknown' });
			expect(meaning).not.toHaveProperty('requestId');
		}
	});

	test.each([
		[fault(NO_ANSWER_IN_TIME), 'there was no answer in time'],
		[fault('ECONNRESET'), 'the connection failed (ECONNRESET)'],
		[answer(300), 'RunComfy answered with a redirect'],
		[answer(399), 'RunComfy answered with a redirect'],
		[answer(199), 'RunComfy answered with HTTP 199'],
		[answer(408), 'RunComfy answered with HTTP 408'],
		[answer(500), 'RunComfy answered with HTTP 500'],
		[answer(400, { request_id: ID }), 'RunComfy answered with HTTP 400 but returned a request ID'],
		[answer(500, { request_id: ID }), 'RunComfy answered with HTTP 500 but returned a request ID'],
	])('%j: says "%s"', (reply, reason) => expect(meaningOfSubmit(reply)).toMatchObject({ kind: 'unknown', reason }));

	test.each([
		[{ request_id: 4711 }, "(it returned '4711')"],
		[{ request_id: '../x' }, "(it returned '../x')"],
		[{ request_id: { id: 7 } }, `(it returned '{"id":7}')`],
		[{}, 'RunComfy answered without a usable request ID'],
	])('%j is named', (body, words) => {
		expect(meaningOfSubmit(answer(200, body))).toMatchObject({ reason: expect.stringContaining(words) });
	});
});

describe('a submit whose answer has the id within the addresses of its request only', () => {
	const at = (ending: string) => `https://runcomfy.example/v1/requests/${ID}${ending}`;

	test.each<[what: string, body: object]>([
		['of its status', { status_url: at('/status') }],
		['of its result', { result_url: at('/result?x=1') }],
		['of its cancellation', { cancel_url: at('#now') }],
		['beside an id of null', { request_id: null, status_url: at('/status') }],
		['beside an empty id', { request_id: '', status_url: at('/status') }],
		['the first one that can be one', { status_url: 'https://runcomfy.example/requests/a%20b/', result_url: at('') }],
	])('%s', (_what, body) => {
		expect(meaningOfSubmit(answer(200, body))).toEqual({ kind: 'accepted', requestId: ID });
	});

	test('which do not count beside an id', () => {
		const body = { request_id: 'other', status_url: at('/status') };
		expect(meaningOfSubmit(answer(200, body))).toEqual({ kind: 'accepted', requestId: 'other' });
	});
});

describe('a submit to a deployment that accepts nothing', () => {
	const CLOSED = [
		['outOfFunds', ERROR_CODE.deploymentOutOfFunds],
		['disabled', ERROR_CODE.deploymentDisabled],
		['deleted', ERROR_CODE.deploymentDeleted],
	] as const;

	test.each(CLOSED)('%s: nothing was charged, and it is not sent again', (why, code) => {
		for (const httpStatus of [200, 400, 403, 499]) {
			expect(meaningOfSubmit(coded(httpStatus, code))).toEqual({ kind: 'refused', why });
		}
	});

	test.each(CLOSED)('%s: of a server in trouble, or with an id, it proves nothing', (_why, code) => {
		expect(meaningOfSubmit(coded(500, code))).toMatchObject({ kind: 'unknown' });
		expect(meaningOfSubmit(answer(200, { error_code: code, request_id: '../x' }))).toMatchObject({ kind: 'unknown' });
	});
});

test('a submit that is told of an unknown request went to no model', () => {
	expect(meaningOfSubmit(coded(400, ERROR_CODE.unknownRequest))).toMatchObject({ kind: 'refused', why: 'model' });
});

describe('what a read means', () => {
	test.each([
		['200 with a status', answer(200, { status: 'in_queue' }), { kind: 'seen' }],
		['a final state with a code besides', answer(200, { status: 'failed', error_code: 500001 }), { kind: 'seen' }],
		['400 + 400005', coded(400, 400005), { kind: 'silent', reason: NOT_READY }],
		['200 + 400005', coded(200, 400005), { kind: 'silent', reason: NOT_READY }],
		['429', answer(429), { kind: 'silent', reason: TO_SLOW_DOWN, httpStatus: 429 }],
		['500', answer(500), { kind: 'silent' }],
		['502', answer(502, '<html>'), { kind: 'silent' }],
		['503', answer(503), { kind: 'silent' }],
		['504', answer(504), { kind: 'silent' }],
		['408', answer(408), { kind: 'silent' }],
		['425', answer(425), { kind: 'silent' }],
		['200 + 500001', coded(200, 500001), { kind: 'silent' }],
		['200 with broken JSON', answer(200, '{"status"'), { kind: 'silent' }],
		['200 without a body', answer(200), { kind: 'silent' }],
		['200 without a status', answer(200, { request_id: ID }), { kind: 'silent' }],
		['200 with a blank status', answer(200, { status: ' ' }), { kind: 'silent' }],
		['a cut connection', fault('ECONNRESET'), { kind: 'silent' }],
		['no answer in time', fault(NO_ANSWER_IN_TIME), { kind: 'silent' }],
		['an unknown host', fault('ENOTFOUND'), { kind: 'silent' }],
		...[400, 401, 402, 403, 404, 405, 407, 410, 413, 421, 422, 451].flatMap(
			(status): Array<[string, Reply, object]> => [
				[`${status} with a page`, answer(status, PAGE), { kind: 'silent', httpStatus: status }],
				[`${status} with plain text`, answer(status, 'Forbidden'), { kind: 'silent', httpStatus: status }],
				[`${status} with nothing`, answer(status), { kind: 'silent', httpStatus: status }],
			],
		),
		['407 as JSON', answer(407, { message: 'no' }), { kind: 'silent' }],
		['429 with a page', answer(429, PAGE), { kind: 'silent', reason: TO_SLOW_DOWN, httpStatus: 429 }],
		['200 with a page', answer(200, PAGE), { kind: 'silent' }],
		['a network that is gone', fault('ENETUNREACH', 'connect'), { kind: 'silent' }],
		[
			'200 that is too large',
			{ kind: 'answer', answer: { httpStatus: 200, headers: {}, body: '', tooLarge: true } } as Reply,
			{ kind: 'refused', why: 'tooLarge' },
		],
		['401', answer(401, { detail: 'no' }), { kind: 'refused', why: 'token' }],
		['401 + 400004 as code', answer(401, { code: 400004 }), { kind: 'refused', why: 'token' }],
		['400 + 400004', coded(400, 400004), { kind: 'refused', why: 'token' }],
		['200 + 403003', coded(200, 403003), { kind: 'refused', why: 'token' }],
		['403 without a code', answer(403, { detail: 'Forbidden' }), { kind: 'refused', why: 'tokenOrForeign' }],
		['403 with another code', coded(403, 403009), { kind: 'refused', why: 'tokenOrForeign' }],
		['403 + 403001', coded(403, 403001), { kind: 'refused', why: 'foreign' }],
		['404 + 404001', coded(404, 404001), { kind: 'refused', why: 'notFound' }],
		['200 + 404001', coded(200, 404001), { kind: 'refused', why: 'notFound' }],
		['404 without a code', answer(404, { detail: 'Not Found' }), { kind: 'refused', why: 'notFound' }],
		['a redirect', answer(302, '', { location: 'https://elsewhere.example' }), { kind: 'refused', why: 'redirect' }],
		['400', answer(400, { detail: 'no' }), { kind: 'refused', why: 'other' }],
		['410', answer(410, { detail: 'Gone' }), { kind: 'refused', why: 'other' }],
		['408 in words', answer(408, { message: 'later' }), { kind: 'silent', httpStatus: 408 }],
		['425 in words', answer(425, { message: 'too early' }), { kind: 'silent', httpStatus: 425 }],
		['500 with a page', answer(500, PAGE), { kind: 'silent', reason: 'RunComfy answered with HTTP 500' }],
		['a final state under HTTP 500', answer(500, { status: 'completed' }), { kind: 'silent' }],
		[
			'a final state under HTTP 199, too many calls',
			answer(199, { status: 'completed', code: 429001 }),
			{ kind: 'silent', reason: TO_SLOW_DOWN, httpStatus: 429 },
		],
		['a failure under HTTP 500', answer(500, { status: 'failed' }), { kind: 'silent' }],
		['a failure under HTTP 300', answer(300, { status: 'failed' }), { kind: 'refused', why: 'redirect' }],
		[
			'a failure under HTTP 199, too many calls',
			answer(199, { status: 'failed', code: 429001 }),
			{ kind: 'silent', reason: TO_SLOW_DOWN, httpStatus: 429 },
		],
		[
			"another account's, on the account host",
			coded(403, ERROR_CODE.badTokenOnAccountHost),
			{ kind: 'refused', why: 'tokenOrForeign' },
		],
		['a final state under HTTP 300', answer(300, { status: 'completed' }), { kind: 'refused', why: 'redirect' }],
		['no answer in time, in words', fault(NO_ANSWER_IN_TIME), { reason: 'there was no answer in time' }],
		['a cut connection, in words', fault('ECONNRESET'), { reason: 'the connection failed (ECONNRESET)' }],
		['a bad certificate', fault('CERT_HAS_EXPIRED'), { kind: 'refused', why: 'other' }],
	] as Array<[string, Reply, object]>)('%s', (_what, reply, meaning) =>
		expect(meaningOfRead(reply, STATE)).toMatchObject(meaning),
	);

	test('a bare list is read as one under a name', () => {
		const LIST: Expected = { isAnswer: ({ list }) => Array.isArray(list) };
		expect(meaningOfRead(answer(200, [1, 2]), LIST)).toEqual({
			kind: 'seen',
			status: '',
			phase: 'finished',
			answer: { list: [1, 2] },
		});
	});

	test('a cancellation is told by its outcome, not by its status', () => {
		const body = { status: 'completed', outcome: 'not_cancellable' };
		expect(meaningOfRead(answer(202, body), OUTCOME)).toMatchObject({ kind: 'seen', answer: body });
		expect(meaningOfRead(answer(202, { status: 'completed' }), OUTCOME)).toMatchObject({ kind: 'silent' });
	});
});

describe('the status an answer stands for', () => {
	test.each([
		[200, { error_code: 403003 }, 403],
		[200, { error_code: 404001 }, 404],
		[400, { error_code: 402000 }, 402],
		[503, {}, 503],
		[503, { error_code: 7 }, 503],
		[200, { error_code: 600001 }, 200],
		[200, { error_code: 599001 }, 599],
		[200, { error_code: 399999 }, 200],
	])('HTTP %d with %j is %d', (httpStatus, body, status) => {
		expect(statusOf({ httpStatus, headers: {}, body })).toBe(status);
	});

	test.each([
		[{ error_code: 400002 }, 400002],
		[{ error_code: '400002' }, 400002],
		[{ error_code: 0 }, undefined],
		[{ code: 400004 }, 400004],
		[{ code: '403001' }, 403001],
		[{ error_code: 400002, code: 400004 }, 400002],
		[{ code: 200 }, undefined],
		[{ code: 0 }, undefined],
		[{ code: 401 }, undefined],
		[{ code: 400000 }, 400000],
		[{ code: 399999 }, undefined],
		[{ code: 599999 }, 599999],
		[{ code: 600000 }, undefined],
		[{ error_code: true }, undefined],
		[{ error_code: ' ' }, undefined],
		[{ code: 'UserAccountError' }, undefined],
		[{ error_code: '' }, undefined],
		[{ error_code: 'E42' }, undefined],
		[{ error_code: null }, undefined],
		[{}, undefined],
		['error_code', undefined],
		[[{ error_code: 400002 }], undefined],
	])('the code of %j is %p', (body, code) => expect(errorCodeOf(body)).toBe(code));
});

describe('Retry-After', () => {
	const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
	test.each([
		['7', 7_000],
		['0', 0],
		['1.5', 1_500],
		['1.25', 1_250],
		[' 60 ', 60_000],
		[60, 60_000],
		['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
		['Sun, 01 Mar 2026 11:00:00 GMT', 0],
		['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
		['Sun 01 Mar 2026 12:00:30 GMT', 30_000],
		['999999', 3_600_000],
		['soon', undefined],
		['', undefined],
		['-5', 0],
	])('%j is %p milliseconds', (value, expected) => {
		const ms = retryAfterMs({ 'retry-after': value }, NOW_MS, LONGEST_MS);
		// A negative number is no valid value: not waiting and not knowing are both fine.
		if (value === '-5') expect(ms === undefined || ms === 0).toBe(true);
		else expect(ms).toBe(expected);
	});

	test.each([-20, 20])(
		"a date is read against the answer's own, however wrong (%d minutes) this clock is",
		(minutes) => {
			const headers = { 'Retry-After': 'Sun, 01 Mar 2026 12:00:30 GMT', Date: 'Sun, 01 Mar 2026 12:00:25 GMT' };
			expect(retryAfterMs(headers, NOW_MS + minutes * 60_000, LONGEST_MS)).toBe(5_000);
			expect(retryAfterMs({ ...headers, Date: 'today' }, NOW_MS, LONGEST_MS)).toBe(30_000);
		},
	);

	test('its name may be written in any letter case, and it may be absent', () => {
		expect(retryAfterMs({ 'Retry-After': '2' }, NOW_MS, LONGEST_MS)).toBe(2_000);
		expect(retryAfterMs({}, NOW_MS, LONGEST_MS)).toBeUndefined();
	});
});
